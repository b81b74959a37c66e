"""Allocator: who of a site's chargers gets how much, at one moment. Pure, and alike each time.

1. Who is in, in order of priority, then of turn: each gets the least that its car can use, if all
   circuits above it have that left on its phases; else it waits, and the next is asked.
2. The rest, one class of priority after the other, the highest first: all of a class rise
   together, each until its wish is met or a phase of a circuit above it is full (``filling.py``).
3. Where phases may not differ by more than so much, that bounds them; what the bound left is
   handed out (``leftover.py``).

So no circuit is above its limit on any phase, and nothing is left that one more could use.
Amounts are whole tenths of an ampere inside (``_da``): sums of them are exact.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from ampkeeper.firmware.site.circuits import PHASES, PerPhase, SiteRefused, Tree
from ampkeeper.firmware.site.filling import Riser, raised
from ampkeeper.firmware.site.leftover import Leftover

CURRENT_A_MIN = 6.0  # IEC 61851-1 Table A.8
CURRENT_A_MAX = 80.0  # the most that a pilot can say: IEC 61851-1 Table A.8
ROUNDS_MAX = 24  # of balancing the phases, each closer; then the bound that needs none, for each
UNBOUNDED_DA = 1 << 40
STEPS_PER_A = 10


@dataclass(frozen=True, slots=True)
class Claim:
    """What one charger could use now: A per phase, on the phases of the site that its car loads."""

    member: str
    circuit: str
    phases: tuple[int, ...]
    max_a: float
    min_a: float = CURRENT_A_MIN
    priority: int = 0  # the higher is served first
    turn: float = 0.0  # among equals the lower is let in first


class Allocator:
    """Shares what the circuits of one site can carry; it holds nothing but the site."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        circuits = enumerate(tree.circuits)
        self._bounded = [place for place, each in circuits if math.isfinite(each.imbalance_a)]

    def allocate(
        self,
        claims: Sequence[Claim],
        others_a: Mapping[str, PerPhase] | None = None,
        apart_a: Mapping[str, float] | None = None,
    ) -> dict[str, float]:
        """Amperes per phase for each member: 0, or at least its minimum and at most its wish.

        ``others_a`` is what flows in a circuit besides these, such as the house; ``apart_a``, by
        how much other chargers may make its phases differ. SiteRefused names a claim, or a
        circuit of ``others_a``, that cannot be.
        """
        allowed_da = {place: self._allowed_da(place, apart_a or {}) for place in self._bounded}
        ordered = sorted(claims, key=lambda claim: (-claim.priority, claim.turn, claim.member))
        _check(ordered, self._tree)
        room_da = self._room_da(others_a or {})
        for round_ in range(ROUNDS_MAX + len(self._bounded)):
            given_da = self._given(ordered, room_da)
            if not self._bounded or not self._tighten(
                ordered, given_da, room_da, allowed_da, round_
            ):
                break
        if self._bounded:
            self._hand_out(ordered, given_da, self._room_da(others_a or {}), allowed_da)
        pairs = zip(ordered, given_da, strict=True)
        return {claim.member: amount_da / STEPS_PER_A for claim, amount_da in pairs}

    def _given(self, ordered: Sequence[Claim], room_da: Sequence[int]) -> list[int]:
        left_da = list(room_da)
        risers = [self._riser(claim) for claim in ordered]
        given_da = [riser.low_da if _is_let_in(riser, left_da) else 0 for riser in risers]
        places = [place for place, amount_da in enumerate(given_da) if amount_da]
        for _, group in groupby(places, key=lambda place: ordered[place].priority):
            peers = list(group)
            results = raised([risers[place] for place in peers], left_da)
            for place, amount_da in zip(peers, results, strict=True):
                given_da[place] = amount_da
        return given_da

    def _riser(self, claim: Claim) -> Riser:
        """A room for each phase of each circuit above; another where one-sided loads count."""
        path, count = self._tree.path(claim.circuit), len(PHASES)
        rooms = [place * count + phase for place in path for phase in claim.phases]
        if self._bounded and len(claim.phases) < count:
            first = len(self._tree.circuits) * count
            rooms += [first + room for room in rooms if room // count in self._bounded]
        return Riser(tuple(rooms), math.ceil(_da(claim.min_a)), math.floor(_da(claim.max_a)))

    def _room_da(self, others_a: Mapping[str, PerPhase]) -> list[int]:
        unknown = sorted(others_a.keys() - self._tree.place.keys())
        if unknown:
            raise SiteRefused(f"load besides the chargers: {unknown[0]!r} is no circuit")
        room_da = []
        for circuit in self._tree.circuits:
            besides_a = others_a.get(circuit.name, (0.0, 0.0, 0.0))
            for limit_a, other_a in zip(circuit.limit_a, besides_a, strict=True):
                if not math.isfinite(other_a):
                    raise SiteRefused(f"load besides the chargers: {other_a} A in {circuit.name!r}")
                room_da.append(max(0, math.floor(_da(limit_a)) - math.ceil(_da(max(other_a, 0.0)))))
        return room_da + ([UNBOUNDED_DA] * len(room_da) if self._bounded else [])

    def _tighten(
        self,
        ordered: Sequence[Claim],
        given_da: Sequence[int],
        room_da: list[int],
        allowed_da: Mapping[int, int],
        round_: int,
    ) -> bool:
        """Bound the one-sided loads of circuits whose phases differ too much; False if none do.

        No phase may carry more than the least loaded one and the difference that is allowed. The
        least may sink by that, so it is repeated; in the end the difference alone is the bound.
        """
        loads = self._loads_da(ordered, given_da)
        count, found = len(PHASES), False
        for place in self._bounded:
            first = (len(self._tree.circuits) + place) * count
            by_phase = loads[first : first + count]
            if max(by_phase) - min(by_phase) > allowed_da[place]:
                bound_da = allowed_da[place] + (min(by_phase) if round_ < ROUNDS_MAX - 1 else 0)
                room_da[first : first + count] = [bound_da] * count
                found = True
        return found

    def _hand_out(
        self,
        ordered: Sequence[Claim],
        given_da: list[int],
        room_da: Sequence[int],
        allowed_da: Mapping[int, int],
    ) -> None:
        loads_da = self._loads_da(ordered, given_da)
        first = len(loads_da) // 2
        left_da = [room_da[room] - loads_da[room] for room in range(first)]
        leftover = Leftover(left_da, loads_da[first:], allowed_da)
        risers = [self._riser(claim) for claim in ordered]
        leftover.hand_out(risers, [claim.priority for claim in ordered], given_da)

    def _loads_da(self, ordered: Sequence[Claim], given_da: Sequence[int]) -> list[int]:
        """What flows in each room; in the second half of them, what makes phases differ."""
        loads_da = [0] * (2 * len(self._tree.circuits) * len(PHASES))
        for claim, amount_da in zip(ordered, given_da, strict=True):
            for room in self._riser(claim).rooms:
                loads_da[room] += amount_da
        return loads_da

    def _allowed_da(self, place: int, apart_a: Mapping[str, float]) -> int:
        circuit = self._tree.circuits[place]
        return max(0, math.floor(_da(circuit.imbalance_a - apart_a.get(circuit.name, 0.0))))


def _is_let_in(riser: Riser, left_da: list[int]) -> bool:
    """Take the minimum, if it is wished for and there is room for it."""
    low_da = riser.low_da
    if riser.high_da < low_da or any(left_da[room] < low_da for room in riser.rooms):
        return False
    for room in riser.rooms:
        left_da[room] -= low_da
    return True


def _da(current_a: float) -> float:
    """Tenths, without the last digits of a float: 16.1 A is 161."""
    return round(current_a * STEPS_PER_A, 6)


def _check(claims: Sequence[Claim], tree: Tree) -> None:
    seen: set[str] = set()
    for claim in claims:
        where = f"member {claim.member!r}"
        if claim.member in seen:
            raise SiteRefused(f"{where}: is there twice")
        seen.add(claim.member)
        if claim.circuit not in tree.place:
            raise SiteRefused(f"{where}: {claim.circuit!r} is no circuit")
        phases = claim.phases
        if not phases or len(set(phases)) != len(phases) or not set(phases) <= set(PHASES):
            raise SiteRefused(f"{where}: phases {phases}: must be some of 0, 1 and 2, each once")
        if not CURRENT_A_MIN <= claim.min_a <= CURRENT_A_MAX:
            bounds = f"{CURRENT_A_MIN:g} to {CURRENT_A_MAX:g} A"
            raise SiteRefused(f"{where}: minimum {claim.min_a:g} A: must be {bounds}")
        if not 0.0 <= claim.max_a <= CURRENT_A_MAX:
            raise SiteRefused(
                f"{where}: asks for {claim.max_a:g} A: must be 0 to {CURRENT_A_MAX:g} A"
            )
