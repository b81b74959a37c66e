"""Run: one site for some hours, what is drawn of it, and what came of it in numbers."""

import statistics
from collections.abc import Callable
from dataclasses import dataclass, field

from ampkeeper.firmware.site.circuits import PHASES, Circuit, PerPhase, Tree
from ampkeeper.firmware.site.roster import Roster, Seat
from tools.site.bus import Bus
from tools.site.people import People, Visit
from tools.site.troubles import Trouble, Troubles
from tools.site.world import FEEDER, Site

STEP_S = 0.25
SAMPLES = 600
FEEDER_A_EACH = 8.0  # for each charger; the fuse is the next of those that there are
FUSES_A = (32.0, 40.0, 50.0, 63.0, 80.0, 100.0, 125.0, 160.0, 200.0, 250.0, 315.0, 400.0)
ROW_SIZE = 6
ROW_A = 63.0
TURNED = ((0, 1, 2), (1, 2, 0), (2, 0, 1))
HOUR_S = 3_600.0


@dataclass(frozen=True, slots=True)
class Spec:
    """What to simulate; ``safe_a`` for each charger while nobody leads."""

    chargers: int = 8
    hours: float = 4.0
    seed: int = 1
    bus: Bus = field(default_factory=Bus)
    troubles: tuple[Trouble, ...] = ()
    step_s: float = STEP_S
    house_a: float = 25.0  # the most that the house takes on a phase


@dataclass
class Sample:
    """The most that flowed in a slice of time, and who had what at its end."""

    at_s: float
    feeder_a: list[float]
    house_a: PerPhase
    offered_a: dict[str, float] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    leader: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that a picture and a table show."""

    spec: Spec
    roster: Roster
    feeder_a: float
    samples: list[Sample]
    visits: list[Visit]
    world: Site


def roster_of(spec: Spec) -> Roster:
    """Rows of six behind 63 A each, turned by one phase from charger to charger."""
    least_a = spec.chargers * FEEDER_A_EACH + spec.house_a
    feeder_a = next((each for each in FUSES_A if each >= least_a), least_a)
    rows = -(-spec.chargers // ROW_SIZE)
    circuits = [Circuit(FEEDER, (feeder_a,) * 3)]
    circuits += [Circuit(f"row{row + 1}", (ROW_A,) * 3, FEEDER) for row in range(rows)]
    share_a = min((feeder_a - spec.house_a) / spec.chargers, ROW_A / ROW_SIZE)
    safe_a = float(int(share_a)) if share_a >= 6.0 else 0.0
    seats = [
        Seat(f"c{number + 1:02}", f"row{number // ROW_SIZE + 1}", TURNED[number % 3], safe_a)
        for number in range(spec.chargers)
    ]
    return Roster(Tree(circuits), seats, {FEEDER: (spec.house_a,) * 3})


def simulate(spec: Spec, told: Callable[[float], None] = lambda seconds: None) -> Outcome:
    """Run it; ``told`` hears of each slice of time that is over, in seconds."""
    roster = roster_of(spec)
    site = Site(roster, spec.seed, spec.bus, spec.step_s)
    people = People(site, spec.seed, spec.house_a)
    troubles = Troubles(site, list(spec.troubles))
    slice_s = spec.hours * HOUR_S / SAMPLES
    samples: list[Sample] = []
    for number in range(SAMPLES):
        sample = Sample((number + 1) * slice_s, [0.0, 0.0, 0.0], site.others_a)

        def every(sample: Sample = sample) -> None:
            troubles.step()
            people.step()
            _peak(site, sample)

        site.run(slice_s, every)
        _note(site, sample)
        samples.append(sample)
        told(slice_s)
    return Outcome(spec, roster, roster.tree.circuits[0].limit_a[0], samples, people.visits, site)


def rows_of(outcome: Outcome) -> list[tuple[str, str]]:
    """The summary: what, and how much."""
    visits, world = outcome.visits, outcome.world
    flows, offers = world.flows, world.offers
    waits = [visit.waited_s / 60.0 for visit in visits] or [0.0]
    firsts = [visit.first_s for visit in visits if visit.first_s is not None] or [0.0]
    starts = [visit.starts for visit in visits] or [0]
    hours = outcome.spec.hours
    energy_kwh = sum(visit.got_wh for visit in visits) / 1_000.0
    done = sum(visit.is_done for visit in visits)
    return [
        ("feeder", f"{outcome.feeder_a:g} A, house up to {outcome.spec.house_a:g} A"),
        ("cars", f"{len(visits)}, of which {done} got all they needed"),
        ("energy", f"{energy_kwh:.1f} kWh"),
        ("use of what the house leaves, with cars waiting", f"{_use(outcome):.0%}"),
        ("most in a fuse", f"{flows.worst:.2f} times its rating"),
        ("longest above its rating", f"{flows.over_s:.1f} s, in all {flows.over_in_all_s:.1f} s"),
        ("offers above a rating, longest", f"{offers.over_s:.1f} s"),
        ("beyond the curve of a fuse", "; ".join(flows.breaches()) or "never"),
        ("waiting for the first current, median and most",
         f"{statistics.median(firsts):.0f} s, {max(firsts):.0f} s"),
        ("waiting in all, median and most",
         f"{statistics.median(waits):.0f} min, {max(waits):.0f} min"),
        ("contactor closings of a visit, median and most",
         f"{statistics.median(starts):g}, {max(starts)}"),
        ("said", f"{world.bytes_sent / (hours * 60 * outcome.spec.chargers) / 1_000:.1f} kB"
         " per charger and minute"),
    ]  # fmt: skip


def _use(outcome: Outcome) -> float:
    """Of the slices in which somebody waits: what flows in the fullest phase, of the fuse."""
    full = [max(each.feeder_a) for each in outcome.samples if each.waiting]
    return statistics.fmean(full) / outcome.feeder_a if full else 1.0


def _peak(site: Site, sample: Sample) -> None:
    loads_a = site.drawn_a
    for phase in PHASES:
        sample.feeder_a[phase] = max(sample.feeder_a[phase], loads_a[FEEDER, phase])


def _note(site: Site, sample: Sample) -> None:
    sample.house_a = site.others_a
    sample.leader = site.leader.seat.member if site.leader else ""
    for name, station in site.stations.items():
        sample.offered_a[name] = max(station.offered_a)
        if station.car.wish_a > 0.0 and max(station.offered_a) == 0.0:
            sample.waiting.add(name)
