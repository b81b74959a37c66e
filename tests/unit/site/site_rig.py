"""Site rig: members of a site on a bad bus, in virtual time, each with a clock of its own.

The bus loses, delays, doubles and reorders; it is cut for some members, or for all. What the
chargers may take in all is looked at after every step.
"""

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ampkeeper.firmware.site.circuits import PHASES, Circuit, PerPhase, Tree
from ampkeeper.firmware.site.election import Election
from ampkeeper.firmware.site.leader import Leader
from ampkeeper.firmware.site.member import BUS_DOWN, BUS_UP, DEPOSED, ELECTED, Member
from ampkeeper.firmware.site.messages import REPORT_EVERY_S, Beat, Grant, Report
from ampkeeper.firmware.site.roster import NOTHING_A, Room, Roster, Seat

STEP_S = 0.1
REACTION_S = 5.0


@dataclass
class Car:
    """What is plugged in: on which site phases, and how much it could use."""

    phases: tuple[int, ...] = PHASES
    max_a: float = 32.0
    min_a: float = 6.0


class Station:
    """One charger's whole site software: a member, an election, and a leader if it leads."""

    def __init__(self, site: "Site", seat: Seat, rate: float, offset_s: float) -> None:
        self.site, self.seat = site, seat
        self.rate, self.offset_s = rate, offset_s
        self.car = Car()
        self.is_on = True
        self.group = 0  # only stations of one group hear each other
        self.boots = 0
        self.boot()

    @property
    def now_s(self) -> float:
        return self.offset_s + self.site.now_s * self.rate

    def boot(self) -> None:
        self.boots += 1
        name = self.seat.member
        self.member = Member(self.seat, f"{name}-{self.boots}", self.now_s)
        self.member.on(BUS_UP)
        self.election = Election(name, self.site.roster.rank(name), self.now_s)
        self.leader: Leader | None = None
        self.is_on = True
        self.due_s = self.now_s + self.site.chance.random() * REPORT_EVERY_S

    def connect(self, group: int) -> None:
        self.group = group
        self.member.on(BUS_UP if group >= 0 else BUS_DOWN)
        if group < 0:
            self.leader = None

    def limit_a(self) -> PerPhase:
        if not self.is_on:
            return NOTHING_A
        phases = set(self.car.phases) & set(self.seat.phases)
        limit_a = min(self.member.limit_a(phases, self.now_s), self.car.max_a)
        if limit_a < self.car.min_a:
            return NOTHING_A
        a, b, c = (limit_a if phase in phases else 0.0 for phase in PHASES)
        return a, b, c

    def step(self) -> None:
        if not self.is_on or self.now_s < self.due_s:
            return
        self.due_s += REPORT_EVERY_S
        self._lead()
        car = self.car
        measured_a = self.limit_a()
        report = self.member.report(car.phases, car.max_a, car.min_a, measured_a, self.now_s)
        self.site.send(self, report)

    def _lead(self) -> None:
        if self.leader is None and self.group >= 0:
            lease = self.election.step_forward(self.now_s)
            if lease is not None:
                self.leader = Leader(self.site.roster, lease, self.now_s)
                self.member.on(ELECTED)
        if self.leader is None:
            return
        if self.election.must_step_back(self.leader.is_followed, self.now_s):
            self._depose()
            return
        if self.site.is_metered:
            self.leader.on_meter("feeder", self.site.meter_a(), self.now_s)
        self.leader.tick(self.now_s)
        beat = self.leader.beat(self.now_s)
        self.election.on_beat(beat, self.now_s)
        self.member.on_beat(beat)
        self.site.send(self, beat)

    def _depose(self) -> None:
        self.leader = None
        self.member.on(DEPOSED)

    def hear(self, message: Beat | Report | Grant) -> None:
        if not self.is_on:
            return
        if isinstance(message, Beat):
            self.election.on_beat(message, self.now_s)
            followed = self.member.on_beat(message)
            if followed and self.leader and message.lease != self.leader.lease:
                self._depose()
        elif isinstance(message, Grant):
            self.member.on_grant(message, self.now_s)
        else:
            self._take(message)

    def _take(self, report: Report) -> None:
        if report.beat is not None:
            self.election.on_lease(report.beat.lease)
        if self.leader is not None:
            if not self.leader.on_report(report, self.now_s):
                self._depose()
            elif (grant := self.leader.grant(report.member, self.now_s)) is not None:
                self.site.send(self, grant)


@dataclass
class Bus:
    """What happens to each message on its way to each hearer."""

    loss: float = 0.0
    delay_s: tuple[float, float] = (0.01, 0.1)
    doubled: float = 0.0


class Site:
    """Stations, a bus, a load besides, and the worst that was seen."""

    def __init__(self, roster: Roster, seed: int, bus: Bus | None = None) -> None:
        self.roster = roster
        self.chance = random.Random(seed)
        self.bus = bus or Bus()
        self.now_s = 0.0
        self.others_a: PerPhase = NOTHING_A
        self.is_metered = True
        self.over_s = 0.0  # the longest that a fuse was overloaded without a break
        self.over_in_all_s = 0.0
        self.worst = 0.0  # the highest load of a fuse, as a part of its rating
        self.delivered: list[float] = []  # A, of all phases, by step
        self._since: dict[Room, float] = {}
        self._flying: list[tuple[float, int, Station, Any]] = []
        self._sent = 0
        chance = self.chance
        self.stations = {
            seat.member: Station(
                self, seat, 1 + chance.uniform(-0.02, 0.02), chance.uniform(0, 1e6)
            )
            for seat in roster.seats.values()
        }

    def send(self, sender: Station, message: Beat | Report | Grant) -> None:
        if sender.group < 0:
            return
        for hearer in self.stations.values():
            to_one = isinstance(message, Grant) and message.member != hearer.seat.member
            if to_one or hearer.group != sender.group:
                continue
            copies = 1 + (self.chance.random() < self.bus.doubled)
            for _ in range(copies):
                is_own = hearer is sender
                if not is_own and self.chance.random() < self.bus.loss:
                    continue
                self._sent += 1
                delay_s = 0.0 if is_own else self.chance.uniform(*self.bus.delay_s)
                heapq.heappush(self._flying, (self.now_s + delay_s, self._sent, hearer, message))

    def run(self, seconds: float, every: Callable[[], None] | None = None) -> None:
        for _ in range(round(seconds / STEP_S)):
            self.now_s += STEP_S
            while self._flying and self._flying[0][0] <= self.now_s:
                _, _, hearer, message = heapq.heappop(self._flying)
                if hearer.group >= 0:
                    hearer.hear(message)
            for station in self.stations.values():
                station.step()
            if every is not None:
                every()
            self._look()

    def meter_a(self) -> PerPhase:
        """What a meter at the feeder shows."""
        loads = self.loads_a()
        a, b, c = (loads["feeder", phase] for phase in PHASES)
        return a, b, c

    def loads_a(self) -> dict[Room, float]:
        loads = dict.fromkeys(self.roster.limits_a(), 0.0)
        for phase in PHASES:
            loads["feeder", phase] += max(0.0, self.others_a[phase])
        for name, station in self.stations.items():
            limit_a = station.limit_a()
            for circuit, phase in self.roster.rooms(name, PHASES):
                loads[circuit, phase] += limit_a[phase]
        return loads

    def _look(self) -> None:
        ratings = self.roster.limits_a({})
        loads = self.loads_a()
        self.delivered.append(sum(sum(each.limit_a()) for each in self.stations.values()))
        for room, load_a in loads.items():
            self.worst = max(self.worst, load_a / ratings[room] if ratings[room] else 0.0)
            if load_a <= ratings[room] + 1e-6:
                self._since.pop(room, None)
                continue
            self.over_in_all_s += STEP_S
            since_s = self._since.setdefault(room, self.now_s - STEP_S)
            self.over_s = max(self.over_s, self.now_s - since_s)

    def states(self) -> dict[str, str]:
        return {name: station.member.state for name, station in self.stations.items()}


def roster_of(members: int, feeder_a: float = 63.0, safe_a: float = 0.0, **more: Any) -> Roster:
    """So many chargers, half of them behind a row's own fuse."""
    tree = Tree([Circuit("feeder", (feeder_a,) * 3), Circuit("row", (feeder_a / 2,) * 3, "feeder")])
    turned = ((0, 1, 2), (1, 2, 0), (2, 0, 1))
    seats = [
        Seat(f"m{number:02}", ("feeder", "row")[number % 2], turned[number % 3], safe_a)
        for number in range(members)
    ]
    return Roster(tree, seats, more.get("others_max_a"))
