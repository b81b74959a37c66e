"""History: which limit bound, from when on; what flickers is one change.

Another source or reason, a pause and its end are written at once, unless something was written
in the last ``FLICKER_S``; another current of the same source, unless in the last ``MOVES_S``: a
sun behind clouds is one line a minute. What binds when the time is over is written, with how many
changes it stands for; so the newest line is never longer than that behind the ledger.
No I/O and no clock.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from ampkeeper.firmware.limits.ledger import Entry

FLICKER_S = 10.0
MOVES_S = 60.0


@dataclass(frozen=True, slots=True)
class Moment:
    """What bound from ``at`` on. ``current_a`` as offered: 0, or 6 and more."""

    at: datetime
    source: str
    current_a: float
    reason: str
    changes: int = 1


class History:
    """Of one EVSE."""

    def __init__(self) -> None:
        self._written: Moment | None = None
        self._written_s = 0.0
        self._seen: Moment | None = None  # the newest, with the changes since the written one

    def note(
        self, binding: Entry | None, offered_a: float, now: datetime, now_s: float
    ) -> Moment | None:
        """Look at what binds now; return what is to be written, if anything."""
        if binding is None:
            return None
        seen = Moment(now, binding.source, offered_a, binding.reason)
        if self._seen is None:
            self._written_s = now_s  # the first words after a start are not the last
            self._seen = seen
        elif _differs(seen, self._seen):
            self._seen = replace(seen, changes=self._seen.changes + 1)
        if self._written is not None and not _differs(self._seen, self._written):
            return None
        if now_s - self._written_s < self._wait_s(self._seen):
            return None
        self._written, self._written_s = self._seen, now_s
        self._seen = replace(self._seen, changes=0)
        return self._written

    def _wait_s(self, seen: Moment) -> float:
        before = self._written
        if before is None or (before.source, before.reason) != (seen.source, seen.reason):
            return FLICKER_S
        return MOVES_S if before.current_a and seen.current_a else FLICKER_S


def _differs(one: Moment, other: Moment) -> bool:
    return (one.source, one.current_a, one.reason) != (
        other.source,
        other.current_a,
        other.reason,
    )
