"""Selftest: what became of each self-test: result, value, bounds, duration, age.

The numbers are those of the list in section 4.1 of the self-test sheet: 1 to 29 run on this
board, 30 to 34 on the station. ``rounds`` decides the results; the link fetches what changed.
"""

from array import array

from ampkeeper.firmware.safety.signals import UNKNOWN
from ampkeeper.firmware.safety.units import COUNT_MAX, const

NOT_RUN, RUNNING, PASSED, FAILED, ABSENT = range(5)  # ABSENT: this board has no means to run it
LAST = const(29)
GENERATOR = const(0x10000)  # bit 16 of ``checks_*``: 1 kHz to 0.5 %, duty to 5 us; REQ-CP-06
_SIZE = const(30)
_ALL = const(0x3FFFFFFE)  # bits 1 to 29
_COUNT_MAX = const(65_535)
_SECOND_MS = const(1_000)


class SelfTests:
    """The results. Index every array by the number of the self-test, 1 to 29."""

    def __init__(self) -> None:
        self.result = bytearray(_SIZE)
        self.value = array("i", [UNKNOWN] * _SIZE)
        self.low = array("i", [UNKNOWN] * _SIZE)  # bounds, UNKNOWN where there is none
        self.high = array("i", [UNKNOWN] * _SIZE)
        self.duration_ms = array("i", [0] * _SIZE)
        self.count = array("H", [0] * _SIZE)  # runs; of a test that never ends, changes
        self._at_s = array("i", [0] * _SIZE)
        self._changed = 0  # bit n: test n was not fetched since
        self._now_s = 0
        self._now_ms = 0

    def tick(self, passed_ms: int) -> None:
        """Let time pass."""
        self._now_ms += passed_ms
        if self._now_ms >= _SECOND_MS:
            self._now_ms -= _SECOND_MS
            self._now_s = min(self._now_s + 1, COUNT_MAX)

    def begin(self, number: int) -> None:
        """A run has begun."""
        self.result[number] = RUNNING
        self._changed |= 1 << number

    def finish(self, number: int, is_good: bool, value: int, low: int, high: int, ms: int) -> None:
        """A run that took ``ms`` has ended."""
        self._note(number, PASSED if is_good else FAILED, value, low, high)
        self.duration_ms[number] = ms
        self._changed |= 1 << number
        self.count[number] = min(self.count[number] + 1, _COUNT_MAX)

    def watch(
        self, number: int, result: int, value: int, low: int, high: int, is_asked: bool
    ) -> None:
        """Take what a test shows that never ends; a change is another result, or a question."""
        if is_asked or result != self.result[number]:
            self._changed |= 1 << number
            self.count[number] = min(self.count[number] + 1, _COUNT_MAX)
        self._note(number, result, value, low, high)

    def age_s(self, number: int) -> int:
        """Return how long ago the result was found."""
        return self._now_s - self._at_s[number]

    def report_all(self) -> None:
        """Let every result count as changed."""
        self._changed = _ALL

    def next_changed(self) -> int:
        """Return the number of a result to fetch, and take it as fetched; 0: none."""
        if self._changed == 0:
            return 0
        number = 1
        while not self._changed >> number & 1:
            number += 1
        self._changed &= ~(1 << number)
        return number

    def _note(self, number: int, result: int, value: int, low: int, high: int) -> None:
        self.result[number] = result
        self.value[number] = value
        self.low[number] = low
        self.high[number] = high
        self._at_s[number] = self._now_s
