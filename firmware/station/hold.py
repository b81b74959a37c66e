"""Hold: free connectors are kept free while an update waits for transactions to end (L01.FR.07).

Running transactions go on. What the central system says of availability meanwhile is written down
and counts when the hold ends; the hold itself is not written down, so a power cut ends it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.store.changes import SaveEvse

if TYPE_CHECKING:
    from ampkeeper.firmware.station.station import Station

STATION = 0


class Hold:
    """``is_on``: nobody is let in. ``is_installing``: the station may not restart either."""

    def __init__(self, station: "Station") -> None:
        self.is_on = False
        self.is_installing = False
        self._station = station

    def on_begin(self, now: datetime, now_s: float) -> Effects:
        """Let nobody in from now on."""
        effects = Effects()
        self.is_on = True
        for evse in self._station.evses.values():
            evse.in_service = False
            evse.session.revoke()
        effects.notice("hold", change="begins")
        return self._station.settle(now, now_s, effects)

    def on_end(self, kept: Mapping[int, bool], now: datetime, now_s: float) -> Effects:
        """Let people in again, where ``kept``, which the books hold, does not say otherwise."""
        effects = Effects()
        self.is_on = False
        for evse in self._station.evses.values():
            evse.in_service = kept.get(evse.evse_id, True)
        effects.notice("hold", change="ends")
        return self._station.settle(now, now_s, effects)

    def on_availability(
        self, evse_id: int, in_service: bool, now: datetime, now_s: float
    ) -> Effects:
        """The central system changes what will hold afterwards."""
        effects = Effects()
        targets = (STATION, *self._station.evses) if evse_id == STATION else (evse_id,)
        if evse_id == STATION and self._station.in_service != in_service:
            self._station.in_service = in_service
            effects.reports.append(self._station.report(now))
        effects.changes += [SaveEvse(target, in_service) for target in targets]
        return self._station.settle(now, now_s, effects)
