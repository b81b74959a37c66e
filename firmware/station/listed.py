"""The local authorisation list at work: kept in the books, asked at the door, and contradicted.

Pure, as ``station.py`` is.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from ampkeeper.firmware.authorise.decide import ACCEPTED as LET_IN
from ampkeeper.firmware.authorise.decide import Known
from ampkeeper.firmware.facts import ConnectorReport, ConnectorState, IdToken
from ampkeeper.firmware.local_list import (
    ACCEPTED,
    FAILED,
    NOT_SUPPORTED,
    UNSUPPORTED,
    ListUpdate,
    LocalList,
)
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.store.changes import DropVerdict, SaveLocalList

if TYPE_CHECKING:
    from ampkeeper.firmware.station.station import Station

STATION = 0
CLASSIC = "1.6"  # whose list knows no kinds of tokens
ENABLED = "LocalAuthListCtrlr.Enabled"
ENTRIES_MAX = "LocalAuthListCtrlr.Entries"
ITEMS_MAX = "LocalAuthListCtrlr.ItemsPerMessage"


class Listed:
    """The station's list."""

    def __init__(self, station: "Station") -> None:
        self.list = LocalList(int(station.variable(ENTRIES_MAX)))
        self._station = station
        self._contradicted: set[str] = set()  # tokens told of since the list came

    @property
    def is_enabled(self) -> bool:
        return bool(self._station.variable(ENABLED))

    def on_update(self, update: ListUpdate, now: datetime, now_s: float) -> Effects:
        """The central system sends its list; it was found good before the answer left."""
        self.list.take(update)
        self._contradicted.clear()
        change = SaveLocalList(self.list.version, update.is_full, update.entries)
        effects = Effects(changes=[change])
        known = self._station.entrance.known
        for token in self.list.entries.keys() & known.keys():  # never in both (3.5.1)
            del known[token]
            effects.changes.append(DropVerdict(token))
        effects.notice("local_list", version=self.list.version, tokens=len(self.list.entries))
        return effects

    def known(self, token: IdToken) -> Known | None:
        """What the list says of a token; None: nothing, or the list is off."""
        key = token.value if self._station.version == CLASSIC else token.key
        entry = self.list.entry(key) if self.is_enabled else None
        if entry is None or entry.status is None:
            return None
        return Known(entry.status, entry.group_id, entry.expires, entry.evse_ids)

    def compare(self, token: IdToken, told: Known, now: datetime, effects: Effects) -> bool:
        """Note what the central system says of a token; True if the list has it.

        If it says the opposite of its own list, it is told so, once (1.6 3.5.3).
        """
        listed = self.known(token)
        if listed is None:
            return False
        is_opposite = (listed.status == LET_IN) != (told.status == LET_IN)
        if is_opposite and token.key not in self._contradicted:
            self._contradicted.add(token.key)
            state = self._station.report(now).state
            effects.reports.append(
                ConnectorReport(STATION, now, ConnectorState(state), "LocalListConflict")
            )
        return True


class ListDesk:
    """Implements ``LocalListPort``."""

    def __init__(
        self, listed: Listed, variable: Callable[[str], Any], post: Callable[..., bool]
    ) -> None:
        self._listed = listed
        self._variable = variable
        self._post = post

    def version(self) -> int:
        return self._listed.list.version if self._listed.is_enabled else UNSUPPORTED

    def update(self, update: ListUpdate) -> str:
        if not self._listed.is_enabled:
            return NOT_SUPPORTED
        word = self._listed.list.verdict(update, int(self._variable(ITEMS_MAX)))
        if word != ACCEPTED:
            return word
        return ACCEPTED if self._post(partial(self._listed.on_update, update)) else FAILED
