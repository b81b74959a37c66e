"""Dynamic charging profiles: the central system is asked for the limit of each in time (K28).

What it says between is the dialect's to hear; here only the asking is done, once for each
interval after the newest update, whatever came of the last time.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from ampkeeper.firmware.charging_profile import Kind
from ampkeeper.firmware.ocpp.dialect import Payload
from ampkeeper.firmware.ocpp.schedule_update import limit_of
from ampkeeper.firmware.station.csms import Heard, Word
from ampkeeper.firmware.station.desk import Event
from ampkeeper.firmware.station.effects import Effects

if TYPE_CHECKING:
    from ampkeeper.firmware.station.station import Station

INTERVAL_S_MIN = 1


class Dynamic:
    """A follower of the station's events."""

    def __init__(
        self,
        station: "Station",
        tell: Callable[[Word, Heard], None],
        post: Callable[[Event], bool],
    ) -> None:
        self._station = station
        self._tell = tell
        self._post = post
        self._asked_s: dict[int, int] = {}  # by profile, Unix time

    def follow(self, effects: Effects, now: datetime, now_s: float) -> None:
        """Ask for what is due, while somebody listens (K28.FR.10)."""
        at_s = int(now.timestamp())
        found = self._station.charging.book.profiles()
        due = {one.id: one for one in found if one.kind is Kind.DYNAMIC and one.update_interval_s}
        self._asked_s = {number: at for number, at in self._asked_s.items() if number in due}
        if not self._station.entrance.is_online:
            return
        for number, profile in due.items():
            newest_s = max(profile.updated_s or 0, self._asked_s.get(number, 0))
            if newest_s <= at_s < newest_s + max(profile.update_interval_s, INTERVAL_S_MIN):
                continue
            self._asked_s[number] = at_s
            effects.acts.append(partial(self._ask, number))

    def _ask(self, number: int) -> None:
        def heard(answer: Payload | None, is_refused: bool) -> None:
            if answer is not None and answer["status"] == "Accepted":
                self._hear(number, answer)

        self._tell(lambda dialect: dialect.ask_schedule(number), heard)

    def _hear(self, number: int, answer: Payload) -> None:
        limit = limit_of(answer.get("scheduleUpdate", {}))
        if limit is not None:
            self._post(partial(self._station.charging.on_update, number, limit))
