"""Overview: what whoever leads sees of the others, told to all a page at a time. Pure.

For people, and for who asks why nobody has current (``grievance.py``). Rows name members and
circuits by their place among the sorted names of the site, which all describe alike. A page goes
out every ``PAGE_S``, more often on a large site, so that all are told within ``ROUND_S`` where one
page a second is enough for that.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ampkeeper.firmware.site.leader import Leader
from ampkeeper.firmware.site.messages import (
    REPORT_EVERY_S,
    CircuitRow,
    Lease,
    MemberRow,
    Overview,
)
from ampkeeper.firmware.site.roster import NOTHING_A, Roster

PAGE_S = 5.0
ROUND_S = 60.0
MEMBERS_MAX = 24  # on a page
CIRCUITS_MAX = 8
DOUBT_CHARS_MAX = 120
ROUNDS_KEPT = 3  # what is older than so many rounds is not known


class Names:
    """Members and circuits of a site by their place in a page."""

    def __init__(self, roster: Roster) -> None:
        self.members = tuple(sorted(roster.seats))
        self.circuits = tuple(sorted(roster.tree.place))
        self.member_pages = -(-len(self.members) // MEMBERS_MAX)
        self.pages = self.member_pages - (-len(self.circuits) // CIRCUITS_MAX)
        self.page_s = min(PAGE_S, max(REPORT_EVERY_S, ROUND_S / self.pages))
        self.kept_s = ROUNDS_KEPT * self.page_s * self.pages


class Teller:
    """Who leads, telling page after page."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._next = 0
        self._due_s: float | None = None

    def page(self, leader: Leader, now_s: float) -> Overview | None:
        """The next page, when it is time."""
        if self._due_s is not None and now_s < self._due_s:
            return None
        self._due_s = now_s + self._names.page_s
        place, self._next = self._next, (self._next + 1) % self._names.pages
        circuits = place - self._names.member_pages
        if circuits >= 0:
            return self._of_circuits(leader, circuits * CIRCUITS_MAX, now_s)
        first = place * MEMBERS_MAX
        places = range(first, min(first + MEMBERS_MAX, len(self._names.members)))
        return Overview(leader.lease, tuple(self._member(leader, each, now_s) for each in places))

    def _member(self, leader: Leader, place: int, now_s: float) -> MemberRow:
        seen = leader.seen(self._names.members[place], now_s)
        if not seen.follows:
            return MemberRow(place, follows=False, given_a=0.0, measured_a=NOTHING_A)
        return MemberRow(place, follows=True, given_a=seen.given_a, measured_a=seen.measured_a)

    def _of_circuits(self, leader: Leader, first: int, now_s: float) -> Overview:
        others_a = leader.others.at(now_s)
        names = self._names.circuits[first : first + CIRCUITS_MAX]
        rows = tuple(
            CircuitRow(
                place,
                others_a.get(name, NOTHING_A),
                leader.doubts.get(name, "")[:DOUBT_CHARS_MAX],
            )
            for place, name in enumerate(names, first)
        )
        return Overview(leader.lease, circuits=rows)


@dataclass
class Shown:
    """What a follower was told, and when."""

    names: Names
    _lease: Lease | None = None
    _members: dict[str, tuple[MemberRow, float]] = field(default_factory=dict)
    _circuits: dict[str, tuple[CircuitRow, float]] = field(default_factory=dict)

    def take(self, page: Overview, now_s: float) -> bool:
        """Keep a page; False for one with rows that this site does not have."""
        if not _are_in(page.members, len(self.names.members)):
            return False
        if not _are_in(page.circuits, len(self.names.circuits)):
            return False
        if page.lease != self._lease:
            self._lease = page.lease
            self._members.clear()
            self._circuits.clear()
        for member in page.members:
            self._members[self.names.members[member.place]] = member, now_s
        for circuit in page.circuits:
            self._circuits[self.names.circuits[circuit.place]] = circuit, now_s
        return True

    def member(self, name: str, now_s: float) -> MemberRow | None:
        """What was told of a member; None: nothing, or too long ago."""
        row, at_s = self._members.get(name, (None, 0.0))
        return row if now_s - at_s <= self.names.kept_s else None

    def circuit(self, name: str, now_s: float) -> CircuitRow | None:
        """What was told of a circuit; None: nothing, or too long ago."""
        row, at_s = self._circuits.get(name, (None, 0.0))
        return row if now_s - at_s <= self.names.kept_s else None


def _are_in(rows: Sequence[MemberRow | CircuitRow], count: int) -> bool:
    return all(row.place < count for row in rows)
