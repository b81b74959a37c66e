"""Own: what the station's chargers draw themselves, on the phases of the mains, over time.

A mains meter shows house and charger together; what the house draws is the difference of two
readings that were not taken at the same moment. So the chargers' last seconds are kept. Pure.
"""

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from ampkeeper.firmware.energy.mains import PHASES
from ampkeeper.hal.ports import PerPhase

KEPT_S = 30.0
KEPT_MAX = 600  # of 8 EVSEs, once a second, and some more
BESIDE_S = 2.5  # between a reading of the mains and one of a charger that goes with it

Currents = tuple[float, float, float]
NOTHING: Currents = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Draw:
    """What all chargers drew together at one moment."""

    current_a: Currents
    power_w: float


class Own:
    """The chargers' draw of the last ``KEPT_S``."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, Draw]] = deque(maxlen=KEPT_MAX)

    def see(self, taken_s: float, draw: Draw) -> None:
        """All chargers together drew this."""
        self._seen.append((taken_s, draw))
        while taken_s - self._seen[0][0] > KEPT_S:
            self._seen.popleft()

    @property
    def newest_s(self) -> float:
        """When they were read last; before the first time: long ago."""
        return self._seen[-1][0] if self._seen else -math.inf

    def at(self, taken_s: float) -> Draw | None:
        """What they drew then; None: not known."""
        if not self._seen:
            return None
        nearest = min(self._seen, key=lambda one: abs(one[0] - taken_s))
        return nearest[1] if abs(nearest[0] - taken_s) <= BESIDE_S else None


def on_mains(current_a: PerPhase, rotation: tuple[int, int, int]) -> Currents:
    """Currents of a charger's L1 to L3 as the phases of the mains see them."""
    placed = [0.0, 0.0, 0.0]
    for phase in PHASES:
        placed[rotation[phase]] += current_a[phase] or 0.0
    return (placed[0], placed[1], placed[2])


def together(draws: Iterable[Draw]) -> Draw:
    """The sum of several chargers."""
    total = [0.0, 0.0, 0.0]
    power_w = 0.0
    for draw in draws:
        power_w += draw.power_w
        for phase in PHASES:
            total[phase] += draw.current_a[phase]
    return Draw((total[0], total[1], total[2]), power_w)
