"""Loads: what a charger takes on each phase of its site, as far as it is known. Pure.

Unknown is never nothing. Where a meter is silent, or does not tell a phase, the most counts that
may flow there: what was offered until now, and before, as long as a car may still follow that.
"""

import math
from collections import deque
from collections.abc import Sequence

from ampkeeper.firmware.site.circuits import PHASES, PerPhase
from ampkeeper.firmware.site.messages import REPORT_EVERY_S
from ampkeeper.firmware.site.rising import FOLLOW_S

LATELY_S = FOLLOW_S + REPORT_EVERY_S  # an offer is noted with every report
KEPT_MAX = 16  # offers, noted more often than that: the most of those that went is kept


class Offers:
    """What was offered to a car of late, A per phase."""

    def __init__(self) -> None:
        self.noted: deque[tuple[float, float]] = deque()  # when it was offered last, and what

    def note(self, current_a: float, now_s: float) -> None:
        """So much is offered now."""
        noted = self.noted
        if noted and noted[-1][1] == current_a:
            noted.pop()
        noted.append((now_s, current_a))
        while now_s - noted[0][0] > LATELY_S:
            noted.popleft()
        if len(noted) > KEPT_MAX:
            (_, old_a), (at_s, next_a) = noted.popleft(), noted.popleft()
            noted.appendleft((at_s, max(old_a, next_a)))

    def most_a(self, now_s: float) -> float:
        """The most that the car may still take of it."""
        return max((amps for at_s, amps in self.noted if now_s - at_s <= LATELY_S), default=0.0)


def measured_on(
    phases: Sequence[int], current_a: Sequence[float | None], worst_a: float
) -> PerPhase:
    """What flows in a charger's L1, L2 and L3, on the phases of the site that they are.

    ``current_a``: one for each phase that it is wired to; where it is not known, ``worst_a``.
    """
    found = dict.fromkeys(PHASES, 0.0)
    for phase, amps in zip(phases, current_a, strict=False):
        is_known = amps is not None and math.isfinite(amps)
        found[phase] += max(0.0, amps) if is_known and amps is not None else worst_a
    return found[0], found[1], found[2]
