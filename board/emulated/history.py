"""History: a meter that answers with what was true some seconds ago.

Only kept while somebody asks for a lag; the newest value that is old enough is shown.
"""

from collections import deque

from ampkeeper.hal.ports import MeterReading

TAKE_MS = 500  # between two values kept
KEPT_MAX = 22  # 11 s, more than the longest lag


class History:
    """Readings of the last seconds with their age."""

    def __init__(self) -> None:
        self._kept: deque[tuple[int, MeterReading]] = deque(maxlen=KEPT_MAX)
        self._now_ms = 0

    def step(self, elapsed_ms: int) -> bool:
        """Let time pass; return True if a reading is due."""
        before = self._now_ms // TAKE_MS
        self._now_ms += elapsed_ms
        return self._now_ms // TAKE_MS != before or not self._kept

    def take(self, reading: MeterReading) -> None:
        """Keep what is true now."""
        self._kept.append((self._now_ms, reading))

    def forget(self) -> None:
        """Nobody asks for a lag."""
        self._kept.clear()
        self._now_ms = 0

    def at(self, lag_ms: int) -> MeterReading | None:
        """What was true so long ago, or the oldest that is known; None before the first."""
        found = None
        for taken_ms, reading in self._kept:
            if found is None or taken_ms <= self._now_ms - lag_ms:
                found = reading
        return found
