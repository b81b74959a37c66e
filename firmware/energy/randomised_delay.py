"""Randomised delay: chargers of a whole country must not all begin at the same second. Pure.

The Electric Vehicles (Smart Charge Points) Regulations 2021 (UK), regulation 11: a delay of up to
600 s, to the nearest second, another one on each occasion, that can be set to up to 1800 s; a
person may skip it. It applies whenever charging would begin, after a power cut too.
"""

from collections.abc import Callable

DELAY_S_MAX = 1_800
DELAY_S_GB = 600
COUNTRY = "GB"


class RandomisedDelay:
    """The delay at one EVSE; ``random`` gives 0 up to, not including, 1."""

    def __init__(self, most_s: int, random: Callable[[], float]) -> None:
        self.most_s = most_s
        self._random = random
        self._until_s: float | None = None  # None: nobody may begin yet
        self._last_s = -1  # the delay of the last occasion

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

    def _draw(self) -> int:
        """Another delay than the last, 0 to ``most_s``."""
        if self.most_s == 0:
            return 0
        drawn_s = int(self._random() * self.most_s)  # of all but one
        self._last_s = drawn_s if self._last_s < 0 or drawn_s < self._last_s else drawn_s + 1
        return self._last_s
