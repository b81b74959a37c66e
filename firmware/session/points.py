"""Points: what begins a transaction and what ends it, as the central system chose.

OCPP 2.0.1 E01, E06 and part 2 2.6.6. A transaction begins with the first of its start points and
ends when the first of its stop points holds no more. OCPP 1.6 knows one combination, ``CLASSIC``.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Point(StrEnum):
    """The names of TxStartStopPoint. No board has a sensor for ParkingBayOccupancy."""

    EV_CONNECTED = "EVConnected"
    AUTHORIZED = "Authorized"
    DATA_SIGNED = "DataSigned"
    POWER_PATH = "PowerPathClosed"
    ENERGY = "EnergyTransfer"


STOP_POINTS = tuple(point for point in Point if point is not Point.DATA_SIGNED)
"""Without DataSigned, which has no meaning there."""

ON_UNPLUG = frozenset((Point.EV_CONNECTED, Point.POWER_PATH, Point.ENERGY))
ON_DEAUTHORISATION = frozenset((Point.AUTHORIZED, Point.POWER_PATH, Point.ENERGY))


@dataclass(frozen=True, slots=True)
class Points:
    """When transactions begin and end. ``outlasts_unplug``: a pulled plug only suspends."""

    start: frozenset[Point] = frozenset((Point.POWER_PATH,))
    stop: frozenset[Point] = frozenset((Point.POWER_PATH,))
    outlasts_unplug: bool = False

    @property
    def is_held_back(self) -> bool:
        """True if a transaction is not told before energy flows."""
        return self.start == {Point.ENERGY}

    @property
    def suspends_on_unplug(self) -> bool:
        """True if an authorised transaction goes on without its car."""
        return self.outlasts_unplug and not self.stop & ON_UNPLUG

    @property
    def ends_on_deauthorisation(self) -> bool:
        """True if the end of the authorisation is the end."""
        return bool(self.stop & ON_DEAUTHORISATION)

    @property
    def ends_on_suspension(self) -> bool:
        """True if it ends as soon as no more energy flows, whoever's doing that is."""
        return Point.ENERGY in self.stop


CLASSIC = Points()


def points_of(start: Iterable[str], stop: Iterable[str], outlasts_unplug: bool) -> Points:
    """The points with these names, which are known."""
    return Points(frozenset(map(Point, start)), frozenset(map(Point, stop)), outlasts_unplug)
