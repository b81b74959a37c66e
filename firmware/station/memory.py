"""Memory: what ring 1 would forget with its power, kept by the station and given back.

Besides the faults that only a person clears, which the books have anyway: the contactor's counts,
how often earth was lost, and how many residual-current trips went by themselves (region US,
REQ-RCD-04). Faults are given back last: with them ring 1 begins to take permits.
"""

from collections.abc import Callable, Iterable

from ampkeeper.firmware.station import earth, wear
from ampkeeper.firmware.station.earth import EarthBook
from ampkeeper.firmware.station.wear import WearBook
from ampkeeper.firmware.store.changes import SaveMeta
from ampkeeper.hal.ports import Pilot, PilotStatus

RETRIES_MAX = 255  # the most that the link carries


class RetryBook:
    """How many residual-current trips went by themselves, at each EVSE."""

    def __init__(self, evse_ids: Iterable[int]) -> None:
        self._counts = dict.fromkeys(evse_ids, 0)

    def count(self, evse_id: int) -> int:
        """Return how many it was when ring 1 last knew."""
        return self._counts[evse_id]

    def recall(self, evse_id: int, text: str) -> bool:
        """Take what the books hold; False if it cannot be read."""
        if not (text.isascii() and text.isdigit()):
            return False
        self._counts[evse_id] = min(int(text), RETRIES_MAX)
        return True

    def note(self, evse_id: int, status: PilotStatus) -> list[SaveMeta]:
        """Take ring 1's count, also a lower one: a day without a trip, or a person, resets it."""
        if status.is_forgetful or status.rcd_retry_count == self._counts[evse_id]:
            return []
        self._counts[evse_id] = status.rcd_retry_count
        return [SaveMeta(retries_key(evse_id), str(status.rcd_retry_count))]


class Memory:
    """All that ring 1 is reminded of, but faults."""

    def __init__(self, evse_ids: Iterable[int]) -> None:
        evse_ids = tuple(evse_ids)
        self.wear = WearBook(evse_ids)
        self.retries = RetryBook(evse_ids)
        self.earth = EarthBook(evse_ids)

    def recall(self, evse_id: int, read: Callable[[str], str | None]) -> list[str]:
        """Take up what the books hold; return what cannot be read."""
        problems = []
        counts = read(wear.key_of(evse_id)) or "0 0"
        if not self.wear.recall(evse_id, counts):
            problems.append(f"the contactor's counts {counts!r} cannot be read")
        count = read(retries_key(evse_id)) or "0"
        if not self.retries.recall(evse_id, count):
            problems.append(f"the count of residual-current retries {count!r} cannot be read")
        count = read(earth.key_of(evse_id)) or "0"
        if not self.earth.recall(evse_id, count):
            problems.append(f"the count of losses of earth {count!r} cannot be read")
        return problems

    def note(self, evse_id: int, status: PilotStatus) -> list[SaveMeta]:
        """Take ring 1's counts; return what to write down."""
        counts = self.wear.note(evse_id, status) + self.retries.note(evse_id, status)
        return counts + self.earth.note(evse_id, status)

    def remind(self, evse_id: int, pilot: Pilot) -> None:
        """Tell ring 1 of a loss of earth that is the third, though it may not know so."""
        if self.earth.is_due(evse_id):
            pilot.restore_faults(self.earth.faults(evse_id))

    def give_back(self, evse_id: int, faults: Iterable[int], pilot: Pilot) -> None:
        """Remind ring 1, which may have booted, and ask for its self-tests."""
        pilot.restore_wear(*self.wear.counts(evse_id))
        pilot.restore_rcd_retries(self.retries.count(evse_id))
        pilot.restore_faults([*faults, *self.earth.faults(evse_id)])
        pilot.report_tests()


def retries_key(evse_id: int) -> str:
    """Return the name under which the books keep an EVSE's count."""
    return f"rcd_retries_{evse_id}"
