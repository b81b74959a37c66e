"""Names: what the numbers of ring 1 are called, for people. A pilot board does not load this.

Each tuple stands in the order of the numbers; tests/tables compares them.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

CONTACTOR_STATES = ("OPEN", "CLOSING", "CLOSED", "OPENING", "STUCK", "WELDED")
CONTACTOR_EVENTS = ("CLOSE", "RELEASE", "MADE", "BROKE", "LATE", "RESET", "DROPPED")
LOCK_STATES = ("NO_LOCK", "UNLOCKED", "LOCKING", "LOCKED", "UNLOCKING", "JAMMED")
LOCK_EVENTS = (
    "LOCK", "UNLOCK", "BOLT_IN", "BOLT_OUT", "PULSE_OVER", "RETRY", "GIVE_UP", "RESET",
)  # fmt: skip
SEQUENCE_STATES = (
    "IDLE", "CONNECTED", "OFFERED", "CHARGING", "STOPPING", "FAULTED", "WAKING", "SWITCHING",
)  # fmt: skip
SEQUENCE_EVENTS = (
    "PLUG", "UNPLUG", "HOLD", "LET_GO", "OFFER", "READY",
    "PAUSE", "REVOKE", "LATE", "FAULT", "F_OVER", "CLEAR",
    "CALL_F", "CALL_CUT", "CALL_X1", "PART", "JOIN",
)  # fmt: skip
LEAKAGE_STATES = ("DUE", "CHECKING", "INJECTING", "RELEASING", "PASSED", "FAILED")
LEAKAGE_EVENTS = ("START", "QUIET", "BOTH", "LATE", "CANCEL", "EXPIRE")
SELF_TEST_RESULTS = ("NOT_RUN", "RUNNING", "PASSED", "FAILED", "ABSENT")
SELF_TESTS = (  # from number 1 on; 30 to 34 are the station's
    "program image", "program flow", "interrupt rate", "clock", "memory",
    "ADC reference", "link to the station", "watchdog", "contactor", "outlet voltage",
    "RCD test, AC branch", "RCD trip, AC branch", "RCD test, DC branch", "RCD trip, DC branch",
    "protective earth", "pilot supply", "car's diode", "pilot line", "car ends: open",
    "car asks: closed", "car ignores the end: forced open", "unplugged: open",
    "cable code", "connector lock", "over-current", "mains voltage", "temperature",
    "ventilation", "tampering", "meter", "clock of the station", "storage",
    "emergency stop and supply", "counters",
)  # fmt: skip
PILOT_CLASSES = ("A", "B", "C", "D", "E", "F", "INVALID")
DRIVES = ("X1", "PWM", "F", "CUT")
LIMIT_OWNERS = ("none", "board", "cable", "permit", "temperature", "meter", "car")
STOP_REASONS = (
    "NO_STOP", "UNPLUGGED", "EV_PAUSED", "PERMIT_WITHDRAWN", "PERMIT_EXPIRED", "BY_FAULT",
    "SELF_TEST", "LIMITED",
)  # fmt: skip


def rows(table: bytes, width: int) -> "Iterator[tuple[int, ...]]":
    """Yield the rows of a machine's ``TABLE``, ``width`` numbers each."""
    for start in range(0, len(table), width):
        yield tuple(table[start : start + width])
