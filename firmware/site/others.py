"""Others: what flows in the circuits besides the chargers, as far as it may be believed. Pure.

A load that rises counts at once, one that falls only ``FALL_S`` later. A load that is no longer
measured counts as the most there may be; where nobody said how much that is, as the whole fuse.
What is fed in makes no room: it may be gone in a second.
"""

import math
from collections import deque
from collections.abc import Mapping

from ampkeeper.firmware.site.circuits import PHASES, PerPhase

FRESH_S = 5.0
FALL_S = 10.0


class Others:
    """The last seconds of it, by circuit; ``most_a`` is what there may be at most."""

    def __init__(self, most_a: Mapping[str, PerPhase], full_a: Mapping[str, PerPhase]) -> None:
        self._most_a = dict(most_a)
        self._full_a = dict(full_a)  # the fuses themselves
        self._seen: dict[str, deque[tuple[float, PerPhase]]] = {}
        self._known_s: dict[str, float] = {}

    def see(self, circuit: str, load_a: PerPhase, read_s: float) -> None:
        """So much it was then."""
        self._known_s[circuit] = read_s
        self._add(circuit, load_a, read_s)

    def see_at_least(self, circuit: str, load_a: PerPhase, now_s: float) -> None:
        """So much it is at the least; how much in all is not known yet."""
        self._add(circuit, load_a, now_s)

    def doubt(self, circuit: str) -> None:
        """What was seen is not to be believed."""
        self._known_s[circuit] = -math.inf

    def at(self, now_s: float) -> dict[str, PerPhase]:
        """What counts now, A, by circuit."""
        found = dict(self._most_a)
        for circuit, known_s in self._known_s.items():
            if now_s - known_s <= FRESH_S:
                loads = [load_a for _, load_a in self._seen[circuit]]
                a, b, c = (max(0.0, *(load_a[phase] for load_a in loads)) for phase in PHASES)
                found[circuit] = a, b, c
            elif circuit not in found:
                found[circuit] = self._full_a[circuit]
        return found

    def _add(self, circuit: str, load_a: PerPhase, now_s: float) -> None:
        seen = self._seen.setdefault(circuit, deque())
        seen.append((now_s, load_a))
        while now_s - seen[0][0] > FALL_S:
            seen.popleft()
