"""One TransactionEvent with ten sampled values, as our facts have it and as ``ocpp`` has it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, cast

from ocpp.v16 import call as call_16
from ocpp.v201 import call as call_201

from ampkeeper.firmware.facts import (
    ChargingState,
    StampedReading,
    TransactionUpdated,
    Trigger,
)
from ampkeeper.firmware.ocpp.dialect import Dialect, Payload, StationPort, TxContext
from ampkeeper.firmware.ocpp.v16.dialect import Dialect16
from ampkeeper.firmware.ocpp.v201.dialect import Dialect201
from ampkeeper.hal.ports import MeterReading

SAMPLES = 10
MEASURANDS = (
    "Energy.Active.Import.Register",
    "Power.Active.Import",
    "Current.Import",
    "Voltage",
    "Current.Offered",
    "Frequency",
)
AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
READING = MeterReading(
    taken_s=0.0,
    energy_wh=12_345,
    power_w=11_040.0,
    current_a=(16.0, 15.9, 16.1),
    voltage_v=(230.1, 229.8, 231.0),
    frequency_hz=49.98,
)
FACT = TransactionUpdated(
    tx_id="8f14e45f-ceea-467f-a6f0-1c2f5a3b7d11",
    evse_id=1,
    seq_no=7,
    at=AT,
    trigger=Trigger.METER_VALUE_PERIODIC,
    charging_state=ChargingState.CHARGING,
    sample=StampedReading(AT, READING, "Sample.Periodic", offered_a=16.0),
)
CONTEXT = TxContext(csms_tx_id=1, is_offline=False)


class Station:
    """A station that only says which measurands it samples, of three phases."""

    def variable(self, name: str) -> Sequence[str] | int:
        """All lists of measurands are the same one."""
        return 3 if name.endswith(".SupplyPhases") else MEASURANDS


def our_dialect(subprotocol: str) -> Dialect:
    """Ours, bound to a station that samples ten values."""
    station = cast(StationPort, Station())
    return Dialect16(station) if subprotocol == "ocpp1.6" else Dialect201(station)


def our_payload(subprotocol: str) -> Payload:
    """The message as we word it; both sides of a comparison carry this same content."""
    call = our_dialect(subprotocol).fact(FACT, CONTEXT)
    assert call is not None
    values = call.payload["meterValue"][0]["sampledValue"]
    assert len(values) == SAMPLES, f"{len(values)} sampled values"
    return call.payload


def their_call(subprotocol: str) -> Any:
    """The same content as the call object of ``ocpp``; the content is ready, the object is new."""
    fields = _their_fields(subprotocol)
    if subprotocol == "ocpp1.6":
        return call_16.MeterValues(**fields)
    return call_201.TransactionEvent(**fields)


@cache
def _their_fields(subprotocol: str) -> dict[str, Any]:
    """Field names as ``ocpp`` wants them at the top; it converts the rest itself."""
    return {_snake(name): value for name, value in our_payload(subprotocol).items()}


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
