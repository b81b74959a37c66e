"""Reservation of OCPP 1.6 (5.3, 5.13): its two calls."""

from ampkeeper.firmware.facts import UNSAID, IdToken
from ampkeeper.firmware.ocpp.dialect import Answer, Payload, StationPort
from ampkeeper.firmware.ocpp.wire import read_time
from ampkeeper.firmware.reservation import Reservation

WORDS = {
    "accepted": "Accepted",
    "faulted": "Faulted",
    "occupied": "Occupied",
    "unavailable": "Unavailable",
    "rejected": "Rejected",
}


class Reservation16:
    """The calls of the Reservation profile."""

    def __init__(self, station: StationPort) -> None:
        self._station = station
        self.handlers = {"CancelReservation": self._cancel, "ReserveNow": self._reserve}

    def _reserve(self, payload: Payload) -> Answer:
        expires_at = read_time(payload["expiryDate"])
        if expires_at is None:
            return Answer({"status": "Rejected"})
        wanted = Reservation(
            id=int(payload["reservationId"]),
            evse_id=int(payload["connectorId"]),
            token=IdToken(payload["idTag"], UNSAID),
            expires_at=expires_at,
            group_id=payload.get("parentIdTag"),
        )
        return Answer({"status": WORDS[self._station.reservations.reserve(wanted)]})

    def _cancel(self, payload: Payload) -> Answer:
        is_known = self._station.reservations.cancel(int(payload["reservationId"]))
        return Answer({"status": "Accepted" if is_known else "Rejected"})
