"""Cars: what is plugged in, and how it follows what it is offered.

A car takes a new duty cycle ``lag_s`` after it was told; IEC 61851-1 gives it 5 s (Table A.6,
seq. 6). One that does not obey takes all it can, until its charger opens the contactor.
"""

import random
from collections import deque
from collections.abc import Callable

from ampkeeper.firmware.site.circuits import PHASES

LAG_S_MAX = 5.0
TOLERANCE_A = 1.0  # of measured enforcement, and a tenth
ENFORCE_S = 15.0  # until the charger opens: ring 1's grace where a meter may lag
VOLTAGE_V = 230.0
HOUR_S = 3_600.0


class Car:
    """On some phases of the site. Currents are A per phase, ``energy_wh`` what it still needs."""

    def __init__(
        self,
        phases: tuple[int, ...] = PHASES,
        max_a: float = 32.0,
        min_a: float = 6.0,
        lag_s: float = 0.0,
        obeys: bool = True,
        energy_wh: float = float("inf"),
    ) -> None:
        self.phases, self.max_a, self.min_a = phases, max_a, min_a
        self.lag_s, self.obeys, self.energy_wh = lag_s, obeys, energy_wh
        self.drawn_a = 0.0
        self.is_stopped = False  # by its charger, since it did not obey
        self._told: deque[tuple[float, float]] = deque()
        self._above_s: float | None = None

    @property
    def wish_a(self) -> float:
        """What it could use now."""
        return 0.0 if self.is_stopped or self.energy_wh <= 0.0 else self.max_a

    def step(self, offered_a: float, now_s: float, step_s: float) -> float:
        """What it draws now, of what it was offered some seconds ago."""
        if not self._told or self._told[-1][1] != offered_a:
            self._told.append((now_s, offered_a))
        while len(self._told) > 1 and self._told[1][0] + self.lag_s <= now_s:
            self._told.popleft()
        told_a = self._told[0][1] if self._told[0][0] + self.lag_s <= now_s else 0.0
        if self.is_stopped or self.energy_wh <= 0.0 or told_a < self.min_a:
            self.drawn_a = 0.0
        else:
            self.drawn_a = min(told_a, self.max_a) if self.obeys else self.max_a
        self.energy_wh -= self.drawn_a * len(self.phases) * VOLTAGE_V * step_s / HOUR_S
        self._enforce(offered_a, now_s)
        return self.drawn_a

    def cut(self) -> None:
        """Its contactor opens: it draws nothing, and has to be told anew."""
        self.drawn_a, self._above_s = 0.0, None
        self._told.clear()

    def _enforce(self, offered_a: float, now_s: float) -> None:
        if self.drawn_a <= offered_a * 1.1 + TOLERANCE_A:
            self._above_s = None
        elif self._above_s is None:
            self._above_s = now_s
        elif now_s - self._above_s >= ENFORCE_S:
            self.is_stopped, self.drawn_a = True, 0.0


def by_chance(chance: random.Random, turned: tuple[int, ...]) -> Car:
    """One as they come to a car park, at a charger whose L1, L2, L3 are ``turned``."""
    kind = chance.choices(KINDS, WEIGHTS)[0]
    return kind(chance, turned, chance.uniform(5_000.0, 40_000.0))


def _three(chance: random.Random, turned: tuple[int, ...], energy_wh: float) -> Car:
    lag_s = chance.uniform(0.3, LAG_S_MAX)
    return Car(turned, chance.choice((16.0, 16.0, 32.0)), 6.0, lag_s, energy_wh=energy_wh)


def _one(chance: random.Random, turned: tuple[int, ...], energy_wh: float) -> Car:
    lag_s = chance.uniform(0.3, LAG_S_MAX)
    return Car(turned[:1], chance.choice((10.0, 16.0, 32.0)), 6.0, lag_s, energy_wh=energy_wh / 2)


def _choosy(chance: random.Random, turned: tuple[int, ...], energy_wh: float) -> Car:
    """It charges with 10 A or more, such as an older one."""
    return Car(turned, 32.0, 10.0, chance.uniform(0.3, LAG_S_MAX), energy_wh=energy_wh)


def _deaf(chance: random.Random, turned: tuple[int, ...], energy_wh: float) -> Car:
    return Car(turned, 16.0, 6.0, LAG_S_MAX, obeys=False, energy_wh=energy_wh)


KINDS: tuple[Callable[[random.Random, tuple[int, ...], float], Car], ...] = (
    _three,
    _one,
    _choosy,
    _deaf,
)
WEIGHTS = (55, 35, 8, 2)
