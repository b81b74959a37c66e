"""Party: one charger's whole part in a site, from what is heard to what is said. Pure.

It runs a member for each of its places to charge, votes by standing back, and leads when it is
its turn. Reports and readings go to the leader alone, grants to the member alone, beats to all;
so a charger hears little more than what it has to. The caller gives the time, ticks it once every
``REPORT_EVERY_S``, and carries out what it returns.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field

from ampkeeper.firmware.site.circuits import PerPhase
from ampkeeper.firmware.site.election import Election
from ampkeeper.firmware.site.leader import Leader
from ampkeeper.firmware.site.member import (
    ALONE,
    BUS_DOWN,
    BUS_UP,
    DEPOSED,
    ELECTED,
    Member,
)
from ampkeeper.firmware.site.messages import SILENCE_S, Beat, Grant, Report
from ampkeeper.firmware.site.roster import NOTHING_A, Roster
from ampkeeper.firmware.site.seal import STRANGER, Opened, Seals, Unbelieved
from ampkeeper.firmware.site.wire import Message, Reading

BEAT, TO = "beat", "to"  # topics: beat/SENDER, to/RECEIVER/SENDER
LATE = "late"  # a message that answers nothing any more
CONTENDERS_MAX = 4


@dataclass(frozen=True, slots=True)
class Place:
    """What a charger is told of its site."""

    roster: Roster
    stations: Mapping[str, Sequence[tuple[int, str]]]  # by charger: its EVSEs and their members
    meters: Mapping[str, str]  # circuits that are measured, and by which charger
    own: str


@dataclass(frozen=True, slots=True)
class Wish:
    """What one EVSE could use now, on phases of the site; ``max_a`` 0: nothing."""

    phases: tuple[int, ...]
    max_a: float
    min_a: float
    measured_a: PerPhase = NOTHING_A


@dataclass(frozen=True, slots=True)
class Send:
    """Something to say: the end of its topic, and the payload."""

    topic: str
    payload: bytes


@dataclass
class Told:
    """What was refused, for people to see: how often, and the last words."""

    counts: Counter[str] = field(default_factory=Counter)
    last: str = ""

    def add(self, error: Unbelieved) -> None:
        """One more."""
        self.counts[error.reason] += 1
        self.last = str(error)[:200]


class Party:
    """Times are seconds of one monotonic clock, this machine's own."""

    def __init__(self, place: Place, seals: Seals, now_s: float) -> None:
        self.place = place
        self.refused = Told()
        self.leader: Leader | None = None
        self.members = {
            evse_id: Member(place.roster.seats[name], seals.boot, now_s)
            for evse_id, name in place.stations[place.own]
        }
        self.state = ALONE
        self.since_s = now_s
        self._seals = seals
        rank = sorted(place.stations).index(place.own)
        self._election = Election(place.own, rank, now_s)
        self._boots: dict[str, str] = {}  # of others, as they were last heard
        self._contenders: list[str] = []  # who leads, but not us
        self._is_up = False

    @property
    def followed(self) -> str:
        """The charger whose beats are gone by; "": nobody's was heard."""
        beat = self._beat
        return "" if beat is None else beat.lease.holder

    @property
    def term(self) -> int:
        """Of the lease that is gone by; 0: none."""
        return 0 if self._beat is None else self._beat.lease.term

    def on_bus(self, is_up: bool, now_s: float) -> None:
        """The broker came or went."""
        self._is_up = is_up
        if is_up:
            self._election.on_return(now_s)
        else:
            self.leader = None
        self._on(BUS_UP if is_up else BUS_DOWN, now_s)

    def limit_a(self, evse_id: int, phases: Set[int], now_s: float) -> float:
        """What an EVSE may offer now a car that loads these phases of the site, A per phase."""
        limit_a = self.members[evse_id].limit_a(phases, now_s)
        self._note(now_s)
        return limit_a

    def tick(
        self, wishes: Mapping[int, Wish], meters_a: Mapping[str, PerPhase], now_s: float
    ) -> list[Send]:
        """Lead, if it is on us, and report. ``meters_a``: what was just read, by circuit."""
        if not self._is_up:
            return []
        sends = list(self._lead(meters_a, now_s))
        for evse_id, wish in wishes.items():
            member = self.members[evse_id]
            asked = (wish.phases, wish.max_a, wish.min_a, wish.measured_a)
            report = member.report(*asked, now_s)
            if report.beat is not None:
                sends += self._to_leaders(report, report.beat, now_s)
        beat = self._beat
        if beat is not None and self.leader is None:
            for circuit, current_a in meters_a.items():
                sends += self._directed(beat.lease.holder, Reading(circuit, beat, current_a))
        self._contenders.clear()
        self._note(now_s)
        return sends

    def hear(self, topic: str, payload: bytes, now_s: float) -> list[Send]:
        """Take a message; ``topic`` is the end of what it came by. What is refused is counted."""
        sender = topic.rpartition("/")[2]
        if sender == self.place.own or not self._is_up:
            return []  # our own beat, as the broker tells it to all
        try:
            opened = self._seals.open(payload, sender)
            sends = self._take(opened, now_s)
        except Unbelieved as error:
            self.refused.add(error)
            return []
        self._note(now_s)
        return sends

    # inside

    @property
    def _beat(self) -> Beat | None:
        return next(iter(self.members.values())).beat

    def _take(self, opened: Opened, now_s: float) -> list[Send]:
        message, sender = opened.message, opened.sender
        if isinstance(message, Beat):
            self._on_beat(message, opened, now_s)
        elif isinstance(message, Grant):
            self._on_grant(message, sender, now_s)
        elif isinstance(message, Reading):
            self._on_reading(message, sender, now_s)
        else:
            return self._on_report(message, opened, now_s)
        return []

    def _on_beat(self, beat: Beat, opened: Opened, now_s: float) -> None:
        _same(beat.lease.holder, opened.sender)
        self._boots[opened.sender] = opened.boot
        self._election.on_beat(beat, now_s)
        followed = [member.on_beat(beat) for member in self.members.values()]
        is_followed = all(followed)
        if not is_followed and len(self._contenders) < CONTENDERS_MAX:
            self._contenders.append(opened.sender)
        if is_followed and self.leader is not None:
            self._depose(now_s)

    def _on_grant(self, grant: Grant, sender: str, now_s: float) -> None:
        _same(grant.lease.holder, sender)
        for member in self.members.values():
            if member.seat.member == grant.member and not member.on_grant(grant, now_s):
                raise Unbelieved(LATE, f"grant {grant.number} of {sender}")

    def _on_report(self, report: Report, opened: Opened, now_s: float) -> list[Send]:
        names = [name for _, name in self.place.stations[opened.sender]]
        if report.member not in names:
            raise Unbelieved(STRANGER, f"{opened.sender} does not run {report.member}")
        if report.beat is not None:
            self._election.on_lease(report.beat.lease)
        grant = self._granted(report, now_s)
        self._boots[opened.sender] = opened.boot
        return [] if grant is None else self._directed(opened.sender, grant)

    def _on_reading(self, reading: Reading, sender: str, now_s: float) -> None:
        if self.place.meters.get(reading.circuit) != sender:
            raise Unbelieved(STRANGER, f"{sender} does not measure {reading.circuit}")
        sent_s = self.leader.sent_s(reading.beat) if self.leader is not None else None
        if self.leader is None or sent_s is None or now_s - sent_s > SILENCE_S:
            raise Unbelieved(LATE, f"reading of {reading.circuit} by {sender}")
        self.leader.on_meter(reading.circuit, reading.current_a, now_s)

    def _granted(self, report: Report, now_s: float) -> Grant | None:
        if self.leader is None:
            return None
        if not self.leader.on_report(report, now_s):
            self._depose(now_s)
            return None
        return self.leader.grant(report.member, now_s)

    def _lead(self, meters_a: Mapping[str, PerPhase], now_s: float) -> Iterator[Send]:
        if self.leader is None:
            lease = self._election.step_forward(now_s)
            if lease is not None:
                self.leader = Leader(self.place.roster, lease, now_s)
                self._on(ELECTED, now_s)
        leader = self.leader
        if leader is None:
            return
        if self._election.must_step_back(leader.is_followed, now_s):
            self._depose(now_s)
            return
        for circuit, current_a in meters_a.items():
            leader.on_meter(circuit, current_a, now_s)
        leader.tick(now_s)
        beat = leader.beat(now_s)
        self._election.on_beat(beat, now_s)
        for member in self.members.values():
            member.on_beat(beat)
        yield Send(f"{BEAT}/{self.place.own}", self._seals.seal(beat))

    def _to_leaders(self, report: Report, beat: Beat, now_s: float) -> list[Send]:
        """To whom we follow, and to whoever leads by a lease that is over, so that it knows."""
        holder = beat.lease.holder
        if holder == self.place.own:
            grant = self._granted(report, now_s)
            for member in self.members.values():
                if grant is not None and member.seat.member == grant.member:
                    member.on_grant(grant, now_s)
        sends = []
        for station in dict.fromkeys((holder, *self._contenders)):
            sends += self._directed(station, report)
        return sends

    def _directed(self, station: str, message: Message) -> list[Send]:
        """To one, in the life of theirs that we heard of last; to none of whom we heard nothing."""
        boot = self._boots.get(station)
        if boot is None:
            return []
        payload = self._seals.seal(message, boot)
        return [Send(f"{TO}/{station}/{self.place.own}", payload)]

    def _depose(self, now_s: float) -> None:
        self.leader = None
        self._on(DEPOSED, now_s)

    def _on(self, event: int, now_s: float) -> None:
        for member in self.members.values():
            member.on(event)
        self._note(now_s)

    def _note(self, now_s: float) -> None:
        """One state for all: that of the member which stands worst."""
        states = {member.state for member in self.members.values()}
        state = next(iter(states)) if len(states) == 1 else min(states, key=_standing)
        if state != self.state:
            self.state, self.since_s = state, now_s


def _standing(state: str) -> int:
    return ("alone", "stale", "following", "leading").index(state)


def _same(holder: str, sender: str) -> None:
    if holder != sender:
        raise Unbelieved(STRANGER, f"{sender} speaks for {holder}"[:120])
