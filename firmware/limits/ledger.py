"""The limit ledger: every source that limits the current, and the one that binds.

Each source has at most one entry. The smallest current binds; among equals, the one that has been
there longest, so that a tie does not flap. An expired entry falls to what its source declared
when it was set. No I/O and no clock: ``now`` is an argument (aware UTC).
"""

from dataclasses import dataclass, replace
from datetime import datetime

CURRENT_A_MIN = 6.0  # IEC 61851-1 Table A.8: the pilot cannot offer less
SOURCES_MAX = 64


@dataclass(frozen=True, slots=True)
class Entry:
    """One limit. ``current_a`` per phase: 0 (no charging) or 6 to 80.

    ``expires`` None: until changed. ``fallback_a`` is what it becomes when it expires; None: the
    entry vanishes then.
    """

    source: str
    current_a: float
    phases: int
    reason: str
    since: datetime
    expires: datetime | None = None
    fallback_a: float | None = None


def usable(current_a: float) -> float:
    """``current_a`` as the pilot can offer it: 6 A or more, else 0."""
    return current_a if current_a >= CURRENT_A_MIN else 0.0


class Ledger:
    """The limits of one EVSE."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}

    def put(self, entry: Entry) -> bool:
        """Set the source's entry; True if current, phases or reason changed.

        An unchanged limit keeps its ``since``. Raises ValueError for a current outside 0 to 80 A.
        """
        if not 0.0 <= entry.current_a <= 80.0:
            raise ValueError(
                f"limit {entry.current_a} A from {entry.source}: allowed are 0 and 6 to 80 A"
            )
        old = self._entries.get(entry.source)
        if old is not None and _says_the_same(old, entry):
            if (old.expires, old.fallback_a) != (entry.expires, entry.fallback_a):
                self._entries[entry.source] = replace(entry, since=old.since)
            return False
        if old is None and len(self._entries) >= SOURCES_MAX:
            raise ValueError(f"limit from {entry.source}: at most {SOURCES_MAX} sources")
        self._entries[entry.source] = entry
        return True

    def drop(self, source: str) -> bool:
        """Remove the source's entry; True if there was one."""
        return self._entries.pop(source, None) is not None

    def tick(self, now: datetime) -> bool:
        """Let expired entries fall; True if one did."""
        has_changed = False
        for entry in tuple(self._entries.values()):
            if entry.expires is None or now < entry.expires:
                continue
            has_changed = True
            if entry.fallback_a is None:
                del self._entries[entry.source]
            else:
                self._entries[entry.source] = replace(
                    entry,
                    current_a=entry.fallback_a,
                    reason=f"{entry.reason}; expired, falls to {entry.fallback_a:g} A",
                    since=now,
                    expires=None,
                    fallback_a=None,
                )
        return has_changed

    def binding(self) -> Entry | None:
        """The entry that binds; None: nothing is known, so nothing may be offered."""
        if not self._entries:
            return None
        return min(self._entries.values(), key=lambda entry: (entry.current_a, entry.since))

    def offered_a(self) -> float:
        """What may be offered per phase: 0, or 6 A and more."""
        entry = self.binding()
        return usable(entry.current_a) if entry is not None else 0.0

    def phases(self) -> int:
        """On how many phases: the fewest of any entry; 1 when nothing is known."""
        return min((entry.phases for entry in self._entries.values()), default=1)

    def entries(self) -> tuple[Entry, ...]:
        """All entries, the binding one first."""
        return tuple(
            sorted(self._entries.values(), key=lambda entry: (entry.current_a, entry.since))
        )


def _says_the_same(old: Entry, new: Entry) -> bool:
    return (old.current_a, old.phases, old.reason) == (new.current_a, new.phases, new.reason)
