"""The condition of an EVSE's hardware: what the device model tells of it, with None for unknown."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ampkeeper.hal.ports import MeterReading

Value = bool | int | float | str | None


@dataclass(frozen=True, slots=True)
class Condition:
    """What is known of one EVSE now. ``faults`` are names of ``firmware/faults.py``.

    ``reading`` is the newest one while it is fresh, ``board`` whoever ring 1 last said it is.
    """

    faults: frozenset[str] = frozenset()
    is_charging: bool = False  # a session runs
    is_closed: bool | None = None  # the contactor
    is_locked: bool | None = None
    pilot: str = ""  # "A" to "F"
    temperature_c: float | None = None
    has_stop: bool = True  # False: no emergency stop reaches ring 1
    board: str = ""
    board_version: str = ""
    meter_serial: str = ""
    reading: MeterReading | None = None


Provider = Callable[[Condition], Value]


def has(*names: str) -> Provider:
    """True while one of these faults is there."""
    wanted = frozenset(names)
    return lambda condition: bool(condition.faults & wanted)


def measured(quantity: Callable[[MeterReading], Value]) -> Provider:
    """A quantity of the newest reading."""
    return lambda now: None if now.reading is None else quantity(now.reading)


def _most(reading: MeterReading | None) -> Value:
    """The current of the phase with most."""
    known = [] if reading is None else [each for each in reading.current_a if each is not None]
    return max(known, default=None)


LEAKS = ("RcdAc", "RcdDc")
OVER_CURRENTS = ("OverCurrent", "OverCurrentFast", "LimitIgnored")
SUPPLY = ("SupplyLost", "OverVoltage", "UnderVoltage", "PeLost")
METER = ("MeterSilent", "MeterImplausible", "MeterStale")

# fmt: off
PROVIDERS: Mapping[str, Provider] = {
    "ChargingStation.Problem":              lambda now: bool(now.faults),
    "Controller.Problem":                   has("StoreFailed"),
    "EVSE.Active":                          lambda now: now.is_charging,
    "EVSE.Problem":                         lambda now: bool(now.faults),
    "EVSE.Power":                           measured(lambda reading: reading.power_w),
    "EVSE.ACCurrent":                       lambda now: _most(now.reading),
    "PowerContactor.Active":                lambda now: now.is_closed,
    "PowerContactor.Problem":
        has("ContactorWelded", "ContactorStuck", "ContactorWorn", "ContactorSpent", "PhasesStuck"),
    "RCD.Tripped":                          has(*LEAKS),
    "RCD.Problem":                          has("RcdTestFailed"),
    "OverCurrentProtection.Tripped":        has(*OVER_CURRENTS),
    "TemperatureSensor.Temperature":        lambda now: now.temperature_c,
    "TemperatureSensor.Problem":            has("TemperatureSensor"),
    "TemperatureSensor.Suspending":         has("OverTemperature"),
    "EmergencyStopSensor.Tripped":
        lambda now: "EmergencyStop" in now.faults if now.has_stop else None,
    "ConnectorPlugRetentionLock.Active":    lambda now: now.is_locked,
    "ConnectorPlugRetentionLock.Problem":   has("LockFailed", "LockLost", "LockUncharged"),
    "CPPWMController.State":                lambda now: now.pilot,
    "CPPWMController.Model":                lambda now: now.board,
    "CPPWMController.FirmwareVersion":      lambda now: now.board_version,
    "CPPWMController.Problem":
        has("PilotFault", "PilotShort", "DiodeFault", "RailFault", "BoardFailed", "PilotLinkLost"),
    "ElectricalFeed.Problem":               has(*SUPPLY),
    "ElectricalFeed.ACVoltage[L1]":         measured(lambda reading: reading.voltage_v[0]),
    "ElectricalFeed.ACVoltage[L2]":         measured(lambda reading: reading.voltage_v[1]),
    "ElectricalFeed.ACVoltage[L3]":         measured(lambda reading: reading.voltage_v[2]),
    "ElectricalFeed.Frequency":             measured(lambda reading: reading.frequency_hz),
    "FiscalMetering.SerialNumber":          lambda now: now.meter_serial,
    "FiscalMetering.EnergyImportRegister":  measured(lambda reading: reading.energy_wh),
    "FiscalMetering.EnergyExportRegister":  measured(lambda reading: reading.energy_export_wh),
    "FiscalMetering.ACCurrent[L1]":         measured(lambda reading: reading.current_a[0]),
    "FiscalMetering.ACCurrent[L2]":         measured(lambda reading: reading.current_a[1]),
    "FiscalMetering.ACCurrent[L3]":         measured(lambda reading: reading.current_a[2]),
    "FiscalMetering.Problem":               has(*METER),
    "TokenReader.Problem":                  has("ReaderSilent"),
}
# fmt: on
