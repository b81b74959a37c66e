"""Surplus: charge with what the sun leaves, without flapping. Pure.

What is left is smoothed; charging begins when it has been enough for ``start_delay_s``, ends when
it has not been for ``stop_delay_s``, and stays as it is for a minimum time either way. No more
than ``starts_per_hour`` begin in any hour, whatever the sun does. In between the current follows:
down at once, up in steps.
"""

import math
from collections import deque
from dataclasses import dataclass

CURRENT_A_MIN = 6.0  # IEC 61851-1 Table A.8
HOUR_S = 3_600.0
SEEN_MAX = 240
UP_A = 0.5  # a smaller rise is not offered
UP_S = 10.0  # between two rises
DOWN_A = 0.2
TELL_W = 100.0  # how exactly the words tell what there is
WAITS = "waits for sun"


@dataclass(frozen=True, slots=True)
class SunRules:
    """How calmly the sun is followed; seconds, watts, and a voltage to neutral."""

    start_delay_s: float = 180.0
    stop_delay_s: float = 240.0
    on_s_min: float = 300.0
    off_s_min: float = 300.0
    starts_per_hour: int = 4
    smoothing_s: float = 20.0
    margin_w: float = 100.0  # so much may be imported while the current follows
    hysteresis_w: float = 200.0  # so much more than the least has to be there to begin
    hold_s: float = 30.0  # without a reading the last one counts for so long
    voltage_v: float = 230.0


@dataclass(frozen=True, slots=True)
class Sunny:
    """What the sun allows per phase, 0 or the car's least and more, and why.

    ``reason`` stays as long as that does; ``detail`` has numbers, which change all the time.
    """

    current_a: float
    reason: str
    detail: str = ""


class Smooth:
    """What there is, averaged over the last seconds."""

    def __init__(self, seconds: float, hold_s: float) -> None:
        self._seconds = seconds
        self._hold_s = hold_s
        self._seen: deque[tuple[float, float]] = deque(maxlen=SEEN_MAX)

    def see(self, taken_s: float, available_w: float) -> None:
        """So much was left at that moment."""
        if self._seen and taken_s <= self._seen[-1][0]:
            return
        self._seen.append((taken_s, available_w))
        while taken_s - self._seen[0][0] > self._seconds:
            self._seen.popleft()

    def power_w(self, now_s: float) -> float | None:
        """What there is; None: not known."""
        if not self._seen or now_s - self._seen[-1][0] > self._hold_s:
            return None
        return math.fsum(power_w for _, power_w in self._seen) / len(self._seen)


class Sun:
    """Follows the sun for one charger."""

    def __init__(self, rules: SunRules) -> None:
        self.rules = rules
        self.is_on = False
        self._turned_s = -math.inf  # when it was last switched on or off
        self._enough_s: float | None = None  # since when there is enough to begin
        self._short_s: float | None = None  # since when there is too little to go on
        self._starts: deque[float] = deque()
        self._offer_a = 0.0
        self._least_a = CURRENT_A_MIN  # of the car that is there
        self._raised_s = -math.inf

    def follow(
        self,
        power_w: float | None,
        phases: int,
        current_a_max: float,
        now_s: float,
        least_a: float = CURRENT_A_MIN,
    ) -> Sunny:
        """Allow what ``power_w`` is enough for on so many phases; None: not known.

        ``least_a``: per phase, that the car can use.
        """
        rules = self.rules
        volts = rules.voltage_v * phases
        least_w, self._least_a = least_a * volts, least_a
        while self._starts and now_s - self._starts[0] >= HOUR_S:
            self._starts.popleft()
        if power_w is None:
            return self._unknown(now_s)
        self._note(power_w, least_w, now_s)
        if not self.is_on:
            if not self._may_begin(now_s):
                return Sunny(0.0, WAITS, self._waits(power_w, least_w, now_s))
            self._turn(True, now_s)
            self._starts.append(now_s)
        elif self._must_end(now_s):
            self._turn(False, now_s)
            return Sunny(0.0, WAITS, self._waits(power_w, least_w, now_s))
        wanted_a = (power_w + rules.margin_w / 2) / volts
        self._move(max(least_a, min(current_a_max, wanted_a)), now_s)
        if self._short_s is None:
            return Sunny(self._offer_a, "follows the sun", _kw(power_w))
        patience = f"goes on for at most {_minutes(max(rules.stop_delay_s, rules.on_s_min))}"
        detail = f"{_kw(power_w)} of {_kw(least_w)}, {patience}"
        return Sunny(self._offer_a, "too little sun", detail)

    def glance(
        self,
        power_w: float | None,
        phases: int,
        now_s: float,
        least_a: float = CURRENT_A_MIN,
    ) -> Sunny:
        """What there is, for an EVSE where nobody wants to charge by the sun now."""
        self.rest()
        if power_w is None:
            return Sunny(0.0, WAITS, "the mains meter is silent")
        least_w = least_a * self.rules.voltage_v * phases
        return Sunny(0.0, WAITS, self._waits(power_w, least_w, now_s))

    def rest(self) -> None:
        """Nobody wants to charge: the next one begins from the start; starts stay counted."""
        if self.is_on:
            self.is_on = False
            self._offer_a = 0.0
        self._enough_s = self._short_s = None

    def _unknown(self, now_s: float) -> Sunny:
        if self.is_on:
            self._turn(False, now_s)
        self._enough_s = None
        return Sunny(0.0, WAITS, "the mains meter is silent")

    def _note(self, power_w: float, least_w: float, now_s: float) -> None:
        is_enough = power_w >= least_w + self.rules.hysteresis_w
        is_short = power_w < least_w - self.rules.margin_w
        self._enough_s = (
            (now_s if self._enough_s is None else self._enough_s) if is_enough else None
        )
        self._short_s = (now_s if self._short_s is None else self._short_s) if is_short else None

    def _may_begin(self, now_s: float) -> bool:
        rules = self.rules
        has_room = len(self._starts) < rules.starts_per_hour
        is_enough = self._enough_s is not None and now_s - self._enough_s >= rules.start_delay_s
        return is_enough and has_room and now_s - self._turned_s >= rules.off_s_min

    def _must_end(self, now_s: float) -> bool:
        rules = self.rules
        is_short = self._short_s is not None and now_s - self._short_s >= rules.stop_delay_s
        return is_short and now_s - self._turned_s >= rules.on_s_min

    def _turn(self, is_on: bool, now_s: float) -> None:
        self.is_on = is_on
        self._turned_s = now_s
        self._enough_s = self._short_s = None
        self._offer_a = self._least_a if is_on else 0.0
        self._raised_s = now_s

    def _move(self, wanted_a: float, now_s: float) -> None:
        if wanted_a <= max(self._offer_a - DOWN_A, self._least_a):
            self._offer_a = wanted_a
        elif wanted_a >= self._offer_a + UP_A and now_s - self._raised_s >= UP_S:
            self._offer_a = wanted_a
            self._raised_s = now_s

    def _waits(self, power_w: float, least_w: float, now_s: float) -> str:
        there = f"{_kw(power_w)} of {_kw(least_w + self.rules.hysteresis_w)}"
        rules = self.rules
        if self._enough_s is None:
            return f"{there} for {_minutes(rules.start_delay_s)}"
        if len(self._starts) >= rules.starts_per_hour:
            return f"{there}, but {rules.starts_per_hour} starts in an hour are enough"
        if now_s - self._turned_s < rules.off_s_min:
            return f"{there}, rests for {_minutes(rules.off_s_min)}"
        return f"{there}, has to last for {_minutes(rules.start_delay_s)}"


def _kw(power_w: float) -> str:
    rounded_w = max(0.0, round(power_w / TELL_W) * TELL_W)
    return f"{rounded_w / 1_000:.1f} kW"


def _minutes(seconds: float) -> str:
    return f"{seconds:g} s" if seconds < 60 or seconds % 60 else f"{seconds / 60:g} min"
