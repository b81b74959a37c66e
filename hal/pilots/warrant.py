"""Warrant: what a bought board may be told to offer now. Pure.

It keeps the rules that ring 1 keeps on boards of our own and that a bought board does not know:
a permit older than 2 s is none; faults that only a person clears stay until one does; what is
offered rises at most every 5 s, so that a car can follow (IEC 61851-1 Table A.6, seq. 6).
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from ampkeeper.hal.pilots.codes import NO_STOP, PERMIT_EXPIRED, PERMIT_WITHDRAWN, SERVICE
from ampkeeper.hal.ports import Permit

PERMIT_S = 2.0  # a permit's life
RAISE_S = 5.0  # from one change of what is offered to the next rise
OFFER_MA_MIN = 6_000  # IEC 61851-1 Table A.8: less cannot be offered


@dataclass(frozen=True, slots=True)
class Rating:
    """What the circuit behind a bought board carries, and the steps in which it is told."""

    max_ma: int
    phases: int
    step_ma: int = 1_000


class Warrant:
    """Permit, latched faults and pace of one board."""

    def __init__(self, rating: Rating) -> None:
        self.rating = rating
        self.latched: set[int] = set()
        self.in_force_ma = 0  # what the board was last told, and took
        self._changed_s = -math.inf
        self._permit: Permit | None = None
        self._granted_s = -math.inf

    def start(self) -> None:
        """Begin anew, without a permit; what is latched stays, and so does the pace."""
        self._permit = None

    def grant(self, permit: Permit, now_s: float) -> None:
        """Take a permit; it is forgotten after ``PERMIT_S``."""
        assert math.isfinite(permit.current_a), f"{permit.current_a} A is no current"
        assert permit.phases in (1, 3), f"{permit.phases} phases"
        self._permit = permit
        self._granted_s = now_s

    def why_not(self, now_s: float) -> int:
        """Return the stop reason that the permit gives; NO_STOP while it allows a current."""
        permit = self._permit
        if permit is None or now_s - self._granted_s > PERMIT_S:
            return PERMIT_EXPIRED
        return NO_STOP if self._permitted_ma(permit) else PERMIT_WITHDRAWN

    def granted_ma(self, now_s: float) -> int:
        """Return what the permit allows, in whole steps; 0 if there is none."""
        if self._permit is None or self.why_not(now_s) != NO_STOP:
            return 0
        return self._permitted_ma(self._permit)

    def next_ma(self, is_held: bool, now_s: float) -> int:
        """Return what the board shall offer now: down at once, up in time."""
        wanted_ma = 0 if is_held or self.latched else self.granted_ma(now_s)
        if wanted_ma > self.in_force_ma and now_s - self._changed_s < RAISE_S:
            return self.in_force_ma
        return wanted_ma

    def took(self, current_ma: int, now_s: float) -> None:
        """The board says that it was told ``current_ma``."""
        if current_ma != self.in_force_ma:
            self.in_force_ma = current_ma
            self._changed_s = now_s

    def latch(self, faults: Iterable[int]) -> None:
        """Keep those of ``faults`` that only a person clears."""
        self.latched |= SERVICE.intersection(faults)

    def _permitted_ma(self, permit: Permit) -> int:
        """What one permit allows. No board here can open two of three phases: none then."""
        if not permit.in_service or permit.phases < self.rating.phases:
            return 0
        most_ma = min(math.floor(permit.current_a * 1_000 + 0.5), self.rating.max_ma)
        whole_ma = most_ma // self.rating.step_ma * self.rating.step_ma
        return whole_ma if whole_ma >= OFFER_MA_MIN else 0
