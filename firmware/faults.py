"""Faults in words: for each code its name, its ChargeX and OCPP 1.6 codes, and what the user reads.

What becomes of ring 1's own faults is the table in ``safety/fault.py``; the faults that the
station finds stand here whole. A pilot board loads nothing of this. ChargeX codes are "CX...";
"AK..." are ours where that list has none.
"""

from typing import NamedTuple

from ampkeeper.firmware.safety import fault
from ampkeeper.firmware.safety.fault import HIGH, ITSELF, LOW, MEDIUM, SERVICE, UNPLUG

METER_SILENT, METER_IMPLAUSIBLE, READER_SILENT, PILOT_LINK_LOST, STORE_FAILED = range(32, 37)
LIMIT_IGNORED = 37
PHASES_STUCK = 38
SEVERITIES = ("high", "medium", "low")
CLEARINGS = ("by itself", "when unplugged", "by a person")

# fmt: off
STATION = {
    METER_SILENT:      (MEDIUM, ITSELF),
    METER_IMPLAUSIBLE: (LOW,    ITSELF),
    READER_SILENT:     (LOW,    ITSELF),
    PILOT_LINK_LOST:   (MEDIUM, ITSELF),
    STORE_FAILED:      (MEDIUM, ITSELF),
    LIMIT_IGNORED:     (MEDIUM, UNPLUG),
    PHASES_STUCK:      (LOW,    UNPLUG),
}
WORDS = (
    # code, name, ChargeX, OCPP 1.6, what the user reads
    (fault.RCD_AC, "RcdAc", "CX002", "GroundFailure",
     "Current is leaking to earth. Unplug; have car and cable checked before you charge again."),
    (fault.RCD_DC, "RcdDc", "CX002", "GroundFailure",
     "Direct current is leaking to earth. Unplug; have the car checked before you charge again."),
    (fault.CONTACTOR_WELDED, "ContactorWelded", "CX017", "PowerSwitchFailure",
     "The output cannot be switched off. Do not touch the plug; switch off the breaker and call "
     "service."),
    (fault.CONTACTOR_STUCK, "ContactorStuck", "CX017", "PowerSwitchFailure",
     "The output cannot be switched on. Call service."),
    (fault.PILOT_FAULT, "PilotFault", "CX014", "EVCommunicationError",
     "The signal to the car is disturbed. Unplug and plug in again; try another cable."),
    (fault.PILOT_SHORT, "PilotShort", "CX014", "EVCommunicationError",
     "The signal line in the cable is shorted. Unplug and try another cable."),
    (fault.DIODE_FAULT, "DiodeFault", "CX014", "EVCommunicationError",
     "The car does not answer as a car. Unplug and plug in again; if it stays, have it checked."),
    (fault.VENTILATION_NOT_AVAILABLE, "VentilationNotAvailable", "CX010", "OtherError",
     "The car asks for ventilation, which this place does not have. Unplug it."),
    (fault.PROXIMITY_FAULT, "ProximityFault", "CX023", "OtherError",
     "The cable cannot be recognised. Unplug, push the plug in fully, or try another cable."),
    (fault.LOCK_FAILED, "LockFailed", "CX001", "ConnectorLockFailure",
     "The plug cannot be locked or unlocked. Push it in fully and pull it out again."),
    (fault.LOCK_LOST, "LockLost", "CX001", "ConnectorLockFailure",
     "The plug was unlocked while charging, which ended the charge. Push it in fully and start "
     "again; if it stays, unplug and plug in again."),
    (fault.PE_LOST, "PeLost", "CX002", "GroundFailure",
     "The protective earth is missing. Do not touch the plug; call an electrician."),
    (fault.OVER_TEMPERATURE, "OverTemperature", "CX003", "HighTemperature",
     "The charger is too hot. Charging goes on when it has cooled down."),
    (fault.EMERGENCY_STOP, "EmergencyStop", "CX008", "OtherError",
     "The emergency stop was pressed. Release it, then have the charger switched on again."),
    (fault.SUPPLY_LOST, "SupplyLost", "CX015", "UnderVoltage",
     "The mains supply is missing. Charging goes on when it returns."),
    (fault.OVER_CURRENT, "OverCurrent", "CX004", "OverCurrentFailure",
     "The car draws more current than allowed. Unplug it and charge it elsewhere."),
    (fault.OVER_CURRENT_FAST, "OverCurrentFast", "CX004", "OverCurrentFailure",
     "The car draws far more current than allowed. Unplug it; have it checked."),
    (fault.OVER_VOLTAGE, "OverVoltage", "CX005", "OverVoltage",
     "The mains voltage is too high. Charging goes on a minute after it is right again."),
    (fault.UNDER_VOLTAGE, "UnderVoltage", "CX006", "UnderVoltage",
     "The mains voltage is too low. Charging goes on a minute after it is right again."),
    (fault.METER_STALE, "MeterStale", "AK019", "PowerMeterFailure",
     "The charger does not learn what the car draws. Charging goes on when it does."),
    (fault.RCD_TEST_FAILED, "RcdTestFailed", "CX002", "GroundFailure",
     "The protection against leaking current failed its test. Unplug and plug in again; if it "
     "stays, call service."),
    (fault.OUTLET_LIVE, "OutletLive", "CX024", "PowerSwitchFailure",
     "The outlet has voltage although it is switched off. Do not touch the plug; switch off the "
     "breaker and call service."),
    (fault.BOARD_FAILED, "BoardFailed", "AK022", "InternalError",
     "The charger found an error in itself. Call service."),
    (fault.RAIL_FAULT, "RailFault", "CX014", "InternalError",
     "The charger's own supply is not right. If it stays, call service."),
    (fault.TEMPERATURE_SENSOR, "TemperatureSensor", "AK024", "OtherError",
     "A temperature sensor cannot be right. Charging goes on when it is; else call service."),
    (fault.TAMPERED, "Tampered", "AK025", "OtherError",
     "The charger was opened, moved, or is wet inside. Have it checked before you charge again."),
    (fault.LOCK_UNCHARGED, "LockUncharged", "AK026", "ConnectorLockFailure",
     "The lock could not free the plug after a power cut. Charging starts when it is ready."),
    (fault.CONTACTOR_WORN, "ContactorWorn", "CX017", "OtherError",
     "The contactor nears the end of its life. Have it replaced soon."),
    (fault.CONTACTOR_SPENT, "ContactorSpent", "CX017", "PowerSwitchFailure",
     "The contactor is at the end of its life. Have it replaced."),
    (fault.OUTLET_DEAD, "OutletDead", "AK029", "PowerSwitchFailure",
     "The outlet has no voltage although it is switched on. Unplug and plug in again; if it "
     "stays, call service."),
    (METER_SILENT, "MeterSilent", "AK032", "PowerMeterFailure",
     "The energy meter does not answer. Charging stops until it does."),
    (METER_IMPLAUSIBLE, "MeterImplausible", "AK033", "PowerMeterFailure",
     "The energy meter gives values that cannot be. They are not billed; call service."),
    (READER_SILENT, "ReaderSilent", "AK034", "ReaderFailure",
     "The card reader does not answer. Start from the app or by plugging in, if allowed."),
    (PILOT_LINK_LOST, "PilotLinkLost", "AK035", "InternalError",
     "Parts of the charger do not talk to each other. Charging stops until they do."),
    (STORE_FAILED, "StoreFailed", "AK036", "InternalError",
     "The charger cannot write its records. Charging stops; call service."),
    (LIMIT_IGNORED, "LimitIgnored", "CX004", "OverCurrentFailure",
     "The car draws more current than it is allowed, although it was offered less. Unplug it; if "
     "that happens again, have it checked."),
    (PHASES_STUCK, "PhasesStuck", "AK038", "PowerSwitchFailure",
     "The charger cannot change between one and three phases. Charging goes on as far as that is "
     "safe; call service."),
)
# fmt: on


class FaultInfo(NamedTuple):
    """All there is to know of one fault."""

    code: int
    name: str
    severity: int
    clears: int
    after_ms: int
    mrec: str
    ocpp: str
    text: str


def _info(code: int, name: str, mrec: str, ocpp: str, text: str) -> FaultInfo:
    if code in STATION:
        severity, clears = STATION[code]
        return FaultInfo(code, name, severity, clears, 0, mrec, ocpp, text)
    severity, clears = fault.severity_of(code), fault.clearing_of(code)
    return FaultInfo(code, name, severity, clears, fault.after_ms_of(code), mrec, ocpp, text)


INFOS = {row[0]: _info(*row) for row in WORDS}
BY_NAME = {info.name: info for info in INFOS.values()}


def info_of(code: int) -> FaultInfo:
    """All of one fault; a code without words is our own bug or a newer pilot board's fault."""
    found = INFOS.get(code)
    if found is not None:
        return found
    text = "A fault that this version does not know. Call service."
    return FaultInfo(code, f"Unknown{code}", HIGH, SERVICE, 0, "", "OtherError", text)
