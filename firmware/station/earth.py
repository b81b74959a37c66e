"""Earth: how often the protective earth was lost, kept over every restart.

Ring 1 lets a loss go by itself twice; the third stays until a person clears it (section 5.6 of
the requirements). It forgets its count with its power, so the station counts too, and puts a
third loss back that ring 1 would let go. Both forget losses, but not one that stays, after a day
without one, as with trips of the residual-current monitor; here a restart begins the day anew.
"""

from collections.abc import Iterable

from ampkeeper.firmware.safety.fault import PE_LOST
from ampkeeper.firmware.store.changes import SaveMeta
from ampkeeper.hal.ports import PilotStatus

STAYS_FROM = 3
AGES_S = 86_400.0  # of reports without a loss
GAP_S = 5.0  # between two reports; what is longer was silence, and says nothing
AGAIN_S = 3.0  # a greeting drops what was not run yet; a loss lasts 10 s at least


class EarthBook:
    """The losses at each EVSE since a day without one, or since a person cleared one."""

    def __init__(self, evse_ids: Iterable[int]) -> None:
        self._counts = dict.fromkeys(evse_ids, 0)
        self._lost = dict.fromkeys(self._counts, False)
        self._seen_s = dict.fromkeys(self._counts, 0.0)  # when ring 1 last said what it shows
        self._calm_s = dict.fromkeys(self._counts, 0.0)  # reported without a loss
        self._told_s: dict[int, float] = {}  # when its ring 1 was told since the loss began

    def recall(self, evse_id: int, text: str) -> bool:
        """Take what the books hold; False if it cannot be read."""
        if not (text.isascii() and text.isdigit()):
            return False
        self._counts[evse_id] = min(int(text), STAYS_FROM)
        return True

    def faults(self, evse_id: int) -> list[int]:
        """Return what ring 1 must be told at its start: the loss, if it is one that stays."""
        return [PE_LOST] if self._counts[evse_id] >= STAYS_FROM else []

    def note(self, evse_id: int, status: PilotStatus) -> list[SaveMeta]:
        """Take what ring 1 shows; return what to write down."""
        if status.is_forgetful:
            return []
        passed_s = status.taken_s - self._seen_s[evse_id]
        self._seen_s[evse_id] = status.taken_s
        was_lost = self._lost[evse_id]
        is_lost = self._lost[evse_id] = PE_LOST in status.faults
        if is_lost:
            self._calm_s[evse_id] = 0.0
        elif 0 <= passed_s <= GAP_S:
            self._calm_s[evse_id] += passed_s
        count = self._counts[evse_id]
        if is_lost and not was_lost:
            self._told_s.pop(evse_id, None)
            return self._keep(evse_id, min(count + 1, STAYS_FROM))
        if was_lost and not is_lost and count >= STAYS_FROM:
            return self._keep(evse_id, 0)  # it stays: only a person can have cleared it
        if count < STAYS_FROM and self._calm_s[evse_id] >= AGES_S:
            return self._keep(evse_id, 0)
        return []

    def is_due(self, evse_id: int) -> bool:
        """Tell whether ring 1 must be told now, or once more, of a loss that stays."""
        if not self._lost[evse_id] or not self.faults(evse_id):
            return False
        now_s = self._seen_s[evse_id]
        if evse_id in self._told_s and now_s < self._told_s[evse_id] + AGAIN_S:
            return False
        self._told_s[evse_id] = now_s
        return True

    def _keep(self, evse_id: int, count: int) -> list[SaveMeta]:
        if count == self._counts[evse_id]:
            return []
        self._counts[evse_id] = count
        return [SaveMeta(key_of(evse_id), str(count))]


def key_of(evse_id: int) -> str:
    """Return the name under which the books keep an EVSE's count."""
    return f"earth_{evse_id}"
