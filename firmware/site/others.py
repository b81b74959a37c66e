"""Others: what flows in the circuits besides the chargers, as far as it may be believed. Pure.

A load that rises counts at once, one that falls only ``FALL_S`` later. A load that is no longer
measured counts as the most there may be; where nobody said how much that is, as all that a fuse
carries besides the safe shares; and for ``FALL_S`` after its meter is back, so that one which
comes and goes makes nobody nervous.
What is fed in makes no room: it may be gone in a second.
"""

import math
from collections import deque
from collections.abc import Iterable, Mapping

from ampkeeper.firmware.site.circuits import PHASES, PerPhase

FRESH_S = 3.4  # from a reading on; what is left of ``BELIEF_S`` is for the lower grants to arrive
KNOWN_S = 5.0  # from a reading on of which it is known what the chargers took meanwhile
FALL_S = 10.0


class Others:
    """The last seconds of it, by circuit; ``most_a`` is what there may be at most."""

    def __init__(
        self,
        most_a: Mapping[str, PerPhase],
        full_a: Mapping[str, PerPhase],
        metered: Iterable[str] = (),
    ) -> None:
        self._most_a = dict(most_a)
        self._full_a = dict(full_a)  # where nobody said how much
        self._seen: dict[str, deque[tuple[float, PerPhase]]] = {}
        self._known_s = dict.fromkeys(metered, -math.inf)
        self._taken_s: dict[str, float] = {}  # of the newest reading, as early as it may have been

    def see(self, circuit: str, load_a: PerPhase, taken_s: float) -> None:
        """So much it was then."""
        self._known_s[circuit] = taken_s
        self.hear(circuit, taken_s)
        self._add(circuit, load_a, taken_s)

    def see_at_least(self, circuit: str, load_a: PerPhase, now_s: float) -> None:
        """So much it is at the least; how much in all is not known yet."""
        self._add(circuit, load_a, now_s)

    def hear(self, circuit: str, taken_s: float) -> None:
        """The meter was heard: what it shows was taken then, or later."""
        self._taken_s[circuit] = max(taken_s, self._taken_s.get(circuit, taken_s))

    def doubt(self, circuit: str) -> None:
        """What was seen is not to be believed."""
        self._known_s[circuit] = -math.inf

    def at(self, now_s: float) -> dict[str, PerPhase]:
        """What counts now, A, by circuit."""
        found = dict(self._most_a)
        for circuit in self._known_s:
            if self._is_believed(circuit, now_s):
                loads = [load_a for _, load_a in self._seen[circuit]]
                a, b, c = (max(0.0, *(load_a[phase] for load_a in loads)) for phase in PHASES)
                found[circuit] = a, b, c
            elif circuit not in found:
                found[circuit] = self._full_a[circuit]
        return found

    def settle(self, now_s: float) -> None:
        """Time passed: what is not believed counts as the most, and falls as slowly as any load."""
        for circuit in self._known_s:
            if not self._is_believed(circuit, now_s):
                most_a = self._most_a.get(circuit, self._full_a[circuit])
                self._add(circuit, most_a, now_s)

    def stands_on_s(self, circuit: str, now_s: float) -> float | None:
        """When the reading was taken that counts for a circuit; None: none does."""
        return self._taken_s[circuit] if self._is_believed(circuit, now_s) else None

    def over_s(self, since_s: float) -> float:
        """When the next meter that was believed then is so no more, if nothing is heard."""
        ends_s = (taken_s + FRESH_S for taken_s in self._taken_s.values())
        return min((end_s for end_s in ends_s if end_s >= since_s), default=math.inf)

    def _is_believed(self, circuit: str, now_s: float) -> bool:
        known_s = self._known_s.get(circuit, -math.inf)
        taken_s = self._taken_s.get(circuit, -math.inf)
        return now_s - known_s <= KNOWN_S and now_s - taken_s <= FRESH_S

    def _add(self, circuit: str, load_a: PerPhase, now_s: float) -> None:
        seen = self._seen.setdefault(circuit, deque())
        if seen and seen[-1][1] == load_a:
            now_s = max(now_s, seen.pop()[0])
        seen.append((now_s, load_a))
        while now_s - seen[0][0] > FALL_S:
            seen.popleft()
