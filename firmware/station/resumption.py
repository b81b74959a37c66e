"""Resumption: which transactions go on after an interruption, and how (OCPP 2.1 E17 and B13).

The books say once a minute that the station is alive while somebody charges; from the last of it,
or of a sample, an interruption counts. Whether a transaction goes on is decided at the start,
once; what the central system is told of it is the session's.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ampkeeper.firmware.facts import StopReason, Trigger
from ampkeeper.firmware.limits.ledger import Entry
from ampkeeper.firmware.session.session import Phase, Stop, Transaction
from ampkeeper.firmware.station.books import ended_by_books, open_session, session_row
from ampkeeper.firmware.station.charging import PREFERRED_KEY
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.store.changes import AddFact, DropSession, SaveMeta

if TYPE_CHECKING:
    from ampkeeper.firmware.station.evse import Evse
    from ampkeeper.firmware.station.station import Station

KEY = "alive_at"
BY_ORDER = "reset"  # the station is not dead: it restarts, to go on
ALIVE_S = 60.0
RESETS_AT_ONCE = ("hard", "resume")
SOURCE = "resumption"
TIMEOUT = "TxCtrlr.ResumptionTimeout"
ALLOWED = "TxCtrlr.AllowEnergyTransferResumption"
RANDOM_RANGE = "TxCtrlr.EnergyTransferResumptionRandomRange"


class Resumption:
    """Part of the station."""

    def __init__(self, station: "Station") -> None:
        self._station = station
        self._random: Callable[[], float] = lambda: 0.0
        self._alive_at: datetime | None = None
        self._is_ordered = False
        self._next_s = 0.0

    @property
    def is_possible(self) -> bool:
        """True if an interrupted transaction can go on at all (B13.FR.01)."""
        station = self._station
        return not station.rules.ends_on_power_return and int(station.variable(TIMEOUT)) > 0

    def recall(self, read: Callable[[str], str | None], random: Callable[[], float]) -> list[str]:
        """Take up when the station was last alive, or else samples have to do.

        With it comes what transactions have that go on: priority and tariffs. Returned is what
        of it cannot be read and is left out, in words.
        """
        wrong = self._station.tariffs.recall(read)
        self._random = random
        self._station.charging.preferred = frozenset((read(PREFERRED_KEY) or "").split())
        kept = read(KEY) or ""
        self._is_ordered = kept == BY_ORDER
        if kept and not self._is_ordered:
            self._alive_at = datetime.fromisoformat(kept)
        return wrong

    def restore(
        self,
        restored: Sequence[tuple[Transaction, int | None]],
        was_reset: bool,
        now: datetime,
        now_s: float,
        effects: Effects,
    ) -> None:
        """Take up what ran, or end it (E17.FR.10, FR.20).

        What no EVSE can take up, because the configuration changed, ends by the books.
        """
        stop = Stop(StopReason.POWER_LOSS, Trigger.ABNORMAL_CONDITION)
        if was_reset:
            stop = Stop(StopReason.HARD_RESET, Trigger.RESET_COMMAND)
        evses = self._station.evses
        newest = {running.evse_id: (running, number) for running, number in restored}
        for running, _ in restored:
            if running.evse_id not in evses or newest[running.evse_id][0] is not running:
                self._end_by_books(running, stop, now, effects)
        for evse_id in sorted(newest.keys() & evses.keys()):
            running, csms_tx_id = newest[evse_id]
            evse = evses[evse_id]
            if was_reset or not self._goes_on(running, now):
                running = running.closing(stop)
                effects.changes.append(open_session(running))
            self._station.tariffs.take_up(running)
            evse.restore(running, now, now_s, effects)
            evse.csms_tx_id = csms_tx_id
            self._resume(evse, now)

    def order(self, now: datetime, effects: Effects) -> None:
        """The station restarts, and goes on afterwards; no energy flows (B13.FR.20)."""
        for evse in self._station.evses.values():
            evse.sample(now, "Other", Trigger.RESET_COMMAND, effects)  # B13.FR.04
            evse.limit_by(SOURCE, 0.0, "the station restarts", now)
        effects.changes.append(SaveMeta(KEY, BY_ORDER))

    def follow(self, now: datetime, now_s: float, effects: Effects) -> None:
        """While somebody charges, say so once in a while; afterwards forget what was."""
        self._station.tariffs.follow(now, now_s, effects)
        evses = self._station.evses.values()
        for evse in evses:
            if evse.transaction is None:
                evse.ledger.drop(SOURCE)
        is_due = now_s >= self._next_s and self._station.reset_kind is None
        if is_due and any(evse.transaction is not None for evse in evses):
            self._next_s = now_s + ALIVE_S
            effects.changes.append(SaveMeta(KEY, now.isoformat()))

    def _end_by_books(
        self, running: Transaction, stop: Stop, now: datetime, effects: Effects
    ) -> None:
        if running.opening is not None:  # it was never told, and nothing is left of it
            effects.changes.append(DropSession(running.tx_id))
            return
        fact = ended_by_books(running, stop, now)
        new_id = next(iter(self._station.evses.values())).new_id
        effects.changes.append(session_row(running, fact))
        told = self._station.tariffs.closed(running, fact, effects)
        effects.changes.append(AddFact(told, new_id()))
        effects.notice("orphan_transaction", evse_id=running.evse_id, tx_id=running.tx_id)

    def _goes_on(self, running: Transaction, now: datetime) -> bool:
        """Whether it does: within the time, or by order in whatever time (B13.FR.23)."""
        is_still = running.points.ends_on_suspension and running.phase is Phase.AUTHORISED
        if is_still or not self.is_possible:
            return False  # E06.FR.07
        alive_at = max(filter(None, (self._alive_at, running.last.at)))
        limit = timedelta(seconds=int(self._station.variable(TIMEOUT)))
        return self._is_ordered or now - alive_at <= limit

    def _resume(self, evse: "Evse", now: datetime) -> None:
        """Let energy flow later by chance (E17.FR.18), or not at all (E17.FR.12)."""
        variable = self._station.variable
        if not variable(ALLOWED):
            evse.limit_by(SOURCE, 0.0, "no energy after an interruption", now)
            return
        wait_s = self._random() * int(variable(RANDOM_RANGE))
        if wait_s > 0:
            until = now + timedelta(seconds=wait_s)
            why = "goes on at a time by chance"
            evse.ledger.put(Entry(SOURCE, 0.0, evse.rules.phases, why, now, until))
