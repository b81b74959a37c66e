"""Watch: for how long, and how far, fuses carry more than their rating."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ampkeeper.firmware.site.roster import Room
from tools.site.fuse import KINDS, bears_s

# Of the rating. The first says that it is over at all; the others are held against the curves.
RATIOS = (1.0, 1.1, 1.2, 1.3, 1.45, 1.6, 1.8, 2.0, 2.5, 3.0)
ROUGH_A = 0.02  # what is told over the bus is rounded to 0.01 A


@dataclass
class Watch:
    """The worst that was seen of any fuse, on any phase."""

    ratings_a: Mapping[Room, float]
    worst: float = 0.0  # of a rating
    over_s: float = 0.0  # the longest without a break
    over_in_all_s: float = 0.0
    longest_s: dict[tuple[Room, float], float] = field(default_factory=dict)  # above each ratio
    _since_s: dict[tuple[Room, float], float] = field(default_factory=dict)

    def look(self, loads_a: Mapping[Room, float], now_s: float, step_s: float) -> None:
        """What flows now, and did in the step before."""
        for room, load_a in loads_a.items():
            rating_a = self.ratings_a[room]
            self.worst = max(self.worst, load_a / rating_a if rating_a else 0.0)
            if load_a > rating_a + ROUGH_A:
                self.over_in_all_s += step_s
                self._above(room, load_a, now_s, step_s)
            elif (room, RATIOS[0]) in self._since_s:
                for ratio in RATIOS:
                    self._since_s.pop((room, ratio), None)

    def breaches(self) -> list[str]:
        """Where a fuse was above its rating for longer than its curve allows."""
        found = []
        for (room, ratio), seconds in self.longest_s.items():
            rating_a = self.ratings_a[room]
            for kind in KINDS:
                if ratio > RATIOS[0] and seconds > bears_s(kind, rating_a, ratio * rating_a):
                    where = f"{room[0]} L{room[1] + 1}"
                    found.append(f"{where}, {kind}: {seconds:.1f} s above {ratio:g} times")
        return found

    def longest_above_s(self, ratio: float) -> float:
        """The longest that any fuse was above so much of its rating."""
        return max((s for (_, each), s in self.longest_s.items() if each >= ratio), default=0.0)

    def _above(self, room: Room, load_a: float, now_s: float, step_s: float) -> None:
        for ratio in RATIOS:
            key = room, ratio
            if load_a <= ratio * self.ratings_a[room] + ROUGH_A:
                self._since_s.pop(key, None)
                continue
            lasted_s = now_s - self._since_s.setdefault(key, now_s - step_s)
            self.longest_s[key] = max(self.longest_s.get(key, 0.0), lasted_s)
            self.over_s = max(self.over_s, lasted_s)
