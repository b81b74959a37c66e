"""One EVSE's session: feeds the table, keeps the transaction, and yields the facts it owes.

Pure: readings, times and new ids are arguments. Every running transaction that stops has exactly
one reason, the first one given. What must survive a power cut is ``to_state`` and ``restore``.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from ampkeeper.firmware.charging_profile import Profile
from ampkeeper.firmware.facts import (
    ChargingState,
    Fact,
    IdToken,
    StampedReading,
    StopReason,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
    Trigger,
)
from ampkeeper.firmware.session import table
from ampkeeper.firmware.session.table import SessionTable

CHARGING_STATES = {
    table.STARTING: ChargingState.EV_CONNECTED,
    table.EVSE_WAITS: ChargingState.SUSPENDED_EVSE,
    table.EV_WAITS: ChargingState.SUSPENDED_EV,
    table.CHARGING: ChargingState.CHARGING,
    table.STOPPING: ChargingState.EV_CONNECTED,
    table.FINISHED: ChargingState.EV_CONNECTED,
    table.PLUGGED: ChargingState.EV_CONNECTED,
    table.WAITING: ChargingState.EV_CONNECTED,
}


@dataclass(frozen=True, slots=True)
class Grant:
    """An accepted request to charge, until the transaction begins; ``accepted_s`` is monotonic."""

    token: IdToken | None
    trigger: Trigger
    accepted_s: float
    group_id: str | None = None
    remote_start_id: int | None = None
    profile: Profile | None = None  # that a remote start brought for the transaction
    reservation_id: int | None = None  # that it uses


@dataclass(frozen=True, slots=True)
class Stop:
    """Why and by whom a transaction is being ended."""

    reason: StopReason
    trigger: Trigger
    token: IdToken | None = None


@dataclass(frozen=True, slots=True)
class Transaction:
    """A running transaction: all that a power cut must not lose.

    ``seq_no`` is the number of the next fact. ``last`` is the newest reading in the books, the
    fallback for the end when the meter is gone; never signed, for only begin and end are.
    ``refused_until_wh``: the central system refused the token after the start; up to this register
    the charge goes on. ``is_barred``: then it pauses, and does not stop.
    """

    tx_id: str
    evse_id: int
    token: IdToken | None
    group_id: str | None
    begin: StampedReading
    last: StampedReading
    seq_no: int
    stop: Stop | None = None
    is_barred: bool = False
    refused_until_wh: int | None = None


class EvseSession:
    """The session of one EVSE."""

    def __init__(self, evse_id: int) -> None:
        self.evse_id = evse_id
        self.table = SessionTable()
        self.grant: Grant | None = None
        self.transaction: Transaction | None = None

    @property
    def charging_state(self) -> ChargingState:
        """What 2.x calls the present state."""
        return CHARGING_STATES.get(self.table.state, ChargingState.IDLE)

    def plug(self) -> bool:
        """The car was connected; after a card it is the plug that lets the session begin."""
        if not self.table.feed(table.PLUG):
            return False
        if self.grant is not None and self.grant.trigger is Trigger.AUTHORIZED:
            self.grant = replace(self.grant, trigger=Trigger.CABLE_PLUGGED_IN)
        return True

    def accept(self, grant: Grant) -> bool:
        """Somebody may charge here; False if the state does not allow it."""
        if not self.table.feed(table.ACCEPT):
            return False
        self.grant = grant
        return True

    def revoke(self) -> bool:
        """Withdraw an acceptance that has not become a transaction."""
        if not self.table.feed(table.REVOKE):
            return False
        self.grant = None
        return True

    def lapse(self) -> bool:
        """The car waited for a card in vain; one may still come, but no longer by mistake."""
        return self.grant is None and self.table.feed(table.LATE)

    def begin(self, tx_id: str, reading: StampedReading) -> tuple[Fact, ...]:
        """Begin the transaction with a fresh reading."""
        assert self.grant is not None, "BEGIN only follows ACCEPT"
        if not self.table.feed(table.BEGIN):
            return ()
        grant, self.grant = self.grant, None
        self.transaction = Transaction(
            tx_id=tx_id,
            evse_id=self.evse_id,
            token=grant.token,
            group_id=grant.group_id,
            begin=reading,
            last=replace(reading, reading=replace(reading.reading, signed=None)),
            seq_no=1,
        )
        return (
            TransactionStarted(
                tx_id=tx_id,
                evse_id=self.evse_id,
                seq_no=0,
                at=reading.at,
                trigger=grant.trigger,
                charging_state=self.charging_state,
                token=grant.token,
                begin=reading,
                remote_start_id=grant.remote_start_id,
                reservation_id=grant.reservation_id,
            ),
        )

    def flow(self, event: int, now: datetime) -> tuple[Fact, ...]:
        """Apply HOLD, OFFER, DRAW or LATE: what ring 1 makes of the permit."""
        if not self.table.feed(event):
            return ()
        return self._update(now, Trigger.CHARGING_STATE_CHANGED, None)

    def sample(self, reading: StampedReading, trigger: Trigger) -> tuple[Fact, ...]:
        """Book a meter sample of the running transaction."""
        return self._update(reading.at, trigger, reading)

    def note_verdict(
        self, group_id: str | None, refused_until_wh: int | None, is_barred: bool
    ) -> bool:
        """Keep what the central system said of the token after the start; True if it is news."""
        running = self.transaction
        if running is None:
            return False
        group_id = group_id or running.group_id
        self.transaction = replace(
            running,
            group_id=group_id,
            refused_until_wh=refused_until_wh,
            is_barred=is_barred,
        )
        return self.transaction != running

    def unplug(self, stop: Stop) -> bool:
        """The car left. A running transaction stops with ``stop`` unless it already had a reason.

        True if anything changed.
        """
        self.grant = None
        moved = self.table.feed(table.UNPLUG)
        if moved and self.transaction is not None:
            self._note(stop)
        return moved

    def stop(self, stop: Stop) -> bool:
        """Ask the running transaction to stop; False if none runs or it stops already."""
        if not self.table.feed(table.STOP):
            return False
        self._note(stop)
        return True

    def end(self, reading: StampedReading) -> tuple[Fact, ...]:
        """The contactor is open and the meter is read: close the books of the transaction."""
        if not self.table.feed(table.END):
            return ()
        ended, self.transaction = self.transaction, None
        assert ended is not None, "STOPPING has a transaction"
        assert ended.stop is not None, "STOPPING has a reason"
        return (
            TransactionEnded(
                tx_id=ended.tx_id,
                evse_id=self.evse_id,
                seq_no=ended.seq_no,
                at=reading.at,
                trigger=ended.stop.trigger,
                reason=ended.stop.reason,
                begin=ended.begin,
                end=reading,
                token=ended.stop.token,
            ),
        )

    def restore(self, transaction: Transaction, now: datetime) -> tuple[Fact, ...]:
        """Take up a transaction that a power cut interrupted."""
        moved = self.table.feed(table.RESUME)
        assert moved, "restore before anything else happened"
        self.transaction = transaction
        if transaction.stop is not None:
            self.table.feed(table.STOP)
            return ()
        return self._update(now, Trigger.TX_RESUMED, None)

    def _note(self, stop: Stop) -> None:
        running = self.transaction
        if running is not None and running.stop is None:
            self.transaction = replace(running, stop=stop)

    def _update(
        self, now: datetime, trigger: Trigger, sample: StampedReading | None
    ) -> tuple[Fact, ...]:
        running = self.transaction
        if running is None:
            return ()
        self.transaction = replace(
            running, seq_no=running.seq_no + 1, last=sample if sample is not None else running.last
        )
        return (
            TransactionUpdated(
                tx_id=running.tx_id,
                evse_id=self.evse_id,
                seq_no=running.seq_no,
                at=now,
                trigger=trigger,
                charging_state=self.charging_state,
                sample=sample,
            ),
        )
