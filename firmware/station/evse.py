"""One EVSE: its session, its limits, its meter and its faults, held together.

Pure: called with one event at a time; appends what follows to ``Effects``. What ring 1 reports is
taken as it is; nothing here can close a contactor, only grant or refuse a permit.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from ampkeeper.firmware.facts import (
    ConnectorReport,
    ConnectorState,
    Fact,
    IdToken,
    StampedReading,
    StopReason,
    Trigger,
)
from ampkeeper.firmware.faults import PILOT_LINK_LOST, FaultInfo, info_of
from ampkeeper.firmware.limits.ledger import Entry, Ledger
from ampkeeper.firmware.safety import fault, pilot
from ampkeeper.firmware.safety.signals import DUTY_F, DUTY_X1
from ampkeeper.firmware.session import table
from ampkeeper.firmware.session.points import CLASSIC, Point, Points
from ampkeeper.firmware.session.session import EvseSession, Grant, Phase, Stop, Transaction
from ampkeeper.firmware.station import transact
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.flaps import Flaps
from ampkeeper.firmware.station.marks import Since, has_passed
from ampkeeper.firmware.station.register import Register
from ampkeeper.firmware.station.retained import Owner
from ampkeeper.firmware.station.ring_one import PLUGGED_CLASSES, flow_event, is_open, said
from ampkeeper.firmware.station.rules import END_S, FAULT_REASONS, REMIND_S, START_S, EvseRules
from ampkeeper.firmware.station.sampling import Sampler
from ampkeeper.firmware.store.changes import ClearFault, SaveFault
from ampkeeper.hal.ports import MeterReading, Permit, PilotIdentity, PilotStatus

UNPLUG_REASON = Stop(StopReason.EV_DISCONNECTED, Trigger.EV_DEPARTED)
UNUSED = (ConnectorState.AVAILABLE, ConnectorState.PREPARING)
GONE_REASON = Stop(StopReason.POWER_LOSS, Trigger.EV_DEPARTED)
STILL_REASONS = {  # for a transaction that ends when no more energy flows (E06.FR.07)
    table.OFFER: Stop(StopReason.STOPPED_BY_EV, Trigger.CHARGING_STATE_CHANGED),
    table.HOLD: Stop(StopReason.OTHER, Trigger.CHARGING_STATE_CHANGED),
}


def _classic() -> Points:
    return CLASSIC


def _as_it_is(running: Transaction, fact: Fact, effects: Effects) -> Fact:
    return fact


STEADY = (  # states in which ring 1 says what is new, or nothing
    table.IDLE,
    table.PLUGGED,
    table.EVSE_WAITS,
    table.EV_WAITS,
    table.CHARGING,
    table.FINISHED,
)


@dataclass(slots=True)
class Evse:
    """Everything the station knows of one EVSE."""

    rules: EvseRules
    register: Register
    new_id: Callable[[], str]
    session: EvseSession = field(init=False)
    ledger: Ledger = field(default_factory=Ledger)
    status: PilotStatus | None = None  # None: ring 1 is silent
    board: PilotIdentity | None = None  # who ring 1 last said it is
    pilot_problem: str = ""  # why there is no ring 1; empty: there is, or nobody looked yet
    is_plugged: bool = False
    plugged_s: float = 0.0  # when the car came, monotonic
    has_left: bool = False  # the car of the transaction that is being stopped
    last_token: IdToken | None = None  # who charged here last
    is_resumed: bool = False  # a restored transaction whose car has not been seen yet
    dress: Callable[[Transaction, Fact, Effects], Fact] = _as_it_is  # adds tariff and cost
    points: Callable[[], Points] = _classic  # what begins and ends a transaction here, now
    due: Trigger | None = None  # for a transaction to begin with, once the meter is fresh
    in_service: bool = True
    is_reserved: bool = False  # a stranger is kept out
    owner: Owner | None = None  # whose cable stays until he comes
    faults: dict[int, datetime] = field(default_factory=dict)
    reminded: dict[int, float] = field(default_factory=dict)  # fault -> until when it is kept
    flaps: Flaps = field(default_factory=Flaps)
    csms_tx_id: int | None = None
    since: Since = field(default_factory=Since)
    sampler: Sampler = field(default_factory=Sampler)
    ended_sampler: Sampler = field(default_factory=Sampler)  # for the end of a transaction
    phases_counted: int = field(init=False)  # on which a limit in W is shared
    _told: ConnectorReport | None = None

    def __post_init__(self) -> None:
        self.session = EvseSession(self.rules.evse_id)
        self.phases_counted = self.rules.phases

    @property
    def evse_id(self) -> int:
        return self.rules.evse_id

    @property
    def transaction(self) -> Transaction | None:
        return self.session.transaction

    @property
    def is_busy(self) -> bool:
        """True while a transaction runs, told or not."""
        return self.session.charge is not None

    @property
    def is_let_in(self) -> bool:
        """True while somebody may charge in the running transaction."""
        charge = self.session.charge
        return charge is not None and charge.phase is Phase.AUTHORISED

    def is_news(self, status: PilotStatus) -> bool:
        """False for one that says again what the last one said, while nothing is under way."""
        session, last = self.session, self.status
        is_under_way = session.table.state not in STEADY or session.is_closing
        is_awaited = is_under_way or self.due is not None or self._is_let_in_alone
        return last is None or is_awaited or said(last) != said(status)

    @property
    def _is_let_in_alone(self) -> bool:
        """True while somebody may charge, and nothing of it has begun."""
        return self.session.grant is not None and not self.is_busy

    # events

    def on_pilot(self, status: PilotStatus, now: datetime, effects: Effects) -> None:
        """Ring 1 reported."""
        self.status = status
        self.pilot_problem = ""
        codes = self.flaps.note(set(status.faults), status.taken_s)
        self._note_faults(codes, status.taken_s, now, effects)
        self.drop_fault(PILOT_LINK_LOST, now, effects)
        self._note_plug(status, now, effects)
        if self.session.table.is_running:
            self._note_flow(status, now, effects)

    def on_pilot_lost(self, now: datetime, effects: Effects, why: str = "") -> None:
        """Ring 1 is silent: it will have opened by itself; nothing it said before holds."""
        self.status = None
        self.pilot_problem = why
        self.raise_fault(PILOT_LINK_LOST, now, effects)

    def on_reading(self, reading: MeterReading, now: datetime, effects: Effects) -> None:
        """The meter answered."""
        self.register.feed(reading)
        self._note_meter(reading.taken_s, now, effects)
        opened_s = self.since.opened_s
        latest = self.register.latest()
        if opened_s is not None and latest is not None and latest.taken_s >= opened_s:
            transact.finish(self, now, reading.taken_s, effects)

    def on_refused(self, reason: str, now: datetime, now_s: float, effects: Effects) -> None:
        """The meter answered, but not with a measurement."""
        self.register.refuse(reason)
        self._note_meter(now_s, now, effects)

    def on_tick(self, now: datetime, now_s: float, effects: Effects) -> None:
        """Time passed."""
        self._note_meter(now_s, now, effects)
        state = self.session.table.state
        if state == table.STARTING and has_passed(self.since.began_s, START_S, now_s):
            transact.book(self, self.session.flow(table.LATE, now), effects)
        elif state == table.STOPPING and has_passed(self.since.stopping_s, END_S, now_s):
            transact.finish(self, now, now_s, effects)

    def sample(self, now: datetime, context: str, trigger: Trigger, effects: Effects) -> None:
        """Book a sample of the running transaction; none while the meter is stale."""
        reading = self.stamped(now, context)
        is_ending = self.session.table.state == table.STOPPING or self.session.is_closing
        if reading is not None and not is_ending:
            transact.book(self, self.session.sample(reading, trigger), effects)

    def note(self, now: datetime, trigger: Trigger, effects: Effects) -> None:
        """Book that something is to be told of the running transaction, without a sample."""
        transact.book(self, self.session.tell(now, trigger), effects)

    # requests

    def accept(self, grant: Grant, now: datetime, effects: Effects) -> bool:
        """Somebody may charge here."""
        facts = self.session.accept(grant, now) if self.in_service else None
        if facts is None:
            return False
        self.owner = None
        transact.book(self, facts, effects)
        if self.session.charge is None and Point.AUTHORIZED in self.points().start:
            self.due = self.due or grant.trigger
        return True

    def stop(self, stop: Stop, now: datetime, now_s: float, effects: Effects) -> bool:
        """End the authorisation by the standard's sequence, and the transaction as it says."""
        facts = self.session.stop(stop, now)
        if facts is None:
            return False
        transact.book(self, facts, effects)
        transact.mark_stopping(self, now_s, effects)
        return True

    def restore(
        self, transaction: Transaction, now: datetime, now_s: float, effects: Effects
    ) -> None:
        """Take up a transaction that was running when the power went."""
        transact.book(self, self.session.restore(transaction, now, now_s), effects)
        self.register.begin(transaction.last.reading.energy_wh)
        if transaction.stop is not None:
            self.since = Since(stopping_s=now_s)
        self.is_resumed = self.is_plugged = not transaction.is_detached

    def limit_by(self, source: str, current_a: float | None, reason: str, now: datetime) -> None:
        """Enter a limit into the ledger; None takes it out."""
        if current_a is None:
            self.ledger.drop(source)
            return
        capped_a = min(current_a, self.rules.current_a_max)
        self.ledger.put(Entry(source, capped_a, self.rules.phases, reason, now))

    def current_a_of(self, power_w: float) -> float:
        """What a limit of power on all phases together is on each."""
        return power_w / (self.rules.voltage_v * self.phases_counted)

    # what holds now

    def permit(self) -> Permit:
        """What ring 1 may do for the next two seconds."""
        state = self.session.table
        is_allowed = state.is_permitted and self.status is not None
        return Permit(
            current_a=self.ledger.permitted_a() if is_allowed else 0.0,
            phases=min(self.ledger.phases(), self.rules.phases),
            keep_locked=state.is_locked or self.owner is not None,
            in_service=self.in_service or state.is_running,
        )

    def limit(self) -> tuple[float, str]:
        """The current that binds now and whose it is."""
        entry = self.ledger.binding()
        return self.ledger.offered_a(), entry.source if entry is not None else "none"

    @property
    def is_offering(self) -> bool:
        """True while PWM runs."""
        return self.status is not None and DUTY_F < self.status.duty_ticks < DUTY_X1

    def stamped(self, now: datetime, context: str) -> StampedReading | None:
        """The newest plausible reading as a fact carries it; None when stale."""
        reading = self.register.latest()
        if reading is None or not self.register.is_fresh:
            return None
        offered_a = self.limit()[0] if self.is_offering else 0.0
        reading = self.register.signing.on(reading, context)
        return StampedReading(at=now, reading=reading, context=context, offered_a=offered_a)

    @property
    def is_faulted(self) -> bool:
        """True while the connector is told to be Faulted: nothing begins here."""
        worst = self._worst_fault()
        return worst is not None and worst.severity != fault.LOW

    @property
    def is_broken(self) -> bool:
        """True if a fault will not pass by itself: nobody is let in to wait for that."""
        return any(info_of(code).clears != fault.ITSELF for code in self.faults)

    def report(self, now: datetime) -> ConnectorReport:
        """The present state as StatusNotification tells it."""
        worst = self._worst_fault()
        if worst is None:
            return ConnectorReport(self.evse_id, now, self.state)
        return ConnectorReport(self.evse_id, now, self.state, worst.ocpp, worst.text, worst.name)

    @property
    def state(self) -> ConnectorState:
        """What the central system is told of the connector."""
        told = self.session.table.told
        if self.is_faulted:
            return ConnectorState.FAULTED
        if not self.in_service and not self.is_busy:
            return ConnectorState.UNAVAILABLE
        is_kept = self.is_reserved and self.session.grant is None and told in UNUSED
        return ConnectorState.RESERVED if is_kept else told

    def tell(self, now: datetime, effects: Effects) -> None:
        """Report the state if it is not the one told last."""
        told = self._told
        if told is not None and self.report(told.at) == told:
            return
        report = self._told = self.report(now)
        effects.reports.append(report)
        effects.notice("status", evse_id=self.evse_id, status=report.state, error=report.error)

    # faults

    def raise_fault(self, code: int, now: datetime, effects: Effects) -> None:
        """Note a fault; one that says so ends the transaction."""
        if code in self.faults:
            return
        self.faults[code] = now
        name = info_of(code).name
        effects.changes.append(SaveFault(self.evse_id, name, now))
        effects.notice("fault_raised", evse_id=self.evse_id, fault=name)
        reason = FAULT_REASONS.get(name)
        if reason is not None:
            taken_s = self.status.taken_s if self.status is not None else 0.0
            self.stop(Stop(reason, Trigger.ABNORMAL_CONDITION), now, taken_s, effects)

    def drop_fault(self, code: int, now: datetime, effects: Effects) -> None:
        """Note that a fault is gone."""
        if self.faults.pop(code, None) is None:
            return
        name = info_of(code).name
        effects.changes.append(ClearFault(self.evse_id, name, now))
        effects.notice("fault_cleared", evse_id=self.evse_id, fault=name)

    def remind(self, codes: Iterable[int], now_s: float) -> None:
        """Ring 1 started: it is reminded of these, and until it shows them they stay."""
        self.reminded = dict.fromkeys(codes, now_s + REMIND_S)

    # helpers

    def _note_plug(self, status: PilotStatus, now: datetime, effects: Effects) -> None:
        if status.pilot in PLUGGED_CLASSES:
            self.is_resumed = False
            if not self.is_plugged:
                self.is_plugged = True
                self.plugged_s = status.taken_s
                effects.notice("plugged", evse_id=self.evse_id)
                is_new = not self.is_busy or self.has_left or self.session.is_closing
                if is_new and Point.EV_CONNECTED in self.points().start:
                    self.due = Trigger.CABLE_PLUGGED_IN
                transact.book(self, self.session.plug(now), effects)
        elif status.pilot == pilot.A and self.is_plugged:
            self.is_plugged = False
            self.owner = None
            effects.notice("unplugged", evse_id=self.evse_id)
            self._note_gone(status.taken_s, now, effects)
            self.is_resumed = False

    def _note_gone(self, now_s: float, now: datetime, effects: Effects) -> None:
        facts = None if self.is_resumed else self.session.detach(now, now_s)
        if facts is not None:
            transact.book(self, facts, effects)
            self.since = Since()
            return
        self.has_left = self.session.table.is_running
        self.session.unplug(GONE_REASON if self.is_resumed else UNPLUG_REASON)
        if self.is_busy:
            stopping_s = self.since.stopping_s if self.has_left else None
            transact.mark_stopping(self, stopping_s or now_s, effects)

    def _note_flow(self, status: PilotStatus, now: datetime, effects: Effects) -> None:
        state = self.session.table.state
        if state == table.STOPPING:
            if self.since.opened_s is None and is_open(status):
                self.since.opened_s = status.taken_s
            return
        event = flow_event(status)
        if state == table.STARTING and event != table.DRAW:
            return
        charge = self.session.charge
        assert charge is not None, "energy may flow in a transaction only"
        is_still = state == table.CHARGING and event in STILL_REASONS
        if is_still and charge.points.ends_on_suspension:
            self.stop(STILL_REASONS[event], now, status.taken_s, effects)
            return
        transact.book(self, self.session.flow(event, now), effects)

    def _note_faults(self, codes: set[int], now_s: float, now: datetime, effects: Effects) -> None:
        for code in codes:
            self.reminded.pop(code, None)
        for code in sorted(codes - self.faults.keys()):
            self.raise_fault(code, now, effects)
        for code in sorted(self.faults.keys() - codes):
            if code < fault.OWN_COUNT and now_s >= self.reminded.get(code, now_s):
                self.drop_fault(code, now, effects)

    def _note_meter(self, now_s: float, now: datetime, effects: Effects) -> None:
        self.register.tick(now_s)
        for code, is_there in self.register.faults().items():
            if is_there:
                self.raise_fault(code, now, effects)
            else:
                self.drop_fault(code, now, effects)
        for kind, fields in self.register.take_notices():
            effects.notice(kind, evse_id=self.evse_id, **fields)

    def _worst_fault(self) -> FaultInfo | None:
        infos = (info_of(code) for code in self.faults)
        return min(infos, key=lambda info: (info.severity, info.code), default=None)
