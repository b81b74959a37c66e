"""Dialects: the words of each version of OCPP, loaded when they are first asked for.

A station speaks one version at a time, and most are offered one or two of them only.
"""

from collections.abc import Iterable

from ampkeeper.firmware.ocpp.connection import SUBPROTOCOLS
from ampkeeper.firmware.ocpp.dialect import Dialect, StationPort

SUBPROTOCOL_16 = SUBPROTOCOLS["1.6"]
SUBPROTOCOL_201 = SUBPROTOCOLS["2.0.1"]
SUBPROTOCOL_21 = SUBPROTOCOLS["2.1"]


class Dialects:
    """Every dialect, bound to one station, by subprotocol."""

    def __init__(self, station: StationPort) -> None:
        self._station = station
        self._made: dict[str, Dialect] = {}

    def get(self, subprotocol: str, /) -> Dialect | None:
        """The words of ``subprotocol``; None: it is none of ours."""
        if subprotocol not in self._made and subprotocol in SUBPROTOCOLS.values():
            self._made[subprotocol] = _make(subprotocol, self._station)
        return self._made.get(subprotocol)

    def load(self, subprotocols: Iterable[str]) -> None:
        """Make those ready that will be asked for, so that no connection waits for it."""
        for subprotocol in subprotocols:
            self.get(subprotocol)


def _make(subprotocol: str, station: StationPort) -> Dialect:
    if subprotocol == SUBPROTOCOL_16:
        from ampkeeper.firmware.ocpp.v16.dialect import Dialect16

        return Dialect16(station)
    if subprotocol == SUBPROTOCOL_201:
        from ampkeeper.firmware.ocpp.v201.dialect import Dialect201

        return Dialect201(station)
    assert subprotocol == SUBPROTOCOL_21, "there are three"
    from ampkeeper.firmware.ocpp.v21.dialect import Dialect21

    return Dialect21(station)
