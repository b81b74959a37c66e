"""Leader: grants what the site can carry, counting on the worst that each member may do. Pure.

For each member it keeps what that one may take at most until it says otherwise: all grants that
are still good and not superseded, and its safe share if it may fall back on that. The sum of
these, with the load besides, is never above a fuse; so a raise waits until what it needs was
given back, or has run out. What a car still draws of a grant that was lowered counts too: it may
take some seconds to follow. It grants nothing unless more than half of the site follows it, and has
for as long as a grant of another leader could still be good.
"""

import math
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from operator import lt

from ampkeeper.firmware.site.allocator import CURRENT_A_MAX, CURRENT_A_MIN, Allocator, Claim
from ampkeeper.firmware.site.circuits import PHASES, PerPhase, minus, most
from ampkeeper.firmware.site.mains import Mains
from ampkeeper.firmware.site.messages import (
    BELIEF_S,
    GRANT_S,
    HOLD_S,
    REPORT_EVERY_S,
    SILENCE_S,
    SLACK,
    Beat,
    Grant,
    Lease,
    Report,
)
from ampkeeper.firmware.site.others import Others
from ampkeeper.firmware.site.rising import FOLLOW_S, Rising, least, still_drawn_a
from ampkeeper.firmware.site.roster import NOTHING_A, Room, Roster, Seat
from ampkeeper.firmware.site.turns import Turns

QUIET_S = (SILENCE_S + GRANT_S + REPORT_EVERY_S) * SLACK + FOLLOW_S
COUNTED_S = HOLD_S / SLACK - 2 * GRANT_S  # since a member held a grant: then its safe share counts
TICK_GAP_S = 0.4  # between two readings that share anew: there may be many meters
BEATS_KEPT = 16
GOOD_S_MIN = 0.3  # of a grant: one that is over sooner would be late
OVER_A = 0.05  # what counts as more than a fuse carries
HEEDED_S = 20.0  # since a member held a grant: then they do not arrive
BOOTS_KEPT = 8  # of a member's that are over


@dataclass(frozen=True, slots=True)
class _Given:
    """A grant as it counts until the member holds a later one, or its time is over."""

    number: int
    current_a: float
    phases: tuple[int, ...]
    since_s: float  # arrival of the report that it answers
    until_s: float  # then a car that followed it has followed what is left of it


@dataclass(frozen=True, slots=True)
class Metered:
    """What a mains meter shows in a circuit."""

    current_a: PerPhase
    taken_s: float  # when, or earlier, by the clock of who is told
    number: int  # another for each reading


@dataclass(frozen=True, slots=True)
class Seen:
    """A member as its leader sees it."""

    follows: bool
    given_a: float  # by the newest grant
    measured_a: PerPhase
    heard_s: float  # arrival of its last report; 0: none yet


@dataclass(slots=True)
class _Known:
    """What a leader knows of one member; times are its own."""

    seat: Seat
    report: Report | None = None
    heard_s: float = 0.0  # arrival of the report
    followed_s: float | None = None  # sending of the beat that the report names
    given: deque[_Given] = field(default_factory=deque)
    held_s: float | None = None  # arrival of the report whose grant it holds
    drawn_a: PerPhase = NOTHING_A  # still measured, of grants that it gave back
    rising: Rising = field(default_factory=Rising)
    over: deque[str] = field(default_factory=lambda: deque(maxlen=BOOTS_KEPT))  # its former boots


class Leader:
    """Who holds a lease. ``now_s`` is of its own monotonic clock."""

    def __init__(
        self, roster: Roster, lease: Lease, now_s: float, metered: Iterable[str] = ()
    ) -> None:
        """``metered``: circuits with a meter, which counts as silent until it is heard."""
        self.lease = lease
        self.others = Others(roster.others_max_a, roster.beside_safe_a(), metered)
        self.doubts: dict[str, str] = {}  # of meters, by circuit, in words
        self.target_a: dict[str, float] = {}  # what the site would give, were all there
        self._roster = roster
        self._allocator = Allocator(roster.tree)
        self._mains = Mains(roster)
        self._others_a: dict[str, PerPhase] = {}  # as of the last tick
        self._readings: dict[str, int] = {}  # the number of the newest, by circuit
        self._known = {member: _Known(seat) for member, seat in roster.seats.items()}
        self._beats: dict[int, float] = {}
        self._number = 0
        self._quorum_s: float | None = None  # since when enough follow
        self._rest: dict[Room, float] = {}  # of the tick, less what was granted since
        self._turns = Turns()
        self._ticked_s = now_s

    def beat(self, now_s: float) -> Beat:
        """The next beat, to be sent at once."""
        self._number += 1
        self._beats[self._number] = now_s
        self._beats.pop(self._number - BEATS_KEPT, None)
        return Beat(self.lease, self._number)

    def on_report(self, report: Report, now_s: float) -> bool:
        """Take a report; False if it shows that another leads."""
        known = self._known.get(report.member)
        if known is None:
            return True
        beat = report.beat
        if beat is not None and beat.lease.beats(self.lease):
            return False
        is_ours = beat is not None and beat.lease == self.lease
        followed_s = self._beats.get(beat.number) if beat is not None and is_ours else None
        if not _is_next(known, report, followed_s, now_s):
            return True  # again, overtaken, or of a boot that is over
        if known.report is not None and known.report.boot != report.boot:
            known.over.append(known.report.boot)
            known.given.clear()
            known.held_s = None
        released_a = _release(known, report.held) if is_ours else NOTHING_A
        if followed_s is not None and known.held_s is not None:
            followed_s = max(followed_s, known.held_s)  # what it holds says more than a beat
        known.report, known.heard_s, known.followed_s = report, now_s, followed_s
        known.drawn_a = still_drawn_a(known.drawn_a, released_a, report.measured_a)
        known.rising.release(released_a, _held_a(known, report.held), followed_s or 0.0, now_s)
        believed_a = least(report.measured_a, _worst_a(known, now_s))
        self._mains.tell(report.member, believed_a, now_s)
        return True

    def on_meter(self, circuit: str, shown: Metered, now_s: float) -> None:
        """Take a reading of a meter: all that flows in a circuit, chargers and all; share anew.

        What is fed in is negative. SiteRefused for a circuit that is none, or for no numbers.
        """
        taken_s = min(shown.taken_s, now_s)
        at_least_a, is_new = NOTHING_A, self._readings.get(circuit) != shown.number
        if is_new:
            worst_a = {member: _worst_a(known, now_s) for member, known in self._known.items()}
            at_least_a = self._mains.read(circuit, shown.current_a, worst_a, taken_s)
            self._readings[circuit] = shown.number
            self.others.see_at_least(circuit, at_least_a, now_s)
        if circuit not in self._mains.over:
            self.others.hear(circuit, taken_s)  # else once it is known what flows besides
        is_more = any(map(lt, self._others_a.get(circuit, NOTHING_A), at_least_a))
        if is_more or (is_new and now_s - self._ticked_s >= TICK_GAP_S):
            self.tick(now_s)

    def tick(self, now_s: float) -> None:
        """Share anew what there is."""
        following = sum(_follows(known, now_s) for known in self._known.values())
        if following < self._roster.quorum:
            self._quorum_s = None
        elif self._quorum_s is None:
            self._quorum_s = now_s
        elapsed_s, self._ticked_s = now_s - self._ticked_s, now_s
        self._look_at_meters(now_s)
        self.others.settle(now_s)
        others_a = self._others_a = self.others.at(now_s)
        self._rest = self._roster.limits_a(others_a)
        for known in self._known.values():
            self._count(known, _worst_a(known, now_s))
        if not self._may_grant(now_s):
            self.target_a = {}
            return
        self._share(others_a, now_s, elapsed_s)

    def grant(self, member: str, now_s: float) -> Grant | None:
        """The answer to a member's last report, if it may have one and had none yet."""
        known = self._known.get(member)
        if known is None or known.report is None or not self._may_grant(now_s):
            return None
        report = known.report
        is_answered = bool(known.given) and known.given[-1].number >= report.number
        if is_answered or not _follows(known, now_s) or member not in self.target_a:
            return None  # who came back since the tick is answered after the next
        phases = self._claim(known).phases
        before_a = _worst_a(known, now_s)
        counted_a = min(before_a[phase] for phase in phases)  # less than that is no risk
        room_a = max(self._room_a(known, phases, before_a), counted_a)
        current_a = min(self.target_a[member], room_a)
        if current_a < max(report.min_a, CURRENT_A_MIN):
            current_a = 0.0
        until_s = known.heard_s + GRANT_S * SLACK + FOLLOW_S
        good_s = self._good_s(known)
        if good_s < GOOD_S_MIN:
            return None  # what it would stand on is too old: the next tick shares without that
        _forget_old(known, now_s)
        known.given.append(_Given(report.number, current_a, phases, known.heard_s, until_s))
        after_a = _worst_a(known, now_s)
        self._count(known, minus(after_a, before_a))
        return Grant(self.lease, member, report.boot, report.number, current_a, good_s)

    def lower(self, now_s: float) -> list[Grant]:
        """Grants that need no new report, to those whose offers are more than a fuse carries.

        What they had is counted on as before, until they hold the answer to a later report.
        """
        if not self._may_grant(now_s):
            return []
        found = [self._lowered(known, now_s) for known in self._known.values()]
        return [grant for grant in found if grant is not None]

    def is_due(self, now_s: float) -> bool:
        """True if a tick would find something new, though nothing was heard since the last."""
        return now_s > self.others.over_s(self._ticked_s) or self._mains.has_loads(now_s)

    def sent_s(self, beat: Beat) -> float | None:
        """When a beat of ours was sent; None: it is not, or not lately."""
        return self._beats.get(beat.number) if beat.lease == self.lease else None

    def seen(self, member: str, now_s: float) -> Seen:
        """What is known of a member, for people to see."""
        known = self._known[member]
        measured_a = known.report.measured_a if known.report is not None else NOTHING_A
        given_a = known.given[-1].current_a if known.given else 0.0
        return Seen(_follows(known, now_s), given_a, measured_a, known.heard_s)

    @property
    def is_followed(self) -> bool:
        """True while more than half of the site does, as of the last tick."""
        return self._quorum_s is not None

    @property
    def is_heeded(self) -> bool:
        """True while the grants of late arrive at more than half of the site, as of the tick."""
        since_s = self._ticked_s - HEEDED_S
        held = (known.held_s or -math.inf for known in self._known.values())
        return self.is_followed and sum(at_s > since_s for at_s in held) >= self._roster.quorum

    # inside

    def _look_at_meters(self, now_s: float) -> None:
        for load in self._mains.loads(now_s):
            if load.doubt:
                self.doubts[load.circuit] = load.doubt
                self.others.doubt(load.circuit)
            else:
                self.doubts.pop(load.circuit, None)
                self.others.see(load.circuit, load.load_a, load.read_s)

    def _lowered(self, known: _Known, now_s: float) -> Grant | None:
        report, member = known.report, known.seat.member
        if report is None or not known.given or not _follows(known, now_s):
            return None
        given, target_a = known.given[-1], self.target_a.get(member, 0.0)
        rooms = self._roster.rooms(member, given.phases)
        is_over = any(self._rest[room] < -OVER_A for room in rooms)
        good_s = self._good_s(known)
        if not is_over or target_a >= given.current_a or given.number != report.number:
            return None
        if good_s < GOOD_S_MIN:
            return None
        known.rising.hold(NOTHING_A, self._ticked_s)
        return Grant(self.lease, member, report.boot, report.number, target_a, good_s)

    def _good_s(self, known: _Known) -> float:
        """For how long an answer to its last report is good: no longer than what it stands on."""
        circuits = self._roster.tree.circuits
        names = (circuits[place].name for place in self._roster.tree.path(known.seat.circuit))
        taken = [self.others.stands_on_s(name, self._ticked_s) for name in names]
        ends_s = (taken_s + BELIEF_S for taken_s in taken if taken_s is not None)
        return min(GRANT_S, min(ends_s, default=math.inf) - known.heard_s)

    def _may_grant(self, now_s: float) -> bool:
        return self._quorum_s is not None and now_s - self._quorum_s >= QUIET_S

    def _share(self, others_a: Mapping[str, PerPhase], now_s: float, elapsed_s: float) -> None:
        claims = [self._claim(each) for each in self._known.values() if _follows(each, now_s)]
        told = {
            claim.member: report.standing
            for claim in claims
            if claim.max_a >= claim.min_a and (report := self._known[claim.member].report)
        }
        places = self._turns.places(told)
        claims = [replace(claim, turn=places.get(claim.member, 0.0)) for claim in claims]
        absent = self._known.keys() - {claim.member for claim in claims}
        besides_a, apart_a = self._besides_a(others_a, now_s), self._roster.apart_a(absent)
        self.target_a = self._allocator.allocate(claims, besides_a, apart_a)
        charging = {member for member, current_a in self.target_a.items() if current_a > 0.0}
        self._turns = self._turns.passed(told, charging, elapsed_s)

    def _claim(self, known: _Known) -> Claim:
        report, seat = known.report, known.seat
        assert report is not None, "only followers claim"
        phases = tuple(phase for phase in report.phases if phase in seat.phases) or seat.phases
        min_a = min(max(report.min_a, CURRENT_A_MIN), CURRENT_A_MAX)
        max_a = min(max(report.max_a, 0.0), CURRENT_A_MAX)
        return Claim(seat.member, seat.circuit, phases, max_a, min_a, seat.priority)

    def _besides_a(self, others_a: Mapping[str, PerPhase], now_s: float) -> dict[str, PerPhase]:
        """The load besides, and what those may take who are not asked, or may fall back."""
        besides = dict(others_a)
        for known in self._known.values():
            if not _follows(known, now_s):
                name, worst_a = known.seat.circuit, _worst_a(known, now_s)
                for place in self._roster.tree.path(name):
                    circuit = self._roster.tree.circuits[place].name
                    besides[circuit] = minus(
                        besides.get(circuit, NOTHING_A), minus(NOTHING_A, worst_a)
                    )
        return besides

    def _count(self, known: _Known, more_a: PerPhase) -> None:
        for name, phase in self._roster.rooms(known.seat.member, PHASES):
            self._rest[name, phase] -= more_a[phase]

    def _room_a(self, known: _Known, phases: tuple[int, ...], own_a: PerPhase) -> float:
        """What all others leave over, at their worst, on the phases of this one."""
        rooms = self._roster.rooms(known.seat.member, phases)
        rest_a = min(self._rest[name, phase] + own_a[phase] for name, phase in rooms)
        return max(0.0, int(rest_a * 10 + 1e-6) / 10)


def _follows(known: _Known, now_s: float) -> bool:
    return known.followed_s is not None and now_s - known.followed_s < SILENCE_S


def _is_next(known: _Known, report: Report, followed_s: float | None, now_s: float) -> bool:
    """True for a report that is newer than the last one.

    One of another boot is, if it follows now, and that boot was not over already.
    """
    last = known.report
    if last is None:
        return True
    if last.boot == report.boot:
        return report.number > last.number
    is_fresh = followed_s is not None and now_s - followed_s < SILENCE_S
    return is_fresh and report.boot not in known.over


def _release(known: _Known, held: int) -> PerPhase:
    """A member that holds a grant takes no older one any more; what it may still draw of them."""
    most = [0.0, 0.0, 0.0]
    while known.given and known.given[0].number < held:
        given = known.given.popleft()
        for phase in given.phases:
            most[phase] = max(most[phase], given.current_a)
    if known.given and known.given[0].number == held:
        known.held_s = known.given[0].since_s
    return most[0], most[1], most[2]


def _held_a(known: _Known, held: int) -> PerPhase:
    if not known.given or known.given[0].number != held:
        return NOTHING_A
    given = known.given[0]
    a, b, c = (given.current_a if phase in given.phases else 0.0 for phase in PHASES)
    return a, b, c


def _forget_old(known: _Known, now_s: float) -> None:
    """Of the grants whose time is over, keep the most that one of them may have left behind."""
    given = known.given
    while len(given) > 1 and given[1].until_s < now_s:
        old, newer = given.popleft(), given.popleft()
        current_a = max(old.current_a, newer.current_a)
        phases = tuple({*old.phases, *newer.phases})
        given.appendleft(replace(newer, current_a=current_a, phases=phases))


def _worst_a(known: _Known, now_s: float) -> PerPhase:
    """The most that a member may take on each site phase until it is heard again.

    What was granted, while that is good, and what is drawn of what was before; then no more than
    its safe share of it; later that.
    """
    is_drawing = now_s < known.heard_s + GRANT_S * SLACK + FOLLOW_S
    drawn_a = known.drawn_a if is_drawing else NOTHING_A
    worst = list(most(drawn_a, known.rising.most_a(now_s)))
    for given in known.given:
        is_good = given.until_s >= now_s
        current_a = given.current_a if is_good else min(given.current_a, known.seat.safe_a)
        for phase in given.phases:
            worst[phase] = max(worst[phase], current_a)
    if known.held_s is None or now_s - known.held_s > COUNTED_S:
        for phase in known.seat.phases:
            worst[phase] = max(worst[phase], known.seat.safe_a)
    return worst[0], worst[1], worst[2]
