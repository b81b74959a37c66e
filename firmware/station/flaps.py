"""Flaps: a fault that comes and goes all the time counts as one that is there. Pure.

A loose switch may raise a fault of ring 1, and let it go, several times a second. Told and written
down each time, it would flood the central system, and push all else out of the history of faults
and out of the traces, of which only the newest are kept.
"""

from collections import deque

TIMES = 5  # begun so often ...
WITHIN_S = 60.0  # ... in this time: it flaps
CALM_S = 30.0  # without it, and it is over


class Flaps:
    """The faults of one EVSE as ring 1 shows them."""

    def __init__(self) -> None:
        self._shown: set[int] = set()
        self._begun_s: dict[int, deque[float]] = {}  # the last ``TIMES`` of each
        self._seen_s: dict[int, float] = {}
        self._traced: set[int] = set()  # of what flaps

    def note(self, codes: set[int], now_s: float) -> set[int]:
        """Take what a report shows; return that, and what flaps."""
        for code in codes - self._shown:
            self._begun_s.setdefault(code, deque(maxlen=TIMES)).append(now_s)
        self._shown = set(codes)
        self._seen_s.update(dict.fromkeys(codes, now_s))
        flapping = {code for code in self._begun_s if self.is_flapping(code, now_s)}
        self._traced &= flapping
        return codes | flapping

    def wants_trace(self, code: int, now_s: float) -> bool:
        """Tell whether a trace of a fault is to be kept: of one that flaps, one."""
        if not self.is_flapping(code, now_s):
            return True
        is_first = code not in self._traced
        self._traced.add(code)
        return is_first

    def is_flapping(self, code: int, now_s: float) -> bool:
        """Tell whether a fault came too often, and was not away for long since."""
        begun_s = self._begun_s.get(code, deque())
        is_often = len(begun_s) == TIMES and begun_s[-1] - begun_s[0] <= WITHIN_S
        return is_often and now_s - self._seen_s[code] < CALM_S
