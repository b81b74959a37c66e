"""What an OCPP 1.6 station says: from facts and reports to payloads, and what the answers mean."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ampkeeper.firmware.facts import (
    ConnectorReport,
    ConnectorState,
    Fact,
    IdToken,
    MeterSampled,
    StampedReading,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
)
from ampkeeper.firmware.ocpp.dialect import (
    Call,
    FactAnswer,
    Payload,
    StationPort,
    TxContext,
    Verdict,
)
from ampkeeper.firmware.ocpp.samples import (
    SampledValue,
    ended_list_for,
    ended_measurands,
    measurands_for,
    sampled_values,
)
from ampkeeper.firmware.ocpp.v16.names import ERROR_CODES, REASONS, STATION_STATES
from ampkeeper.firmware.ocpp.wire import (
    fitted_token,
    read_time,
    shortened,
    text_fields,
    timestamp,
)

ID_TAG_CHARS = 20  # CiString20Type
INFO_CHARS = 50
VENDOR_CHARS = 255
UNKNOWN_TX = -1  # errata 3.18: StartTransaction was given up
FREE_ID_TAG = "NoAuthorization"  # 1.6 wants an idTag even where nobody was asked
UNITLESS = ("Hz", "")  # errata 3.86: Frequency is in hertz and has no unit


def boot(identity: Mapping[str, str]) -> Call:
    """BootNotification."""
    payload: Payload = {
        "chargePointVendor": identity.get("vendor", "")[:20],
        "chargePointModel": identity.get("model", "")[:20],
    }
    payload |= text_fields(
        {
            "chargePointSerialNumber": (identity.get("serial", ""), 25),
            "firmwareVersion": (identity.get("firmware_version", ""), 50),
            "meterSerialNumber": (identity.get("meter_serial", ""), 25),
            "meterType": (identity.get("meter_type", ""), 25),
        }
    )
    return Call("BootNotification", payload)


def status(report: ConnectorReport, vendor: str) -> Call:
    """StatusNotification."""
    state = report.state
    if report.evse_id == 0 and state not in STATION_STATES:
        state = ConnectorState.AVAILABLE
    payload: Payload = {
        "connectorId": report.evse_id,
        "errorCode": report.error if report.error in ERROR_CODES else "OtherError",
        "status": state.value,
        "timestamp": timestamp(report.at),
    }
    payload |= text_fields({"info": (shortened(report.info, INFO_CHARS), INFO_CHARS)})
    if report.vendor_error:
        payload["vendorErrorCode"] = report.vendor_error[:INFO_CHARS]
        payload |= text_fields({"vendorId": (vendor, VENDOR_CHARS)})
    return Call("StatusNotification", payload)


def meter_values(
    station: StationPort, evse_id: int, sample: StampedReading | None = None
) -> Call | None:
    """MeterValues outside the queue: triggered (errata 3.46)."""
    sample = sample or station.last_reading(evse_id)
    if sample is None:
        return None
    values = _meter_value(sample, measurands_for(sample.context, station.variable))
    return _meter_values(evse_id, values, station.csms_tx_id(evse_id))


def id_tag(token: IdToken | None) -> str:
    """The token as 1.6 carries it: 20 characters, never empty."""
    value = "" if token is None else token.value
    return fitted_token(value, ID_TAG_CHARS) or FREE_ID_TAG


def data_text(data: Any) -> str | None:
    """DataTransfer data: 1.6 has only text."""
    return data if data is None or isinstance(data, str) else json.dumps(data)


def data_transfer(vendor_id: str, message_id: str | None, data: Any) -> Call:
    """DataTransfer."""
    fields = {"vendorId": vendor_id, "messageId": message_id, "data": data_text(data)}
    return Call("DataTransfer", {name: text for name, text in fields.items() if text is not None})


def fact(station: StationPort, fact: Fact, context: TxContext) -> Call | None:
    """The message of a fact; None where 1.6 has none for it."""
    csms_tx_id = UNKNOWN_TX if context.csms_tx_id is None else context.csms_tx_id
    match fact:
        case TransactionStarted():
            return _start(fact)
        case TransactionUpdated():
            return _sample(station, fact, csms_tx_id)
        case TransactionEnded():
            return _stop(station, fact, csms_tx_id, context.samples)
        case MeterSampled():
            return _idle_sample(station, fact)


def read_fact(payload: Payload) -> FactAnswer:
    """Only StartTransaction.conf has a number; any of them may have a verdict."""
    number = payload.get("transactionId")
    info = payload.get("idTagInfo")
    return FactAnswer(
        csms_tx_id=None if number is None else int(number),
        verdict=None if info is None else verdict(info),
    )


def verdict(info: Mapping[str, Any]) -> Verdict:
    """IdTagInfo in the words of 2.0.1, which has all of 1.6's."""
    return Verdict(
        status=str(info.get("status", "Invalid")),
        group_id=info.get("parentIdTag"),
        expires=read_time(info.get("expiryDate")),
    )


def _start(fact: TransactionStarted) -> Call:
    payload: Payload = {
        "connectorId": fact.evse_id,
        "idTag": id_tag(fact.token),
        "meterStart": fact.begin.reading.energy_wh,
        "timestamp": timestamp(fact.at),
    }
    if fact.reservation_id is not None:
        payload["reservationId"] = fact.reservation_id
    return Call("StartTransaction", payload)


def _sample(station: StationPort, fact: TransactionUpdated, csms_tx_id: int) -> Call | None:
    """A sample belongs to the transaction of its instant, not of its sending (errata 3.16)."""
    if fact.sample is None:
        return None
    values = _meter_value(fact.sample, measurands_for(fact.sample.context, station.variable))
    return _meter_values(fact.evse_id, values, csms_tx_id)


def _idle_sample(station: StationPort, fact: MeterSampled) -> Call | None:
    values = _meter_value(fact.sample, measurands_for(fact.sample.context, station.variable))
    return _meter_values(fact.evse_id, values)


def _stop(
    station: StationPort,
    fact: TransactionEnded,
    csms_tx_id: int,
    samples: Iterable[StampedReading],
) -> Call:
    """Begin and end always go along, as far as anything is listed (errata 3.14, 3.89)."""
    payload: Payload = {
        "transactionId": csms_tx_id,
        "meterStop": fact.end.reading.energy_wh,
        "timestamp": timestamp(fact.at),
        "reason": REASONS[fact.reason],
    }
    if fact.token is not None:
        payload["idTag"] = id_tag(fact.token)
    measurands = ended_measurands(station.variable)
    data = _meter_value(fact.begin, measurands)
    for sample in samples:
        data += _meter_value(sample, station.variable(ended_list_for(sample.context)))
    data += _meter_value(fact.end, measurands)
    if data:
        payload["transactionData"] = data
    return Call("StopTransaction", payload)


def _meter_values(
    evse_id: int, values: list[Payload], csms_tx_id: int | None = None
) -> Call | None:
    """MeterValues; None where there is nothing to say."""
    payload: Payload = {"connectorId": evse_id, "meterValue": values}
    if csms_tx_id is not None:
        payload["transactionId"] = csms_tx_id
    return Call("MeterValues", payload) if values else None


def _meter_value(stamped: StampedReading, measurands: Iterable[str]) -> list[Payload]:
    """One MeterValue, or none: an empty one is not allowed."""
    found = sampled_values(stamped, measurands)
    values = [_sampled(value) for value in found] + [_record(one) for one in found if one.signed]
    values = [value for value in values if value]
    return [{"timestamp": timestamp(stamped.at), "sampledValue": values}] if values else []


def _record(value: SampledValue) -> Payload:
    """A signed record of OCMF as it is; nothing for another layout, which 1.6 has no place for."""
    signed = value.signed
    if signed is None or signed.format != "OCMF":
        return {}
    return _sampled(value) | {"value": signed.data.decode("ascii"), "format": "SignedData"}


def _sampled(value: SampledValue) -> Payload:
    sampled: Payload = {
        "value": value.value,
        "context": value.context,
        "measurand": value.measurand,
        "location": value.location,
    }
    if value.phase is not None:
        sampled["phase"] = value.phase
    if value.unit not in UNITLESS:
        sampled["unit"] = value.unit
    return sampled
