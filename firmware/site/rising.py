"""Rising: what a car may still rise to, of what it was offered a moment ago. Pure.

A car follows up to ``FOLLOW_S`` late. What it measures tells how much it still draws of an offer
that was lowered, but only where it had the time to get there before: else it has yet to rise to it,
and then falls again.
"""

import math
from collections import deque

from ampkeeper.firmware.site.circuits import PHASES, PerPhase, most
from ampkeeper.firmware.site.roster import NOTHING_A

FOLLOW_S = 5.0  # of a car, to a new duty cycle: IEC 61851-1 Table A.6, seq. 6
GAP_S = 2.0  # between two reports: what was granted may have run out in a longer one
KEPT_S = 4 * FOLLOW_S


class Rising:
    """Of one member. Times are its leader's."""

    def __init__(self) -> None:
        self._held: deque[tuple[float, PerPhase]] = deque()  # when it was heard to, and what
        self._still: deque[tuple[float, PerPhase]] = deque()  # until when, and to what

    def hold(self, held_a: PerPhase, now_s: float) -> None:
        """So much it holds now, as it reports; or less, from now on."""
        self._held.append((now_s, held_a))
        while now_s - self._held[0][0] > KEPT_S:
            self._held.popleft()

    def release(
        self, released_a: PerPhase, held_a: PerPhase, measured_s: float, now_s: float
    ) -> None:
        """It gave that back and holds this; ``measured_s``: when it measured what it told."""
        by_s = measured_s - FOLLOW_S
        a, b, c = (
            more_a
            if more_a > held_a[phase] and more_a > self._steady_a(phase, by_s, now_s)
            else 0.0
            for phase, more_a in zip(PHASES, released_a, strict=True)
        )
        if max(a, b, c) > 0.0:
            self._still.append((now_s + FOLLOW_S, (a, b, c)))
        self.hold(held_a, now_s)

    def most_a(self, now_s: float) -> PerPhase:
        """The most that its car may yet take of what was given back."""
        while self._still and self._still[0][0] < now_s:
            self._still.popleft()
        found = NOTHING_A
        for _, still_a in self._still:
            found = most(found, still_a)
        return found

    def _steady_a(self, phase: int, by_s: float, now_s: float) -> float:
        """The least that it has held ever since then; 0 where that is not known."""
        least_a, later_s = math.inf, now_s
        for at_s, held_a in reversed(self._held):
            if later_s - at_s > GAP_S:
                return 0.0
            least_a, later_s = min(least_a, held_a[phase]), at_s
            if at_s <= by_s:
                return least_a
        return 0.0


def still_drawn_a(drawn_a: PerPhase, released_a: PerPhase, measured_a: PerPhase) -> PerPhase:
    """The least that was measured since; of what was never granted, nothing is counted."""
    return least(most(drawn_a, released_a), measured_a)


def least(a: PerPhase, measured_a: PerPhase) -> PerPhase:
    """No more than was measured; what is no number says nothing, and a charger feeds nothing in."""
    first_a, second_a, third_a = (max(0.0, min(pair)) for pair in zip(a, measured_a, strict=True))
    return first_a, second_a, third_a
