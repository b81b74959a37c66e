"""Refused: a line in the audit for wrong secrets, and one for many.

Who guesses cannot push the others out of the audit; each kind of try is counted by itself.
"""

from dataclasses import dataclass

from ampkeeper.firmware.station.audit import Audit, By
from ampkeeper.hal.ports import Clock

EVERY_S = 10.0  # a line of each kind, at most


@dataclass(slots=True)
class Count:
    """Tries of one kind since the last line, which was written when (monotonic)."""

    tries: int = 0
    written_s: float | None = None


class Refused:
    """Counts what was refused for a wrong secret, and writes it down."""

    def __init__(self, audit: Audit, clock: Clock) -> None:
        self._audit = audit
        self._clock = clock
        self._counts: dict[str, Count] = {}

    async def note(self, by: By, action: str) -> bool:
        """One more; True if a line was written. ``action``: one of ours, never what was sent."""
        count = self._counts.setdefault(action, Count())
        count.tries += 1
        now_s = self._clock.now_s()
        if count.written_s is not None and now_s - count.written_s < EVERY_S:
            return False
        tries, count.tries, count.written_s = count.tries, 0, now_s
        await self._audit.note(by, action, "", f"refused, {tries} times since the last line")
        return True
