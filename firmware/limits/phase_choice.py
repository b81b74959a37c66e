"""Phase choice: on how many phases a car is to charge, where the board can switch them.

From three phases to one when less than 3 x 6 A has been there for a while, and back when more has
been there for longer: hysteresis in power and in time. A change wears the contactor, pauses the
car for a minute, and some cars never wake from it, so there is a least time between two, so many
in an hour and so many for one car. Only a limit of phases that somebody set is followed at once,
and that only down. No I/O and no clock: ``now_s`` is monotonic.
"""

from collections import deque
from dataclasses import dataclass

from ampkeeper.firmware.limits.ledger import CURRENT_A_MIN

ONE, THREE = 1, 3
HOUR_S = 3_600.0


@dataclass(frozen=True, slots=True)
class ChoiceRules:
    """What the owner chose. ``is_automatic`` False: only as a limit of phases says."""

    is_automatic: bool = True
    up_after_s: float = 300.0
    down_after_s: float = 120.0
    margin_w: float = 300.0  # above what three phases need at least, before it goes up
    between_s: float = 600.0
    per_hour_max: int = 4
    per_car_max: int = 10


@dataclass(frozen=True, slots=True)
class Offer:
    """What may flow. ``power_w`` None: nobody limits the power, only the current."""

    power_w: float | None
    phases_max: int  # 1: somebody allows no more
    voltage_v: float = 230.0  # nominal, line to neutral
    current_a_min: float = CURRENT_A_MIN  # the least that the car can use


@dataclass(frozen=True, slots=True)
class Car:
    """What is known of the car. ``uses``: phases that it takes when it is given three.

    ``given``: phases that the relay gives now. ``is_at_rest``: that says nothing of before, as
    the contactor is open, and the car may be given others.
    """

    is_plugged: bool
    was_charged: bool  # since it was plugged in: a change needs a pause
    may_switch: bool = True
    has_followed: bool = True  # no change is under way
    uses: int = THREE
    given: int = THREE
    is_at_rest: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """On how many phases, and why; ``waits``: what it is waiting for, in words that change."""

    phases: int
    reason: str
    waits: str = ""


class PhaseChoice:
    """The choice for one outlet with three phases and a relay."""

    def __init__(self, rules: ChoiceRules | None = None) -> None:
        self.rules = rules or ChoiceRules()
        self.choice = Choice(THREE, "all phases that are wired")
        self._is_new = True  # nothing was chosen for this car yet
        self._wish: int | None = None
        self._wish_since_s = 0.0
        self._moves_s: deque[float] = deque(maxlen=max(1, self.rules.per_hour_max))
        self._moves = 0  # under this car

    def decide(self, offer: Offer, car: Car, now_s: float) -> Choice:
        """What holds from now on."""
        if not car.is_plugged:
            self._forget_car()
            return self.choice
        present = self.choice.phases
        if self._is_new and car.was_charged and not car.is_at_rest:  # restarted under it
            self._is_new = False
            self.choice = Choice(car.given, "as it was before the start")
            present = car.given
        elif self._is_new:
            self._is_new = False
            return self._take(self._first(offer, car), now_s, is_move=False)
        if offer.phases_max < present:
            return self._down_by_limit(car, now_s)
        target, reason, after_s = self._target(offer, car)
        if target == present:
            self._wish = None
            self.choice = Choice(present, reason)
            return self.choice
        if self._wish != target:
            self._wish, self._wish_since_s = target, now_s
        left_s = self._wish_since_s + after_s - now_s
        held = self._held_by(car, now_s)
        if left_s <= 0.0 and not held:
            return self._take(Choice(target, reason), now_s, car.was_charged)
        soon = f"{target} {_phases(target)} in {left_s:.0f} s"
        self.choice = Choice(present, self.choice.reason, held or soon)
        return self.choice

    def keep(self, phases: int, reason: str) -> Choice:
        """The relay does not follow: what it gives is what there is."""
        self._wish = None
        self.choice = Choice(phases, reason)
        return self.choice

    def _first(self, offer: Offer, car: Car) -> Choice:
        """For a car that has just come: at once, nothing has to pause."""
        if offer.phases_max < THREE:
            return Choice(ONE, "a limit allows one phase")
        if self.rules.is_automatic and self._is_too_little(offer, car):
            return Choice(ONE, "not enough power for three phases")
        return Choice(THREE, "all phases that are wired")

    def _target(self, offer: Offer, car: Car) -> tuple[int, str, float]:
        """Which phases would be right, why, and for how long that has to be so."""
        present, rules = self.choice.phases, self.rules
        if offer.phases_max < THREE:
            return ONE, "a limit allows one phase", 0.0
        if not rules.is_automatic or offer.power_w is None:
            return THREE, "all phases that are wired", 0.0
        if present == THREE:
            if self._is_too_little(offer, car):
                return ONE, "not enough power for three phases", rules.down_after_s
            return THREE, "all phases that are wired", 0.0
        if car.uses == ONE:
            return ONE, "the car takes one phase", 0.0
        if offer.power_w >= _least_w(offer, car.uses) + rules.margin_w:
            return THREE, "enough power for three phases", rules.up_after_s
        return ONE, "not enough power for three phases", 0.0

    def _is_too_little(self, offer: Offer, car: Car) -> bool:
        """Three phases would pause the car, and one would not."""
        if offer.power_w is None or car.uses == ONE:
            return False
        return _least_w(offer, ONE) <= offer.power_w < _least_w(offer, car.uses)

    def _down_by_limit(self, car: Car, now_s: float) -> Choice:
        """Nobody may be given more phases than are allowed; where it cannot be, he waits."""
        self._wish = None
        wish = Choice(ONE, "a limit allows one phase")
        if car.was_charged and not car.may_switch:
            wish = Choice(ONE, "a limit allows one phase; this car waits: it must not be switched")
        return self._take(wish, now_s, car.was_charged)

    def _held_by(self, car: Car, now_s: float) -> str:
        """What keeps a charged car from being switched now; empty: nothing."""
        if not car.was_charged:
            return ""
        if not car.may_switch:
            return "this car must not be switched while it is plugged in"
        if not car.has_followed:
            return "the last change is not over"
        if self._moves >= self.rules.per_car_max:
            return f"{self._moves} changes under this car are enough"
        if self._moves_s and now_s < self._moves_s[-1] + self.rules.between_s:
            left_s = self._moves_s[-1] + self.rules.between_s - now_s
            return f"the last change is too fresh, {left_s:.0f} s more"
        is_full = len(self._moves_s) == self._moves_s.maxlen
        if is_full and now_s < self._moves_s[0] + HOUR_S:
            return f"{len(self._moves_s)} changes in an hour are enough"
        return ""

    def _take(self, choice: Choice, now_s: float, is_move: bool) -> Choice:
        if is_move and choice.phases != self.choice.phases:
            self._moves += 1
            self._moves_s.append(now_s)
        self._wish = None
        self.choice = choice
        return choice

    def _forget_car(self) -> None:
        """What was done in the last hour stays known: the relay is the same."""
        self._is_new, self._wish, self._moves = True, None, 0
        self.choice = Choice(self.choice.phases, self.choice.reason)


def _least_w(offer: Offer, phases: int) -> float:
    return phases * offer.current_a_min * offer.voltage_v


def _phases(count: int) -> str:
    return "phase" if count == ONE else "phases"
