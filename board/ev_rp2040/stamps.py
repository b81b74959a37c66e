"""Stamps: makes microseconds and duties of what the edge catchers counted; pure.

A word of a catcher is the low 31 bits of a counter that falls by one each 0.1 us, and the new
level. The counter comes round each 214 s; a word is never older than that when it is read.
Both interpreters; no floats.
"""

COUNTS_PER_US = 10
COUNTER_START = 0x7FFFFFFF
COUNTER_MASK = 0x7FFFFFFF
PERIOD_MIN, PERIOD_MAX = 9_000, 11_000  # counts: 1 kHz within 10 %
PERIOD = 10_000
STILL_US = 3_000  # without an edge the pilot stands
SLACK = 10_000_000  # counts: an edge may be newer than ``now`` by a second
UNKNOWN = -10_000  # far from any
GRAIN = 5  # counts; less is no new duty


def level_of(word: int) -> int:
    """The level after the edge."""
    return word & 1


def count_of(word: int, now_count: int) -> int:
    """The counts since the start at which the edge was, which is at most 213 s ago."""
    risen = (COUNTER_START - (word >> 1)) & COUNTER_MASK
    latest = now_count + SLACK
    return latest - ((latest - risen) & COUNTER_MASK)


class Duty:
    """Duty of the pilot from its edges, in counts of 0.1 us; reports only what is new."""

    def __init__(self) -> None:
        self.high = UNKNOWN  # of the last report, counts
        self.period = PERIOD
        self.at = 0  # when that began, counts
        self._rise = self._fall = self._edge = -1
        self._level = 0

    def forget(self) -> None:
        """Report again what is so now."""
        self.high = UNKNOWN

    def feed(self, at: int, level: int) -> bool:
        """Take an edge at ``at`` counts; True if the duty is a new one."""
        self._edge, self._level = at, level
        if not level:
            self._fall = at
            return False
        rise, self._rise = self._rise, at
        if not 0 <= rise < self._fall < at or not PERIOD_MIN <= at - rise <= PERIOD_MAX:
            return False
        return self._report(rise, self._fall - rise, at - rise)

    def look(self, now: int, level: int) -> bool:
        """Time has come to ``now`` counts; True if the line stands, and that is new."""
        if self._edge < 0 or self._level != level:
            self._edge, self._level = now, level  # an edge that was lost
        if now - self._edge < STILL_US * COUNTS_PER_US:
            return False
        is_missed = not self._level and self._rise >= 0
        begin = self._rise + PERIOD if is_missed else self._edge  # low: since a missing rise
        self._rise = self._fall = -1
        return self._report(begin, PERIOD * self._level, PERIOD)

    def _report(self, at: int, high: int, period: int) -> bool:
        if abs(high - self.high) <= GRAIN and abs(period - self.period) <= GRAIN:
            return False
        self.high, self.period, self.at = high, period, at
        return True
