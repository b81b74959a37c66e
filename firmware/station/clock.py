"""The station's clock: the machine's, moved to what the central system says the time is.

OCPP 1.6 4.2 and 4.6, 2.0.1 B01.FR.06 and G02.FR.06. A board without a network of its own has no
other source. It is moved only where it is further off than messages are late, so that a good clock
is left alone; the machine's own is never touched, and after a restart the first answer moves this
one again.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from ampkeeper.firmware.ocpp.setting import Value
from ampkeeper.firmware.security_events import SecurityEventKind
from ampkeeper.hal.ports import Clock

TIME_SOURCE, BY_HEARTBEAT = "ClockCtrlr.TimeSource", "Heartbeat"
OFF_S_MAX = 10.0  # an answer may have been under way so long
FIRST, LAST = datetime(2024, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


class FollowingClock:
    """The ``Clock`` port; only ``now`` moves."""

    def __init__(self, clock: Clock, is_synchronised: Callable[[], bool] = bool) -> None:
        self._clock = clock
        self._is_synchronised = is_synchronised
        self._ahead = timedelta()
        self._told_s: float | None = None  # when it was last heard that it is right

    @property
    def age_s(self) -> float | None:
        """How long ago it was set, or found right; None: not since the start.

        The machine's own counts as right while it is synchronised.
        """
        if not self._ahead and self._is_synchronised():
            return 0.0
        return None if self._told_s is None else self.now_s() - self._told_s

    def now(self) -> datetime:
        """Aware UTC."""
        return self._clock.now() + self._ahead

    def now_s(self) -> float:
        """Monotonic seconds; never steps."""
        return self._clock.now_s()

    def follow(self, time: datetime) -> float:
        """Be told the time; return by how many seconds the clock was moved, 0.0 if it was not.

        A time before ``FIRST`` or after ``LAST`` is none, whoever says it.
        """
        off = time - self.now()
        if not FIRST <= time < LAST or self.compare(time):
            return 0.0
        self._ahead += off
        self._told_s = self.now_s()
        return off.total_seconds()

    def compare(self, time: datetime) -> bool:
        """Be told the time, and stay as it is; True if it is right."""
        is_right = abs((time - self.now()).total_seconds()) <= OFF_S_MAX
        if is_right:
            self._told_s = self.now_s()
        return is_right


def follow(
    clock: FollowingClock,
    value: Callable[[str], Value],
    note: Callable[[SecurityEventKind, str], None],
    time: datetime,
) -> None:
    """Let the clock follow where TimeSource names the central system, and note that it did."""
    if BY_HEARTBEAT not in str(value(TIME_SOURCE)):
        clock.compare(time)
        return
    moved_s = clock.follow(time)
    if moved_s:
        note(SecurityEventKind.TIME_SET, f"moved by {moved_s:+.1f} s")
