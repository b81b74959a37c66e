"""Reservations in the words of OCPP 2.0.1: use cases H01 and H02."""

from collections.abc import Callable

from ampkeeper.firmware.facts import IdToken
from ampkeeper.firmware.ocpp.dialect import Answer, Later, Payload, StationPort
from ampkeeper.firmware.ocpp.v201.answers import status
from ampkeeper.firmware.ocpp.wire import good_time
from ampkeeper.firmware.reservation import ANY, Reservation

WORDS = {
    "accepted": "Accepted",
    "faulted": "Faulted",
    "occupied": "Occupied",
    "unavailable": "Unavailable",
    "rejected": "Rejected",
}

Handler = Callable[[Payload], Answer | Later]


class Reservation201:
    """ReserveNow and CancelReservation."""

    def __init__(self, station: StationPort) -> None:
        self._station = station
        self.handlers: dict[str, Handler] = {
            "CancelReservation": self._cancel,
            "ReserveNow": self._reserve,
        }

    def _reserve(self, payload: Payload) -> Answer:
        evse_id = int(payload.get("evseId", ANY))
        if "evseId" in payload and evse_id not in self._station.evse_ids():
            return status("Rejected", "UnknownEvse")
        connector_type = payload.get("connectorType")
        if connector_type is not None and not self._has(connector_type, evse_id):
            return status("Rejected", "UnknownConnectorType")
        asked, group = payload["idToken"], payload.get("groupIdToken")
        wanted = Reservation(
            id=int(payload["id"]),
            evse_id=evse_id,
            token=IdToken(asked["idToken"], asked["type"]),
            expires_at=good_time(payload["expiryDateTime"]),
            group_id=None if group is None else group["idToken"],
            connector_type=connector_type,
        )
        return status(WORDS[self._station.reservations.reserve(wanted)])

    def _has(self, connector_type: str, evse_id: int) -> bool:
        evse_ids = self._station.evse_ids() if evse_id == ANY else (evse_id,)
        types = {self._station.variable(f"Connector@{each}.ConnectorType") for each in evse_ids}
        return connector_type in types

    def _cancel(self, payload: Payload) -> Answer:
        is_known = self._station.reservations.cancel(int(payload["reservationId"]))
        return status("Accepted") if is_known else status("Rejected", "NotFound")
