"""OCPP 1.6J as one object: ``Dialect16`` says what ``messages`` and ``requests`` know."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ampkeeper.firmware.charging_profile import Profile
from ampkeeper.firmware.device_model.monitor import Happened
from ampkeeper.firmware.device_model.stream import StreamWord
from ampkeeper.firmware.facts import ConnectorReport, Fact, IdToken, StampedReading
from ampkeeper.firmware.ocpp.dialect import (
    Answer,
    BootAnswer,
    Call,
    FactAnswer,
    Later,
    Payload,
    StationPort,
    TxContext,
    Verdict,
)
from ampkeeper.firmware.ocpp.ports.customer import CustomerPage
from ampkeeper.firmware.ocpp.ports.secc import CarWord
from ampkeeper.firmware.ocpp.ports.transfer import RESERVATION, UPDATE, TransferStatus
from ampkeeper.firmware.ocpp.v16 import messages, security
from ampkeeper.firmware.ocpp.v16.firmware import update_status
from ampkeeper.firmware.ocpp.v16.logs import log_status
from ampkeeper.firmware.ocpp.v16.requests import SUBPROTOCOL, Requests16
from ampkeeper.firmware.ocpp.wire import read_boot, read_time
from ampkeeper.firmware.security_events import SecurityEvent


class Dialect16:
    """OCPP 1.6J, bound to a station."""

    subprotocol = SUBPROTOCOL

    def __init__(self, station: StationPort) -> None:
        self._station = station
        self._requests = Requests16(station)

    def boot(self, reason: str) -> Call:
        """BootNotification; 1.6 does not say why."""
        return messages.boot(self._station.identity())

    def read_boot(self, payload: Payload) -> BootAnswer:
        """Status, interval and time."""
        return read_boot(payload)

    def heartbeat(self) -> Call:
        """Heartbeat."""
        return Call("Heartbeat", {})

    def read_heartbeat(self, payload: Payload) -> datetime | None:
        """The central system's time."""
        return read_time(payload.get("currentTime"))

    def status(self, report: ConnectorReport) -> Call | None:
        """StatusNotification of a connector, or of the station: connector 0."""
        return messages.status(report, self._station.identity().get("vendor", ""))

    def meter_values(self, evse_id: int, sample: StampedReading | None = None) -> Call | None:
        """MeterValues of ``sample``, or of the newest reading; None when there is nothing to say.

        For triggers, and for clock-aligned samples outside a transaction.
        """
        return messages.meter_values(self._station, evse_id, sample)

    def authorize(self, token: IdToken) -> Call:
        """Authorize."""
        return Call("Authorize", {"idTag": messages.id_tag(token)})

    def read_authorize(self, payload: Payload) -> Verdict:
        """What the central system says of the token."""
        return messages.verdict(payload["idTagInfo"])

    def data_transfer(self, vendor_id: str, message_id: str | None, data: Any) -> Call:
        """DataTransfer; data that is no text goes as JSON text."""
        return messages.data_transfer(vendor_id, message_id, data)

    def security_event(self, event: SecurityEvent) -> Call:
        """SecurityEventNotification."""
        return security.security_event(event)

    def sign_certificate(self, csr: str) -> Call:
        """SignCertificate."""
        return security.sign_certificate(csr)

    def notify_event(self, events: Sequence[Happened]) -> None:
        """1.6 has no monitors."""

    def transfer_status(self, status: TransferStatus) -> Call | None:
        """Firmware, SignedFirmware, Diagnostics or LogStatusNotification, as it was asked for.

        1.6 has no word for a reservation that is over.
        """
        if status.area == RESERVATION:
            return None
        return update_status(status) if status.area == UPDATE else log_status(status)

    def for_cars(self, word: CarWord) -> None:
        """No board speaks ISO 15118 on 1.6."""

    def stream(self, word: StreamWord) -> None:
        """1.6 has no event streams."""

    def ask_schedule(self, number: int) -> None:
        """1.6 has no dynamic profiles."""

    def outside_limit(self, source: str, evse_id: int, limit: Profile | None) -> None:
        """1.6 has no message for it."""

    def customer_page(self, page: CustomerPage) -> None:
        """1.6 has no message for it."""

    def fact(self, fact: Fact, context: TxContext) -> Call | None:
        """StartTransaction, MeterValues or StopTransaction."""
        return messages.fact(self._station, fact, context)

    def read_fact(self, fact: Fact, payload: Payload) -> FactAnswer:
        """The transaction's number and what became of its token."""
        return messages.read_fact(payload)

    def handle(self, action: str, payload: Payload) -> Answer | Later:
        """Answer an inbound, schema-checked call."""
        return self._requests.handle(action, payload)
