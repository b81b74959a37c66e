"""Spoken: which version of OCPP was spoken last; what depends on it holds while offline, too.

Some rules of a transaction are those of its version. A station that starts without its central
system has none that is negotiated: it keeps to the last one, over restarts.
"""

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.store.changes import SaveMeta

if TYPE_CHECKING:
    from ampkeeper.firmware.station.station import Station

KEY = "ocpp_version"


def recall(station: "Station", read: Callable[[str], str | None], offered: Collection[str]) -> None:
    """Take up the last one, unless the configuration offers it no more."""
    kept = read(KEY)
    if kept is not None and kept in offered:
        station.version = kept


def heard(station: "Station", version: str) -> Effects:
    """The central system speaks this version; it is written down where that is news."""
    if version == station.version:
        return Effects()
    station.version = version
    return Effects(changes=[SaveMeta(KEY, version)])
