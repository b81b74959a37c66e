"""Enforcement: a car that takes more than it is allowed is offered less, and then nothing.

Ring 1 ends a gross excess within seconds, by (offer + 0.5 A) times 1.1; what stays below that
would load a fuse for hours, and is judged here, by the station's meter. Only fresh readings that
follow each other count, and an unknown current is neither zero nor too much. A lower limit leaves
a car its time to follow. No I/O and no clock: times are monotonic seconds.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from ampkeeper.firmware.limits.ledger import CURRENT_A_MIN

FOLLOW_S = 15.0  # 5 s between two steps of the duty, 5 s for the car, both IEC 61851-1 Table A.6
#                  sequence 6, and 5 s until a reading of the meter is stale
EXCESS_S = 5.0  # of readings that all show too much, before anything is done
GAP_S = 5.0  # between two readings that follow each other
PEACE_S = 600.0  # without an excess, and a car may be offered less once more
PAST_MAX = 256  # limits of the last FOLLOW_S; of more the oldest goes: it is judged too early
KEPT, REDUCED, IGNORED = range(3)  # what came of a reading


@dataclass(frozen=True, slots=True)
class EnforcementRules:
    """What the owner chose. The margin is the larger of the two."""

    is_on: bool = True
    margin_a: float = 1.0
    margin_percent: float = 5.0

    def most_a(self, allowed_a: float) -> float:
        """What may be measured on any phase where so much is allowed."""
        return allowed_a + max(self.margin_a, allowed_a * self.margin_percent / 100)


class Enforcement:
    """The judgement on the car at one EVSE; begin anew for each transaction."""

    def __init__(self, rules: EnforcementRules) -> None:
        self._rules = rules
        self.correction_a = 0.0  # by which less is offered than is allowed
        self.excess_a = 0.0  # of the newest reading, above what is allowed
        self.phase = 0  # of it, 1 to 3
        self._limit_a = 0.0
        self._past: deque[tuple[float, float]] = deque(maxlen=PAST_MAX)  # until when, and A
        self._over_s: float | None = None  # since when all readings show too much
        self._seen_s: float | None = None  # the newest reading
        self._quiet_s = 0.0  # until when the car may still follow our own reduction
        self._reduced_s: float | None = None

    def allow(self, limit_a: float, now_s: float) -> None:
        """So much is allowed from now on, by all other sources."""
        if limit_a < self._limit_a:
            self._past.append((now_s + FOLLOW_S, self._limit_a))
        self._limit_a = limit_a

    def offered_a(self, floor_a: float = CURRENT_A_MIN) -> float:
        """What is offered instead; never less than a car can use, unless less is allowed."""
        return min(self._limit_a, max(floor_a, self._limit_a - self.correction_a))

    def feed(
        self,
        currents_a: Iterable[float | None],
        taken_s: float,
        now_s: float,
        floor_a: float = CURRENT_A_MIN,
    ) -> int:
        """Take a fresh reading; KEPT, REDUCED or IGNORED: the charge is to be stopped.

        ``floor_a``: the least that this car can use.
        """
        if self._seen_s is not None and taken_s <= self._seen_s:
            return KEPT
        follows = self._seen_s is not None and taken_s - self._seen_s <= GAP_S
        self._seen_s = taken_s
        known = [(amps, n) for n, amps in enumerate(currents_a, 1) if amps is not None]
        allowed_a = self._allowed_a(now_s)
        is_judged = self._rules.is_on and known and self._limit_a >= CURRENT_A_MIN
        if not is_judged or max(known)[0] <= self._rules.most_a(allowed_a):
            self._over_s = None
            return KEPT
        measured_a, self.phase = max(known)
        self.excess_a = measured_a - allowed_a
        if self._over_s is None or not follows:
            self._over_s = taken_s
        if taken_s - self._over_s < EXCESS_S or now_s < self._quiet_s:
            return KEPT
        return self._act(now_s, floor_a)

    def _act(self, now_s: float, floor_a: float) -> int:
        self._over_s = None
        was_reduced = self._reduced_s is not None and now_s - self._reduced_s < PEACE_S
        if was_reduced or self.offered_a(floor_a) <= floor_a:
            return IGNORED
        self._reduced_s = now_s
        self._quiet_s = now_s + FOLLOW_S
        self.correction_a += self.excess_a
        return REDUCED

    def _allowed_a(self, now_s: float) -> float:
        """The most that was allowed as long as a car may take to follow."""
        while self._past and self._past[0][0] <= now_s:
            self._past.popleft()
        return max([self._limit_a, *(past_a for _, past_a in self._past)])
