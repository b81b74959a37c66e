"""Leftover: what is left after the difference between phases was bounded, handed out. Pure.

A bound that keeps the phases close is found before all have what they get, so it may be closer
than it has to be. Here each takes more, in order, as far as no room is above what it carries and
no difference above what is allowed. A car that waits may be let in; nobody gets less.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby

from ampkeeper.firmware.site.circuits import PHASES
from ampkeeper.firmware.site.filling import Riser

STEPS_DA = (64, 16, 4, 1)  # what fits in one step fits in smaller ones: large ones are quicker


class Leftover:
    """The rest of all rooms, and what one- and two-phase cars take in those that are bounded.

    Room ``first`` and those behind it count what makes phases differ, three for each circuit;
    ``allowed_da`` is by how much they may, by the place of the circuit.
    """

    def __init__(
        self, left_da: Sequence[int], loads_da: Sequence[int], allowed_da: Mapping[int, int]
    ) -> None:
        self._left_da = list(left_da)
        self._loads_da = list(loads_da)
        self._first = len(left_da)
        self._allowed_da = allowed_da

    def hand_out(
        self, risers: Sequence[Riser], priorities: Sequence[int], given_da: list[int]
    ) -> None:
        """Raise ``given_da`` until nobody alone can use more; the highest priority comes first."""
        is_more = True
        while is_more:
            is_more = False
            for _, group in groupby(range(len(risers)), key=lambda place: priorities[place]):
                peers = list(group)
                is_more |= self._let_in(risers, peers, given_da)
                is_more |= self._raise(risers, peers, given_da)

    def _let_in(self, risers: Sequence[Riser], peers: list[int], given_da: list[int]) -> bool:
        found = False
        for place in peers:
            riser = risers[place]
            is_waiting = given_da[place] == 0 and riser.high_da >= riser.low_da
            if is_waiting and self._takes(riser, riser.low_da):
                given_da[place] = riser.low_da
                found = True
        return found

    def _raise(self, risers: Sequence[Riser], peers: list[int], given_da: list[int]) -> bool:
        found = False
        for step_da in STEPS_DA:
            taking = [place for place in peers if given_da[place]]
            while taking:
                taking = [
                    place
                    for place in taking
                    if given_da[place] + step_da <= risers[place].high_da
                    and self._takes(risers[place], step_da)
                ]
                for place in taking:
                    given_da[place] += step_da
                found |= bool(taking)
        return found

    def _takes(self, riser: Riser, amount_da: int) -> bool:
        """Take it, if that goes."""
        loaded = [room for room in riser.rooms if room < self._first]
        if any(self._left_da[room] < amount_da for room in loaded):
            return False
        sided = [room - self._first for room in riser.rooms if room >= self._first]
        for room in sided:
            self._loads_da[room] += amount_da
        if not all(self._is_level(place) for place in {room // len(PHASES) for room in sided}):
            for room in sided:
                self._loads_da[room] -= amount_da
            return False
        for room in loaded:
            self._left_da[room] -= amount_da
        return True

    def _is_level(self, place: int) -> bool:
        first = place * len(PHASES)
        by_phase = self._loads_da[first : first + len(PHASES)]
        return max(by_phase) - min(by_phase) <= self._allowed_da[place]
