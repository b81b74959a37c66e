"""Hold: free connectors are kept free while an update waits for transactions to end (L01.FR.07).

Running transactions go on. What the central system says of availability meanwhile is written down
and counts when the hold ends; the hold itself is not written down, so a power cut ends it.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from ampkeeper.firmware.station.effects import Effects

if TYPE_CHECKING:
    from ampkeeper.firmware.station.station import Station


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

    def on_end(self, now: datetime, now_s: float) -> Effects:
        """Let people in again, where the central system does not say otherwise."""
        effects = Effects()
        self.is_on = False
        for evse in self._station.evses.values():
            evse.in_service = self._station.availability.holds(evse.evse_id)
        effects.notice("hold", change="ends")
        return self._station.settle(now, now_s, effects)

    def on_availability(
        self,
        evse_id: int,
        in_service: bool,
        now: datetime,
        now_s: float,
        *,
        is_connector: bool = False,
    ) -> Effects:
        """The central system changes what will hold afterwards."""
        asked = (evse_id, in_service, is_connector)
        effects = self._station.availability.begin(self._station, asked, now)
        return self._station.settle(now, now_s, effects)
