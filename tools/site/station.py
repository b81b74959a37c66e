"""Station: one charger's whole site software, with the car on its cable.

A member, an election, and a leader if it leads, on a clock of its own that runs apart.
"""

from typing import TYPE_CHECKING

from ampkeeper.firmware.site.circuits import PHASES, PerPhase
from ampkeeper.firmware.site.election import Election
from ampkeeper.firmware.site.leader import Leader
from ampkeeper.firmware.site.member import BUS_DOWN, BUS_UP, DEPOSED, ELECTED, Member
from ampkeeper.firmware.site.messages import REPORT_EVERY_S, Beat, Grant, Report
from ampkeeper.firmware.site.roster import NOTHING_A, Seat
from tools.site.bus import CUT_OFF, Message, Reading
from tools.site.cars import Car

if TYPE_CHECKING:
    from tools.site.world import Site


class Station:
    """Off, it draws nothing and says nothing."""

    def __init__(self, site: "Site", seat: Seat, rate: float, offset_s: float) -> None:
        self.site, self.seat = site, seat
        self.rate, self.offset_s = rate, offset_s
        self.car = Car()
        self.is_on = True
        self.group = 0
        self.boots = 0
        self.offered_a: PerPhase = NOTHING_A  # as of the last step
        self.drawn_a: PerPhase = NOTHING_A
        self.boot()

    @property
    def now_s(self) -> float:
        """By its own clock."""
        return self.offset_s + self.site.now_s * self.rate

    def boot(self) -> None:
        """Begin anew, with nothing in mind."""
        self.boots += 1
        name = self.seat.member
        self.member = Member(self.seat, f"{name}-{self.boots}", self.now_s)
        self.member.on(BUS_UP)
        self.election = Election(name, self.site.roster.rank(name), self.now_s)
        self.leader: Leader | None = None
        self.is_on = True
        self._due_s = self.now_s + self.site.chance.random() * REPORT_EVERY_S

    def die(self) -> None:
        """Lose power, and all that it had in mind."""
        self.is_on = False
        self.leader = None

    def connect(self, group: int) -> None:
        """Hear those of this group, or nobody."""
        self.group = group
        self.member.on(BUS_DOWN if group == CUT_OFF else BUS_UP)
        if group == CUT_OFF:
            self.leader = None

    def step(self, step_s: float) -> None:
        """Offer, let the car follow, and tell when it is time."""
        self.offered_a, offer_a = self._offer()
        drawn_a = self.car.step(offer_a, self.site.now_s, step_s) if self.is_on else 0.0
        self.drawn_a = _on(self._phases(), drawn_a)
        if self.is_on and self.now_s >= self._due_s:
            self._due_s += REPORT_EVERY_S
            self._lead()
            self._report()

    def hear(self, message: Message) -> None:
        """Take what the bus brought."""
        if not self.is_on:
            return
        if isinstance(message, Beat):
            self.election.on_beat(message, self.now_s)
            followed = self.member.on_beat(message)
            if followed and self.leader and message.lease != self.leader.lease:
                self._depose()
        elif isinstance(message, Grant):
            self.member.on_grant(message, self.now_s)
        elif self.leader is not None:
            self._take(self.leader, message)

    def _phases(self) -> tuple[int, ...]:
        return tuple(phase for phase in self.car.phases if phase in self.seat.phases)

    def _offer(self) -> tuple[PerPhase, float]:
        """What is offered, by phase; less than a car can use is nothing."""
        phases = self._phases()
        if not self.is_on or not phases:
            return NOTHING_A, 0.0
        limit_a = min(self.member.limit_a(set(phases), self.now_s), self.car.wish_a)
        offer_a = limit_a if limit_a >= self.car.min_a else 0.0
        return _on(phases, offer_a), offer_a

    def _report(self) -> None:
        car = self.car
        report = self.member.report(car.phases, car.wish_a, car.min_a, self.drawn_a, self.now_s)
        self.site.publish(self, report)

    def _lead(self) -> None:
        if self.leader is None and self.group != CUT_OFF:
            lease = self.election.step_forward(self.now_s)
            if lease is not None:
                self.leader = Leader(self.site.roster, lease, self.now_s)
                self.member.on(ELECTED)
        if self.leader is None:
            return
        if self.election.must_step_back(self.leader.is_followed, self.now_s):
            self._depose()
            return
        self.leader.tick(self.now_s)
        beat = self.leader.beat(self.now_s)
        self.election.on_beat(beat, self.now_s)
        self.member.on_beat(beat)
        self.site.publish(self, beat)

    def _depose(self) -> None:
        self.leader = None
        self.member.on(DEPOSED)

    def _take(self, leader: Leader, message: Report | Reading) -> None:
        if isinstance(message, Reading):
            leader.on_meter(message.circuit, message.meter_a, self.now_s)
            return
        if message.beat is not None:
            self.election.on_lease(message.beat.lease)
        if not leader.on_report(message, self.now_s):
            self._depose()
        elif (grant := leader.grant(message.member, self.now_s)) is not None:
            self.site.publish(self, grant)


def _on(phases: tuple[int, ...], current_a: float) -> PerPhase:
    if current_a == 0.0:
        return NOTHING_A
    a, b, c = (current_a if phase in phases else 0.0 for phase in PHASES)
    return a, b, c
