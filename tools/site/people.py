"""People: who comes to the chargers when, and what the house takes besides."""

import random
from dataclasses import dataclass

from ampkeeper.firmware.site.circuits import PHASES, PerPhase
from tools.site.cars import Car, by_chance
from tools.site.station import Station
from tools.site.world import Site

HOUR_S = 3_600.0
BETWEEN_H = 0.7  # cars at one charger, on average
FIRST_H = 0.2  # until the first one comes
STAY_H = (0.5, 4.0)
HOUSE_EVERY_S = 20.0  # something in the house is switched, on average
HOUSE_A = (2.0, 6.0, 10.0, 13.0, 16.0)


@dataclass
class Visit:
    """One car: when it was plugged in and left, and how long it had to wait."""

    member: str
    since_s: float
    until_s: float
    need_wh: float
    waited_s: float = 0.0  # it wished for current and had none
    first_s: float | None = None  # from plug to the first current
    got_wh: float = 0.0
    starts: int = 0  # times that its contactor closed
    has_current: bool = False
    is_done: bool = False


class People:
    """They come and go by chance; ``step`` is called after each step of the site."""

    def __init__(self, site: Site, seed: int, house_max_a: float) -> None:
        self.site = site
        self.visits: list[Visit] = []
        self._chance = random.Random(seed)
        self._house_max_a = house_max_a
        self._house_due_s = 0.0
        self._at: dict[str, Visit] = {}
        self._next_s = {
            name: self._chance.expovariate(1 / (FIRST_H * HOUR_S)) for name in site.stations
        }
        for station in site.stations.values():
            station.car = Car(max_a=0.0)

    def step(self) -> None:
        """Let those leave and come whose time it is, and count what the others get."""
        now_s = self.site.now_s
        if now_s >= self._house_due_s:
            self._house_due_s = now_s + self._chance.expovariate(1 / HOUSE_EVERY_S)
            self.site.others_a = self._switched(self.site.others_a)
        for name, station in self.site.stations.items():
            visit = self._at.get(name)
            if visit is None and now_s >= self._next_s[name]:
                self._arrive(station, now_s)
            elif visit is not None and now_s >= visit.until_s:
                self._leave(station, visit, now_s)
            elif visit is not None:
                self._count(station, visit, now_s)

    def _arrive(self, station: Station, now_s: float) -> None:
        car = by_chance(self._chance, station.seat.phases)
        station.car = car
        stay_s = self._chance.uniform(*STAY_H) * HOUR_S
        visit = Visit(station.seat.member, now_s, now_s + stay_s, car.energy_wh)
        self._at[visit.member] = visit
        self.visits.append(visit)

    def _leave(self, station: Station, visit: Visit, now_s: float) -> None:
        station.car = Car(max_a=0.0)
        del self._at[visit.member]
        self._next_s[visit.member] = now_s + self._chance.expovariate(1 / (BETWEEN_H * HOUR_S))

    def _count(self, station: Station, visit: Visit, now_s: float) -> None:
        step_s = self.site.step_s
        car = station.car
        has_current = max(station.offered_a) > 0.0
        visit.got_wh = visit.need_wh - max(0.0, car.energy_wh)
        visit.is_done = car.energy_wh <= 0.0
        if has_current and visit.first_s is None:
            visit.first_s = now_s - visit.since_s
        visit.starts += has_current and not visit.has_current
        visit.has_current = has_current
        if car.wish_a > 0.0 and not has_current:
            visit.waited_s += step_s

    def _switched(self, others_a: PerPhase) -> PerPhase:
        """One phase of the house takes something else than before."""
        loads = list(others_a)
        phase = self._chance.choice(PHASES)
        load_a = self._chance.choice(HOUSE_A) + self._chance.choice((0.0, *HOUSE_A))
        loads[phase] = min(load_a, self._house_max_a)
        return loads[0], loads[1], loads[2]
