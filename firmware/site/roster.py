"""Roster: who belongs to a site, where each hangs, and what each may take when nobody leads.

The safe shares fit under every fuse together with the load besides, so a site that has lost its
leader, its bus or its mains meter is safe as it stands.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ampkeeper.firmware.site.allocator import CURRENT_A_MAX, CURRENT_A_MIN
from ampkeeper.firmware.site.circuits import PHASES, PerPhase, SiteRefused, Tree

MEMBERS_MAX = 10_000
NAME_CHARS_MAX = 64
NOTHING_A: PerPhase = (0.0, 0.0, 0.0)
Room = tuple[str, int]  # a circuit, and one of its phases


@dataclass(frozen=True, slots=True)
class Seat:
    """One charger's place: its circuit, which site phase each of its own is, its safe share."""

    member: str
    circuit: str
    phases: tuple[int, ...] = PHASES  # site phase of the charger's L1, L2, L3
    safe_a: float = 0.0  # 0: it does not charge while nobody leads
    priority: int = 0


class Roster:
    """All seats of a site; ``others_max_a`` is the most that flows in a circuit besides them.

    ``fed_in_max_a`` is the most that may flow back out of a circuit, such as from solar panels.
    """

    def __init__(
        self,
        tree: Tree,
        seats: Sequence[Seat],
        others_max_a: Mapping[str, PerPhase] | None = None,
        fed_in_max_a: Mapping[str, PerPhase] | None = None,
    ) -> None:
        """Raise SiteRefused for a seat that cannot be, and safe shares that no fuse carries."""
        self.tree = tree
        self.others_max_a = dict(others_max_a or {})
        self.fed_in_max_a = dict(fed_in_max_a or {})
        self.seats = {seat.member: seat for seat in seats}
        if not 1 <= len(seats) <= MEMBERS_MAX:
            raise SiteRefused(f"{len(seats)} members: must be 1 to {MEMBERS_MAX}")
        if len(self.seats) != len(seats):
            twin, _ = Counter(seat.member for seat in seats).most_common(1)[0]
            raise SiteRefused(f"member {twin!r}: is there twice")
        for name in (*self.others_max_a, *self.fed_in_max_a):
            if name not in tree.place:
                raise SiteRefused(f"load besides the chargers: {name!r} is no circuit")
        for seat in seats:
            _check(seat, tree)
        self._bounded = {one.name for one in tree.circuits if math.isfinite(one.imbalance_a)}
        self._check_safe_shares()
        self._check_differences()

    @property
    def quorum(self) -> int:
        """How many must follow a leader: of two that cannot hear each other, one has them."""
        return len(self.seats) // 2 + 1

    def rank(self, member: str) -> int:
        """The order in which members step forward to lead; KeyError for a stranger."""
        return sorted(self.seats).index(self.seats[member].member)

    def rooms(self, member: str, phases: Sequence[int]) -> tuple[Room, ...]:
        """Each phase of each circuit that a charger loads, by site phase."""
        path = self.tree.path(self.seats[member].circuit)
        return tuple((self.tree.circuits[place].name, phase) for place in path for phase in phases)

    def beside_safe(self, limits_a: Mapping[Room, float]) -> dict[Room, float]:
        """What is left of these limits besides all safe shares."""
        rest = dict(limits_a)
        for seat in self.seats.values():
            for room in self.rooms(seat.member, seat.phases):
                rest[room] -= seat.safe_a
        return rest

    def _check_safe_shares(self) -> None:
        rest = self.beside_safe(self.limits_a())
        for (name, phase), rest_a in rest.items():
            if rest_a < -1e-6:
                raise SiteRefused(
                    f"circuit {name!r}: the safe shares and the load besides are"
                    f" {-rest_a:.1f} A too much on L{phase + 1}"
                )

    def _check_differences(self) -> None:
        for name, (apart_a, low, high) in self._apart_a(self.seats).items():
            allowed_a = self.tree.circuits[self.tree.place[name]].imbalance_a
            if apart_a > allowed_a + 1e-6:
                raise SiteRefused(
                    f"circuit {name!r}: its phases may differ by {allowed_a:g} A (imbalance_a), and"
                    f" safe shares of cars that load one or two phases by {apart_a:g} A, L{low + 1}"
                    f" from L{high + 1}: turn phases of chargers, or lower safe shares"
                )

    def apart_a(self, members: Iterable[str]) -> dict[str, float]:
        """By how much phases may differ at the worst if these take no more than their safe shares.

        By circuit, where that is bounded: a car may load one or two phases, and others nothing.
        """
        return {name: apart_a for name, (apart_a, _, _) in self._apart_a(members).items()}

    def _apart_a(self, members: Iterable[str]) -> dict[str, tuple[float, int, int]]:
        found: dict[str, defaultdict[tuple[int, int], float]] = {}
        for seat in (self.seats[member] for member in members if self._bounded):
            for name in self._bounded & {name for name, _ in self.rooms(seat.member, PHASES)}:
                pairs = found.setdefault(name, defaultdict(float))
                for pair in _pairs_apart(seat.phases):
                    pairs[pair] += seat.safe_a
        worst = {name: max(pairs, key=lambda pair: pairs[pair]) for name, pairs in found.items()}
        return {name: (found[name][pair], *pair) for name, pair in worst.items()}

    def beside_safe_a(self) -> dict[str, PerPhase]:
        """What each circuit carries besides all safe shares, by phase.

        More cannot flow there besides the chargers, or the safe shares would not be safe.
        """
        rest = self.beside_safe(self.limits_a({}))
        names = (circuit.name for circuit in self.tree.circuits)
        return {name: (rest[name, 0], rest[name, 1], rest[name, 2]) for name in names}

    def limits_a(self, others_a: Mapping[str, PerPhase] | None = None) -> dict[Room, float]:
        """What a load besides leaves for chargers on each phase; by default the most there may be.

        What others feed in makes no more room: it may be gone in a second.
        """
        others_a = self.others_max_a if others_a is None else others_a
        return {
            (circuit.name, phase): circuit.limit_a[phase]
            - max(0.0, others_a.get(circuit.name, NOTHING_A)[phase])
            for circuit in self.tree.circuits
            for phase in PHASES
        }


def _pairs_apart(phases: tuple[int, ...]) -> list[tuple[int, int]]:
    """Site phases of which a charger may load the first and not the second.

    A car on one phase loads the first of the charger's, one on two phases the first two.
    """
    if len(phases) < len(PHASES):
        return [(phases[0], other) for other in PHASES if other != phases[0]]
    first, second, third = phases
    return [(first, second), (first, third), (second, third)]


def _check(seat: Seat, tree: Tree) -> None:
    where = f"member {seat.member!r}"
    if not 1 <= len(seat.member) <= NAME_CHARS_MAX:
        raise SiteRefused(f"{where}: a name has 1 to {NAME_CHARS_MAX} characters")
    if seat.circuit not in tree.place:
        raise SiteRefused(f"{where}: {seat.circuit!r} is no circuit")
    if sorted(seat.phases) not in ([0], [1], [2], [0, 1, 2]):
        raise SiteRefused(
            f"{where}: phases {seat.phases}: must be one, or all three in their order"
        )
    is_share = seat.safe_a == 0.0 or CURRENT_A_MIN <= seat.safe_a <= CURRENT_A_MAX
    if not is_share or not math.isfinite(seat.safe_a):
        bounds = f"0, or {CURRENT_A_MIN:g} to {CURRENT_A_MAX:g} A"
        raise SiteRefused(f"{where}: safe share {seat.safe_a:g} A: must be {bounds}")
