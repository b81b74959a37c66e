"""What one OCPP version must be able to say and understand, and what it asks of the station.

``charge_point.py`` knows when to speak; a dialect (``v16``, ``v201``) knows the words. Dialects
are pure: values in, values out. Payloads are JSON-ready dicts with the standard's wire names.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from ampkeeper.firmware.charging_profile import Composite, Profile, Unit
from ampkeeper.firmware.device_model.monitor import Happened
from ampkeeper.firmware.device_model.stream import StreamWord
from ampkeeper.firmware.facts import (
    ChargingState,
    ConnectorReport,
    Fact,
    IdToken,
    StampedReading,
)
from ampkeeper.firmware.ocpp.ports.costs import CostPort
from ampkeeper.firmware.ocpp.ports.customer import CustomerPage, CustomerPort
from ampkeeper.firmware.ocpp.ports.device import DevicePort
from ampkeeper.firmware.ocpp.ports.display import DisplayPort
from ampkeeper.firmware.ocpp.ports.local_list import LocalListPort
from ampkeeper.firmware.ocpp.ports.metering import MeteringPort
from ampkeeper.firmware.ocpp.ports.monitors import MonitorPort
from ampkeeper.firmware.ocpp.ports.network import NetworkPort
from ampkeeper.firmware.ocpp.ports.reservation import ReservationPort
from ampkeeper.firmware.ocpp.ports.secc import CarWord, SeccPort
from ampkeeper.firmware.ocpp.ports.security import SecurityPort
from ampkeeper.firmware.ocpp.ports.tariffs import TariffPort
from ampkeeper.firmware.ocpp.ports.transfer import TransferPort, TransferStatus
from ampkeeper.firmware.security_events import SecurityEvent
from ampkeeper.firmware.tariff import Tariff

Payload = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One request to send."""

    action: str
    payload: Payload


@dataclass(frozen=True, slots=True)
class BootAnswer:
    """What the central system said to BootNotification. ``status`` lower-case."""

    status: str  # "accepted", "pending", "rejected"
    interval_s: int
    time: datetime | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the central system says of a token; ``status`` is the 2.0.1 AuthorizationStatus name.

    "Accepted", "Blocked", "ConcurrentTx", "Expired", "Invalid", "NoCredit", "Unknown", ...
    """

    status: str
    group_id: str | None = None
    expires: datetime | None = None
    evse_ids: tuple[int, ...] = ()  # where it may charge; empty: everywhere
    message: str = ""  # for the person: what it costs (2.0.1 I01)
    tariff: Tariff | None = None  # 2.1 I08
    tariff_problem: str = ""  # why the one that came cannot be worked out here

    @property
    def is_accepted(self) -> bool:
        return self.status == "Accepted"


@dataclass(frozen=True, slots=True)
class FactAnswer:
    """What the answer to a transaction message told us; ``csms_tx_id`` only in 1.6.

    ``cost`` so far, or in all after the end; ``message``: what it costs from now on (I06).
    """

    csms_tx_id: int | None = None
    verdict: Verdict | None = None
    cost: Decimal | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class Follow:
    """What to send after an answer has gone out: the trigger order of §4.7 row 25.

    ``kind``: "boot", "heartbeat", "status", "meter_values", "report". ``evse_id`` None: all.
    ``calls`` are ready-made requests (NotifyReport pages).
    """

    kind: str
    evse_id: int | None = None
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """The reply to an inbound call, and what follows once it has been sent.

    ``error`` is an OCPP error code: then ``payload`` is the error's details and ``description``
    its text. ``then`` is run after the reply has been handed to the socket.
    """

    payload: Payload = field(default_factory=dict)
    error: str | None = None
    description: str = ""
    follow: tuple[Follow, ...] = ()
    then: Callable[[], None] | None = None


@dataclass(slots=True)
class Later:
    """A reply that needs the hardware first (UnlockConnector). Call ``answer`` exactly once.

    The exchange sets ``on_answer`` and gives up with an InternalError after its own time-out.
    """

    on_answer: Callable[[Answer], None] | None = None

    def answer(self, answer: Answer) -> None:
        """Deliver the reply; ignored when nobody waits any more."""
        if self.on_answer is not None:
            self.on_answer(answer)
            self.on_answer = None


class StationPort(Protocol):
    """What a dialect may ask of the station. Every call returns at once and never raises.

    Answers are the neutral words written in each docstring; the dialect maps them.
    """

    @property
    def device(self) -> DevicePort:
        """The parts that the station consists of."""

    @property
    def costs(self) -> CostPort:
        """What people pay."""

    @property
    def local_list(self) -> LocalListPort:
        """The list of tokens that the central system sends."""

    @property
    def metering(self) -> MeteringPort:
        """The meters."""

    @property
    def customers(self) -> CustomerPort:
        """What is known of one person."""

    @property
    def display(self) -> DisplayPort:
        """Messages and costs that are shown."""

    @property
    def monitors(self) -> MonitorPort:
        """What is watched for the central system."""

    @property
    def networks(self) -> NetworkPort:
        """The central systems that the station may connect to."""

    @property
    def reservations(self) -> ReservationPort:
        """EVSEs that are kept for somebody."""

    @property
    def secc(self) -> SeccPort:
        """Certificates that are shown to cars."""

    @property
    def security(self) -> SecurityPort:
        """Certificates, keys and profile."""

    @property
    def tariffs(self) -> TariffPort:
        """What sessions cost by a tariff that the station has."""

    @property
    def transfers(self) -> TransferPort:
        """Updates of the software, and logs to be sent."""

    def evse_ids(self) -> tuple[int, ...]:
        """The EVSEs, from 1."""

    def now(self) -> datetime:
        """Aware UTC."""

    def report(self, evse_id: int) -> ConnectorReport:
        """The present state of an EVSE, or of the station (0)."""

    def last_reading(self, evse_id: int) -> StampedReading | None:
        """The newest fresh, plausible meter reading with context "Trigger"; None when stale."""

    def charging_state(self, evse_id: int) -> ChargingState:
        """What the connector does now, in 2.x words."""

    def running_tx(self, evse_id: int) -> str | None:
        """The id of the transaction on this EVSE."""

    def tx_by_csms_id(self, csms_tx_id: int) -> str | None:
        """The running transaction that the central system knows by this number."""

    def csms_tx_id(self, evse_id: int) -> int | None:
        """The central system's number of the transaction running here, once it is known."""

    def has_queued(self, tx_id: str | None) -> bool:
        """True if messages of this transaction, or of any, are still owed."""

    def remote_start(
        self,
        evse_id: int | None,
        token: IdToken,
        remote_start_id: int | None,
        profile: Profile | None = None,
        group_id: str | None = None,
    ) -> tuple[bool, str | None]:
        """Ask for a session: (accepted, running tx id or None).

        ``profile``, checked before, is bound to the transaction once it begins. ``group_id``: of
        which group the token is, if the central system says so.
        """

    def remote_stop(self, tx_id: str) -> bool:
        """Ask to end a transaction: True if it runs and will be stopped."""

    def sample_transaction(self, evse_id: int) -> bool:
        """Book a sample of the running transaction now: True if there is one and it is asked."""

    def change_availability(
        self, evse_id: int, in_service: bool, is_connector: bool = False
    ) -> str:
        """0 is the whole station: "accepted", "scheduled" or "rejected".

        ``is_connector``: only the EVSE's connector, which in 2.x has a state of its own.
        """

    def unlock(self, evse_id: int, later: Later, ends_transaction: bool) -> str:
        """ "started" (``later`` is answered with payload {"status": word}), "no_lock",
        "ongoing" (a transaction runs and may not be ended). Words: "unlocked", "failed"."""

    def reset(self, kind: str, evse_id: int | None) -> str:
        """``kind`` "soft" (end transactions first), "hard", "on_idle" or "resume" (go on
        afterwards): "accepted", "scheduled", "rejected". It happens after the reply has gone
        out."""

    def clear_cache(self) -> bool:
        """Forget the authorisation cache; False when there is none."""

    def set_profile(self, profile: Profile, by_id: bool = False) -> str:
        """Install a charging profile; empty if it will be, else why not.

        ``by_id``: in place of the one with its id only, not of one that has its place.
        """

    def check_profile(self, profile: Profile) -> str:
        """Empty if such a profile could be installed, whatever runs; else why not."""

    def profiles(self) -> tuple[Profile, ...]:
        """The installed charging profiles, by id."""

    def clear_profiles(self, numbers: tuple[int, ...]) -> bool:
        """Remove these charging profiles; False if the station cannot keep up."""

    def update_profile(self, number: int, limit: float) -> bool:
        """Change the limit of a dynamic profile; False: there is none of this id."""

    def prefer(self, tx_id: str, is_on: bool) -> str:
        """Give priority to a transaction, or take it away: "accepted", "unchanged",
        "no_transaction", "no_profile" or "rejected"."""

    def composite(self, evse_id: int, duration_s: int, unit: Unit) -> Composite:
        """What all profiles and the board together allow from now on; 0: the whole station."""

    def data_transfer(self, vendor_id: str, message_id: str | None, data: Any) -> tuple[str, Any]:
        """(status, data); status "Accepted", "Rejected", "UnknownMessageId", "UnknownVendorId"."""

    def variable(self, name: str) -> Any:
        """The value in force of a setting in ``variables.py``, by its 2.x name."""

    def set_variable(self, name: str, value: str) -> str:
        """Store a setting: "accepted", "reboot_required", "rejected". Checked before."""

    def identity(self) -> Mapping[str, str]:
        """ "vendor", "model", "serial", "firmware_version", "meter_serial", "meter_type"."""


@dataclass(frozen=True, slots=True)
class TxContext:
    """What translating a fact needs beside the fact. ``csms_tx_id`` None: not known yet.

    ``samples``: taken between begin and end, to go with an end.
    """

    csms_tx_id: int | None
    is_offline: bool
    samples: tuple[StampedReading, ...] = ()


class Dialect(Protocol):
    """One OCPP version, bound to a station."""

    subprotocol: str

    def boot(self, reason: str) -> Call:
        """BootNotification; ``reason`` is a 2.0.1 BootReasonEnumType name."""

    def read_boot(self, payload: Payload) -> BootAnswer: ...

    def heartbeat(self) -> Call: ...

    def read_heartbeat(self, payload: Payload) -> datetime | None: ...

    def status(self, report: ConnectorReport) -> Call | None:
        """None where this version does not report that (2.x: the station as a whole)."""

    def meter_values(self, evse_id: int) -> Call | None:
        """What a trigger for meter values sends."""

    def authorize(self, token: IdToken) -> Call: ...

    def read_authorize(self, payload: Payload) -> Verdict: ...

    def data_transfer(self, vendor_id: str, message_id: str | None, data: Any) -> Call: ...

    def security_event(self, event: SecurityEvent) -> Call:
        """SecurityEventNotification."""

    def sign_certificate(self, csr: str) -> Call:
        """SignCertificate; its answer has a status, "Accepted" or "Rejected"."""

    def for_cars(self, word: CarWord) -> Call | None:
        """What is asked for a car by ISO 15118; None: this version has no word for it."""

    def notify_event(self, events: Sequence[Happened]) -> Call | None:
        """What monitors said, in one message; None: this version has no word for it."""

    def stream(self, word: StreamWord) -> Call | None:
        """What is said of a periodic event stream; None: this version has no word for it."""

    def transfer_status(self, status: TransferStatus) -> Call | None:
        """What became of an update or a log; None: this version has no word for it."""

    def outside_limit(self, source: str, evse_id: int, limit: Profile | None) -> Call | None:
        """The limit that ``source`` set, or that it set none any more; None: no word for it.

        ``evse_id`` 0: for the station.
        """

    def ask_schedule(self, number: int) -> Call | None:
        """Ask for the limit of a dynamic profile now; None: this version has no word for it."""

    def customer_page(self, page: CustomerPage) -> Call | None:
        """A part of what is known of a customer; None: this version has no word for it."""

    def fact(self, fact: Fact, context: TxContext) -> Call | None:
        """The message for a fact; None: this version has none for it, count it as delivered."""

    def read_fact(self, fact: Fact, payload: Payload) -> FactAnswer: ...

    def handle(self, action: str, payload: Payload) -> Answer | Later:
        """Answer an inbound, schema-checked call. Unknown actions: error NotImplemented."""
