"""Facts as text: the one place that knows how a fact stands in the outbox.

A row may be read by a later version of this software, so names here never change their meaning;
what is new gets a new name, and a change that old readers would misread gets a new FORMAT.
"""

import json
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from typing import Any

from ampkeeper.firmware.facts import (
    ChargingState,
    Fact,
    IdToken,
    MeterSampled,
    StampedReading,
    StopReason,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
    Trigger,
)
from ampkeeper.firmware.statement import statement_of
from ampkeeper.firmware.store.errors import StoreError
from ampkeeper.hal.ports import MeterReading, SignedValue

FORMAT = 1
STARTED = "started"
UPDATED = "updated"
ENDED = "ended"
SAMPLED = "sampled"
Phases = tuple[float | None, float | None, float | None]


def kind_of(fact: Fact) -> str:
    """The word for the fact's class, as it stands in the outbox."""
    if isinstance(fact, MeterSampled):
        return SAMPLED
    if isinstance(fact, TransactionStarted):
        return STARTED
    return UPDATED if isinstance(fact, TransactionUpdated) else ENDED


def encode(fact: Fact) -> str:
    """The fact as one line of JSON; a number that is not finite raises StoreError."""
    try:
        return json.dumps(_body(fact), allow_nan=False, separators=(",", ":"))
    except ValueError as error:
        raise StoreError(f"{kind_of(fact)} of {fact.tx_id}, {fact.at}: {error}") from error


def _body(fact: Fact) -> dict[str, Any]:
    head = {"format": FORMAT, "kind": kind_of(fact)}
    if isinstance(fact, MeterSampled):
        place = {"evse_id": fact.evse_id, "at": time_text(fact.at)}
        return {**head, **place, "sample": reading_body(fact.sample)}
    body: dict[str, Any] = {
        **head,
        "tx_id": fact.tx_id,
        "evse_id": fact.evse_id,
        "seq_no": fact.seq_no,
        "at": time_text(fact.at),
        "trigger": str(fact.trigger),
        "token": token_body(fact.token),
    }
    if isinstance(fact, TransactionStarted):
        body["charging_state"] = str(fact.charging_state)
        body["begin"] = reading_body(fact.begin)
        body["remote_start_id"] = fact.remote_start_id
        body["reservation_id"] = fact.reservation_id
    elif isinstance(fact, TransactionUpdated):
        body["charging_state"] = str(fact.charging_state)
        body["sample"] = None if fact.sample is None else reading_body(fact.sample)
        body["remote_start_id"] = fact.remote_start_id
        body["reservation_id"] = fact.reservation_id
    else:
        body["reason"] = str(fact.reason)
        body["begin"] = reading_body(fact.begin)
        body["end"] = reading_body(fact.end)
        state = fact.charging_state
        body["charging_state"] = None if state is None else str(state)
    body["tariff_id"] = fact.tariff_id
    body["cost"] = None if fact.cost is None else fact.cost.to_json()
    return body


def decode(text: str) -> Fact:
    """The fact in ``text``; StoreError says what cannot be understood."""
    try:
        body = json.loads(text)
        if body["format"] != FORMAT:
            raise StoreError(f"fact in format {body['format']}: this version knows {FORMAT}")
        return _fact(body)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise StoreError(f"fact cannot be read: {error!r}") from error


def time_text(at: datetime) -> str:
    """An aware time as text that sorts in order of time."""
    assert at.tzinfo is not None, "times in the store are aware"
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def time_of(text: str) -> datetime:
    """The time that ``time_text`` wrote."""
    return datetime.fromisoformat(text)


def _fact(body: dict[str, Any]) -> Fact:
    kind = body["kind"]
    if kind == SAMPLED:
        return MeterSampled(body["evse_id"], time_of(body["at"]), reading_of(body["sample"]))
    cost = body.get("cost")
    common = {
        "tx_id": body["tx_id"],
        "evse_id": body["evse_id"],
        "seq_no": body["seq_no"],
        "at": time_of(body["at"]),
        "trigger": Trigger(body["trigger"]),
        "token": token_of(body["token"]),
        "tariff_id": body.get("tariff_id"),  # rows of before have neither
        "cost": None if cost is None else statement_of(cost),
    }
    if kind == STARTED:
        return TransactionStarted(
            **common,
            charging_state=ChargingState(body["charging_state"]),
            begin=reading_of(body["begin"]),
            remote_start_id=body["remote_start_id"],
            reservation_id=body["reservation_id"],
        )
    if kind == UPDATED:
        sample = body["sample"]
        return TransactionUpdated(
            **common,
            charging_state=ChargingState(body["charging_state"]),
            sample=None if sample is None else reading_of(sample),
            remote_start_id=body.get("remote_start_id"),  # rows of before do not have it
            reservation_id=body.get("reservation_id"),
        )
    if kind == ENDED:
        state = body.get("charging_state")
        return TransactionEnded(
            **common,
            reason=StopReason(body["reason"]),
            begin=reading_of(body["begin"]),
            end=reading_of(body["end"]),
            charging_state=None if state is None else ChargingState(state),
        )
    raise StoreError(f"fact of unknown kind {kind!r}: a newer version wrote it")


def token_body(token: IdToken | None) -> dict[str, str] | None:
    """A token as JSON."""
    return None if token is None else {"value": token.value, "kind": token.kind}


def token_of(body: dict[str, str] | None) -> IdToken | None:
    """The token that ``token_body`` wrote."""
    return None if body is None else IdToken(body["value"], body["kind"])


def reading_body(stamped: StampedReading) -> dict[str, Any]:
    """A reading as JSON."""
    reading = stamped.reading
    return {
        "at": time_text(stamped.at),
        "context": stamped.context,
        "offered_a": stamped.offered_a,
        "soc_percent": stamped.soc_percent,
        "taken_s": reading.taken_s,
        "energy_wh": reading.energy_wh,
        "power_w": reading.power_w,
        "current_a": reading.current_a,
        "voltage_v": reading.voltage_v,
        "power_phase_w": reading.power_phase_w,
        "frequency_hz": reading.frequency_hz,
        "power_factor": reading.power_factor,
        "energy_export_wh": reading.energy_export_wh,
        "is_rotation_right": reading.is_rotation_right,
        "signed": _signed_body(reading.signed),
    }


def reading_of(body: dict[str, Any]) -> StampedReading:
    """The reading that ``reading_body`` wrote."""
    reading = MeterReading(
        taken_s=body["taken_s"],
        energy_wh=body["energy_wh"],
        power_w=body["power_w"],
        current_a=_phases(body["current_a"]),
        voltage_v=_phases(body["voltage_v"]),
        power_phase_w=_phases(body["power_phase_w"]),
        frequency_hz=body["frequency_hz"],
        power_factor=body["power_factor"],
        energy_export_wh=body["energy_export_wh"],
        is_rotation_right=body.get("is_rotation_right"),  # rows of before do not have it
        signed=_signed_of(body.get("signed")),
    )
    return StampedReading(
        time_of(body["at"]), reading, body["context"], body["offered_a"], body["soc_percent"]
    )


def _signed_body(signed: SignedValue | None) -> dict[str, str] | None:
    """Bytes as base64, so that what the meter signed comes back to the byte."""
    if signed is None:
        return None
    return {
        "data": b64encode(signed.data).decode(),
        "signature": b64encode(signed.signature).decode(),
        "format": signed.format,
        "public_key": b64encode(signed.public_key).decode(),
    }


def _signed_of(body: dict[str, str] | None) -> SignedValue | None:
    if body is None:
        return None
    return SignedValue(
        data=b64decode(body["data"], validate=True),
        signature=b64decode(body["signature"], validate=True),
        format=body["format"],
        public_key=b64decode(body["public_key"], validate=True),
    )


def _phases(values: list[float | None]) -> Phases:
    first, second, third = values
    return (first, second, third)
