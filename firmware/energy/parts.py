"""Parts: room for all chargers together, given to each of them. Pure.

In the order in which they came, each at least what its car can use; who cannot have that waits.
One that waited begins again only with ``RESUME_A`` more for it, for ``RESUME_S``: a load that comes
and goes in the house does not switch a contactor with it.
"""

import math
from collections.abc import Iterable, Mapping

from ampkeeper.firmware.share import fitting, parts_of

RESUME_A = 1.0  # above the least
RESUME_S = 60.0


class Parts:
    """Who has how much, and who waits since when for more."""

    def __init__(self) -> None:
        self._enough_since_s: dict[int, float] = {}  # of who waits
        self._waits: set[int] = set()

    def share(self, total_a: float, least_a: Mapping[int, float], now_s: float) -> dict[int, float]:
        """The part of each id; never more together than ``total_a``.

        ``least_a``: the least that each can use, in the order in which they came.
        """
        self._waits.intersection_update(least_a)
        going = {one: need_a for one, need_a in least_a.items() if one not in self._waits}
        served = fitting(total_a, going)
        self._waits.update(one for one in going if one not in served)
        for one, need_a in least_a.items():
            if one not in self._waits:
                self._enough_since_s.pop(one, None)
            elif self._may_resume(one, total_a - _sum(least_a, served), need_a, now_s):
                self._waits.discard(one)
                served.append(one)
        parts = parts_of(total_a, {one: least_a[one] for one in served})
        return dict.fromkeys(least_a, 0.0) | parts

    def _may_resume(self, one: int, left_a: float, need_a: float, now_s: float) -> bool:
        """True if there has been enough for one more, for long enough."""
        if left_a < need_a + RESUME_A:
            self._enough_since_s.pop(one, None)
            return False
        since_s = self._enough_since_s.setdefault(one, now_s)
        return now_s - since_s >= RESUME_S


def _sum(least_a: Mapping[int, float], served: Iterable[int]) -> float:
    return math.fsum(least_a[one] for one in served)
