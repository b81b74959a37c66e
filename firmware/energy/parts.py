"""Parts: room for all chargers together, given to each of them. Pure.

In the order in which they came, each at least 6 A; where that is not enough, the last to come
waits. One that waited begins again only with ``RESUME_A`` for it, for ``RESUME_S``: a load that
comes and goes in the house does not switch a contactor with it.
"""

from collections.abc import Sequence

CURRENT_A_MIN = 6.0  # IEC 61851-1 Table A.8
RESUME_A = 7.0
RESUME_S = 60.0


class Parts:
    """Who has how much, and who waits since when for more."""

    def __init__(self) -> None:
        self._enough_since_s: dict[int, float] = {}  # of who waits
        self._waits: set[int] = set()

    def share(self, total_a: float, wanting: Sequence[int], now_s: float) -> dict[int, float]:
        """The part of each id in ``wanting``; never more together than ``total_a``."""
        self._waits.intersection_update(wanting)
        served = [one for one in wanting if one not in self._waits]
        fitting = served[: int(total_a // CURRENT_A_MIN)]
        self._waits.update(served[len(fitting) :])
        for one in wanting:
            if one not in self._waits:
                self._enough_since_s.pop(one, None)
            elif self._may_resume(one, total_a, len(fitting), now_s):
                self._waits.discard(one)
                fitting.append(one)
        parts = dict.fromkeys(wanting, 0.0)
        return parts | dict.fromkeys(fitting, total_a / max(1, len(fitting)))

    def _may_resume(self, one: int, total_a: float, served: int, now_s: float) -> bool:
        """True if there has been enough for one more, for long enough."""
        if total_a < served * CURRENT_A_MIN + RESUME_A:
            self._enough_since_s.pop(one, None)
            return False
        since_s = self._enough_since_s.setdefault(one, now_s)
        return now_s - since_s >= RESUME_S
