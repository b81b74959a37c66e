"""The station: many EVSEs, and what holds for all of them.

Pure: one event at a time, each returning its ``Effects``; ``now`` is aware UTC, ``now_s`` the
monotonic clock. The task around it commits the changes before it carries out the rest.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from ampkeeper.firmware.authorise.decide import Known
from ampkeeper.firmware.facts import (
    ConnectorReport,
    ConnectorState,
    Fact,
    IdToken,
    StopReason,
    Trigger,
)
from ampkeeper.firmware.faults import BY_NAME, READER_SILENT, STORE_FAILED, info_of
from ampkeeper.firmware.safety import fault
from ampkeeper.firmware.session import table
from ampkeeper.firmware.session.session import Grant, Stop, Transaction
from ampkeeper.firmware.station import samples, spoken, transact, wear
from ampkeeper.firmware.station.availability import Availability
from ampkeeper.firmware.station.books import numbered, queued_offline
from ampkeeper.firmware.station.charging import Charging
from ampkeeper.firmware.station.checkup import Checkup
from ampkeeper.firmware.station.chosen import points_at
from ampkeeper.firmware.station.costs import Costs
from ampkeeper.firmware.station.display import Display
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.entry import Entrance, Remote
from ampkeeper.firmware.station.evse import Evse
from ampkeeper.firmware.station.limiting import Limiting
from ampkeeper.firmware.station.listed import Listed
from ampkeeper.firmware.station.memory import Memory
from ampkeeper.firmware.station.refused import check, judge, let_in, refusal_of
from ampkeeper.firmware.station.reservations import Reservations
from ampkeeper.firmware.station.resumption import RESETS_AT_ONCE, Resumption
from ampkeeper.firmware.station.rules import StationRules
from ampkeeper.firmware.station.tariffs import Tariffs
from ampkeeper.firmware.station.unlocks import Unlocked, Unlocks
from ampkeeper.firmware.store.changes import (
    AddFact,
    AddStopSample,
    ClearFault,
    SaveMeta,
)
from ampkeeper.hal.ports import MeterIdentity, MeterReading, Pilot, PilotIdentity, PilotStatus

FREE_TOKEN = IdToken("FREE", "NoAuthorization")
OWED_ALONE = (AddFact, AddStopSample)  # nobody wants them where there is no central system
STATION = 0  # the "EVSE" that means the whole station


class Station:
    """All EVSEs and the rules between them."""

    def __init__(
        self, rules: StationRules, evses: Iterable[Evse], variable: Callable[[str], Any]
    ) -> None:
        self.rules = rules
        self.evses = {evse.evse_id: evse for evse in evses}
        self.variable = variable
        self.entrance = Entrance(self)
        self.availability = Availability(self.evses, lambda: self.version)
        self.reset_kind: str | None = None
        self.memory = Memory(self.evses)
        self.checkup = Checkup(self.evses)
        self.charging = Charging(self)
        self.limiting = Limiting(self)
        self.reservations = Reservations(self)
        self.costs = Costs(self)
        self.listed = Listed(self)
        self.display = Display(self)
        self.resumption = Resumption(self)
        self.tariffs = Tariffs(self)
        self._unlocks = Unlocks()
        self.version = rules.version  # of OCPP, as it was spoken last
        for evse in self.evses.values():
            evse.points = partial(points_at, self, evse)
            evse.dress = partial(self.tariffs.dress, evse)

    # events from below

    def on_pilot(self, evse_id: int, status: PilotStatus, now: datetime, now_s: float) -> Effects:
        """Ring 1 of one EVSE reported; what only time changes there is for the next tick."""
        effects = Effects()
        evse = self.evses[evse_id]
        is_news = evse.is_news(status)
        evse.on_pilot(status, now, effects)
        effects.changes += self.memory.note(evse_id, status)
        self._unlocks.note(evse, now_s, effects)
        return self.settle(now, now_s, effects) if is_news or effects != Effects() else effects

    def on_board(
        self, evse_id: int, identity: PilotIdentity, now: datetime, now_s: float
    ) -> Effects:
        """Ring 1 of one EVSE was opened and says who it is."""
        self.evses[evse_id].board = identity
        return Effects()

    def on_pilot_started(self, evse_id: int, pilot: Pilot, now: datetime, now_s: float) -> Effects:
        """Ring 1 of one EVSE was found, or started anew: it is reminded of what it forgot."""
        faults = self.service_faults(evse_id)
        self.evses[evse_id].remind(faults, now_s)
        return Effects(acts=[partial(self.memory.give_back, evse_id, faults, pilot)])

    def on_pilot_lost(self, evse_id: int, now: datetime, now_s: float, why: str = "") -> Effects:
        """Ring 1 of one EVSE is silent, or is not the one that this station wants."""
        effects = Effects()
        self.evses[evse_id].on_pilot_lost(now, effects, why)
        return self.settle(now, now_s, effects)

    def on_reading(
        self, evse_id: int, reading: MeterReading, now: datetime, now_s: float
    ) -> Effects:
        """The meter of one EVSE answered."""
        effects = Effects()
        self.evses[evse_id].on_reading(reading, now, effects)
        check(self.evses[evse_id], refusal_of(self.variable), now, now_s, effects)
        return self.settle(now, now_s, effects)

    def on_meter(
        self, evse_id: int, identity: MeterIdentity, now: datetime, now_s: float
    ) -> Effects:
        """The meter of one EVSE was opened and says who it is."""
        effects = Effects()
        self.evses[evse_id].register.identify(identity)
        return self.settle(now, now_s, effects)

    def on_refused(self, evse_id: int, reason: str, now: datetime, now_s: float) -> Effects:
        """The meter of one EVSE answered nonsense."""
        effects = Effects()
        self.evses[evse_id].on_refused(reason, now, now_s, effects)
        return self.settle(now, now_s, effects)

    def on_reader(self, now: datetime, now_s: float, *, is_silent: bool) -> Effects:
        """A reader fell silent or came back; the fault belongs to every EVSE it serves."""
        effects = Effects()
        for evse in self.evses.values():
            if is_silent:
                evse.raise_fault(READER_SILENT, now, effects)
            else:
                evse.drop_fault(READER_SILENT, now, effects)
        return self.settle(now, now_s, effects)

    def on_books(self, now: datetime, *, is_failing: bool) -> Effects:
        """The books cannot be written, or can again: what is not written is not sold."""
        effects = Effects()
        for evse in self.evses.values():
            if is_failing:
                evse.raise_fault(STORE_FAILED, now, effects)
                evse.limit_by("store", 0.0, "the records cannot be written", now)
                evse.tell(now, effects)
            else:  # told with the next event, when all that waited is written
                evse.drop_fault(STORE_FAILED, now, effects)
                evse.limit_by("store", None, "", now)
        return effects

    def on_tick(self, now: datetime, now_s: float) -> Effects:
        """Time passed."""
        effects = Effects()
        for evse in self.evses.values():
            evse.on_tick(now, now_s, effects)
            asked = (self.variable, self.rules.keeps_samples, self.is_busy)
            samples.take(evse, *asked, now, now_s, effects)
            self._unlocks.note(evse, now_s, effects)
        self.costs.tick(now, effects)
        self.entrance.tick(now, now_s, effects)
        return self.settle(now, now_s, effects)

    # requests from people and from above

    def on_tag(
        self, token: IdToken, now: datetime, now_s: float, evse_id: int | None = None
    ) -> Effects:
        """Somebody held a card to a reader, or chose an EVSE for it."""
        effects = Effects()
        self.entrance.on_tag(token, evse_id, now, now_s, effects)
        return self.settle(now, now_s, effects)

    def on_remote_start(
        self,
        evse_id: int,
        token: IdToken,
        remote: Remote,
        must_authorise: bool,
        now: datetime,
        now_s: float,
    ) -> Effects:
        """The central system asked for a session."""
        effects = Effects()
        request = (evse_id, token, remote, must_authorise)
        self.entrance.on_remote_start(*request, now, now_s, effects)
        return self.settle(now, now_s, effects)

    def on_verdict(
        self, token: IdToken, known: Known | None, now: datetime, now_s: float
    ) -> Effects:
        """The central system's word on a token; None: it gave none in time."""
        effects = Effects()
        self.entrance.on_verdict(token, known, now, now_s, effects)
        return self.settle(now, now_s, effects)

    def on_version(self, version: str, now: datetime, now_s: float) -> Effects:
        """The central system speaks this version of OCPP."""
        return spoken.heard(self, version)

    def on_clear_cache(self, now: datetime, now_s: float) -> Effects:
        """Forget what the central system said of tokens."""
        effects = Effects()
        self.entrance.forget_all(effects)
        return effects

    def on_clear_fault(self, evse_id: int, code: int, now: datetime, now_s: float) -> Effects:
        """A person asks to clear a latched fault; ring 1 decides."""
        if code in wear.FAULTS and code in self.evses[evse_id].faults:
            self.memory.wear.renew(evse_id)
        if code == fault.PE_LOST:
            self.memory.earth.note_asked(evse_id, now_s)
        return Effects(faults_to_clear=[(evse_id, code)])

    def on_stop(self, tx_id: str, stop: Stop, now: datetime, now_s: float) -> Effects:
        """Somebody asked to end a transaction; one that is over has nothing to end."""
        effects = Effects()
        evse = self.evse_of_tx(tx_id)
        if evse is not None:
            evse.stop(stop, now, now_s, effects)
        return self.settle(now, now_s, effects)

    def on_sample(self, evse_id: int, now: datetime, now_s: float) -> Effects:
        """The central system asked for a sample of the running transaction."""
        effects = Effects()
        self.evses[evse_id].sample(now, "Trigger", Trigger.TRIGGER, effects)
        return self.settle(now, now_s, effects)

    def on_availability(
        self,
        evse_id: int,
        in_service: bool,
        now: datetime,
        now_s: float,
        *,
        is_connector: bool = False,
    ) -> Effects:
        """Put an EVSE, or the station (0), in or out of service; it survives a reboot."""
        effects = self.availability.begin(self, (evse_id, in_service, is_connector), now)
        for evse in self.evses.values():
            evse.in_service = self.availability.holds(evse.evse_id)
            if not evse.in_service:
                evse.session.revoke()
        return self.settle(now, now_s, effects)

    def on_unlock(self, evse_id: int, answer: Unlocked, now: datetime, now_s: float) -> Effects:
        """Release the plug; a running transaction ends first (1.6 §5.18). One answer follows."""
        effects = Effects()
        evse = self.evses[evse_id]
        evse.owner = None
        self._unlocks.add(evse_id, answer, now_s, effects)
        stop = Stop(StopReason.UNLOCK_COMMAND, Trigger.REMOTE_STOP)
        if not evse.is_let_in or not evse.stop(stop, now, now_s, effects):
            evse.session.revoke()
        return self.settle(now, now_s, effects)

    def on_reset(self, kind: str, now: datetime, now_s: float) -> Effects:
        """Restart: "hard" and "resume" at once, "soft" once all is stopped, "on_idle" later."""
        effects = Effects()
        self.reset_kind = kind if kind != "on_idle" or self.is_busy else "soft"
        effects.notice("reset", how=kind)
        if kind == "soft":
            stop = Stop(StopReason.SOFT_RESET, Trigger.RESET_COMMAND)
            for evse in self.evses.values():
                evse.stop(stop, now, now_s, effects)
        elif kind == "resume":
            self.resumption.order(now, effects)
        return self.settle(now, now_s, effects)

    def on_fact_answered(
        self,
        fact: Fact,
        csms_tx_id: int | None,
        known: Known | None,
        now: datetime,
        now_s: float,
    ) -> Effects:
        """The central system answered for a fact; ``known``: what it said of the token, if so.

        A token refused after the start ends the charge (1.6 §3.5.4, 2.0.1 C15).
        """
        effects = Effects()
        token = let_in(fact)
        if known is not None and token is not None:
            self.entrance.remember(token, known, now, effects)
        effects.changes += numbered(fact, csms_tx_id)
        self.costs.note_number(fact.tx_id, csms_tx_id)
        evse = self.evse_of_tx(fact.tx_id)
        if evse is None:
            return effects
        if csms_tx_id is not None:
            evse.csms_tx_id = csms_tx_id
        if known is not None and token is not None:
            judge(evse, known, refusal_of(self.variable), now, now_s, effects)
        return self.settle(now, now_s, effects)

    def on_restore(
        self,
        restored: Sequence[tuple[Transaction, int | None]],
        was_reset: bool,
        now: datetime,
        now_s: float,
    ) -> Effects:
        """Take up what ran when the power went: first thing after start."""
        effects = Effects()
        self.resumption.restore(restored, was_reset, now, now_s, effects)
        return self.settle(now, now_s, effects)

    def on_recall(
        self, evse_id: int, name: str, raised_at: datetime, now: datetime, now_s: float
    ) -> Effects:
        """A fault was there when the power went: it stays if only a person clears it.

        REQ-CNT-01: a weld is latched across a reboot. All others are found anew, or are gone.
        """
        evse = self.evses.get(evse_id)
        info = BY_NAME.get(name)
        if evse is not None and info is not None and info.clears == fault.SERVICE:
            evse.faults[info.code] = raised_at
            return Effects()
        return Effects(changes=[ClearFault(evse_id, name, now)])

    # what others ask

    def report(self, now: datetime) -> ConnectorReport:
        """The state of the station itself, as StatusNotification tells it."""
        is_there = self.availability.station
        state = ConnectorState.AVAILABLE if is_there else ConnectorState.UNAVAILABLE
        return ConnectorReport(STATION, now, state)

    def service_faults(self, evse_id: int) -> list[int]:
        """Ring 1's faults that only a person clears, as the books have them."""
        own = (code for code in self.evses[evse_id].faults if code < fault.OWN_COUNT)
        return sorted(code for code in own if info_of(code).clears == fault.SERVICE)

    @property
    def is_busy(self) -> bool:
        """True while any transaction runs."""
        return any(evse.is_busy for evse in self.evses.values())

    def evse_of_tx(self, tx_id: str | None) -> Evse | None:
        """The EVSE on which this transaction runs."""
        for evse in self.evses.values():
            if evse.transaction is not None and evse.transaction.tx_id == tx_id:
                return evse
        return None

    def can_start(self, evse_id: int) -> bool:
        """True if a request to charge could be accepted here now."""
        evse = self.evses.get(evse_id)
        if evse is None or not evse.in_service or self.reset_kind is not None or evse.is_broken:
            return False
        charge = evse.session.charge
        if charge is not None and not charge.is_open_to_anybody:
            return False
        return evse.session.table.state in (table.IDLE, table.PLUGGED, table.FINISHED)

    # helpers

    def settle(self, now: datetime, now_s: float, effects: Effects) -> Effects:
        """What follows every event: who may begin, what limits, what is told and owed."""
        evses = self.evses.values()
        self.charging.note_grants()
        for evse in evses:
            self._let_in(evse, now, now_s, effects)
            transact.follow(evse, now, now_s, effects)
        self.charging.settle(effects)
        self.limiting.settle(now, now_s, effects)
        self.reservations.settle(now, effects)
        self.costs.settle(effects)
        self.display.settle(now, now_s, effects)
        self.resumption.follow(now, now_s, effects)
        for evse in evses:
            evse.tell(now, effects)
        if not self.rules.has_csms:
            effects.changes = [one for one in effects.changes if not isinstance(one, OWED_ALONE)]
        elif not self.entrance.is_online:
            effects.changes = [queued_offline(change) for change in effects.changes]
        if self.reset_kind in RESETS_AT_ONCE or (self.reset_kind and not self.is_busy):
            effects.changes.append(SaveMeta("reset_kind", self.reset_kind))
            effects.restart = "hard" if self.reset_kind == "hard" else "soft"
        return effects

    def _let_in(self, evse: Evse, now: datetime, now_s: float, effects: Effects) -> None:
        """In free mode whoever plugs in may charge, as soon as nothing is in the way."""
        is_waiting = evse.session.table.state == table.PLUGGED and self.can_start(evse.evse_id)
        is_kept = evse.evse_id in self._unlocks or evse.is_reserved
        if self.rules.is_free and is_waiting and not is_kept:
            evse.accept(Grant(FREE_TOKEN, Trigger.CABLE_PLUGGED_IN, now_s), now, effects)
