"""OCPP 2.0.1 as one object: ``Dialect201`` says what ``messages`` and ``requests`` know."""

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
from ampkeeper.firmware.ocpp.ports.transfer import TransferStatus
from ampkeeper.firmware.ocpp.v201 import messages, security, transfers
from ampkeeper.firmware.ocpp.v201.cars import car_call
from ampkeeper.firmware.ocpp.v201.customers import customer_page
from ampkeeper.firmware.ocpp.v201.monitoring import notify_event
from ampkeeper.firmware.ocpp.v201.profiles import WITH_SCHEDULES, outside_limit
from ampkeeper.firmware.ocpp.v201.requests import SUBPROTOCOL, Requests201
from ampkeeper.firmware.ocpp.wire import read_boot, read_time
from ampkeeper.firmware.security_events import SecurityEvent


class Dialect201:
    """OCPP 2.0.1, bound to a station."""

    subprotocol = SUBPROTOCOL
    requests_of: type[Requests201] = Requests201

    def __init__(self, station: StationPort) -> None:
        self._station = station
        self._requests = self.requests_of(station)

    def boot(self, reason: str) -> Call:
        """BootNotification with its reason."""
        return messages.boot(self._station.identity(), reason)

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
        """StatusNotification of a connector; 2.0.1 has none for the station as a whole."""
        return messages.status(report)

    def meter_values(self, evse_id: int, sample: StampedReading | None = None) -> Call | None:
        """MeterValues of ``sample``, or of the newest reading; None when there is nothing to say.

        For triggers, and for clock-aligned samples outside a transaction.
        """
        return messages.meter_values(self._station, evse_id, sample)

    def authorize(self, token: IdToken) -> Call:
        """Authorize."""
        return Call("Authorize", {"idToken": messages.id_token(token)})

    def read_authorize(self, payload: Payload) -> Verdict:
        """What the central system says of the token."""
        return messages.verdict(payload["idTokenInfo"])

    def data_transfer(self, vendor_id: str, message_id: str | None, data: Any) -> Call:
        """DataTransfer."""
        return messages.data_transfer(vendor_id, message_id, data)

    def security_event(self, event: SecurityEvent) -> Call:
        """SecurityEventNotification."""
        return security.security_event(event)

    def sign_certificate(self, csr: str) -> Call:
        """SignCertificate."""
        return security.sign_certificate(csr)

    def for_cars(self, word: CarWord) -> Call | None:
        """SignCertificate, GetCertificateStatus or Get15118EVCertificate."""
        return car_call(word)

    def notify_event(self, events: Sequence[Happened]) -> Call:
        """NotifyEvent."""
        return notify_event(events)

    def transfer_status(self, status: TransferStatus) -> Call:
        """FirmwareStatusNotification, LogStatusNotification or ReservationStatusUpdate."""
        return transfers.transfer_status(status)

    def stream(self, word: StreamWord) -> Call | None:
        """2.0.1 has no event streams."""
        return None

    def ask_schedule(self, number: int) -> Call | None:
        """2.0.1 has no dynamic profiles."""
        return None

    def outside_limit(self, source: str, evse_id: int, limit: Profile | None) -> Call:
        """NotifyChargingLimit or ClearedChargingLimit."""
        has_schedule = bool(self._station.variable(WITH_SCHEDULES))
        return outside_limit(source, evse_id, limit, has_schedule)

    def customer_page(self, page: CustomerPage) -> Call:
        """NotifyCustomerInformation."""
        return customer_page(self._station, page)

    def fact(self, fact: Fact, context: TxContext) -> Call | None:
        """TransactionEvent, or MeterValues where no transaction ran."""
        return messages.fact(self._station, fact, context)

    def read_fact(self, fact: Fact, payload: Payload) -> FactAnswer:
        """What became of the transaction's token."""
        return messages.read_fact(payload)

    def handle(self, action: str, payload: Payload) -> Answer | Later:
        """Answer an inbound, schema-checked call."""
        return self._requests.handle(action, payload)
