"""Earth: how often the protective earth was lost, kept over every restart.

Ring 1 lets a loss go by itself twice; the third stays until a person clears it (section 5.6 of
the requirements). It forgets its count with its power, so the station counts too, and puts a
third loss back that ring 1 would let go. Both forget losses, but not one that stays, after a day
without one, as with trips of the residual-current monitor; here a restart begins the day anew.

That a loss lasts is written down with the count: a start of the station in the midst of it is no
other loss. A third loss that is gone is over only if a person has just asked for that; else ring 1
let it go unheard, and is told.
"""

from collections.abc import Iterable

from ampkeeper.firmware.safety.fault import PE_LOST
from ampkeeper.firmware.store.changes import SaveMeta
from ampkeeper.hal.ports import PilotStatus

STAYS_FROM = 3
AGES_S = 86_400.0  # of reports without a loss
GAP_S = 5.0  # between two reports; what is longer was silence, and says nothing
ASKED_S = 10.0  # for a person's wish to reach ring 1, and to be seen
LASTS = " lasts"  # after the count, in the books
AGAIN_S = 3.0  # a greeting drops what was not run yet; a loss lasts 10 s at least


class EarthBook:
    """The losses at each EVSE since a day without one, or since a person cleared one."""

    def __init__(self, evse_ids: Iterable[int]) -> None:
        self._counts = dict.fromkeys(evse_ids, 0)
        self._lost = dict.fromkeys(self._counts, False)
        self._seen_s = dict.fromkeys(self._counts, 0.0)  # when ring 1 last said what it shows
        self._calm_s = dict.fromkeys(self._counts, 0.0)  # reported without a loss
        self._asked_s: dict[int, float] = {}  # when a person last asked to clear it
        self._told_s: dict[int, float] = {}  # when its ring 1 was told since the loss began

    def recall(self, evse_id: int, text: str) -> bool:
        """Take what the books hold; False if it cannot be read."""
        count = text.removesuffix(LASTS)
        if not (count.isascii() and count.isdigit()):
            return False
        self._counts[evse_id] = min(int(count), STAYS_FROM)
        self._lost[evse_id] = text != count
        return True

    def faults(self, evse_id: int) -> list[int]:
        """Return what ring 1 must be told at its start: the loss, if it is one that stays."""
        return [PE_LOST] if self._counts[evse_id] >= STAYS_FROM else []

    def note_asked(self, evse_id: int, now_s: float) -> None:
        """A person asks ring 1 to clear the loss."""
        self._asked_s[evse_id] = now_s

    def note(self, evse_id: int, status: PilotStatus) -> list[SaveMeta]:
        """Take what ring 1 shows; return what to write down."""
        if status.is_forgetful:
            return []
        passed_s = status.taken_s - self._seen_s[evse_id]
        self._seen_s[evse_id] = status.taken_s
        was_lost = self._lost[evse_id]
        is_lost = PE_LOST in status.faults
        count = self._counts[evse_id]
        if is_lost:
            self._calm_s[evse_id] = 0.0
        elif 0 <= passed_s <= GAP_S:
            self._calm_s[evse_id] += passed_s
        if is_lost and not was_lost:
            self._told_s.pop(evse_id, None)
            return self._keep(evse_id, min(count + 1, STAYS_FROM), is_lost)
        if was_lost and not is_lost:
            if self._is_asked(evse_id):
                return self._keep(evse_id, 0, is_lost)  # ring 1 counts anew too
            return self._keep(evse_id, count, is_lost) if count < STAYS_FROM else []
        if count < STAYS_FROM and self._calm_s[evse_id] >= AGES_S:
            return self._keep(evse_id, 0, is_lost)
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

    def _is_asked(self, evse_id: int) -> bool:
        asked_s = self._asked_s.get(evse_id, -ASKED_S)
        return 0 <= self._seen_s[evse_id] - asked_s < ASKED_S

    def _keep(self, evse_id: int, count: int, is_lost: bool) -> list[SaveMeta]:
        if (count, is_lost) == (self._counts[evse_id], self._lost[evse_id]):
            return []
        self._counts[evse_id] = count
        self._lost[evse_id] = is_lost
        return [SaveMeta(key_of(evse_id), f"{count}{LASTS if is_lost else ''}")]


def key_of(evse_id: int) -> str:
    """Return the name under which the books keep an EVSE's count."""
    return f"earth_{evse_id}"
