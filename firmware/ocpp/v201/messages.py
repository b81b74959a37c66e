"""What an OCPP 2.0.1 station says: from facts and reports to payloads, and what answers mean."""

from collections.abc import Iterable, Mapping
from typing import Any

from ampkeeper.firmware.facts import (
    CARD,
    ChargingState,
    ConnectorReport,
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
from ampkeeper.firmware.ocpp.money import amount_of
from ampkeeper.firmware.ocpp.samples import (
    ALIGNED_LIST,
    BEGUN,
    ENDED_INTERVALS,
    ENDED_LISTS,
    STARTED_LIST,
    SampledValue,
    ended_interval_for,
    ended_list_for,
    ended_measurands,
    measurands_for,
    phases_used,
    sampled_values,
)
from ampkeeper.firmware.ocpp.v201.names import (
    BOOT_REASONS,
    CONNECTOR_STATUS,
    REASONS,
    TOKEN_KINDS,
    TRIGGERS,
)
from ampkeeper.firmware.ocpp.v201.signed import signed_value
from ampkeeper.firmware.ocpp.wire import fitted_token, read_time, text_fields, timestamp

CONNECTOR_ID = 1  # an EVSE of ours has one connector
TOKEN_CHARS = 36


def boot(identity: Mapping[str, str], reason: str) -> Call:
    """BootNotification (B01)."""
    station: Payload = {
        "vendorName": identity.get("vendor", "")[:50],
        "model": identity.get("model", "")[:20],
    }
    station |= text_fields(
        {
            "serialNumber": (identity.get("serial", ""), 25),
            "firmwareVersion": (identity.get("firmware_version", ""), 50),
        }
    )
    known_reason = reason if reason in BOOT_REASONS else "Unknown"
    return Call("BootNotification", {"reason": known_reason, "chargingStation": station})


def status(report: ConnectorReport) -> Call | None:
    """StatusNotification; only connectors have a status (G01)."""
    if report.evse_id == 0:
        return None
    return Call(
        "StatusNotification",
        {
            "timestamp": timestamp(report.at),
            "connectorStatus": CONNECTOR_STATUS[report.state],
            "evseId": report.evse_id,
            "connectorId": CONNECTOR_ID,
        },
    )


def meter_values(
    station: StationPort, evse_id: int, sample: StampedReading | None = None
) -> Call | None:
    """MeterValues of the aligned measurands: triggered (F06.FR.06) or clock-aligned (J01)."""
    sample = sample or station.last_reading(evse_id)
    if sample is None:
        return None
    values = _meter_value(station, evse_id, sample, station.variable(ALIGNED_LIST))
    payload = {"evseId": evse_id, "meterValue": values}
    return Call("MeterValues", payload) if values else None


def id_token(
    token: IdToken, chars_max: int = TOKEN_CHARS, kinds: frozenset[str] = TOKEN_KINDS
) -> Payload:
    """IdTokenType."""
    said = token.kind or CARD  # it began in 1.6: most are cards
    kind = said if said in kinds else "Local"
    if kind == "NoAuthorization":
        return {"idToken": "", "type": kind}  # C02.FR.01
    return {"idToken": fitted_token(token.value, chars_max), "type": kind}


def data_transfer(vendor_id: str, message_id: str | None, data: Any) -> Call:
    """DataTransfer; the data goes as it is."""
    fields = {"vendorId": vendor_id, "messageId": message_id, "data": data}
    return Call("DataTransfer", {name: part for name, part in fields.items() if part is not None})


def fact(station: StationPort, fact: Fact, context: TxContext) -> Call | None:
    """The message of a fact; None where 2.0.1 has none for it.

    What is of no transaction is not queued (QueueAllMessages), so it is not told afterwards.
    """
    if isinstance(fact, MeterSampled):
        return None if context.is_offline else meter_values(station, fact.evse_id, fact.sample)
    match fact:
        case TransactionStarted():
            payload = _started(station, fact)
        case TransactionUpdated():
            payload = _updated(station, fact)
        case TransactionEnded():
            payload = _ended(station, fact, context.samples)
    payload |= {
        "timestamp": timestamp(fact.at),
        "triggerReason": TRIGGERS.get(fact.trigger, fact.trigger.value),
        "seqNo": fact.seq_no,
        "offline": context.is_offline,
        "evse": {"id": fact.evse_id, "connectorId": CONNECTOR_ID},
    }
    payload["transactionInfo"]["transactionId"] = fact.tx_id
    if fact.token is not None:
        payload["idToken"] = id_token(fact.token)
    if not payload["meterValue"]:
        del payload["meterValue"]  # an empty list is not allowed
    return Call("TransactionEvent", payload)


def read_fact(payload: Payload) -> FactAnswer:
    """The verdict on the token that went with the event."""
    info = payload.get("idTokenInfo")
    cost = payload.get("totalCost")
    return FactAnswer(
        verdict=None if info is None else verdict(info),
        cost=None if cost is None else amount_of(cost),
        message=_content(payload.get("updatedPersonalMessage")),
    )


def verdict(info: Mapping[str, Any]) -> Verdict:
    """IdTokenInfo."""
    group = info.get("groupIdToken") or {}
    return Verdict(
        status=str(info.get("status", "Invalid")),
        group_id=group.get("idToken"),
        expires=read_time(info.get("cacheExpiryDateTime")),
        evse_ids=tuple(int(evse_id) for evse_id in info.get("evseId", ())),
        message=_content(info.get("personalMessage")),
    )


def _content(message: Mapping[str, Any] | None) -> str:
    """The text of a MessageContentType."""
    return "" if message is None else str(message["content"])


def _started(station: StationPort, fact: TransactionStarted) -> Payload:
    values = _meter_value(station, fact.evse_id, fact.begin, station.variable(STARTED_LIST))
    return {"eventType": "Started", "meterValue": values} | _entry(fact)


def _updated(station: StationPort, fact: TransactionUpdated) -> Payload:
    values: list[Payload] = []
    if fact.sample is not None:
        listed = measurands_for(fact.sample.context, station.variable)
        values = _meter_value(station, fact.evse_id, fact.sample, listed)
    payload: Payload = {"eventType": "Updated", "meterValue": values} | _entry(fact)
    if fact.sample is not None and fact.charging_state is ChargingState.CHARGING:
        phases = int(station.variable(f"EVSE@{fact.evse_id}.SupplyPhases"))
        if used := phases_used(fact.sample, phases):
            payload["numberOfPhasesUsed"] = used  # E02.FR.18, FR.19
    return payload


def _entry(fact: TransactionStarted | TransactionUpdated) -> Payload:
    """The state, and what let somebody in: F02.FR.01, E01.FR.13."""
    info: Payload = {"chargingState": fact.charging_state.value}
    if fact.remote_start_id is not None:
        info["remoteStartId"] = fact.remote_start_id
    payload: Payload = {"transactionInfo": info}
    if fact.reservation_id is not None:
        payload["reservationId"] = fact.reservation_id
    return payload


def _ended(
    station: StationPort, fact: TransactionEnded, samples: Iterable[StampedReading]
) -> Payload:
    """What is configured for it, of its begin, between, and its end; or no meter values at all."""
    info = {"stoppedReason": REASONS[fact.reason]}
    if fact.charging_state is not None:
        info["chargingState"] = fact.charging_state.value
    variable = station.variable
    between = [each for each in samples if variable(ended_interval_for(each.context))]
    is_by_clock = bool(variable(ENDED_INTERVALS[1]))  # then its list is of those samples only
    measurands = variable(ENDED_LISTS[0]) if is_by_clock else ended_measurands(variable)
    rows = [(each, variable(ended_list_for(each.context))) for each in between]
    rows = [(fact.begin, measurands), *rows, (fact.end, measurands)]
    place = (station, fact.evse_id)
    values = [value for stamped, listed in rows for value in _meter_value(*place, stamped, listed)]
    return {"eventType": "Ended", "transactionInfo": info, "meterValue": values}


def _meter_value(
    station: StationPort, evse_id: int, stamped: StampedReading, measurands: Iterable[str]
) -> list[Payload]:
    """One MeterValue, or none: an empty one is not allowed."""
    values = []
    for value in sampled_values(stamped, measurands):
        sampled = _sampled(value)
        if value.signed is not None:
            told = signed_value(station, evse_id, value.signed, value.context == BEGUN)
            sampled |= {} if told is None else {"signedMeterValue": told}
        values.append(sampled)
    return [{"timestamp": timestamp(stamped.at), "sampledValue": values}] if values else []


def _sampled(value: SampledValue) -> Payload:
    sampled: Payload = {
        "value": float(value.value) if "." in value.value else int(value.value),
        "context": value.context,
        "measurand": value.measurand,
        "location": value.location,
    }
    if value.phase is not None:
        sampled["phase"] = value.phase
    if value.unit:
        sampled["unitOfMeasure"] = {"unit": value.unit}
    return sampled
