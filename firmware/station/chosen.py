"""Chosen: what begins and ends a transaction, as the central system set it and as it is here."""

from typing import TYPE_CHECKING

from ampkeeper.firmware.session.points import CLASSIC, Point, Points, points_of

if TYPE_CHECKING:
    from ampkeeper.firmware.station.evse import Evse
    from ampkeeper.firmware.station.station import Station

START, STOP = "TxCtrlr.TxStartPoint", "TxCtrlr.TxStopPoint"
ENDS_ON_UNPLUG = "TxCtrlr.StopTxOnEVSideDisconnect"
SIGNS = "SampledDataCtrlr.SignReadings"


def points_at(station: "Station", evse: "Evse") -> Points:
    """What begins and ends a transaction at an EVSE; OCPP 1.6 lets nobody choose."""
    if station.version == "1.6":
        return CLASSIC
    variable = station.variable
    start = set(variable(START))
    if not (evse.register.signing.is_on and variable(SIGNS)):
        start.discard(Point.DATA_SIGNED)  # E01.FR.04
    is_captive = not evse.rules.is_socket  # a socket lets go of a plug that no car holds
    return points_of(start, variable(STOP), is_captive and not variable(ENDS_ON_UNPLUG))
