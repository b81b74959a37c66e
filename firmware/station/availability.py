"""Availability: what the central system wants in service, at each level (2.x G03, G04; 1.6 §5.2).

In 2.x the station, its EVSEs and their connectors have states of their own: what was put out of
service stays so when a level above goes out and comes back (G03.FR.07, G04.FR.08). In 1.6 a change
of the whole charge point is one of all its connectors.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.store.changes import Change, SaveEvse, SaveMeta

if TYPE_CHECKING:
    from ampkeeper.firmware.station.station import Station

STATION = 0
CLASSIC = "1.6"
CONNECTORS_KEY = "connectors_out"  # in the books: of which EVSEs, with blanks between


class Availability:
    """All levels; ``version`` is that of OCPP, as it was spoken last."""

    def __init__(self, evse_ids: Iterable[int], version: Callable[[], str]) -> None:
        self.station = True
        self._own = dict.fromkeys(evse_ids, True)
        self._connectors_out: set[int] = set()  # by EVSE, each of which has one
        self._version = version

    def load(self, rows: Mapping[int, bool], connectors_out: str | None = None) -> None:
        """Take up what the books hold."""
        told = (connectors_out or "").split()
        self._connectors_out = {int(each) for each in told if each.isdecimal()}
        self.station = rows.get(STATION, True)
        self._own |= {number: kept for number, kept in rows.items() if number in self._own}

    def begin(self, station: "Station", asked: tuple[int, bool, bool], now: datetime) -> Effects:
        """Write a change down, ``asked`` as of ``change``, and tell the station's new state."""
        before = self.station
        effects = Effects(changes=[*self.change(*asked)])
        if self.station != before:
            effects.reports.append(station.report(now))
        return effects

    def change(
        self, evse_id: int, in_service: bool, is_connector: bool = False
    ) -> Sequence[Change]:
        """Put the station (0), an EVSE or its connector in or out of service: what is written."""
        if is_connector:
            move = self._connectors_out.discard if in_service else self._connectors_out.add
            move(evse_id)
            text = " ".join(map(str, sorted(self._connectors_out)))
            return [SaveMeta(CONNECTORS_KEY, text)]
        targets: tuple[int, ...] = (evse_id,)
        if evse_id == STATION:
            self.station = in_service
            targets = tuple(self._own) if self._version() == CLASSIC else ()
        self._own |= dict.fromkeys(targets, in_service)
        whole = (STATION,) if evse_id == STATION else ()
        return [SaveEvse(target, in_service) for target in (*whole, *targets)]

    def holds(self, evse_id: int) -> bool:
        """True if an EVSE is in service, as far as anybody but the station itself says."""
        if self._version() == CLASSIC:
            return self._own[evse_id]
        is_out = evse_id in self._connectors_out
        return self.station and self._own[evse_id] and not is_out
