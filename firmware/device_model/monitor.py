"""A monitor of one variable (2.x, N04 and N07): when it has something to say.

Pure: it is shown the variable's text now and then, and what it says depends on nothing else. A
value that is not known is no value: it neither passes a threshold nor comes back from one.
"""

from dataclasses import dataclass
from datetime import datetime

from ampkeeper.firmware.device_model.variable import Variable

UPPER, LOWER, DELTA = "UpperThreshold", "LowerThreshold", "Delta"
PERIODIC, CLOCKED = "Periodic", "PeriodicClockAligned"
THRESHOLDS, PERIODICS = (UPPER, LOWER), (PERIODIC, CLOCKED)
CUSTOM, PRECONFIGURED = "CustomMonitor", "PreconfiguredMonitor"
HARD_WIRED = "HardWiredNotification"  # said of itself, without any monitor
ALERTING = "Alerting"  # what a threshold says; others say their own names
NUMBERS = ("integer", "decimal")


@dataclass(slots=True)
class Monitor:
    """``severity`` 0 (danger) to 9 (debug). The last three fields are what it remembers.

    ``in_transaction``: it looks only while a transaction runs on its EVSE, or on any.
    """

    id: int
    known_as: str
    kind: str
    value: float
    severity: int
    origin: str = CUSTOM
    in_transaction: bool = False
    is_over: bool = False  # a threshold that was passed
    before: str | None = None  # what a change is counted from
    due_s: float | None = None  # of a periodic one, Unix time


@dataclass(frozen=True, slots=True)
class Happened:
    """What a monitor said, or nobody's: None. ``text`` is empty of what must not be read."""

    event_id: int
    monitor_id: int | None
    variable: Variable
    severity: int
    origin: str
    trigger: str
    text: str
    at: datetime
    is_cleared: bool = False
    tx_id: str | None = None


def number(text: str) -> float | None:
    """The number that a text is, if it is one."""
    try:
        return float(text)
    except ValueError:
        return None


def remember(monitor: Monitor, text: str, now_s: float) -> None:
    """The monitor begins, or begins again: changes and periods count from now."""
    monitor.before = text
    monitor.due_s = _next_s(monitor, now_s) if monitor.kind in PERIODICS else None


def look(monitor: Monitor, text: str, is_number: bool, now_s: float) -> tuple[str, bool] | None:
    """(trigger, cleared) if the monitor has to say something of ``text``, now."""
    if monitor.kind in THRESHOLDS:
        return _look_at_threshold(monitor, text)
    if monitor.kind == DELTA:
        return _look_at_change(monitor, text, is_number)
    if monitor.due_s is None or now_s < monitor.due_s:
        monitor.due_s = monitor.due_s or _next_s(monitor, now_s)
        return None
    late = (now_s - monitor.due_s) // monitor.value  # the clock was set, or nobody looked
    monitor.due_s += monitor.value * (1 + late)
    return PERIODIC, False


def _look_at_threshold(monitor: Monitor, text: str) -> tuple[str, bool] | None:
    """Beyond it, not on it (N07.FR.16, 17); back within it is told too (N07.FR.02)."""
    value = number(text)
    if value is None:
        return None
    is_over = value > monitor.value if monitor.kind == UPPER else value < monitor.value
    if is_over == monitor.is_over:
        return None
    monitor.is_over = is_over
    return ALERTING, not is_over


def _look_at_change(monitor: Monitor, text: str, is_number: bool) -> tuple[str, bool] | None:
    """More than the value, or, of what is no number, any change (N07.FR.18, 19)."""
    before = monitor.before
    if before is None or (is_number and number(before) is None):
        monitor.before = text
        return None
    if is_number:
        value, origin = number(text), number(before)
        if value is None or origin is None or abs(value - origin) <= monitor.value:
            return None
    elif text == before:
        return None
    monitor.before = text
    return DELTA, False


def _next_s(monitor: Monitor, now_s: float) -> float:
    """From now, or from the nearest full interval of the clock."""
    start_s = now_s if monitor.kind == PERIODIC else now_s // monitor.value * monitor.value
    return start_s + monitor.value
