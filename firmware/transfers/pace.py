"""Pace: how long to wait so that a transfer keeps to its bandwidth, and when it is too slow.

A server that gives a byte now and then would hold a transfer for ever (the slow retrieval attack
of TUF): less than ``BYTES_MIN`` in ``WINDOW_S`` ends the attempt.
"""

from dataclasses import dataclass

WINDOW_S = 120.0
BYTES_MIN = 12_000  # 100 B/s: half of what GPRS gives at its worst
WAIT_S_MAX = 5.0  # of one wait: the rate may be changed meanwhile
WAIT_S_MIN = 0.001
CREDIT_S = 1.0  # what was not used before that is lost


@dataclass(slots=True)
class Pace:
    """One attempt. ``rate`` is in bytes a second, 0: as fast as it goes."""

    began_s: float
    window_s: float = WINDOW_S
    _looked_s: float = 0.0
    _owed_bytes: float = 0.0  # gone too early; negative: may still go
    _begun_s: float = 0.0  # the window
    _window_bytes: int = 0
    _waited_s: float = 0.0

    def __post_init__(self) -> None:
        self._looked_s = self._begun_s = self.began_s

    def wait_s(self, count: int, rate: int, now_s: float) -> float:
        """``count`` bytes have gone: how long to wait, and ask again with none; 0: go on."""
        self._window_bytes += count
        passed_s, self._looked_s = now_s - self._looked_s, now_s
        if rate <= 0:
            self._owed_bytes = 0.0
            return 0.0
        self._owed_bytes = max(self._owed_bytes - passed_s * rate, -CREDIT_S * rate) + count
        wait_s = min(WAIT_S_MAX, self._owed_bytes / rate)
        if wait_s < WAIT_S_MIN:
            return 0.0
        self._waited_s += wait_s
        return wait_s

    def is_too_slow(self, now_s: float) -> bool:
        """True if hardly anything came for ``window_s``; our own waits do not count."""
        if now_s - self._begun_s - self._waited_s < self.window_s:
            return False
        was_slow = self._window_bytes < BYTES_MIN
        self._begun_s, self._window_bytes, self._waited_s = now_s, 0, 0.0
        return was_slow
