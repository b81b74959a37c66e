"""Absence: what may be drawn while the central system is away, where the owner wants less then.

What it said before goes on to hold, as OCPP has it; this comes on top. Its silence counts from
when it was last there, or from the start of the station. Pure.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from ampkeeper.firmware.limits.ledger import CURRENT_A_MAX, Entry, Stale

if TYPE_CHECKING:
    from ampkeeper.firmware.station.evse import Evse
    from ampkeeper.firmware.station.station import Station

SOURCE = "absence"


class Absence:
    """A source of the ledger."""

    def __init__(self, station: "Station") -> None:
        self._station = station
        self._heard_s: float | None = None

    def limits(self, evse: "Evse", now: datetime, now_s: float) -> Iterator[Entry]:
        """Nothing while it is there, and for a while longer."""
        rules = self._station.rules
        if not rules.has_csms or rules.offline_a is None:
            return
        if self._station.entrance.is_online or self._heard_s is None:
            self._heard_s = now_s
        if now_s < self._heard_s + rules.offline_hold_s:
            return
        yield Entry(
            SOURCE,
            CURRENT_A_MAX,
            evse.rules.phases,
            "the central system is away",
            now,
            heard_s=self._heard_s,
            stale=Stale(rules.offline_hold_s, rules.offline_a),
        )
