"""RCD test: when a bought board that only tests on command shall test, and what came of it. Pure.

Due at the start, after each vehicle, and a day after the last (REQ-RCD-02); a charge is offered
only after a test that passed. A test is asked for once, then watched until it ended.
"""

from ampkeeper.hal.pilots.codes import FAILED, NOT_RUN, PASSED, RUNNING

VALID_S = 86_400.0
BEGIN_S = 5.0  # from the command until the board shows that it runs
LATE_S = 60.0  # from the command; such tests take 30 s
AGAIN_S = 10.0  # after a test that did not begin


class RcdTest:
    """One board's test. ``is_fitted`` False: there is nothing to test, and nothing is held."""

    def __init__(self) -> None:
        self.is_fitted = False
        self.result = NOT_RUN
        self.duration_s = 0.0
        self._due_s = 0.0
        self._asked_s = 0.0
        self._ended_s = 0.0
        self._was_seen = False  # running, since it was asked for

    def start(self, is_fitted: bool, now_s: float) -> None:
        """A board was opened: nothing is known of it."""
        self.is_fitted = is_fitted
        self.result = NOT_RUN
        self._due_s = now_s

    def need(self, now_s: float) -> None:
        """A vehicle left, or somebody asks: test before the next charge."""
        if self.result != RUNNING:
            self.result = NOT_RUN
            self._due_s = now_s

    @property
    def holds(self) -> bool:
        """Tell whether nothing may be offered. A test that grows old in a charge waits."""
        return self.is_fitted and self.result != PASSED

    def is_due(self, is_resting: bool, now_s: float) -> bool:
        """Tell whether to ask for a test now; ``is_resting``: relay off, nothing offered."""
        if self.result == PASSED and now_s - self._ended_s >= VALID_S and is_resting:
            self.need(now_s)
        is_wanted = self.result == NOT_RUN and now_s >= self._due_s
        return self.is_fitted and is_resting and is_wanted

    def asked(self, now_s: float) -> None:
        """The board was told to test."""
        self.result = RUNNING
        self._asked_s = now_s
        self._was_seen = False

    def seen(self, is_running: bool, is_bad: bool, now_s: float) -> bool:
        """Take what the board shows; return True if a test just ended."""
        if self.result != RUNNING:
            return False
        self._was_seen = self._was_seen or is_running
        passed_s = now_s - self._asked_s
        if is_running and passed_s < LATE_S:
            return False
        if not self._was_seen:
            if passed_s >= BEGIN_S:  # it was not heard, or not taken
                self.result = NOT_RUN
                self._due_s = now_s + AGAIN_S
            return False
        self.result = FAILED if is_bad or is_running else PASSED
        self.duration_s = passed_s
        self._ended_s = now_s
        return True
