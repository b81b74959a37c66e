"""Unlocks: requests to release a plug, each answered once with what the bolt did. Pure."""

from collections.abc import Callable

from ampkeeper.firmware.safety import lock
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.evse import Evse

UNLOCK_S = 20.0  # stop sequence 6 s, three tries 5 s apart would be 15 s: then it has failed

Unlocked = Callable[[bool], None]


class Unlocks:
    """What waits for a bolt, by EVSE: at most one each."""

    def __init__(self) -> None:
        self._waiting: dict[int, tuple[Unlocked, float]] = {}

    def __contains__(self, evse_id: int) -> bool:
        return evse_id in self._waiting

    def add(self, evse_id: int, answer: Unlocked, now_s: float, effects: Effects) -> None:
        """Wait for this bolt; an earlier request for it has failed."""
        earlier = self._waiting.pop(evse_id, None)
        if earlier is not None:
            effects.acts.append(lambda: earlier[0](False))
        self._waiting[evse_id] = (answer, now_s + UNLOCK_S)

    def note(self, evse: Evse, now_s: float, effects: Effects) -> None:
        """Answer if the bolt of ``evse`` is out, is stuck, or takes too long."""
        waiting = self._waiting.get(evse.evse_id)
        if waiting is None:
            return
        answer, deadline_s = waiting
        bolt = evse.status.lock if evse.status is not None else None  # None: ring 1 is silent
        has_failed = bolt == lock.JAMMED or now_s >= deadline_s
        is_free = bolt in (lock.UNLOCKED, lock.NO_LOCK)
        if evse.session.table.is_running and not has_failed:
            return
        if is_free or has_failed:
            del self._waiting[evse.evse_id]
            effects.acts.append(lambda: answer(is_free))
