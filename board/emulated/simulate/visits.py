"""Visits: who comes to charge, and what goes wrong meanwhile, drawn from a seed."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from random import Random

HOUR_S = 3_600.0
FIRST_S = 300.0  # the charger has booted
GAP_S = 16 * HOUR_S  # mean, from one car's leaving to the next one's coming
GAP_S_MIN = 120.0
STAY_S_MIN, STAY_S_MAX = 600.0, 10 * HOUR_S
SETTLE_S = HOUR_S  # after the last visit: all is told
MISHAP = 0.2  # of visits have one
MISHAPS = (
    # name           at least, at most: for so long
    ("link", 60.0, 6 * HOUR_S),  # the network is away
    ("power", 1.0, 600.0),  # the charger's supply is cut
    ("outage", 5.0, 1_200.0),  # the mains is away; the controller is not
    ("leakage", 2.0, 60.0),  # 6 mA DC: latched, cleared by service when it has gone
    ("heat", 300.0, 1_800.0),
    ("meter", 30.0, 600.0),  # it does not answer
    ("stop", 1.0, 1.0),  # the emergency stop is pressed, and pulled out again
    ("earth", 1.0, 30.0),
    ("pilot", 1.0, 20.0),  # the pilot wire breaks
)
CAPACITIES_WH = (20_000, 40_000, 60_000, 80_000)


@dataclass(frozen=True, slots=True)
class Habits:
    """What visits are drawn from; times in s. Without anything: a charger at home."""

    first_s: float = FIRST_S  # nobody comes before
    gap_s: float = GAP_S
    stay_s: tuple[float, float] = (STAY_S_MIN, STAY_S_MAX)
    card_s: tuple[float, float] = (2.0, 60.0)  # after plugging in
    soc_percent: tuple[int, int] = (10, 90)
    capacities_wh: tuple[int, ...] = CAPACITIES_WH
    mishap: float = MISHAP
    mishaps: tuple[tuple[str, float, float], ...] = field(default=MISHAPS)


USUAL = Habits()


@dataclass(frozen=True, slots=True)
class Visit:
    """One car. Times in s: ``come_s`` since the start, the others since it came."""

    come_s: float
    stay_s: float
    card_s: float
    soc_percent: int
    capacity_wh: int
    says_goodbye: bool  # stops by card before unplugging
    mishap: str = ""
    mishap_s: float = 0.0
    lasts_s: float = 0.0

    def told(self) -> dict[str, object]:
        """As a report shows it."""
        return asdict(self)


Step = tuple[float, str, Visit]  # when, what


def visits(seed: int, seconds: float) -> list[Visit]:
    """Everybody who comes within so long."""
    found: list[Visit] = []
    for visit in coming(f"visits {seed}"):
        if visit.come_s + visit.stay_s + visit.lasts_s + SETTLE_S > seconds:
            break
        found.append(visit)
    return found


def coming(seed: str, habits: Habits = USUAL) -> Iterator[Visit]:
    """Everybody who ever comes, one after the other."""
    chance = Random(seed)
    at_s = habits.first_s + chance.expovariate(1 / habits.gap_s)
    while True:
        visit = _visit(chance, round(at_s, 2), habits)
        yield visit
        rest_s = max(GAP_S_MIN, chance.expovariate(1 / habits.gap_s))
        at_s = visit.come_s + visit.stay_s + visit.lasts_s + rest_s


def _visit(chance: Random, come_s: float, habits: Habits) -> Visit:
    stay_s = round(chance.uniform(*habits.stay_s), 2)
    visit = Visit(
        come_s,
        stay_s,
        round(chance.uniform(*habits.card_s), 2),
        chance.randrange(*habits.soc_percent),
        chance.choice(habits.capacities_wh),
        chance.random() < 0.8,
    )
    if chance.random() >= habits.mishap:
        return visit
    name, least_s, most_s = chance.choice(habits.mishaps)
    told = visit.told() | {
        "mishap": name,
        "mishap_s": round(chance.uniform(0, stay_s), 2),
        "lasts_s": round(chance.uniform(least_s, most_s), 2),
    }
    return Visit(**told)  # type: ignore[arg-type]


def steps(all_visits: Iterable[Visit]) -> list[Step]:
    """What happens, in order."""
    found: list[Step] = []
    for visit in all_visits:
        found.append((visit.come_s, "plug", visit))
        found.append((visit.come_s + visit.card_s, "card", visit))
        leave_s = visit.come_s + visit.stay_s
        if visit.says_goodbye:
            found.append((leave_s - 15, "card", visit))
        found.append((leave_s, "unplug", visit))
        if visit.mishap:
            begin_s = visit.come_s + visit.mishap_s
            found.append((begin_s, "break", visit))
            found.append((begin_s + visit.lasts_s, "mend", visit))
    return sorted(found, key=lambda step: (step[0], step[1]))


def moved_up(some: list[Visit]) -> list[Visit]:
    """The same visits, the first of them soon after the start."""
    if not some:
        return []
    early_s = some[0].come_s - FIRST_S
    told = (visit.told() | {"come_s": round(visit.come_s - early_s, 2)} for visit in some)
    return [Visit(**each) for each in told]  # type: ignore[arg-type]
