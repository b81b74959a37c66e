"""Fault: what can be wrong with ring 1's hardware, as one table, and the set in force.

HIGH opens the contactor at once, then F for at least 300 ms, then X1; MEDIUM ends the charge as
a pause would (X1, up to 6 s); LOW only reports (section 5.6 of the requirements). The words of
each, and the faults that the station finds, are in ``firmware/faults.py``.
"""

from ampkeeper.firmware.safety.units import const

RCD_AC, RCD_DC, CONTACTOR_WELDED, CONTACTOR_STUCK = range(4)
PILOT_FAULT, PILOT_SHORT, DIODE_FAULT, VENTILATION_NOT_AVAILABLE = range(4, 8)
PROXIMITY_FAULT, LOCK_FAILED, LOCK_LOST, PE_LOST = range(8, 12)
OVER_TEMPERATURE, EMERGENCY_STOP, SUPPLY_LOST, OVER_CURRENT = range(12, 16)
OVER_CURRENT_FAST, OVER_VOLTAGE, UNDER_VOLTAGE, METER_STALE = range(16, 20)
RCD_TEST_FAILED, OUTLET_LIVE, BOARD_FAILED, RAIL_FAULT = range(20, 24)
TEMPERATURE_SENSOR, TAMPERED, LOCK_UNCHARGED = range(24, 27)
CONTACTOR_WORN, CONTACTOR_SPENT, OUTLET_DEAD = range(27, 30)
OWN_COUNT = const(30)  # codes below may be judged here and travel over the link

HIGH, MEDIUM, LOW = range(3)
ITSELF, UNPLUG, SERVICE = range(3)  # how a fault goes away; all but ITSELF are latched

# Row n is code n. The last column is the time that the cause must be gone.
# fmt: off
TABLE = bytes([
    # code                      severity clears after s
    RCD_AC,                     HIGH,   SERVICE, 0,
    RCD_DC,                     HIGH,   SERVICE, 0,
    CONTACTOR_WELDED,           HIGH,   SERVICE, 0,
    CONTACTOR_STUCK,            HIGH,   SERVICE, 0,
    PILOT_FAULT,                HIGH,   ITSELF,  2,
    PILOT_SHORT,                HIGH,   ITSELF,  2,
    DIODE_FAULT,                HIGH,   UNPLUG,  0,
    VENTILATION_NOT_AVAILABLE,  HIGH,   ITSELF,  2,
    PROXIMITY_FAULT,            MEDIUM, UNPLUG,  0,
    LOCK_FAILED,                MEDIUM, UNPLUG,  0,
    LOCK_LOST,                  MEDIUM, ITSELF,  0,
    PE_LOST,                    HIGH,   ITSELF,  10,
    OVER_TEMPERATURE,           MEDIUM, ITSELF,  0,
    EMERGENCY_STOP,             HIGH,   SERVICE, 0,
    SUPPLY_LOST,                HIGH,   ITSELF,  5,
    OVER_CURRENT,               MEDIUM, UNPLUG,  0,
    OVER_CURRENT_FAST,          HIGH,   UNPLUG,  0,
    OVER_VOLTAGE,               HIGH,   ITSELF,  60,
    UNDER_VOLTAGE,              MEDIUM, ITSELF,  60,
    METER_STALE,                MEDIUM, ITSELF,  0,
    RCD_TEST_FAILED,            MEDIUM, SERVICE, 0,  # or when a later test passes
    OUTLET_LIVE,                HIGH,   SERVICE, 0,
    BOARD_FAILED,               HIGH,   SERVICE, 0,
    RAIL_FAULT,                 HIGH,   ITSELF,  2,
    TEMPERATURE_SENSOR,         MEDIUM, ITSELF,  10,
    TAMPERED,                   HIGH,   SERVICE, 0,
    LOCK_UNCHARGED,             MEDIUM, ITSELF,  0,
    CONTACTOR_WORN,             LOW,    SERVICE, 0,
    CONTACTOR_SPENT,            MEDIUM, SERVICE, 0,
    OUTLET_DEAD,                MEDIUM, UNPLUG,  0,
])
# fmt: on
# Section 5.6: these show -12 V before X1; pilot faults and what the mains or the car do, X1 only.
F_BITS = (
    1 << RCD_AC
    | 1 << RCD_DC
    | 1 << CONTACTOR_WELDED
    | 1 << CONTACTOR_STUCK
    | 1 << PE_LOST
    | 1 << EMERGENCY_STOP
    | 1 << OUTLET_LIVE
    | 1 << BOARD_FAILED
    | 1 << TAMPERED
)
ROW_BYTES = const(4)
CODE_COUNT = len(TABLE) // ROW_BYTES
_PE_TRIPS_MAX = const(2)  # section 5.6: the third loss of earth stays until a person clears it
_PE_CALM_MS = const(86_400_000)  # 24 h with earth, and the losses before are forgotten; below 2**30


def severity_of(code: int) -> int:
    """Return HIGH, MEDIUM or LOW."""
    return TABLE[code * ROW_BYTES + 1]


def clearing_of(code: int) -> int:
    """Return how the fault goes away."""
    return TABLE[code * ROW_BYTES + 2]


def after_ms_of(code: int) -> int:
    """Return how long the cause must be gone before the fault clears itself."""
    return TABLE[code * ROW_BYTES + 3] * 1_000


def is_latched(code: int) -> bool:
    """Tell whether the fault outlives its cause."""
    return clearing_of(code) != ITSELF


class FaultSet:
    """The faults in force. Nothing is allocated after construction."""

    def __init__(self) -> None:
        self.high_count = 0
        self.medium_count = 0
        self._raised = bytearray(CODE_COUNT)
        self._is_bad = bytearray(CODE_COUNT)  # the cause, as last judged
        self._good_ms = [0] * CODE_COUNT  # since the cause was last seen
        self._pe_trips = 0

    def raise_fault(self, code: int) -> bool:
        """Put a fault in force; return True if it was not."""
        if self._raised[code]:
            return False
        self._raised[code] = 1
        self._good_ms[code] = 0
        self._count(severity_of(code), 1)
        if code == PE_LOST:
            self._pe_trips = min(self._pe_trips + 1, _PE_TRIPS_MAX + 1)
        return True

    def clear(self, code: int) -> bool:
        """Take a fault away; return True if it was in force."""
        if not self._raised[code]:
            return False
        self._raised[code] = 0
        self._good_ms[code] = 0
        self._count(severity_of(code), -1)
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
            if is_good and self._good_ms[code] >= after_ms_of(code):
                self.clear(code)
        elif code == PE_LOST and is_good and not self._raised[code]:
            self._good_ms[code] = min(self._good_ms[code] + elapsed_ms, _PE_CALM_MS)
            if self._good_ms[code] == _PE_CALM_MS:
                self._pe_trips = 0

    def bitmap(self) -> int:
        """Return ring 1's faults in force, bit n for code n."""
        bits = 0
        for code in range(CODE_COUNT):
            if self._raised[code]:
                bits |= 1 << code
        return bits

    def restore(self, bitmap: int) -> None:
        """Put back, after a restart, the faults that only a person clears. REQ-CNT-01."""
        for code in range(CODE_COUNT):
            if bitmap >> code & 1 and (clearing_of(code) == SERVICE or code == PE_LOST):
                self.raise_fault(code)
        if bitmap >> PE_LOST & 1:
            self._pe_trips = _PE_TRIPS_MAX + 1  # only a loss that stays is put back

    def _count(self, severity: int, step: int) -> None:
        if severity == HIGH:
            self.high_count += step
        elif severity == MEDIUM:
            self.medium_count += step

    def _may_go(self, code: int) -> bool:
        if code == PE_LOST:
            return self._pe_trips <= _PE_TRIPS_MAX
        return clearing_of(code) != SERVICE
