"""Duty: what the edges of the pilot say: its duty in permille, or that it stands still; pure.

The median of some periods counts, so that one late stamp is no new duty. A line without an edge
for 3 ms stands: high is state X1, low is state F, or a pilot that is shorted or gone.
"""

from collections import deque
from collections.abc import Iterator

PERIOD_US_MIN, PERIOD_US_MAX = 900, 1_100
STILL_US = 3_000  # three periods of 1 kHz
PERIOD_US = 1_000

Seen = tuple[int, int]  # us, permille


class DutyMeter:
    """``feed`` it each edge in order; ``look`` now and then for a line that stands."""

    def __init__(self, median_of: int = 1) -> None:
        self._duties: deque[int] = deque(maxlen=median_of)
        self._rise_us: int | None = None
        self._fall_us: int | None = None
        self._edge_us: int | None = None
        self._level = 0

    def feed(self, at_us: int, level: int) -> Iterator[Seen]:
        """Take an edge; yield the duty, as of the period's begin, once it is known."""
        self._edge_us, self._level = at_us, level
        if not level:
            self._fall_us = at_us
            return
        rise_us, self._rise_us = self._rise_us, at_us
        fall_us = self._fall_us
        if rise_us is None or fall_us is None or not rise_us < fall_us < at_us:
            return
        if not PERIOD_US_MIN <= at_us - rise_us <= PERIOD_US_MAX:
            self._duties.clear()
            return
        self._duties.append(round((fall_us - rise_us) * 1_000 / (at_us - rise_us)))
        yield rise_us, sorted(self._duties)[len(self._duties) // 2]

    def look(self, now_us: int, level: int) -> Iterator[Seen]:
        """Yield a steady level: since its rise, or since a rise that did not come."""
        if self._edge_us is None:
            self._edge_us, self._level = now_us, level
        if now_us - self._edge_us >= STILL_US:
            self._duties.clear()
            is_missed = not self._level and self._rise_us is not None
            begin_us = (self._rise_us or 0) + PERIOD_US if is_missed else self._edge_us
            yield begin_us, 1_000 * self._level
