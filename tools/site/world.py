"""World: stations, a bus, a meter and a load besides, in virtual time; what came of it is watched.

Two things are watched: what the chargers may take, and what flows, since cars follow late.
"""

import random
from collections.abc import Callable
from typing import Any

from ampkeeper.firmware.site.circuits import PHASES, Circuit, PerPhase, Tree
from ampkeeper.firmware.site.party import BEAT
from ampkeeper.firmware.site.place import Measured, Place, Send
from ampkeeper.firmware.site.roster import NOTHING_A, Room, Roster, Seat
from tools.site.bus import Bus, Line
from tools.site.station import Station
from tools.site.watch import Watch

STEP_S = 0.1
SKEW = 0.02  # by which clocks run fast or slow
FEEDER = "feeder"
METER_EVERY_S = 1.0
READ_S_MAX = 3.0  # as in the station: an older reading is told to nobody


class Site:
    """Chargers of one roster, each with a clock that began some time and runs apart."""

    def __init__(
        self,
        roster: Roster,
        seed: int,
        bus: Bus | None = None,
        step_s: float = STEP_S,
        skew: float = SKEW,
        metered_by: int | None = 0,
    ) -> None:
        """``metered_by``: which of the chargers reads the mains meter; None: there is none."""
        self.roster = roster
        names = list(roster.seats)
        self._meters = {} if metered_by is None else {FEEDER: names[metered_by % len(names)]}
        self._shown: tuple[float, PerPhase] | None = None  # when the meter was read, and what
        self.chance = random.Random(seed)
        self.bus = bus or Bus()
        self.line = Line(self.bus, self.chance)
        self.step_s = step_s
        self.now_s = 0.0
        self.others_a: PerPhase = NOTHING_A
        self.is_metered = True
        self.is_meter_turned = False  # and shows what flows with the wrong sign
        self.bytes_sent = 0
        ratings_a = roster.limits_a({})
        self.offers, self.flows = Watch(ratings_a), Watch(ratings_a)
        self.drawn_a: dict[Room, float] = {}  # that flows in each circuit, as of the last step
        self.delivered: list[float] = []  # A that may be taken, of all phases, by step
        self._rooms = {name: roster.rooms(name, PHASES) for name in roster.seats}
        chance = self.chance
        self.stations = {
            seat.member: Station(
                self, seat, 1 + chance.uniform(-skew, skew), chance.uniform(0, 1e6)
            )
            for seat in roster.seats.values()
        }

    @property
    def leader(self) -> Station | None:
        """Who leads, if anybody; of two, the first."""
        return next((each for each in self.stations.values() if each.leads), None)

    def place_of(self, name: str) -> Place:
        """What a charger is told of the site."""
        stations = {each: ((1, each),) for each in self.roster.seats}
        return Place(self.roster, stations, self._meters, name)

    def readings(self, station: Station) -> dict[str, Measured]:
        """What a charger read last, by circuit, unless that is too old."""
        if self._meters.get(FEEDER) != station.seat.member or self._shown is None:
            return {}
        age_s = self.now_s - self._shown[0]
        if age_s > READ_S_MAX:
            return {}
        return {FEEDER: Measured(self._shown[1], station.now_s - age_s * station.rate)}

    def publish(self, sender: Station, send: Send) -> None:
        """To all of a topic's subscribers: all, its sender too, or the one that it is for."""
        self.bytes_sent += len(send.payload)
        kind, _, rest = send.topic.partition("/")
        hearers = list(self.stations.values())
        if kind != BEAT:
            hearers = [self.stations[rest.partition("/")[0]]]
        for hearer in hearers:
            self.line.send(sender, hearer, send.topic, send.payload, self.now_s)

    def run(self, seconds: float, every: Callable[[], None] | None = None) -> None:
        """Let time pass; ``every`` is called after each step."""
        for _ in range(round(seconds / self.step_s)):
            self.now_s += self.step_s
            self._read_meter()
            self.line.deliver(self.now_s)
            for station in self.stations.values():
                station.step(self.step_s)
            self._look()
            if every is not None:
                every()

    def states(self) -> dict[str, str]:
        """Of each member, by name."""
        return {name: station.state for name, station in self.stations.items()}

    def loads_a(self, what: str) -> dict[Room, float]:
        """All that is ``offered`` or ``drawn``, and the load besides, in each circuit."""
        loads = dict.fromkeys(self.offers.ratings_a, 0.0)
        for phase in PHASES:
            loads[FEEDER, phase] += max(0.0, self.others_a[phase])
        for name, station in self.stations.items():
            current_a = station.offered_a if what == "offered" else station.drawn_a
            if current_a == NOTHING_A:
                continue
            for room in self._rooms[name]:
                loads[room] += current_a[room[1]]
        return loads

    def _read_meter(self) -> None:
        is_due = (
            self._shown is None or self.now_s - self._shown[0] >= METER_EVERY_S - self.step_s / 2
        )
        if not self.is_metered or not self.drawn_a or not is_due:
            return
        sign = -1.0 if self.is_meter_turned else 1.0
        a, b, c = (
            sign * (self.drawn_a[FEEDER, phase] + min(0.0, self.others_a[phase]))  # what is fed in
            for phase in PHASES
        )
        self._shown = self.now_s, (a, b, c)

    def _look(self) -> None:
        self.drawn_a = self.loads_a("drawn")
        self.offers.look(self.loads_a("offered"), self.now_s, self.step_s)
        self.flows.look(self.drawn_a, self.now_s, self.step_s)
        self.delivered.append(sum(sum(each.offered_a) for each in self.stations.values()))


def roster_of(members: int, feeder_a: float = 63.0, safe_a: float = 0.0, **more: Any) -> Roster:
    """So many chargers, half of them behind a row's own fuse."""
    tree = Tree([Circuit(FEEDER, (feeder_a,) * 3), Circuit("row", (feeder_a / 2,) * 3, FEEDER)])
    turned = ((0, 1, 2), (1, 2, 0), (2, 0, 1))
    seats = [
        Seat(f"m{number:02}", (FEEDER, "row")[number % 2], turned[number % 3], safe_a)
        for number in range(members)
    ]
    return Roster(tree, seats, more.get("others_max_a"), more.get("fed_in_max_a"))
