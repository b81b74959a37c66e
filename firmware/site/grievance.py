"""Grievance: a leader that gives nobody anything, and has no reason to, is replaced. Pure.

Who wants current, is without for ``WITHOUT_S``, and finds no reason in what the leader tells of the
others steps forward in its place. A reason is that another has current, that the leader does not
hear who asks, doubts a meter, or that the fuses do not leave as much as the car needs besides what
flows there and all other safe shares. One that was wrong about it waits ``AGAIN_S``.
"""

import math
from collections.abc import Sequence

from ampkeeper.firmware.site.circuits import PHASES
from ampkeeper.firmware.site.messages import Lease
from ampkeeper.firmware.site.overview import Shown
from ampkeeper.firmware.site.place import Wish
from ampkeeper.firmware.site.roster import Roster, Seat

WITHOUT_S = 90.0  # a raise waits up to half a minute for those who vanished
AGAIN_S = 900.0
LOOK_S = 5.0  # between two looks at what was told: a site may have 10,000 members
RANK_S = 1.5  # between one member's turn to step forward and the next one's
RANKS_MAX = 8

Asking = tuple[Seat, Wish]


class Grievance:
    """Of one charger against whoever it follows. Times are its own."""

    def __init__(self, roster: Roster, rank: int) -> None:
        self._roster = roster
        self._wait_s = WITHOUT_S + RANK_S * min(rank, RANKS_MAX)
        self._lease: Lease | None = None
        self._looked_s = -math.inf
        self._due_s = math.inf  # when it is time, if it stays so
        self._again_s = -math.inf

    def look(
        self, lease: Lease | None, without: Sequence[Asking], shown: Shown, now_s: float
    ) -> None:
        """These want current and have none under a lease; ``shown`` is what was told of all."""
        is_same, self._lease = lease is not None and lease == self._lease, lease
        if not is_same or not without:
            self._due_s = math.inf
            return
        if now_s - self._looked_s < LOOK_S:
            return
        self._looked_s = now_s
        if any(self._has_reason(seat, wish, shown, now_s) for seat, wish in without):
            self._due_s = math.inf
        elif self._due_s == math.inf:
            self._due_s = now_s + max(self._wait_s, shown.names.kept_s)

    def is_due(self, now_s: float) -> bool:
        """True when it is time to lead in the other's place."""
        return now_s >= max(self._due_s, self._again_s)

    def end(self, now_s: float) -> None:
        """Who had it leads now."""
        if self._due_s <= now_s:
            self._again_s = now_s + AGAIN_S
        self._due_s = math.inf

    def _has_reason(self, seat: Seat, wish: Wish, shown: Shown, now_s: float) -> bool:
        rows = {name: shown.member(name, now_s) for name in self._roster.seats}
        own = rows[seat.member]
        if own is not None and not own.follows:
            return True
        if any(row is not None and row.given_a > 0.0 for row in rows.values()):
            return True
        return not self._has_room(seat, wish, shown, now_s)

    def _has_room(self, seat: Seat, wish: Wish, shown: Shown, now_s: float) -> bool:
        """True if its least fits whatever all others fall back on, as far as was told."""
        told = {name: shown.circuit(name, now_s) for name in self._roster.tree.place}
        circuits = {each.name: each for each in self._roster.tree.circuits}
        is_even = sorted(wish.phases) == list(PHASES)
        known_a = {name: row.others_a for name, row in told.items() if row is not None}
        rest = self._roster.beside_safe(self._roster.limits_a(self._roster.others_max_a | known_a))
        for name, phase in self._roster.rooms(seat.member, wish.phases):
            row = told[name]
            if row is not None and row.doubt:
                return False
            if not is_even and math.isfinite(circuits[name].imbalance_a):
                return False
            if rest[name, phase] + seat.safe_a < wish.min_a:
                return False
        return True
