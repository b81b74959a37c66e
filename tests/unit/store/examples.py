"""Facts and changes that the store's tests write."""

from datetime import UTC, datetime, timedelta

from ampkeeper.firmware.facts import (
    ChargingState,
    IdToken,
    MeterSampled,
    StampedReading,
    StopReason,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
    Trigger,
)
from ampkeeper.firmware.store.changes import SaveSession
from ampkeeper.hal.ports import MeterReading

START = datetime(2026, 11, 22, 12, tzinfo=UTC)
TOKEN = IdToken("04A224B1")


def at(seconds: float) -> datetime:
    """That long after the start."""
    return START + timedelta(seconds=seconds)


def reading(seconds: float, energy_wh: int, context: str = "Sample.Periodic") -> StampedReading:
    """A reading of the register."""
    return StampedReading(at(seconds), MeterReading(seconds, energy_wh), context)


def started(tx_id: str = "tx-1", seq_no: int = 0) -> TransactionStarted:
    """A transaction begins."""
    begin = reading(0, 1000, "Transaction.Begin")
    state, trigger = ChargingState.EV_CONNECTED, Trigger.AUTHORIZED
    return TransactionStarted(tx_id, 1, seq_no, START, trigger, state, TOKEN, begin)


def sampled(tx_id: str = "tx-1", seq_no: int = 1) -> TransactionUpdated:
    """A periodic sample."""
    trigger, state = Trigger.METER_VALUE_PERIODIC, ChargingState.CHARGING
    return TransactionUpdated(
        tx_id, 1, seq_no, at(seq_no), trigger, state, reading(seq_no, 1000 + seq_no)
    )


def paused(tx_id: str = "tx-1", seq_no: int = 1) -> TransactionUpdated:
    """The charging state changed."""
    trigger, state = Trigger.CHARGING_STATE_CHANGED, ChargingState.SUSPENDED_EV
    return TransactionUpdated(tx_id, 1, seq_no, at(seq_no), trigger, state)


def idle(seconds: float = 0) -> MeterSampled:
    """A sample by the clock while no transaction runs."""
    return MeterSampled(1, at(seconds), reading(seconds, 1000, "Sample.Clock"))


def ended(tx_id: str = "tx-1", seq_no: int = 2) -> TransactionEnded:
    """A transaction ends."""
    begin, end = reading(0, 1000, "Transaction.Begin"), reading(60, 1500, "Transaction.End")
    trigger, reason = Trigger.EV_DEPARTED, StopReason.EV_DISCONNECTED
    return TransactionEnded(tx_id, 1, seq_no, at(60), trigger, reason, begin, end, TOKEN)


def open_session(tx_id: str = "tx-1", state: str = "{}") -> SaveSession:
    """A running session."""
    return SaveSession(tx_id, 1, state, START, "04A224B1", 1000)


def closed_session(tx_id: str = "tx-1") -> SaveSession:
    """A session that ended."""
    return SaveSession(tx_id, 1, "", START, "04A224B1", 1000, False, at(60), 1500, "EVDisconnected")
