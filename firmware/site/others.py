"""Others: what flows in the circuits besides the chargers, as far as it may be believed. Pure.

A load that rises counts at once, one that falls only ``FALL_S`` later: meter and chargers are not
read at the same moment. A load that is no longer measured counts as the most there may be.
"""

import math
from collections import deque
from collections.abc import Mapping

from ampkeeper.firmware.site.circuits import PHASES, PerPhase

FRESH_S = 5.0
FALL_S = 10.0


class Others:
    """The last seconds of it, by circuit; ``most_a`` is what there may be at most."""

    def __init__(self, most_a: Mapping[str, PerPhase]) -> None:
        self._most_a = dict(most_a)
        self._seen: dict[str, deque[tuple[float, PerPhase]]] = {}

    def see(self, circuit: str, load_a: PerPhase, now_s: float) -> None:
        """A measurement: what the meter says, less what the chargers behind it measured.

        One that is no number is none.
        """
        if not all(map(math.isfinite, load_a)):
            return
        seen = self._seen.setdefault(circuit, deque())
        seen.append((now_s, load_a))
        while now_s - seen[0][0] > FALL_S:
            seen.popleft()

    def at(self, now_s: float) -> dict[str, PerPhase]:
        """What counts now, A, by circuit."""
        found = dict(self._most_a)
        for circuit, seen in self._seen.items():
            if now_s - seen[-1][0] <= FRESH_S:
                loads = [max(load_a[phase] for _, load_a in seen) for phase in PHASES]
                found[circuit] = (loads[0], loads[1], loads[2])
        return found
