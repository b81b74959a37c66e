"""Events: everything that happened, in order, for whoever listens on the control API.

The newest 10,000 are kept; a listener that asks for older ones is told how many are gone.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ampkeeper.firmware.faces.shapes import stamp

EVENTS_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. ``time`` is RFC 3339, UTC, with milliseconds."""

    id: int
    time: str
    kind: str
    fields: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """The event as listeners get it; ``fields`` cannot replace the first three."""
        head = {"id": self.id, "time": self.time, "kind": self.kind}
        return {**head, **self.fields, **head}


class EventLog:
    """A bounded ring; ``publish`` from anywhere in the loop's thread."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._ring: deque[Event] = deque(maxlen=EVENTS_MAX)
        self._news = asyncio.Event()
        self.is_closed = False

    @property
    def newest_id(self) -> int:
        """The id of the newest event; 0 before the first."""
        return self._ring[-1].id if self._ring else 0

    def publish(self, kind: str, /, **fields: Any) -> None:
        """Add an event; never blocks."""
        event = Event(self.newest_id + 1, stamp(self._now()), kind, fields)
        self._ring.append(event)
        self._wake()

    def after(self, event_id: int, count_max: int) -> tuple[int, list[Event]]:
        """How many after ``event_id`` are gone, and the next ones that are kept, in order."""
        if not self._ring or event_id >= self.newest_id:
            return 0, []
        oldest_id = self._ring[0].id
        lost = max(0, oldest_id - event_id - 1)
        first = max(0, event_id + 1 - oldest_id)
        last = min(len(self._ring), first + count_max)
        return lost, [self._ring[index] for index in range(first, last)]

    async def wait(self, timeout_s: float) -> bool:
        """Wait for the next event or the end; False after ``timeout_s`` without."""
        if self.is_closed:
            return True
        news = self._news
        try:
            async with asyncio.timeout(timeout_s):
                await news.wait()
        except TimeoutError:
            return False
        return True

    def close(self) -> None:
        """Let all listeners go."""
        self.is_closed = True
        self._wake()

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()
