"""The facts that the books hold, in no OCPP version's words.

A fact is written with the session it belongs to, in one transaction, and stays in the outbox
until the central system has answered for it. The dialects in ``ocpp/`` turn it into messages.
Energy is integer Wh as the meter's register shows it, never re-based per transaction.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from ampkeeper.firmware.statement import Statement
from ampkeeper.hal.ports import MeterReading


class StopReason(StrEnum):
    """Why a transaction ended: exactly one per stop."""

    LOCAL = "Local"
    REMOTE = "Remote"
    EV_DISCONNECTED = "EVDisconnected"
    DE_AUTHORIZED = "DeAuthorized"
    EMERGENCY_STOP = "EmergencyStop"
    POWER_LOSS = "PowerLoss"
    REBOOT = "Reboot"
    SOFT_RESET = "SoftReset"
    HARD_RESET = "HardReset"
    UNLOCK_COMMAND = "UnlockCommand"
    GROUND_FAULT = "GroundFault"
    OVERCURRENT_FAULT = "OvercurrentFault"
    POWER_QUALITY = "PowerQuality"
    ENERGY_LIMIT = "EnergyLimitReached"
    OUT_OF_CREDIT = "LocalOutOfCredit"
    MASTER_PASS = "MasterPass"  # noqa: S105 - a card that stops all
    STOPPED_BY_EV = "StoppedByEV"
    TIMEOUT = "Timeout"
    OTHER = "Other"


class Trigger(StrEnum):
    """What caused a transaction event; the names of OCPP 2.x TriggerReasonEnumType."""

    AUTHORIZED = "Authorized"
    CABLE_PLUGGED_IN = "CablePluggedIn"
    CHARGING_RATE_CHANGED = "ChargingRateChanged"
    CHARGING_STATE_CHANGED = "ChargingStateChanged"
    DEAUTHORIZED = "Deauthorized"
    EV_COMMUNICATION_LOST = "EVCommunicationLost"
    EV_CONNECT_TIMEOUT = "EVConnectTimeout"
    EV_DEPARTED = "EVDeparted"
    EV_DETECTED = "EVDetected"
    METER_VALUE_CLOCK = "MeterValueClock"
    METER_VALUE_PERIODIC = "MeterValuePeriodic"
    REMOTE_START = "RemoteStart"
    REMOTE_STOP = "RemoteStop"
    RESET_COMMAND = "ResetCommand"
    SIGNED_DATA_RECEIVED = "SignedDataReceived"
    STOP_AUTHORIZED = "StopAuthorized"
    ENERGY_LIMIT = "EnergyLimitReached"
    ABNORMAL_CONDITION = "AbnormalCondition"
    TRIGGER = "Trigger"
    TX_RESUMED = "TxResumed"  # OCPP 2.1
    TARIFF_CHANGED = "TariffChanged"  # OCPP 2.1
    RUNNING_COST = "RunningCost"  # OCPP 2.1
    COST_LIMIT = "CostLimitReached"  # OCPP 2.1


class ChargingState(StrEnum):
    """OCPP 2.0.1 ChargingStateEnumType."""

    IDLE = "Idle"
    EV_CONNECTED = "EVConnected"
    CHARGING = "Charging"
    SUSPENDED_EV = "SuspendedEV"
    SUSPENDED_EVSE = "SuspendedEVSE"


class ConnectorState(StrEnum):
    """What a connector is doing; the names of OCPP 1.6 ChargePointStatus."""

    AVAILABLE = "Available"
    PREPARING = "Preparing"
    CHARGING = "Charging"
    SUSPENDED_EV = "SuspendedEV"
    SUSPENDED_EVSE = "SuspendedEVSE"
    FINISHING = "Finishing"
    RESERVED = "Reserved"
    UNAVAILABLE = "Unavailable"
    FAULTED = "Faulted"


CARD = "ISO14443"  # most tokens are
MASKED_MIN = 8  # characters; of a shorter token nothing is shown
UNSAID = ""  # of which kind a token is, which 1.6 does not say


@dataclass(frozen=True, slots=True)
class IdToken:
    """Who asks. ``kind`` is the OCPP 2.x IdTokenEnum name; 1.6 sends ``value`` alone.

    ``extra``: what else a central system said of it, by type; no part of who it is (C01.FR.25).
    """

    value: str
    kind: str = CARD
    extra: tuple[tuple[str, str], ...] = field(default=(), compare=False)

    @property
    def key(self) -> str:
        """Under which it is remembered; that of a card, or of nobody knows what, is the value."""
        is_card = self.kind in (UNSAID, CARD)
        return self.value.upper() if is_card else f"{self.value} {self.kind}".upper()

    @property
    def masked(self) -> str:
        """As logs may show it: of a short one nothing, else both ends."""
        value = self.value
        if len(value) < MASKED_MIN:
            return "*" * len(value)
        return value[:2] + "*" * (len(value) - 4) + value[-2:]

    def is_same(self, other: "IdToken") -> bool:
        """True for the same value, without case, and kind, where it is said (2.0.1 C01.FR.25)."""
        is_kind = self.kind == other.kind or UNSAID in (self.kind, other.kind)
        return is_kind and self.value.upper() == other.value.upper()


@dataclass(frozen=True, slots=True)
class StampedReading:
    """A meter reading with the wall time it was taken at (aware UTC).

    ``context`` is the OCPP ReadingContext: "Sample.Periodic", "Sample.Clock",
    "Transaction.Begin", "Transaction.End", "Trigger", "Other".
    """

    at: datetime
    reading: MeterReading
    context: str
    offered_a: float | None = None
    soc_percent: float | None = None


@dataclass(frozen=True, slots=True)
class TransactionStarted:
    """A transaction began. ``tx_id`` is ours: a UUID, unique for the station's lifetime.

    ``tariff_id``: the tariff that counts from now on, told once; ``cost`` so far, or in the end.
    """

    tx_id: str
    evse_id: int
    seq_no: int
    at: datetime
    trigger: Trigger
    charging_state: ChargingState
    token: IdToken | None
    begin: StampedReading
    remote_start_id: int | None = None
    reservation_id: int | None = None
    tariff_id: str | None = None
    cost: Statement | None = None


@dataclass(frozen=True, slots=True)
class TransactionUpdated:
    """Something changed, or a sample was due. ``sample`` None: only the state changed.

    ``token`` is who was let in after the begin, or who ended the authorisation but not it all.
    """

    tx_id: str
    evse_id: int
    seq_no: int
    at: datetime
    trigger: Trigger
    charging_state: ChargingState
    sample: StampedReading | None = None
    token: IdToken | None = None
    remote_start_id: int | None = None
    reservation_id: int | None = None
    tariff_id: str | None = None
    cost: Statement | None = None


@dataclass(frozen=True, slots=True)
class TransactionEnded:
    """A transaction ended; nothing follows it. ``charging_state`` None: nobody knows."""

    tx_id: str
    evse_id: int
    seq_no: int
    at: datetime
    trigger: Trigger
    reason: StopReason
    begin: StampedReading
    end: StampedReading
    token: IdToken | None = None  # who stopped it, if anybody did
    charging_state: ChargingState | None = None
    tariff_id: str | None = None
    cost: Statement | None = None


@dataclass(frozen=True, slots=True)
class MeterSampled:
    """A clock-aligned sample while no transaction ran."""

    evse_id: int
    at: datetime
    sample: StampedReading

    @property
    def tx_id(self) -> None:
        """It belongs to none."""


TransactionFact = TransactionStarted | TransactionUpdated | TransactionEnded
Fact = TransactionFact | MeterSampled


@dataclass(frozen=True, slots=True)
class ConnectorReport:
    """What StatusNotification says. ``evse_id`` 0 is the charging station as a whole.

    ``error`` is the OCPP 1.6 ChargePointErrorCode, ``vendor_error`` our fault's name.
    """

    evse_id: int
    at: datetime
    state: ConnectorState
    error: str = "NoError"
    info: str = ""
    vendor_error: str = ""
