"""Fault: everything that can be wrong with the charger, as one table, and the set in force.

HIGH opens the contactor at once, then F for at least 300 ms, then X1; MEDIUM ends the charge as
a pause would (X1, up to 6 s); LOW only reports (section 5.6 of the requirements). Codes below 24
are ring 1's own, the others the station's. MREC codes are ChargeX's "CX..."; "AK..." are ours
where that list has none. The last columns are words: what the user reads, and the OCPP 1.6 code.
"""

from ampkeeper.firmware.safety.units import const

RCD_AC, RCD_DC, CONTACTOR_WELDED, CONTACTOR_STUCK = range(4)
PILOT_FAULT, PILOT_SHORT, DIODE_FAULT, VENTILATION_NOT_AVAILABLE = range(4, 8)
PROXIMITY_FAULT, LOCK_FAILED, LOCK_LOST, PE_LOST = range(8, 12)
OVER_TEMPERATURE, EMERGENCY_STOP, SUPPLY_LOST, OVER_CURRENT = range(12, 16)
METER_SILENT, METER_IMPLAUSIBLE, READER_SILENT, PILOT_LINK_LOST, STORE_FAILED = range(24, 29)
CODE_COUNT = const(29)
OWN_COUNT = const(24)  # codes below are judged here and travel over the link

HIGH, MEDIUM, LOW = range(3)
SEVERITIES = ("high", "medium", "low")
ITSELF, UNPLUG, SERVICE = range(3)  # how a fault goes away; all but ITSELF are latched
CLEARINGS = ("by itself", "when unplugged", "by a person")

# fmt: off
TABLE = (
    # code, name, severity, clears, after ms, MREC, OCPP 1.6, what the user reads
    (RCD_AC, "RcdAc", HIGH, SERVICE, 0, "CX002", "GroundFailure",
     "Current is leaking to earth. Unplug; have car and cable checked before you charge again."),
    (RCD_DC, "RcdDc", HIGH, SERVICE, 0, "CX002", "GroundFailure",
     "Direct current is leaking to earth. Unplug; have the car checked before you charge again."),
    (CONTACTOR_WELDED, "ContactorWelded", HIGH, SERVICE, 0, "CX017", "PowerSwitchFailure",
     "The output cannot be switched off. Do not touch the plug; switch off the breaker and call "
     "service."),
    (CONTACTOR_STUCK, "ContactorStuck", HIGH, SERVICE, 0, "CX017", "PowerSwitchFailure",
     "The output cannot be switched on. Call service."),
    (PILOT_FAULT, "PilotFault", HIGH, ITSELF, 2_000, "CX014", "EVCommunicationError",
     "The signal to the car is disturbed. Unplug and plug in again; try another cable."),
    (PILOT_SHORT, "PilotShort", HIGH, ITSELF, 2_000, "CX014", "EVCommunicationError",
     "The signal line in the cable is shorted. Unplug and try another cable."),
    (DIODE_FAULT, "DiodeFault", HIGH, UNPLUG, 0, "CX014", "EVCommunicationError",
     "The car does not answer as a car. Unplug and plug in again; if it stays, have it checked."),
    (VENTILATION_NOT_AVAILABLE, "VentilationNotAvailable", HIGH, ITSELF, 2_000, "CX010",
     "OtherError", "The car asks for ventilation, which this place does not have. Unplug it."),
    (PROXIMITY_FAULT, "ProximityFault", MEDIUM, UNPLUG, 0, "CX023", "OtherError",
     "The cable cannot be recognised. Unplug, push the plug in fully, or try another cable."),
    (LOCK_FAILED, "LockFailed", MEDIUM, UNPLUG, 0, "CX001", "ConnectorLockFailure",
     "The plug cannot be locked or unlocked. Push it in fully and pull it out again."),
    (LOCK_LOST, "LockLost", MEDIUM, ITSELF, 0, "CX001", "ConnectorLockFailure",
     "The plug was unlocked while charging. Push it in fully; charging goes on when it is locked."),
    (PE_LOST, "PeLost", HIGH, ITSELF, 10_000, "CX002", "GroundFailure",
     "The protective earth is missing. Do not touch the plug; call an electrician."),
    (OVER_TEMPERATURE, "OverTemperature", MEDIUM, ITSELF, 0, "CX003", "HighTemperature",
     "The charger is too hot. Charging goes on when it has cooled down."),
    (EMERGENCY_STOP, "EmergencyStop", HIGH, SERVICE, 0, "CX008", "OtherError",
     "The emergency stop was pressed. Release it, then have the charger switched on again."),
    (SUPPLY_LOST, "SupplyLost", HIGH, ITSELF, 5_000, "CX015", "UnderVoltage",
     "The mains supply is missing. Charging goes on when it returns."),
    (OVER_CURRENT, "OverCurrent", HIGH, UNPLUG, 0, "CX004", "OverCurrentFailure",
     "The car draws more current than allowed. Unplug it and charge it elsewhere."),
    (METER_SILENT, "MeterSilent", MEDIUM, ITSELF, 0, "AK024", "PowerMeterFailure",
     "The energy meter does not answer. Charging stops until it does."),
    (METER_IMPLAUSIBLE, "MeterImplausible", LOW, ITSELF, 0, "AK025", "PowerMeterFailure",
     "The energy meter gives values that cannot be. They are not billed; call service."),
    (READER_SILENT, "ReaderSilent", LOW, ITSELF, 0, "AK026", "ReaderFailure",
     "The card reader does not answer. Start from the app or by plugging in, if allowed."),
    (PILOT_LINK_LOST, "PilotLinkLost", MEDIUM, ITSELF, 0, "AK027", "InternalError",
     "Parts of the charger do not talk to each other. Charging stops until they do."),
    (STORE_FAILED, "StoreFailed", MEDIUM, ITSELF, 0, "AK028", "InternalError",
     "The charger cannot write its records. Charging stops; call service."),
)
# fmt: on
PE_TRIPS_MAX = const(2)  # section 5.6: the third loss of earth stays until a person clears it

SEVERITY_OF = bytearray(CODE_COUNT)
CLEARING_OF = bytearray(CODE_COUNT)
AFTER_MS = [0] * CODE_COUNT
for row in TABLE:
    SEVERITY_OF[row[0]] = row[2]
    CLEARING_OF[row[0]] = row[3]
    AFTER_MS[row[0]] = row[4]


def name_of(code: int) -> str:
    """Return the fault's name, as in JSON; "" for a code without a row."""
    for row in TABLE:
        if row[0] == code:
            return row[1]
    return ""


def code_of(name: str) -> int:
    """Return the code of a fault's name, or -1."""
    for row in TABLE:
        if row[1] == name:
            return row[0]
    return -1


def is_latched(code: int) -> bool:
    """Tell whether the fault outlives its cause."""
    return CLEARING_OF[code] != ITSELF


class FaultSet:
    """The faults in force. Nothing is allocated after construction."""

    def __init__(self) -> None:
        self.high_count = 0
        self.medium_count = 0
        self.low_count = 0
        self._raised = bytearray(CODE_COUNT)
        self._is_bad = bytearray(CODE_COUNT)  # the cause, as last judged
        self._good_ms = [0] * CODE_COUNT  # since the cause was last seen
        self._pe_trips = 0

    def raise_fault(self, code: int) -> bool:
        """Put a fault in force; return True if it was not."""
        if self._raised[code]:
            return False
        self._raised[code] = 1
        self._count(SEVERITY_OF[code], 1)
        if code == PE_LOST:
            self._pe_trips = min(self._pe_trips + 1, PE_TRIPS_MAX + 1)
        return True

    def clear(self, code: int) -> bool:
        """Take a fault away; return True if it was in force."""
        if not self._raised[code]:
            return False
        self._raised[code] = 0
        self._good_ms[code] = 0
        self._count(SEVERITY_OF[code], -1)
        return True

    def forgive(self, code: int) -> bool:
        """Clear a latched fault because a person asked, unless its cause is still there."""
        if self._is_bad[code] or not self.clear(code):
            return False
        if code == PE_LOST:
            self._pe_trips = 0
        return True

    def is_raised(self, code: int) -> bool:
        """Tell whether a fault is in force."""
        return self._raised[code] != 0

    def judge(self, code: int, is_bad: bool, is_good: bool, elapsed_ms: int) -> None:
        """Raise on ``is_bad``; clear what goes by itself after its time of ``is_good``."""
        self._is_bad[code] = is_bad
        if is_bad:
            self._good_ms[code] = 0
            self.raise_fault(code)
        elif self._raised[code] and self._may_go(code):
            self._good_ms[code] = self._good_ms[code] + elapsed_ms if is_good else 0
            if is_good and self._good_ms[code] >= AFTER_MS[code]:
                self.clear(code)

    def bitmap(self) -> int:
        """Return ring 1's faults in force, bit n for code n."""
        bits = 0
        for code in range(OWN_COUNT):
            if self._raised[code]:
                bits |= 1 << code
        return bits

    def restore(self, bitmap: int) -> None:
        """Put back, after a restart, the faults that only a person clears. REQ-CNT-01."""
        for code in range(OWN_COUNT):
            if bitmap >> code & 1 and name_of(code) and CLEARING_OF[code] == SERVICE:
                self.raise_fault(code)

    def _count(self, severity: int, step: int) -> None:
        if severity == HIGH:
            self.high_count += step
        elif severity == MEDIUM:
            self.medium_count += step
        else:
            self.low_count += step

    def _may_go(self, code: int) -> bool:
        if code == PE_LOST:
            return self._pe_trips <= PE_TRIPS_MAX
        return CLEARING_OF[code] != SERVICE
