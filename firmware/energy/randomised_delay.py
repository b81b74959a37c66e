"""Randomised delay: chargers of a whole country must not all do the same at once. Pure.

The Electric Vehicles (Smart Charge Points) Regulations 2021 (UK), SI 2021/1467, regulation 11: a
delay of up to 600 s, to the nearest second, that can be set to up to 1800 s, from afar too
((1)(c)), whenever charging would begin, after a power cut too, and whenever its rate would become
more or less, down to nothing. A person may skip it, and it is not for what was delayed already or
answers the grid.
"""

from collections.abc import Callable

DELAY_S_MAX = 1_800
DELAY_S_GB = 600
COUNTRY = "GB"


class RandomisedDelay:
    """The delay at one EVSE; ``random`` gives 0 up to, not including, 1.

    ``changes_at_s`` is when another rate takes effect, monotonic; None: none waits.
    """

    def __init__(self, most_s: int, random: Callable[[], float]) -> None:
        self.most_s = most_s
        self.changes_at_s: float | None = None
        self._random = random
        self._until_s: float | None = None  # None: nobody may begin yet
        self._last_s = -1  # the delay of the last occasion
        self._rate_a: float | None = None  # in force

    @property
    def is_drawn(self) -> bool:
        """True from an occasion until nobody may charge any more."""
        return self._until_s is not None

    def left_s(self, may_charge: bool, is_skipped: bool, now_s: float) -> float:
        """How long charging still waits; called whenever anything may have changed.

        ``may_charge``: nothing else is in the way. Once that ends, the next time is an occasion.
        """
        if not may_charge:
            self._until_s = None
            return 0.0
        if is_skipped:
            self._until_s = now_s
        elif self._until_s is None:
            self._until_s = now_s + self._draw()
        return max(0.0, self._until_s - now_s)

    def rate_a(self, wanted_a: float, is_flowing: bool, is_at_once: bool, now_s: float) -> float:
        """The rate in force while ``wanted_a`` is wanted; called as often as ``left_s``.

        While nothing flows any rate is taken: the delay of the start is the one that counts. What
        is wanted while another change waits takes its place and its moment, so that no number of
        changes puts one off for longer than the most.
        """
        is_free = self._rate_a is None or not is_flowing or is_at_once
        if is_free or wanted_a == self._rate_a:
            self.changes_at_s = None
        elif self.changes_at_s is None:
            self.changes_at_s = now_s + self._draw()
        if self._rate_a is None or self.changes_at_s is None or now_s >= self.changes_at_s:
            self._rate_a, self.changes_at_s = wanted_a, None
        return self._rate_a

    def _draw(self) -> int:
        """Another delay than the last, 0 to ``most_s``."""
        if self.most_s == 0:
            return 0
        drawn_s = int(self._random() * self.most_s)  # of all but one
        self._last_s = drawn_s if self._last_s < 0 or drawn_s < self._last_s else drawn_s + 1
        return self._last_s
