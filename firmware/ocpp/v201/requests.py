"""What a central system may ask of an OCPP 2.0.1 station, and the answers.

What a registration that is not accepted forbids is for ``charge_point.py`` to refuse.
Nothing here waits: a handler asks the station, which answers at once, and spells that in 2.0.1.
Reason codes are those of the standard's appendix.
"""

from collections.abc import Callable
from typing import ClassVar

from ampkeeper.firmware.ocpp.dialect import Answer, Follow, Later, Payload, StationPort
from ampkeeper.firmware.ocpp.schemas import schemas_for
from ampkeeper.firmware.ocpp.v201.certificates import Certificates201
from ampkeeper.firmware.ocpp.v201.customers import Customers201
from ampkeeper.firmware.ocpp.v201.display import Display201
from ampkeeper.firmware.ocpp.v201.files import Files201
from ampkeeper.firmware.ocpp.v201.local_list import LocalList201
from ampkeeper.firmware.ocpp.v201.messages import CONNECTOR_ID, meter_values
from ampkeeper.firmware.ocpp.v201.monitoring import Monitoring201
from ampkeeper.firmware.ocpp.v201.network import Network201
from ampkeeper.firmware.ocpp.v201.remote import Remote201
from ampkeeper.firmware.ocpp.v201.reports import DeviceReports
from ampkeeper.firmware.ocpp.v201.reservation import Reservation201
from ampkeeper.firmware.ocpp.v201.smart_charging import SmartCharging201
from ampkeeper.firmware.ocpp.wire import unlock

SUBPROTOCOL = "ocpp2.0.1"
FOLLOWS = {
    "BootNotification": "boot",
    "Heartbeat": "heartbeat",
    "StatusNotification": "status",
    "MeterValues": "meter_values",
}

Handler = Callable[[Payload], Answer | Later]


def _status(status: str, reason_code: str = "") -> Answer:
    payload: Payload = {"status": status}
    if reason_code:
        payload["statusInfo"] = {"reasonCode": reason_code}
    return Answer(payload)


class Requests201:
    """Inbound calls, one method each."""

    subprotocol = SUBPROTOCOL
    resets: ClassVar[dict[str, str]] = {"Immediate": "soft", "OnIdle": "on_idle"}
    monitoring_of: type[Monitoring201] = Monitoring201
    network_of: type[Network201] = Network201
    charging_of: type[SmartCharging201] = SmartCharging201

    def __init__(self, station: StationPort) -> None:
        self._station = station
        self._smart = self.charging_of(station)
        reports = DeviceReports(station)
        certificates, files = Certificates201(station), Files201(station)
        self._triggers = certificates.triggers | files.triggers
        self._handlers: dict[str, Handler] = {
            **reports.handlers,
            **self.monitoring_of(station, lambda: reports.model).handlers,
            **LocalList201(station).handlers,
            **self.network_of(station).handlers,
            **certificates.handlers,
            **Customers201(station).handlers,
            **Display201(station).handlers,
            **files.handlers,
            **Reservation201(station).handlers,
            **self._smart.handlers,
            **Remote201(station, self._smart).handlers,
            "ChangeAvailability": self._change_availability,
            "ClearCache": self._clear_cache,
            "DataTransfer": self._data_transfer,
            "GetTransactionStatus": self._get_transaction_status,
            "Reset": self._reset,
            "TriggerMessage": self._trigger,
            "UnlockConnector": self._unlock,
        }

    @property
    def actions(self) -> frozenset[str]:
        """What is served."""
        return frozenset(self._handlers)

    def handle(self, action: str, payload: Payload) -> Answer | Later:
        """The answer; Part 4 table 8 for what is not served."""
        handler = self._handlers.get(action)
        if handler is not None:
            return handler(payload)
        if schemas_for(self.subprotocol).has(action):
            return Answer(error="NotSupported", description=f"{action} is not supported")
        return Answer(error="NotImplemented", description=f"no such action: {action[:50]}")

    def _get_transaction_status(self, payload: Payload) -> Answer:
        """E14."""
        tx_id = payload.get("transactionId")
        answer: Payload = {"messagesInQueue": self._station.has_queued(tx_id)}
        if tx_id is not None:
            running = map(self._station.running_tx, self._station.evse_ids())
            answer["ongoingIndicator"] = tx_id in running
        return Answer(answer)

    def _reset(self, payload: Payload) -> Answer:
        """Immediate ends transactions first and then restarts (B12.FR.04)."""
        evse_id = payload.get("evseId")
        if evse_id is not None and evse_id not in self._station.evse_ids():
            return _status("Rejected", "UnknownEvse")
        kind = self.resets[payload["type"]]
        word = self._station.reset(kind, None if evse_id is None else int(evse_id))
        if word == "rejected" and evse_id is not None:
            return _status("Rejected", "UnsupportedParam")  # B11.FR.09
        words = {"accepted": "Accepted", "scheduled": "Scheduled"}
        return _status(words.get(word, "Rejected"))

    def _trigger(self, payload: Payload) -> Answer | Later:
        """The answer first, then the message; no EVSE means all of them (F06.FR.04, 11)."""
        own = self._triggers.get(payload["requestedMessage"])
        if own is not None:
            return own(payload)
        if payload["requestedMessage"] == "TransactionEvent":
            return self._trigger_transaction(payload.get("evse") or {})
        follow = FOLLOWS.get(payload["requestedMessage"])
        evse = payload.get("evse") or {}
        if follow is None:
            return _status("NotImplemented")
        if follow in ("boot", "heartbeat"):
            return _accepted(follow, None)  # F06.FR.03: an EVSE is not relevant
        if (wrong := self._wrong_place(evse)) is not None:
            return _status("Rejected", wrong)
        evse_id = int(evse["id"]) if evse else None
        if follow == "meter_values" and not self._has_values(evse_id):
            return _status("Rejected", "NotFound")  # F06.FR.10: what is accepted is sent
        return _accepted(follow, evse_id)

    def _trigger_transaction(self, evse: Payload) -> Answer:
        """A sample of each running transaction, in the order of its other events (F06.FR.07)."""
        if (wrong := self._wrong_place(evse)) is not None:
            return _status("Rejected", wrong)
        asked = (int(evse["id"]),) if evse else self._station.evse_ids()
        running = [evse_id for evse_id in asked if self._station.running_tx(evse_id) is not None]
        has_asked = [self._station.sample_transaction(evse_id) for evse_id in running]
        return _status("Accepted") if any(has_asked) else _status("Rejected", "TxNotFound")

    def _has_values(self, evse_id: int | None) -> bool:
        asked = self._station.evse_ids() if evse_id is None else (evse_id,)
        return any(meter_values(self._station, each) is not None for each in asked)

    def _change_availability(self, payload: Payload) -> Answer:
        """No EVSE means the whole station (G04.FR.01)."""
        evse = payload.get("evse") or {}
        if (wrong := self._wrong_place(evse)) is not None:
            return _status("Rejected", wrong)
        is_operative = payload["operationalStatus"] == "Operative"
        place, is_connector = int(evse.get("id", 0)), "connectorId" in evse
        word = self._station.change_availability(place, is_operative, is_connector)
        words = {"accepted": "Accepted", "scheduled": "Scheduled"}
        return _status(words.get(word, "Rejected"))

    def _wrong_place(self, evse: Payload) -> str | None:
        """The reason code for an EVSE or connector that is not there."""
        if evse and evse["id"] not in self._station.evse_ids():
            return "UnknownEvse"
        return None if evse.get("connectorId") in (None, CONNECTOR_ID) else "UnknownConnectorId"

    def _unlock(self, payload: Payload) -> Answer | Later:
        """Never ends a transaction, and is tried without a cable too (F05.FR.02, 03, 06)."""
        evse_id = int(payload["evseId"])
        is_known = evse_id in self._station.evse_ids()
        if not is_known or payload["connectorId"] != CONNECTOR_ID:
            return _status("UnknownConnector")
        is_captive = self._station.variable(f"Connector@{evse_id}.ConnectorType") == "cType2"
        no_lock = _status("UnlockFailed", "FixedCable" if is_captive else "UnsupportedRequest")
        answers: dict[str, Payload] = {
            "unlocked": {"status": "Unlocked"},
            "failed": {"status": "UnlockFailed"},
            "no_lock": no_lock.payload,
            "ongoing": {"status": "OngoingAuthorizedTransaction"},
        }
        return unlock(self._station, evse_id, ends_transaction=False, answers=answers)

    def _clear_cache(self, payload: Payload) -> Answer:
        """Rejected while the cache is off (C11.FR.04)."""
        if not self._station.variable("AuthCacheCtrlr.Enabled"):
            return _status("Rejected", "NotEnabled")
        return _status("Accepted" if self._station.clear_cache() else "Rejected")

    def _data_transfer(self, payload: Payload) -> Answer:
        status, data = self._station.data_transfer(
            payload["vendorId"], payload.get("messageId"), payload.get("data")
        )
        return Answer({"status": status} | ({} if data is None else {"data": data}))


def _accepted(follow: str, evse_id: int | None) -> Answer:
    return Answer({"status": "Accepted"}, follow=(Follow(follow, evse_id),))
