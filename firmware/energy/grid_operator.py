"""Grid operator: the cap on the whole station that the operator of the grid may order. Pure.

§14a EnWG (BNetzA BK6-22-300): a charging point is reduced to no less than 4.2 kW, at once, for as
long as the order lasts. An input that has to be heard again and again and falls silent keeps the
cap: an order that was not taken back holds. An order ends by itself after ``duration_s_max``, if
that is configured; a release may be drawn out at random, so that not all chargers begin at once.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ampkeeper.firmware.share import fitting

FREE, CAPPED, SILENT, RELEASING = range(4)  # states
ORDER, RELEASE, LOST, OVER, DUE = range(5)  # events
STATES = ("free", "capped", "silent", "releasing")
EVENTS = ("order", "release", "lost", "over", "due")
# ORDER    a cap is ordered, or another one;  RELEASE: it is taken back
# LOST     the input was not heard for too long
# OVER     the order has lasted as long as it may
# DUE      the random delay of the release is over

# A pair without a row changes nothing.
# fmt: off
TABLE = (
    # state      event    next       capped
    (FREE,      ORDER,   CAPPED,    1),
    (FREE,      LOST,    SILENT,    1),  # what is not known is not free
    (CAPPED,    ORDER,   CAPPED,    1),
    (CAPPED,    RELEASE, RELEASING, 1),
    (CAPPED,    LOST,    SILENT,    1),
    (CAPPED,    OVER,    RELEASING, 1),
    (SILENT,    ORDER,   CAPPED,    1),
    (SILENT,    RELEASE, RELEASING, 1),
    (RELEASING, ORDER,   CAPPED,    1),
    (RELEASING, DUE,     FREE,      0),
    (RELEASING, LOST,    SILENT,    1),
)
# fmt: on
WORDS = {
    CAPPED: "reduced by the grid operator",
    SILENT: "the grid operator is not heard: reduced until he is",
    RELEASING: "released by the grid operator, goes on after a random delay",
}
POWER_W_MIN = 4_200.0  # §14a: never less for one charging point


@dataclass(frozen=True, slots=True)
class GridRules:
    """What was configured. ``hold_s`` None: the input need not be heard again."""

    power_w: float = POWER_W_MIN
    hold_s: float | None = None
    duration_s_max: float | None = None
    release_s_max: float = 0.0  # of the random delay


class GridOperator:
    """The order in force."""

    def __init__(self, rules: GridRules, now_s: float | None = None) -> None:
        """``now_s`` None: time begins with the first word or tick."""
        self.rules = rules
        self.state = FREE
        self.is_capped = False
        self.commanded_w = rules.power_w
        self._is_new = now_s is None
        self._heard_s = self._ordered_s = self._due_s = now_s or 0.0

    def resume(self, power_w: float | None, is_released: bool) -> None:
        """Go on with an order of another life: its time, or that of its release, begins anew."""
        self.order(power_w, 0.0)
        if is_released:
            self._feed(RELEASE)
        self._is_new = True

    @property
    def power_w(self) -> float | None:
        """What all EVSEs together may draw; None: no cap."""
        return self.commanded_w if self.is_capped else None

    def release_in_s(self, now_s: float) -> float | None:
        """How long the random delay of a release still lasts; None: none is drawn out."""
        if self.state != RELEASING:
            return None
        return max(0.0, self._due_s - now_s) if not self._is_new else self.rules.release_s_max

    @property
    def reason(self) -> str:
        """In words that stay as long as the state does; empty: no cap."""
        return WORDS.get(self.state, "")

    def order(self, power_w: float | None, now_s: float) -> bool:
        """A cap of so many W, None: the configured one; never below it. True: it is another."""
        before = self.state, self.commanded_w
        self._begin(now_s, 0.0)
        self._heard_s = now_s
        if self.state in (FREE, SILENT, RELEASING):
            self._ordered_s = now_s
        self.commanded_w = max(self.rules.power_w, power_w or 0.0)
        self._feed(ORDER)
        return before != (self.state, self.commanded_w)

    def release(self, now_s: float, chance: float) -> bool:
        """The order is taken back; ``chance`` 0 to 1 draws the delay. True: it was in force."""
        self._begin(now_s, chance)
        self._heard_s = now_s
        if not self._feed(RELEASE):
            return False  # said again: the delay goes on
        self._due_s = now_s + chance * self.rules.release_s_max
        return True

    def hear(self, now_s: float) -> None:
        """The input is heard and says nothing new."""
        self._heard_s = now_s

    def lose(self) -> bool:
        """The input cannot be read, which is known at once. True: it was not known before."""
        return self._feed(LOST)

    def tick(self, now_s: float, chance: float) -> bool:
        """Let time pass; True if the state changed."""
        before, rules = self.state, self.rules
        self._begin(now_s, chance)
        if rules.hold_s is not None and now_s >= self._heard_s + rules.hold_s:
            self._feed(LOST)
        lasts_s = now_s - self._ordered_s
        has_end = self.state == CAPPED and rules.duration_s_max is not None
        if has_end and lasts_s >= (rules.duration_s_max or 0.0) and self._feed(OVER):
            self._due_s = now_s + chance * rules.release_s_max
        if self.state == RELEASING and now_s >= self._due_s:
            self._feed(DUE)
        return self.state != before

    def _begin(self, now_s: float, chance: float) -> None:
        """The clock of this life is known from here on."""
        if self._is_new:
            self._is_new = False
            self._heard_s = self._ordered_s = now_s
            self._due_s = now_s + chance * self.rules.release_s_max

    def _feed(self, event: int) -> bool:
        for state, on, next_state, capped in TABLE:
            if (state, on) == (self.state, event):
                self.state, self.is_capped = next_state, bool(capped)
                return True
        return False


def shares(total_w: float, least_w: Sequence[float]) -> tuple[float, ...]:
    """The part of each EVSE, by the least that it can use, in the order in which they came.

    Who cannot have his least any more waits, and keeps nobody from less; what is left is shared
    equally. Never more than ``total_w`` together.
    """
    served = fitting(total_w, dict(enumerate(least_w)))
    extra_w = (total_w - math.fsum(least_w[one] for one in served)) / max(1, len(served))
    return tuple(
        need_w + extra_w if place in served else 0.0 for place, need_w in enumerate(least_w)
    )
