"""Feeder: for how long fuses are above their rating, whatever befalls the site; as a table.

``python -m tools.site.feeder --minutes 30 --seeds 5 --write`` runs each row from several seeds,
with cars that always want more than there is, follow up to 5 s late, and come and go; and a house
that switches up to 20 A on a phase every 20 s. Besides, it is timed how long a load of 15 A takes
that begins when all cars are steady, and the trouble at the same moment. ``--write`` puts the
table into this package's README. Ends with 1 if that took too long, or a fuse would have blown.
"""

import argparse
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from ampkeeper.firmware.site.circuits import PHASES
from ampkeeper.firmware.site.messages import REACTION_S
from ampkeeper.firmware.site.roster import NOTHING_A
from tools.site.bus import Bus
from tools.site.cars import LAG_S_MAX, Car
from tools.site.run import Spec, roster_of
from tools.site.troubles import KINDS, Trouble, Troubles
from tools.site.watch import Watch
from tools.site.world import SKEW, STEP_S, Site

STEP_A, STEPS = 15.0, 6  # loads that begin, and how many of them are timed for each seed
LOSSES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
METERED_BY = 1  # not the one that leads at first: readings have to come over the bus
CHARGERS = 8
HOUSE_A = 20.0
HOUSE_EVERY_S = 20.0
CAR_EVERY_S = 45.0  # one of all of them is another
SETTLED_S = 60.0  # after the start, before anything is counted
STEP_LASTS_S = 40.0
TROUBLE_S = 90.0  # each lasts so long, and begins again after as long
README = Path(__file__).parent / "README.md"
BEGIN, END = "<!-- begin feeder -->\n", "<!-- end feeder -->"


@dataclass(frozen=True, slots=True)
class Row:
    """What befalls the site again and again."""

    name: str
    loss: float = 0.0
    delay_s: tuple[float, float] = (0.01, 0.1)
    doubled: float = 0.0
    skew: float = SKEW
    kinds: tuple[str, ...] = ()


ROWS = (
    *(Row(f"{loss:.0%} of the messages lost", loss) for loss in LOSSES),
    Row("messages up to 2 s late, a tenth twice", 0.0, (0.0, 2.0), 0.1),
    Row("clocks 2.4 % fast and slow", skew=0.024),
    Row("the site in two halves", kinds=("partition",)),
    Row("the leader loses power", kinds=("leader",)),
    Row("the broker restarts", kinds=("broker",)),
    Row("the mains meter falls silent", kinds=("meter",)),
    Row("a third vanish without a word", kinds=("vanish",)),
    Row("all of these by turns, 30 % lost", 0.3, (0.0, 0.5), 0.1, 0.024, tuple(KINDS)),
)


@dataclass(frozen=True, slots=True)
class Found:
    """The worst of all seeds of a row. Seconds are the longest without a break."""

    row: Row
    hours: float
    reaction_s: float  # until what is offered leaves room for a load that begins
    flows_over_s: float
    flows_over_in_all_s: float
    flows_above_tenth_s: float  # 1.1 times the rating
    worst: float
    breaches: tuple[str, ...]
    use: float  # of what the house leaves, on average

    @property
    def is_good(self) -> bool:
        """Room was made in time, and no fuse would have blown."""
        return self.reaction_s <= REACTION_S and not self.breaches


def run(row: Row, seed: int, minutes: float, chargers: int = CHARGERS) -> tuple[Watch, float]:
    """What flowed, and the part that was offered of what the house left."""
    site = _site(row, seed, chargers)
    crowd = _Crowd(site, seed)
    site.run(SETTLED_S, crowd.step)
    site.flows = Watch(site.flows.ratings_a)
    site.delivered.clear()
    crowd.room_a = 0.0
    troubles = Troubles(site, _again(row.kinds, SETTLED_S, SETTLED_S + minutes * 60.0))

    def every() -> None:
        troubles.step()
        crowd.step()

    site.run(minutes * 60.0, every)
    return site.flows, sum(site.delivered) / crowd.room_a


def reaction_s(row: Row, seed: int, chargers: int = CHARGERS) -> float:
    """The longest that a load that begins took until what is offered leaves room for it."""
    site = _site(row, seed, chargers)
    crowd = _Crowd(site, seed)
    longest_s = 0.0
    for number in range(STEPS):
        site.others_a = NOTHING_A
        site.run(SETTLED_S + crowd.chance.uniform(0.0, 2.0))
        site.offers = Watch(site.offers.ratings_a)
        kinds = row.kinds[number % len(row.kinds) :][:1] if row.kinds else ()
        now_s = site.now_s
        troubles = Troubles(site, [Trouble(kind, now_s, now_s + STEP_LASTS_S) for kind in kinds])
        site.others_a = (STEP_A, STEP_A, STEP_A)
        site.run(STEP_LASTS_S + 1.0, troubles.step)
        longest_s = max(longest_s, site.offers.over_s)
    return longest_s


def worst_of(row: Row, seeds: Sequence[int], minutes: float, chargers: int = CHARGERS) -> Found:
    """The worst of several runs."""
    runs = [run(row, seed, minutes, chargers) for seed in seeds]
    return Found(
        row,
        len(runs) * minutes / 60.0,
        max(reaction_s(row, seed, chargers) for seed in seeds),
        max(flows.over_s for flows, _ in runs),
        sum(flows.over_in_all_s for flows, _ in runs),
        max(flows.longest_above_s(1.1) for flows, _ in runs),
        max(flows.worst for flows, _ in runs),
        tuple(breach for flows, _ in runs for breach in flows.breaches()),
        sum(use for _, use in runs) / len(runs),
    )


def _site(row: Row, seed: int, chargers: int) -> Site:
    spec = Spec(chargers, house_a=HOUSE_A, bus=Bus(row.loss, row.delay_s, row.doubled))
    return Site(roster_of(spec), seed, spec.bus, STEP_S, row.skew, METERED_BY)


class _Crowd:
    """Cars that want all they can get, and a house that is busy."""

    def __init__(self, site: Site, seed: int) -> None:
        self._site, self.chance = site, random.Random(seed)
        self._house_s = self._car_s = 0.0
        self._feeder_a = sum(site.roster.tree.circuits[0].limit_a)
        self.room_a = 0.0  # that the house left, summed over all steps
        for station in site.stations.values():
            station.car = self._car(station.seat.phases)

    def step(self) -> None:
        """Switch something, or change a car, if it is time."""
        site, chance = self._site, self.chance
        self.room_a += self._feeder_a - sum(site.others_a)
        if site.now_s >= self._house_s:
            self._house_s = site.now_s + chance.expovariate(1 / HOUSE_EVERY_S)
            loads = list(site.others_a)
            for phase in PHASES if chance.random() < 0.2 else (chance.choice(PHASES),):
                loads[phase] = chance.uniform(0.0, HOUSE_A)
            site.others_a = loads[0], loads[1], loads[2]
        if site.now_s >= self._car_s:
            self._car_s = site.now_s + chance.expovariate(1 / CAR_EVERY_S)
            station = chance.choice(list(site.stations.values()))
            station.car = self._car(station.seat.phases)

    def _car(self, turned: tuple[int, ...]) -> Car:
        phases = turned if self.chance.random() < 0.6 else turned[:1]
        return Car(phases, 32.0, 6.0, self.chance.uniform(0.0, LAG_S_MAX))


def _again(kinds: tuple[str, ...], from_s: float, to_s: float) -> list[Trouble]:
    """One after the other, with as much time between them as they last."""
    troubles: list[Trouble] = []
    while kinds and from_s + TROUBLE_S < to_s:
        kind = kinds[len(troubles) % len(kinds)]
        troubles.append(Trouble(kind, from_s, from_s + TROUBLE_S))
        from_s += 2 * TROUBLE_S
    return troubles


HEAD = (
    "what befalls the site",
    "until offers leave room for a load that begins, longest",
    "current above the rating, longest",
    "current above 1.1 times, longest",
    "worst current",
    "current above the rating, of the time",
    "a fuse blows",
    "use",
)


def cells(found: Found) -> tuple[str, ...]:
    """One row of the table."""
    part = found.flows_over_in_all_s / (found.hours * 3_600.0)
    return (
        found.row.name,
        f"{found.reaction_s:.1f} s",
        f"{found.flows_over_s:.1f} s",
        f"{found.flows_above_tenth_s:.1f} s",
        f"{found.worst:.2f} times",
        f"{part:.2%}",
        "yes" if found.breaches else "no",
        f"{found.use:.0%}",
    )


def page_of(all_found: list[Found], text: str, words: str) -> str:
    """The README with the table in its place."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    lines = ["| " + " | ".join(HEAD) + " |", "|---" * len(HEAD) + "|"]
    lines += ["| " + " | ".join(cells(found)) + " |" for found in all_found]
    return f"{before}{BEGIN}\n{words}\n\n" + "\n".join(lines) + f"\n\n{END}{after}"


def main() -> int:
    """Run all rows, print them, and write them if told to."""
    parser = argparse.ArgumentParser(prog="python -m tools.site.feeder", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--chargers", type=int, default=CHARGERS)
    parser.add_argument("--write", action="store_true")
    wanted = parser.parse_args()
    all_found = []
    with Progress(console=Console(stderr=True), transient=True) as progress:
        for row in progress.track(ROWS, description="running"):
            seeds = range(1, wanted.seeds + 1)
            all_found.append(worst_of(row, seeds, wanted.minutes, wanted.chargers))
    words = f"{wanted.chargers} chargers, {wanted.seeds} seeds of {wanted.minutes:g} min a row."
    table = Table(title=words)
    for each in HEAD:
        table.add_column(each)
    for found in all_found:
        table.add_row(*cells(found))
    Console().print(table)
    for found in all_found:
        for breach in found.breaches:
            print(f"{found.row.name}: {breach}")
    if wanted.write:
        README.write_text(page_of(all_found, README.read_text(), words))
    return int(not all(found.is_good for found in all_found))


if __name__ == "__main__":
    raise SystemExit(main())
