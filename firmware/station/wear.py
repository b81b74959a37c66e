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
RENEW_REPORTS = 50  # so long, about 5 s, a lower count means a new contactor


class WearBook:
    """Closings and openings under load of each contactor."""

    def __init__(self, evse_ids: Iterable[int]) -> None:
        self._counts = dict.fromkeys(evse_ids, (0, 0))
        self._renewing: dict[int, int] = {}  # reports still to be looked at

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
        if self._is_renewed(evse_id, status.closings < before[0]):
            now = (status.closings, status.under_load)
        if now == before:
            return []
        self._counts[evse_id] = now
        return [SaveMeta(key_of(evse_id), f"{now[0]} {now[1]}")]

    def renew(self, evse_id: int) -> None:
        """A person says that the contactor was replaced; ring 1's next lower count shows it."""
        self._renewing[evse_id] = RENEW_REPORTS

    def _is_renewed(self, evse_id: int, is_lower: bool) -> bool:
        left = self._renewing.pop(evse_id, 0)
        if left > 1 and not is_lower:
            self._renewing[evse_id] = left - 1
        return left > 0 and is_lower


def key_of(evse_id: int) -> str:
    """Return the name under which the books keep a contactor's counts."""
    return f"wear_{evse_id}"
