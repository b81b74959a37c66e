"""Filling: all rise together, each until it has enough or a room of its is full (max-min fair).

A member stands in several rooms, one for each phase of each circuit above it. What it takes, it
takes in each of them. The level rises from event to event: a member's minimum is reached, its
wish is met, a room is full; so the work grows with the members, not with the amperes.
Amounts are whole tenths of an ampere; what rounding down leaves over is handed out in order.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

START, MET, FULL = 0, 1, 2  # events; of one level, members start before rooms are looked at
WAITING, RISING, FIXED = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Riser:
    """One who has ``low_da`` already, out of what is left, and can use up to ``high_da``."""

    rooms: tuple[int, ...]
    low_da: int
    high_da: int


def raised(risers: Sequence[Riser], left_da: list[int]) -> list[int]:
    """What each of them gets in all; ``left_da``, by room, is taken from."""
    given_da = [int(level) for level in _Rise(risers, left_da).levels()]
    for riser, amount_da in zip(risers, given_da, strict=True):
        for room in riser.rooms:
            left_da[room] -= amount_da - riser.low_da
    _hand_out(risers, given_da, left_da)
    return given_da


def _hand_out(risers: Sequence[Riser], given_da: list[int], left_da: list[int]) -> None:
    """Give a tenth more to each who can use it, in order, as often as that goes."""
    taking = list(range(len(risers)))
    while taking:
        taking = [
            place
            for place in taking
            if given_da[place] < risers[place].high_da
            and all(left_da[room] > 0 for room in risers[place].rooms)
            and _takes(risers[place], left_da)
        ]
        for place in taking:
            given_da[place] += 1


def _takes(riser: Riser, left_da: list[int]) -> bool:
    for room in riser.rooms:
        left_da[room] -= 1
    return True


class _Rise:
    """The level as it rises, and each room's rest as of the level when it was last looked at."""

    def __init__(self, risers: Sequence[Riser], left_da: Sequence[int]) -> None:
        self._risers = risers
        self._found = [float(riser.low_da) for riser in risers]
        self._state = bytearray(len(risers))
        self._rest = [float(each) for each in left_da]
        self._seen_at = [0.0] * len(left_da)
        self._slope = [0] * len(left_da)
        self._inside: list[list[int]] = [[] for _ in left_da]
        self._touched: set[int] = set()
        self._level = 0.0
        self._events = [(float(riser.low_da), START, place) for place, riser in enumerate(risers)]
        heapq.heapify(self._events)

    def levels(self) -> list[float]:
        """Where each of them stopped."""
        acts = {START: self._start, MET: self._meet, FULL: self._fill}
        while self._events:
            level, kind, which = heapq.heappop(self._events)
            self._level = max(self._level, level)
            acts[kind](which)
            if not self._events or self._events[0][:2] > (self._level, kind):
                self._look()
        return self._found

    def _start(self, place: int) -> None:
        self._state[place] = RISING
        for room in self._risers[place].rooms:
            self._turn(room, 1)
            self._inside[room].append(place)
        heapq.heappush(self._events, (float(self._risers[place].high_da), MET, place))

    def _meet(self, place: int) -> None:
        if self._state[place] == RISING:
            self._fix(place)

    def _fill(self, room: int) -> None:
        """A room may have been left by others meanwhile: then it is full later."""
        if self._slope[room] and self._full_at(room) > self._level:
            self._touched.add(room)
        elif self._slope[room]:
            for place in self._inside[room]:
                if self._state[place] == RISING:
                    self._fix(place)

    def _fix(self, place: int) -> None:
        self._state[place] = FIXED
        self._found[place] = min(self._level, float(self._risers[place].high_da))
        for room in self._risers[place].rooms:
            self._turn(room, -1)

    def _turn(self, room: int, by: int) -> None:
        self._rest[room] -= self._slope[room] * (self._level - self._seen_at[room])
        self._seen_at[room] = self._level
        self._slope[room] += by
        self._touched.add(room)

    def _look(self) -> None:
        for room in sorted(self._touched):
            if self._slope[room]:
                heapq.heappush(self._events, (self._full_at(room), FULL, room))
        self._touched.clear()

    def _full_at(self, room: int) -> float:
        rest = max(self._rest[room], 0.0)
        return self._seen_at[room] + rest / self._slope[room]
