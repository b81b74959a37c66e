"""Overcurrent: does the car draw more than it was offered? Section 5.6 of the requirements.

Two branches for each phase: more than (offered + 0.5 A) times 1.1 for 7 s, and more than 1.5
times the offer for 1 s. After a lower duty the car has 5 s to follow; for that time the larger
of the two counts. An unknown current counts neither as zero nor as too much.
"""

from ampkeeper.firmware.safety.signals import NO, UNKNOWN, YES
from ampkeeper.firmware.safety.timers import hold
from ampkeeper.firmware.safety.units import const

_SOFT_MARGIN_MA = const(500)  # EVerest: (I + 0.5 A) * 1.1
_SOFT_MS = const(7_000)
_FAST_MS = const(1_000)
_GRACE_MS = const(5_000)  # IEC 61851-1 Table A.6 seq. 6: a car's time to follow the duty
_LATE_GRACE_MS = const(15_000)  # by a meter, which may lag by 10 s (section 8.2)
FLOW_MA = const(1_000)  # less is the noise of a transformer
_PHASES = const(3)


class Overcurrent:
    """The judgement on one outlet's current."""

    def __init__(self) -> None:
        self.is_soft = False
        self.is_fast = False
        self.is_flowing = False  # more than 1 A on a phase that is measured
        self.allowed_ma = 0  # what the car is judged against; 0: nothing was offered
        self.soft_ma = 0
        self._timers = [0] * (2 * _PHASES)
        self._begun = bytearray(_PHASES)  # by which reading the fast branch began
        self._offered_ma = 0  # last, and not 0
        self._old_ma = 0  # offered before, which still counts
        self._next_ma = 0  # the largest offered since and no more, which counts as long again
        self._grace_ms = 0

    def tick(
        self,
        passed_ms: int,
        currents_ma: "list[int]",
        offered_ma: int,
        is_open: int,
        readings: int = UNKNOWN,
    ) -> None:
        """Take a current for each phase; ``is_open``: the contactor is proven open.

        ``readings`` counts those of the station's meter, if any current is of it: a meter lags,
        and one reading of it is no proof.
        """
        self._follow(passed_ms, offered_ma, _GRACE_MS if readings == UNKNOWN else _LATE_GRACE_MS)
        if is_open:
            self._forget(offered_ma)
        self.allowed_ma = max(self._offered_ma, self._old_ma, self._next_ma)
        self.soft_ma = (self.allowed_ma + _SOFT_MARGIN_MA) * 11 // 10
        fast_ma = self.allowed_ma * 3 // 2
        can_judge = not is_open and self.allowed_ma > 0
        self.is_soft = self.is_fast = self.is_flowing = False
        for phase in range(_PHASES):
            current_ma = currents_ma[phase]
            self.is_flowing = self.is_flowing or current_ma > FLOW_MA
            is_over = is_far_over = NO
            if can_judge:
                is_over = _is_above(current_ma, self.soft_ma)
                is_far_over = _is_above(current_ma, fast_ma)
            if hold(self._timers, phase, passed_ms, is_over) >= _SOFT_MS:
                self.is_soft = True
            if self._timers[_PHASES + phase] == 0:
                self._begun[phase] = readings & 255
            is_proven = readings == UNKNOWN or self._begun[phase] != readings & 255
            held_ms = hold(self._timers, _PHASES + phase, passed_ms, is_far_over)
            if held_ms >= _FAST_MS and is_proven:
                self.is_fast = True

    def _follow(self, passed_ms: int, offered_ma: int, grace_ms: int) -> None:
        """Note what is offered. X1 offers 0: until the contactor opens, the last offer counts."""
        if offered_ma == 0:
            return
        self._grace_ms = max(0, self._grace_ms - passed_ms)
        if self._grace_ms == 0:
            self._old_ma = self._next_ma
            self._next_ma = 0
            self._grace_ms = grace_ms if self._old_ma > 0 else 0
        if offered_ma < self._offered_ma:
            if self._grace_ms == 0:
                self._old_ma = self._offered_ma
                self._grace_ms = grace_ms
            else:
                self._next_ma = max(self._next_ma, self._offered_ma)
        self._offered_ma = offered_ma

    def _forget(self, offered_ma: int) -> None:
        self._offered_ma = offered_ma
        self._old_ma = 0
        self._next_ma = 0
        self._grace_ms = 0


def _is_above(current_ma: int, limit_ma: int) -> int:
    if current_ma == UNKNOWN:
        return UNKNOWN
    return YES if current_ma > limit_ma else NO
