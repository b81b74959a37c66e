"""Wear of the contactors, kept over power losses: ring 1 counts, the station remembers.

Ring 1 forgets with its power; at its next start it is told the counts (REQ-CNT-03), and they
only grow, until a person says that the contactor was replaced.
"""

from collections.abc import Iterable

from ampkeeper.firmware.safety.fault import CONTACTOR_SPENT, CONTACTOR_WORN
from ampkeeper.firmware.store.changes import SaveMeta
from ampkeeper.hal.ports import PilotStatus

FAULTS = (CONTACTOR_WORN, CONTACTOR_SPENT)
COUNT_MAX = 2**30 - 1  # the most that the link carries


class WearBook:
    """Closings and openings under load of each contactor."""

    def __init__(self, evse_ids: Iterable[int]) -> None:
        self._counts = dict.fromkeys(evse_ids, (0, 0))

    def counts(self, evse_id: int) -> tuple[int, int]:
        """Return closings and openings under load since the contactor was new."""
        return self._counts[evse_id]

    def recall(self, evse_id: int, text: str) -> bool:
        """Take what the books hold; False if it cannot be read."""
        closings, _, under_load = text.partition(" ")
        if not (closings.isascii() and closings.isdigit()):
            return False
        if not (under_load.isascii() and under_load.isdigit()):
            return False
        self._counts[evse_id] = (min(int(closings), COUNT_MAX), min(int(under_load), COUNT_MAX))
        return True

    def note(self, evse_id: int, status: PilotStatus) -> list[SaveMeta]:
        """Take ring 1's counts; return what to write down."""
        before = self._counts[evse_id]
        now = (max(before[0], status.closings), max(before[1], status.under_load))
        return [] if now == before else [self._save(evse_id, now)]

    def renew(self, evse_id: int) -> SaveMeta:
        """Begin anew: a person replaced the contactor."""
        return self._save(evse_id, (0, 0))

    def _save(self, evse_id: int, counts: tuple[int, int]) -> SaveMeta:
        self._counts[evse_id] = counts
        return SaveMeta(key_of(evse_id), f"{counts[0]} {counts[1]}")


def key_of(evse_id: int) -> str:
    """Return the name under which the books keep a contactor's counts."""
    return f"wear_{evse_id}"
