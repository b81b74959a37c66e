"""One EVSE's session: feeds the table, keeps the transaction, and yields the facts it owes.

Pure: readings, times and new ids are arguments. Every running transaction that stops has exactly
one reason, the first one given. What must survive a power cut is in ``Transaction``, and
``restore`` takes it up.
"""

from dataclasses import replace
from datetime import datetime

from ampkeeper.firmware.facts import (
    ChargingState,
    Fact,
    StampedReading,
    StopReason,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
    Trigger,
)
from ampkeeper.firmware.session import table
from ampkeeper.firmware.session.points import CLASSIC, Point, Points
from ampkeeper.firmware.session.table import SessionTable
from ampkeeper.firmware.session.transaction import Grant, Phase, Stop, Transaction

__all__ = ["EvseSession", "Grant", "Phase", "Stop", "Transaction"]

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


class EvseSession:
    """The session of one EVSE."""

    def __init__(self, evse_id: int) -> None:
        self.evse_id = evse_id
        self.table = SessionTable()
        self.grant: Grant | None = None
        self.charge: Transaction | None = None  # told, or held back until energy flows

    @property
    def transaction(self) -> Transaction | None:
        """The running transaction, once it is told."""
        charge = self.charge
        return charge if charge is not None and charge.opening is None else None

    @property
    def charging_state(self) -> ChargingState:
        """What 2.x calls the present state."""
        return CHARGING_STATES.get(self.table.state, ChargingState.IDLE)

    # who comes and is let in

    def plug(self, now: datetime) -> tuple[Fact, ...]:
        """The car was connected; after a card it is the plug that lets the session begin."""
        if not self.table.feed(table.PLUG):
            return ()
        if self.grant is not None and self.grant.trigger is Trigger.AUTHORIZED:
            self.grant = replace(self.grant, trigger=Trigger.CABLE_PLUGGED_IN)
        if self.is_closing:
            return ()  # it is of the car before
        return self._update(now, Trigger.CABLE_PLUGGED_IN, None)

    def accept(self, grant: Grant, now: datetime) -> tuple[Fact, ...] | None:
        """Somebody may charge here; None if the state does not allow it."""
        charge = self.charge
        is_taken = charge is not None and not charge.is_open_to_anybody
        if is_taken or not self.table.feed(table.ACCEPT):
            return None
        self.grant = grant
        if charge is None:
            return ()
        self.charge = replace(
            charge, token=grant.token, group_id=grant.group_id, phase=Phase.AUTHORISED
        )
        is_plug = grant.trigger is Trigger.CABLE_PLUGGED_IN
        trigger = Trigger.AUTHORIZED if is_plug else grant.trigger
        (fact,) = self._update(now, trigger, None)
        return (
            replace(
                fact,
                token=grant.token,
                remote_start_id=grant.remote_start_id,
                reservation_id=grant.reservation_id,
            ),
        )

    def revoke(self) -> bool:
        """Withdraw an acceptance that has not become a transaction."""
        if self.charge is not None or not self.table.feed(table.REVOKE):
            return False
        self.grant = None
        return True

    def lapse(self) -> bool:
        """The car waited for a card in vain; one may still come, but no longer by mistake."""
        return self.grant is None and self.table.feed(table.LATE)

    # how a transaction begins

    def open(
        self, tx_id: str, reading: StampedReading, trigger: Trigger, points: Points
    ) -> tuple[Fact, ...]:
        """Begin a transaction although no energy may flow yet: E01.FR.02, FR.03."""
        assert self.charge is None, "one after the other"
        return (self._start(tx_id, reading, trigger, points),)

    def begin(
        self, tx_id: str, reading: StampedReading, points: Points = CLASSIC
    ) -> tuple[Fact, ...]:
        """Let energy flow from a fresh reading on; no later than here the transaction begins."""
        grant = self.grant
        assert grant is not None, "BEGIN only follows ACCEPT"
        if not self.table.feed(table.BEGIN):
            return ()
        if self.charge is not None:
            self.grant = None
            return self._sign(reading)
        trigger = grant.trigger
        is_remote = trigger is Trigger.REMOTE_START
        if points.is_held_back and not is_remote:
            trigger = Trigger.CHARGING_STATE_CHANGED
        elif points.start == {Point.DATA_SIGNED} and reading.reading.signed and not is_remote:
            trigger = Trigger.SIGNED_DATA_RECEIVED
        started = self._start(tx_id, reading, trigger, points)
        self.grant = None
        if points.is_held_back:
            self._hold_back(started)
            return ()
        return (started,)

    def release(self, now: datetime) -> tuple[Fact, ...]:
        """Tell the transaction that was held back: energy flows (E01.FR.06)."""
        charge = self.charge
        if charge is None or charge.opening is None:
            return ()
        begin = replace(charge.begin, at=now)
        self.charge = replace(charge, opening=None, begin=begin, seq_no=1)
        return (replace(charge.opening, at=now, begin=begin, charging_state=self.charging_state),)

    # what happens in it

    def flow(self, event: int, now: datetime) -> tuple[Fact, ...]:
        """Apply HOLD, OFFER, DRAW or LATE: what ring 1 makes of the permit."""
        if not self.table.feed(event):
            return ()
        if event == table.DRAW and self.transaction is None:
            return self.release(now)
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
        self.charge = replace(
            running,
            group_id=group_id,
            refused_until_wh=refused_until_wh,
            is_barred=is_barred,
        )
        return self.charge != running

    # how it ends

    def detach(self, now: datetime, now_s: float) -> tuple[Fact, ...] | None:
        """The car left an authorised transaction that outlasts it (E10); None: it does not."""
        charge = self.charge
        if charge is None or charge.phase is not Phase.AUTHORISED or charge.stop is not None:
            return None
        if not charge.points.suspends_on_unplug or not self.table.feed(table.DETACH):
            return None
        self.grant = Grant(charge.token, Trigger.CABLE_PLUGGED_IN, now_s, charge.group_id)
        return self._update(now, Trigger.EV_DEPARTED, None)

    def unplug(self, stop: Stop) -> bool:
        """The car left. A running transaction stops with ``stop`` unless it already had a reason.

        True if anything changed.
        """
        self.grant = None
        moved = self.table.feed(table.UNPLUG)
        is_leaving = self.table.state == table.STOPPING  # with a reason, or with one now
        if moved or is_leaving:
            self._note(stop)
        return moved

    def leave(self) -> None:
        """The car of a transaction that has ended is gone."""
        self.table.feed(table.UNPLUG)

    def stop(self, stop: Stop, now: datetime) -> tuple[Fact, ...] | None:
        """End the authorisation, and the transaction if ``stop`` or its stop points say so.

        None if there is nothing to stop. Where energy may flow, the facts follow with ``end``.
        """
        if self.table.feed(table.STOP):
            self._note(stop)
            return ()
        if not self._note(stop):
            return None
        self.table.feed(table.REVOKE)
        self.grant = None
        is_open = self.table.state != table.STOPPING
        return self._deauthorised(now) if is_open and not self.is_closing else ()

    def tell(self, now: datetime, trigger: Trigger) -> tuple[Fact, ...]:
        """Something is to be told of the running transaction, without a sample."""
        return self._update(now, trigger, None)

    @property
    def is_closing(self) -> bool:
        """True if the transaction only waits for its last reading, the contactor being open."""
        charge = self.charge
        is_open = self.table.state not in table.RUNNING
        return is_open and charge is not None and charge.is_closing

    def end(self, reading: StampedReading, car: ChargingState | None) -> tuple[Fact, ...]:
        """The contactor is open and the meter is read: close the books, or the authorisation.

        ``car``: EV_CONNECTED, IDLE for one that left, or None if nobody knows.
        """
        ended = self.charge
        if not self.table.feed(table.END) and not self.is_closing:
            return ()
        if ended is None:
            return ()
        assert ended.stop is not None, "STOPPING has a reason"
        opened: tuple[Fact, ...] = ()
        if ended.opening is not None:
            if reading.reading.energy_wh <= ended.begin.reading.energy_wh:
                self.charge = None  # nothing flowed: there was none
                return ()
            opened = self.release(reading.at)
            ended = self.charge
            assert ended is not None, "it was told just now"
        if not ended.is_closing:
            return opened + self._deauthorised(reading.at)
        self.charge = None
        return (*opened, _ended(ended, reading, car))

    def restore(self, transaction: Transaction, now: datetime, now_s: float) -> tuple[Fact, ...]:
        """Take up a transaction that a power cut interrupted."""
        self.charge = transaction
        is_paused = transaction.phase is not Phase.AUTHORISED and not transaction.is_closing
        if transaction.is_detached and not transaction.is_closing:
            self.table.feed(table.ACCEPT)
            self.grant = Grant(
                transaction.token, Trigger.CABLE_PLUGGED_IN, now_s, transaction.group_id
            )
            return ()
        if transaction.phase is Phase.WAITING and is_paused:
            self.table.feed(table.PLUG)
            return ()
        moved = self.table.feed(table.RESUME)
        assert moved, "restore before anything else happened"
        if is_paused:
            self.table.feed(table.STOP)
            self.table.feed(table.END)
            return ()
        if transaction.stop is not None:
            self.table.feed(table.STOP)
            return ()
        return self._update(now, Trigger.TX_RESUMED, None)

    # helpers

    def _start(
        self, tx_id: str, reading: StampedReading, trigger: Trigger, points: Points
    ) -> TransactionStarted:
        grant = self.grant
        token = grant.token if grant is not None else None
        self.charge = Transaction(
            tx_id=tx_id,
            evse_id=self.evse_id,
            token=token,
            group_id=grant.group_id if grant is not None else None,
            begin=reading,
            last=replace(reading, reading=replace(reading.reading, signed=None)),
            seq_no=1,
            points=points,
            phase=Phase.WAITING if grant is None else Phase.AUTHORISED,
            is_detached=self.charging_state is ChargingState.IDLE,
        )
        return TransactionStarted(
            tx_id=tx_id,
            evse_id=self.evse_id,
            seq_no=0,
            at=reading.at,
            trigger=trigger,
            charging_state=self.charging_state,
            token=token,
            begin=reading,
            remote_start_id=grant.remote_start_id if grant is not None else None,
            reservation_id=grant.reservation_id if grant is not None else None,
        )

    def _hold_back(self, started: TransactionStarted) -> None:
        assert self.charge is not None, "it was begun just now"
        self.charge = replace(self.charge, opening=started, seq_no=0)

    def _sign(self, reading: StampedReading) -> tuple[Fact, ...]:
        """A transaction that is open already gets the meter's signature under its begin."""
        charge = self.charge
        if charge is None or reading.reading.signed is None:
            return ()
        begin = replace(charge.begin.reading, signed=reading.reading.signed)
        self.charge = replace(charge, begin=replace(charge.begin, reading=begin))
        return self._update(reading.at, Trigger.SIGNED_DATA_RECEIVED, reading)

    def _deauthorised(self, now: datetime) -> tuple[Fact, ...]:
        """The authorisation is over, and its transaction is not (E07, F03.FR.02, E05.FR.09)."""
        charge = self.charge
        assert charge is not None, "somebody was let in"
        assert charge.stop is not None, "with a reason"
        self.charge = replace(charge, phase=Phase.OVER)
        (fact,) = self._update(now, charge.stop.trigger, None)
        return (replace(fact, token=charge.stop.token),)

    def _note(self, stop: Stop) -> bool:
        """Keep the reason, if it is the first; True if anything ends that did not before."""
        charge = self.charge
        if charge is None or charge.is_closing:
            return False
        is_connected = self.charging_state is not ChargingState.IDLE
        ends = stop.ends or charge.points.ends_on_deauthorisation or not is_connected
        if charge.stop is None and not ends:
            self.charge = replace(charge, stop=stop)
            return True
        if ends:
            self.charge = charge.closing(stop)
        return ends

    def _update(
        self, now: datetime, trigger: Trigger, sample: StampedReading | None
    ) -> tuple[TransactionUpdated, ...]:
        running = self.transaction
        if running is None:
            return ()
        last = running.last
        if sample is not None:
            last = replace(sample, reading=replace(sample.reading, signed=None))
        self.charge = replace(
            running,
            seq_no=running.seq_no + 1,
            last=last,
            is_detached=self.charging_state is ChargingState.IDLE,
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


def _ended(ended: Transaction, reading: StampedReading, car: ChargingState | None) -> Fact:
    assert ended.stop is not None, "what ends has a reason"
    return TransactionEnded(
        tx_id=ended.tx_id,
        evse_id=ended.evse_id,
        seq_no=ended.seq_no,
        at=reading.at,
        trigger=ended.stop.trigger,
        reason=ended.stop.reason,
        begin=ended.begin,
        end=reading,
        token=ended.stop.token,
        charging_state=None if ended.stop.reason is StopReason.POWER_LOSS else car,
    )
