"""A periodic event stream (2.1, N11 to N15): what a periodic monitor sees, sent in bundles.

Pure: values go in, bundles come out. When nobody takes them, the oldest values go.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

VALUES_MAX = 1_000  # that wait
BUNDLE_MAX = 100  # values of one message


@dataclass(frozen=True, slots=True)
class Rate:
    """When a bundle is due: every so many seconds, or at so many values; 0: not for that."""

    interval_s: int = 0
    values: int = 0

    @property
    def is_any(self) -> bool:
        """True if a bundle is ever due (N11.FR.09)."""
        return self.interval_s > 0 or self.values > 0


@dataclass(frozen=True, slots=True)
class Bundle:
    """Values with their times, of one stream; ``pending`` more wait."""

    stream_id: int
    values: tuple[tuple[datetime, str], ...]
    pending: int


@dataclass(frozen=True, slots=True)
class Opened:
    """A stream that wants to be opened, or is there."""

    stream_id: int
    monitor_id: int
    rate: Rate


@dataclass(frozen=True, slots=True)
class Closed:
    """A stream that is over."""

    stream_id: int


StreamWord = Opened | Bundle | Closed


@dataclass(slots=True)
class Stream:
    """One stream; ``is_open``: the central system takes it."""

    id: int
    monitor_id: int
    rate: Rate
    is_open: bool = False
    next_s: float = 0.0  # monotonic
    waiting: deque[tuple[datetime, str]] = field(default_factory=lambda: deque(maxlen=VALUES_MAX))

    @property
    def opened(self) -> Opened:
        """As it is told."""
        return Opened(self.id, self.monitor_id, self.rate)

    def adjust(self, rate: Rate, now_s: float) -> None:
        """Another rate, from now on (N14.FR.03)."""
        self.rate = rate
        self.next_s = now_s + rate.interval_s

    def take_due(self, now_s: float, is_over: bool = False) -> list[Bundle]:
        """What is due (N15.FR.06 to FR.08); all that waits if the stream is over (N13.FR.03)."""
        is_time = self.rate.interval_s > 0 and now_s >= self.next_s
        if is_time:
            self.next_s = now_s + self.rate.interval_s
        size = min(self.rate.values or BUNDLE_MAX, BUNDLE_MAX)
        bundles = []
        while self.waiting and (is_over or is_time or 0 < self.rate.values <= len(self.waiting)):
            count = min(size, len(self.waiting))
            values = tuple(self.waiting.popleft() for _ in range(count))
            bundles.append(Bundle(self.id, values, len(self.waiting)))
        return bundles
