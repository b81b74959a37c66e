"""Party: one charger's whole part in a site, from what is heard to what is said. Pure.

It runs a member for each of its places to charge, votes by standing back, and leads when it is
its turn. Reports and readings go to the leader alone, grants to the member alone, beats to all;
so a charger hears little more than what it has to. What was not answered is said again after
``RETRY_S``, and readings are: they may have been lost. The caller gives the time, ticks it whenever
``is_due``, which it asks at least every ``REPORT_EVERY_S``, and carries out what it returns.
"""

import math
from collections.abc import Iterator, Mapping, Set

from ampkeeper.firmware.site.election import Election
from ampkeeper.firmware.site.grievance import Grievance
from ampkeeper.firmware.site.leader import Leader, Metered
from ampkeeper.firmware.site.member import (
    ALONE,
    BUS_DOWN,
    BUS_UP,
    DEPOSED,
    ELECTED,
    Member,
)
from ampkeeper.firmware.site.messages import (
    REPORT_EVERY_S,
    RETRY_S,
    SILENCE_S,
    Beat,
    Grant,
    Overview,
    Report,
)
from ampkeeper.firmware.site.overview import Names, Shown, Teller
from ampkeeper.firmware.site.place import Measured, Place, Send, Wish
from ampkeeper.firmware.site.seal import (
    MALFORMED,
    STRANGER,
    Opened,
    Refusals,
    Seals,
    Unbelieved,
)
from ampkeeper.firmware.site.wire import AGE_S_MAX, Message, Reading

BEAT, TO = "beat", "to"  # topics: beat/SENDER, to/RECEIVER/SENDER
LATE = "late"  # a message that answers nothing any more
ABSURD = "absurd_term"  # of a lease that no site comes to
CONTENDERS_MAX = 4
ECHO = b"echo"  # to ourselves, on each kind of topic; of others it says nothing
EARLY_S = RETRY_S / 2  # by which a tick may come before its time


class Party:
    """Times are seconds of one monotonic clock, this machine's own."""

    def __init__(self, place: Place, seals: Seals, now_s: float) -> None:
        self.place = place
        self.refused = Refusals()
        self.leader: Leader | None = None
        self.members = {
            evse_id: Member(place.roster.seats[name], seals.boot, now_s)
            for evse_id, name in place.stations[place.own]
        }
        self.state = ALONE
        self.since_s = now_s
        self.shown = Shown(Names(place.roster))  # what whoever leads told of the others
        self._teller = Teller(self.shown.names)
        self._seals = seals
        rank = sorted(place.stations).index(place.own)
        self._election = Election(place.own, rank, now_s)
        self._grievance = Grievance(place.roster, rank)
        self._boots: dict[str, str] = {}  # of others, as they were last heard
        self._contenders: list[str] = []  # who leads, but not us
        self._is_up = False
        self._is_metering = place.own in place.meters.values()
        self._runs = {name: by for by, seats in place.stations.items() for _, name in seats}
        self._due_s = self._ticked_s = now_s
        self._beat_s = self._lowered_s = -math.inf  # when we heard the newest, and last lowered

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

    def is_due(self, now_s: float) -> bool:
        """True if there is something to say."""
        if self._is_round(now_s):
            return True
        if now_s - self._ticked_s < RETRY_S:
            return False
        if self.leader is not None:
            return self._is_metering or self.leader.is_due(now_s) or self._is_lowering(now_s)
        is_unanswered = any(not member.is_answered for member in self.members.values())
        return self._is_led(now_s) and (self._is_metering or is_unanswered)

    def tick(
        self, wishes: Mapping[int, Wish], meters: Mapping[str, Measured], now_s: float
    ) -> list[Send]:
        """Lead, if it is on us, and report. ``meters``: what was read last, by circuit."""
        is_round, self._ticked_s = self._is_round(now_s), now_s
        if is_round:
            self._due_s = max(self._due_s + REPORT_EVERY_S, now_s + REPORT_EVERY_S / 2)
        if not self._is_up:
            return []
        if is_round:
            self._look_for_reasons(wishes, now_s)
        sends = list(self._lead(meters, is_round, now_s))
        for evse_id, wish in wishes.items():
            member = self.members[evse_id]
            if not is_round and (member.is_answered or not self._is_led(now_s)):
                continue
            asked = (wish.phases, wish.max_a, wish.min_a, wish.measured_a)
            report = member.report(*asked, now_s)
            if report.beat is not None:
                sends += self._to_leaders(report, report.beat, now_s)
        sends += self._readings(meters)
        if is_round:
            self._contenders.clear()
        self._note(now_s)
        return sends

    def hear(self, topic: str, payload: bytes, now_s: float) -> list[Send]:
        """Take a message; ``topic`` is the end of what it came by. What is refused is counted."""
        sender = topic.rpartition("/")[2]
        if not self._is_up:
            return []
        if sender == self.place.own:  # an echo, or our own beat, as the broker tells it to all
            self._election.on_echo(topic.partition("/")[0], now_s)
            return []
        if payload == ECHO:
            return []
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
            return self._on_reading(message, sender, now_s)
        elif isinstance(message, Overview):
            self._on_overview(message, sender, now_s)
        else:
            return self._on_report(message, opened, now_s)
        return []

    def _is_round(self, now_s: float) -> bool:
        return now_s >= self._due_s - EARLY_S

    def _is_led(self, now_s: float) -> bool:
        """True while another leads, and is heard."""
        return self.leader is None and now_s - self._beat_s < SILENCE_S

    def _on_beat(self, beat: Beat, opened: Opened, now_s: float) -> None:
        _same(beat.lease.holder, opened.sender)
        self._boots[opened.sender] = opened.boot
        if not self._election.on_beat(beat, now_s):
            raise Unbelieved(ABSURD, f"term {beat.lease.term} of {opened.sender}")
        followed = [member.on_beat(beat) for member in self.members.values()]
        is_followed = all(followed)
        if is_followed and self._beat == beat:
            self._beat_s = now_s
        if not is_followed and len(self._contenders) < CONTENDERS_MAX:
            self._contenders.append(opened.sender)
        if is_followed and self.leader is not None:
            self._depose(now_s)

    def _on_grant(self, grant: Grant, sender: str, now_s: float) -> None:
        _same(grant.lease.holder, sender)
        for member in self.members.values():
            if member.seat.member == grant.member and not member.on_grant(grant, now_s):
                raise Unbelieved(LATE, f"grant {grant.number} of {sender}")
        self._election.hear(now_s)

    def _on_report(self, report: Report, opened: Opened, now_s: float) -> list[Send]:
        names = [name for _, name in self.place.stations[opened.sender]]
        if report.member not in names:
            raise Unbelieved(STRANGER, f"{opened.sender} does not run {report.member}")
        if report.beat is not None:
            self._election.on_lease(report.beat.lease)
        grant = self._granted(report, now_s)
        self._boots[opened.sender] = opened.boot
        return [] if grant is None else self._directed(opened.sender, grant)

    def _on_reading(self, reading: Reading, sender: str, now_s: float) -> list[Send]:
        if self.place.meters.get(reading.circuit) != sender:
            raise Unbelieved(STRANGER, f"{sender} does not measure {reading.circuit}")
        sent_s = self.leader.sent_s(reading.beat) if self.leader is not None else None
        if self.leader is None or sent_s is None or now_s - sent_s - reading.after_s > SILENCE_S:
            raise Unbelieved(LATE, f"reading of {reading.circuit} by {sender}")
        shown = Metered(reading.current_a, sent_s + reading.after_s, reading.number)
        self.leader.on_meter(reading.circuit, shown, now_s)
        return list(self._lower(now_s))

    def _on_overview(self, page: Overview, sender: str, now_s: float) -> None:
        _same(page.lease.holder, sender)
        if self._beat is None or page.lease != self._beat.lease:
            raise Unbelieved(LATE, f"overview of {sender}")
        if not self.shown.take(page, now_s):
            raise Unbelieved(MALFORMED, f"overview of {sender}: rows that there are not")

    def _granted(self, report: Report, now_s: float) -> Grant | None:
        if self.leader is None:
            return None
        if not self.leader.on_report(report, now_s):
            self._depose(now_s)
            return None
        return self.leader.grant(report.member, now_s)

    def _lead(self, meters: Mapping[str, Measured], is_round: bool, now_s: float) -> Iterator[Send]:
        if self.leader is None and is_round:
            is_wronged = self._grievance.is_due(now_s)
            if is_wronged or self._election.is_quiet(now_s):
                yield Send(f"{TO}/{self.place.own}/{self.place.own}", ECHO)
                yield Send(f"{BEAT}/{self.place.own}", ECHO)
            lease = self._election.step_forward(now_s, is_wronged)
            if lease is not None:
                self._grievance.end(now_s)
                self.leader = Leader(self.place.roster, lease, now_s, self.place.meters)
                self._on(ELECTED, now_s)
        leader = self.leader
        if leader is None:
            return
        if self._election.must_step_back(leader.is_followed, leader.is_heeded, now_s):
            self._depose(now_s)
            return
        for circuit, each in meters.items():
            leader.on_meter(circuit, Metered(each.current_a, each.taken_s, each.number), now_s)
        if is_round or leader.is_due(now_s):
            leader.tick(now_s)
        yield from self._lower(now_s)
        if not is_round:
            return
        beat = leader.beat(now_s)
        self._election.on_beat(beat, now_s)
        for member in self.members.values():
            member.on_beat(beat)
        yield Send(f"{BEAT}/{self.place.own}", self._seals.seal(beat))
        page = self._teller.page(leader, now_s)
        if page is not None:
            yield Send(f"{BEAT}/{self.place.own}", self._seals.seal(page))

    def _look_for_reasons(self, wishes: Mapping[int, Wish], now_s: float) -> None:
        """Why those of ours who want current have none, while another leads."""
        lease = self._beat.lease if self._beat is not None and self._is_led(now_s) else None
        without = [
            (self.members[evse_id].seat, wish)
            for evse_id, wish in wishes.items()
            if wish.max_a >= wish.min_a and not self.members[evse_id].granted_a(now_s)
        ]
        self._grievance.look(lease, without, self.shown, now_s)

    def _is_lowering(self, now_s: float) -> bool:
        return self.leader is not None and bool(self.leader.lower(now_s))

    def _lower(self, now_s: float) -> Iterator[Send]:
        """Tell those at once who have more than a fuse carries, and again until it is over."""
        if self.leader is None or now_s - self._lowered_s < RETRY_S:
            return
        for grant in self.leader.lower(now_s):
            self._lowered_s = now_s
            station = self._runs[grant.member]
            if station == self.place.own:
                self._take_own(grant, now_s)
            else:
                yield from self._directed(station, grant)

    def _take_own(self, grant: Grant, now_s: float) -> None:
        for member in self.members.values():
            if member.seat.member == grant.member:
                member.on_grant(grant, now_s)

    def _readings(self, meters: Mapping[str, Measured]) -> Iterator[Send]:
        """To whom we follow, with how long after its last beat they were taken."""
        beat = self._beat
        if beat is None or self.leader is not None:
            return
        for circuit, each in meters.items():
            after_s = each.taken_s - self._beat_s
            if abs(after_s) <= AGE_S_MAX:
                reading = Reading(circuit, beat, each.current_a, each.number, after_s)
                yield from self._directed(beat.lease.holder, reading)

    def _to_leaders(self, report: Report, beat: Beat, now_s: float) -> list[Send]:
        """To whom we follow, and to whoever leads by a lease that is over, so that it knows."""
        holder = beat.lease.holder
        if holder == self.place.own:
            grant = self._granted(report, now_s)
            if grant is not None:
                self._take_own(grant, now_s)
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
