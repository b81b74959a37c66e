"""Leakage: residual-current trips, what follows them in each region, and the monitor's own test.

A trip is a fault at once (REQ-RCD-02), but for 20 ms after switching (REQ-RCD-05) and while the
monitor shows what its own test injected. The hardware opens without this code (REQ-RCD-01).

The test runs at boot, after each unplug and when 24 h old, only with the contactor proven open
(REQ-RCD-03): lines clear, inject, both branches trip, release, both clear; at most 2.5 s.
"""

from ampkeeper.firmware.safety.signals import NO, REGION_US, UNKNOWN, YES, Settings
from ampkeeper.firmware.safety.timers import hold
from ampkeeper.firmware.safety.units import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ampkeeper.firmware.safety.protection import Context

DUE, CHECKING, INJECTING, RELEASING, PASSED, FAILED = range(6)  # states
START, QUIET, BOTH, LATE, CANCEL, EXPIRE = range(6)
_NOTHING = const(-1)
# START   due or asked for, and it may run now
# QUIET   neither branch has shown a trip for a while
# BOTH    both branches have tripped since the injection began
# CANCEL  it may not run any more, and nothing has been injected yet
# EXPIRE  unplugged, or 24 h old: the result says nothing about the next session

_QUIET_MS = const(100)  # both branches clear; longer than half a period of the mains
_CHECK_MS = const(200)  # for the lines to be clear before the test
INJECT_MS = const(1_200)  # Tinkerforge WARP: the monitor accepts 30 ms to 1.2 s of test input
_RELEASE_MS = const(1_100)  # 2.5 s in all, REQ-RCD-03; WARP waits 1.2 s for clear
_BLANK_MS = const(20)  # REQ-RCD-05
_AGE_MS_MAX = const(86_400_000)  # 24 h; below 2**30
_RETRY_MS = const(900_000)  # US: 15 min after the trip; Tesla, UL 2231-2
_RETRIES = const(4)
_EARLY_MS = const(10_000)  # US: a trip this soon after closing stays; Tesla
_BY_QUIET = const(0)  # the only timer

# A pair without a row changes nothing; tests/tables lists each of them.
# fmt: off
TABLE = bytes([
    # state    event   next       test input
    DUE,       START,  CHECKING,  NO,
    CHECKING,  QUIET,  INJECTING, YES,
    CHECKING,  LATE,   FAILED,    NO,
    CHECKING,  CANCEL, DUE,       NO,
    INJECTING, BOTH,   RELEASING, NO,  # one branch alone is no pass
    INJECTING, LATE,   FAILED,    NO,
    RELEASING, QUIET,  PASSED,    NO,
    RELEASING, LATE,   FAILED,    NO,  # a trip that stays
    PASSED,    START,  CHECKING,  NO,  # asked for
    PASSED,    EXPIRE, DUE,       NO,
    FAILED,    START,  CHECKING,  NO,  # asked for
    FAILED,    EXPIRE, DUE,       NO,
])
# fmt: on
ROW_BYTES = const(4)


class Leakage:
    """The residual-current monitor of one outlet. Drive its test input from ``test_input``."""

    def __init__(self) -> None:
        self.state = DUE
        self.test_input = NO
        self.is_ac = False  # tripped, and not by the test
        self.is_dc = False
        self.ac_ms = UNKNOWN  # from injection to trip, in the last test
        self.dc_ms = UNKNOWN
        self.duration_ms = 0  # of the last test
        self.retry_count = 0  # US: trips cleared by themselves
        self._is_asked = False  # a test is wanted, although none may be due
        self._is_injected = False  # what the lines show is the test's doing
        self._state_ms = 0
        self._age_ms = 0  # of the result
        self._timers = [0]
        self._was_plugged = False
        self._is_waiting = False  # US: goes by itself
        self._is_kept = False  # until a person looked after it
        self._calm_ms = 0  # since a trip was last seen

    def feed(self, event: int) -> bool:
        """Apply ``event``; return True if there is a row for it."""
        for row in range(0, len(TABLE), ROW_BYTES):
            if TABLE[row] == self.state and TABLE[row + 1] == event:
                self.state = TABLE[row + 2]
                self.test_input = TABLE[row + 3]
                self._state_ms = 0
                self._age_ms = 0
                return True
        return False

    def tick(
        self, passed_ms: int, ac: int, dc: int, context: "Context", settings: Settings
    ) -> None:
        """Take both lines of the monitor, in the context of this tick."""
        is_quiet = NO if ac or dc else YES
        hold(self._timers, _BY_QUIET, passed_ms, is_quiet)
        self._test(passed_ms, ac, dc, context, settings.has_rcd_test)
        is_heard = context.coil_ms >= _BLANK_MS and not self._is_injected
        was_tripped = self.is_ac or self.is_dc
        self.is_ac = is_heard and ac != NO
        self.is_dc = is_heard and dc != NO
        self._calm_ms = min(self._calm_ms + passed_ms, _AGE_MS_MAX)
        if self.is_ac or self.is_dc:
            self._calm_ms = 0
            if not was_tripped:
                self._note_trip(context, settings.region)
        elif self._calm_ms >= _AGE_MS_MAX:
            self.retry_count = 0

    def is_running(self) -> bool:
        """Tell whether the test is under way."""
        return CHECKING <= self.state <= RELEASING

    def ask(self, context: "Context", settings: Settings) -> bool:
        """Want a test now; refuse if it may not run, or runs already."""
        may_run = settings.has_rcd_test != NO and context.is_testable and not self.is_running()
        self._is_asked = self._is_asked or may_run
        return may_run

    def retry(self) -> bool:
        """Return True, once, when a trip may go by itself. REQ-RCD-04, region US."""
        if not self._is_waiting or self._calm_ms < _RETRY_MS:
            return False
        self._is_waiting = False
        self.retry_count += 1
        return True

    def keep(self) -> None:
        """Take a trip for one that a person must look after: it was put back after a restart."""
        self._is_kept = True
        self._is_waiting = False

    def restore_retries(self, count: int) -> None:
        """Put back, after a restart, how many trips went by themselves."""
        self.retry_count = min(max(self.retry_count, count), _RETRIES)
        if self._is_waiting and self.retry_count >= _RETRIES:
            self.keep()  # it came before the count did

    def is_expecting(self) -> bool:
        """Tell whether it knows what is to follow the trip that is in force."""
        return self._is_waiting or self._is_kept

    def forgive(self) -> None:
        """Forget the trips: a person looked after them."""
        self._is_waiting = self._is_kept = False
        self.retry_count = 0

    def _note_trip(self, context: "Context", region: int) -> None:
        """Decide what follows a new trip. One that must stay does, whatever comes after it."""
        is_early = context.coil != 0 and context.coil_ms <= _EARLY_MS
        if is_early or region != REGION_US or self.retry_count >= _RETRIES:
            self._is_kept = True
        self._is_waiting = not self._is_kept

    def _test(self, passed_ms: int, ac: int, dc: int, context: "Context", has_test: int) -> None:
        self._state_ms = min(self._state_ms + passed_ms, _AGE_MS_MAX)
        self._age_ms = min(self._age_ms + passed_ms, _AGE_MS_MAX)
        if self.is_running():
            self.duration_ms += passed_ms
        if self.state == INJECTING:
            self.ac_ms = self._first_ms(self.ac_ms, ac)
            self.dc_ms = self._first_ms(self.dc_ms, dc)
        event = self._event(context, has_test)
        if event != _NOTHING and self.feed(event):
            self._begin(event)
        is_over = self.state == PASSED or (not self.test_input and self._state_ms >= _RELEASE_MS)
        if context.coil or (is_over and self._timers[_BY_QUIET] >= _QUIET_MS):
            self._is_injected = False
        self._was_plugged = context.is_plugged

    def _begin(self, event: int) -> None:
        if event == START:
            self._is_asked = False
            self.duration_ms = 0
            self.ac_ms = self.dc_ms = UNKNOWN
        elif self.state == INJECTING:
            self._is_injected = True

    def _first_ms(self, first_ms: int, line: int) -> int:
        if line == NO or first_ms != UNKNOWN:
            return first_ms
        return self._state_ms

    def _event(self, context: "Context", has_test: int) -> int:
        state = self.state
        if state == CHECKING and not context.is_testable:
            return CANCEL
        if self.is_running():
            return self._event_in_test(state)
        if state != DUE and self._is_expired(context):
            return EXPIRE
        if has_test and context.is_testable and (state == DUE or self._is_asked):
            return START
        return _NOTHING

    def _event_in_test(self, state: int) -> int:
        if state == INJECTING:
            if self.ac_ms != UNKNOWN and self.dc_ms != UNKNOWN:
                return BOTH
            return LATE if self._state_ms >= INJECT_MS else _NOTHING
        if self._timers[_BY_QUIET] >= _QUIET_MS:
            return QUIET
        limit_ms = _CHECK_MS if state == CHECKING else _RELEASE_MS
        return LATE if self._state_ms >= limit_ms else _NOTHING

    def _is_expired(self, context: "Context") -> bool:
        is_gone = self._was_plugged and not context.is_plugged
        return is_gone or self._age_ms >= _AGE_MS_MAX
