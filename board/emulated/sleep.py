"""Sleep: when a car that was plugged in does not answer, and what makes it answer.

The ways to wake it are those of the field: another PWM edge, the pilot open or at -12 V for
long enough, its own clock, a B-C-B toggle that it sends itself, or nothing at all.
"""

from typing import Any

from ampkeeper.board.emulated.car_settings import CarSettings

EDGE, CP_OPEN, STATE_F, TIME, BCB, NEVER = "edge", "cp_open", "f", "time", "bcb", "never"
WAYS = (EDGE, CP_OPEN, STATE_F, TIME, BCB, NEVER)
EDGES_TO_WAKE = 2  # a sleepy car misses the first X1 -> PWM edge
LONG_MS = 10_000_000  # counting stops here


class Sleep:
    """What a car needs to remember to know whether it sleeps."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """The car was unplugged: next time it sleeps again."""
        self.edges = 0  # times that a PWM started since the car was plugged in
        self.is_woken = False  # by anything but an edge
        self.needs_replug = False  # it stands on other phases than before
        self._open_ms = 0
        self._longest_open_ms = 0  # since it last charged
        self._f_ms = 0
        self._offered_ms = 0

    def hear_edge(self) -> None:
        """A PWM has started."""
        self.edges += 1

    def step(
        self, elapsed_ms: int, car: CarSettings, is_open: bool, is_f: bool, is_offered: bool
    ) -> None:
        """Let time pass with the pilot open, at -12 V, offering current, or neither."""
        self._open_ms = min(self._open_ms + elapsed_ms, LONG_MS) if is_open else 0
        self._f_ms = min(self._f_ms + elapsed_ms, LONG_MS) if is_f else 0
        self._offered_ms = min(self._offered_ms + elapsed_ms * is_offered, LONG_MS)
        self._longest_open_ms = max(self._longest_open_ms, self._open_ms)
        if is_open and self._open_ms >= car.replug_ms:
            self.needs_replug = False
        if car.sleepy and not self.is_woken:
            self.is_woken = self._is_called(car)

    def find_other_phases(self, car: CarSettings) -> None:
        """The inlet is live on other phases than before: was there a replug in between?"""
        self.needs_replug = self._longest_open_ms < car.replug_ms
        self._longest_open_ms = 0

    def is_asleep(self, car: CarSettings) -> bool:
        """The car does not answer."""
        if self.needs_replug:
            return True
        if not car.sleepy:
            return False
        return self.edges < EDGES_TO_WAKE if car.wakes_on == EDGE else not self.is_woken

    def _is_called(self, car: CarSettings) -> bool:
        if car.wakes_on == CP_OPEN:
            return self._open_ms >= car.wake_ms
        if car.wakes_on == STATE_F:
            return self._f_ms >= car.wake_ms
        if car.wakes_on in (TIME, BCB):
            return self._offered_ms >= car.wake_ms
        return False

    def save(self) -> list[Any]:
        """What outlives the charger's power."""
        return [self.edges, self.is_woken, self.needs_replug]

    def load(self, kept: list[Any]) -> None:
        """Take up what ``save`` returned."""
        self.edges, self.is_woken, self.needs_replug = kept
