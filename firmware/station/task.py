"""The station's task: takes one event at a time, writes it down, then acts on it.

While the books cannot be written, nothing else is taken from the inbox and no permit is granted,
so ring 1 ends the charge by itself: unwritten energy is not sold.
"""

import asyncio
import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ampkeeper.firmware.facts import ConnectorReport, IdToken
from ampkeeper.firmware.rhythm import Rhythm, Steady
from ampkeeper.firmware.safety.profile import Profile
from ampkeeper.firmware.station.desk import Event
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.owed import Owed
from ampkeeper.firmware.station.ring_one import profile_of
from ampkeeper.firmware.station.station import Station
from ampkeeper.firmware.store.changes import Change
from ampkeeper.firmware.store.store import Store
from ampkeeper.firmware.store.task import StoreWorker
from ampkeeper.hal.ports import Clock, Permit, Pilot

EARLY_S = 1e-6  # what is left is less than a timer can tell
INBOX_MAX = 1_000  # events; posting to a full inbox is refused, which the poster reports

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Listeners:
    """Who is told what, once it is written down."""

    report: Callable[[ConnectorReport], None]
    ask: Callable[[IdToken], None]
    outbox_grew: Callable[[], None]
    notice: Callable[[str, dict[str, Any]], None]
    restart: Callable[[str], None]


class StationTask:
    """Runs a ``Station``."""

    def __init__(
        self,
        station: Station,
        store: Store,
        worker: StoreWorker,
        clock: Clock,
        pilots: Mapping[int, Pilot],
        rhythm: Rhythm | None = None,
    ) -> None:
        self.station = station
        self.listeners: Listeners | None = None
        self.owed = Owed()
        self.rhythm = rhythm or Steady()
        self._store = store
        self._worker = worker
        self._clock = clock
        self._pilots = pilots
        self._inbox: asyncio.Queue[Event] = asyncio.Queue(INBOX_MAX)
        self._permits: dict[int, Permit] = {}
        self._profiles: dict[int, Profile] = {}
        self.followers: list[Callable[[Effects, datetime, float], None]] = []  # after each event
        self.on_shed: Callable[[int], None] = _log_shed  # so many messages had to go
        self._late: list[Change] = []  # what the books' own failure adds to them
        worker.on_trouble = self._on_trouble

    def post(self, event: Event) -> bool:
        """Hand in an event; False, and it is lost, when the station cannot keep up."""
        if self._inbox.full():
            log.warning("%d events wait: a request is refused", INBOX_MAX)
            return False
        self._inbox.put_nowait(event)
        return True

    @property
    def waiting(self) -> int:
        """Events that were handed in and are not taken yet."""
        return self._inbox.qsize()

    async def put(self, event: Event) -> None:
        """Hand in an event; waits for room."""
        await self._inbox.put(event)

    async def settled(self) -> None:
        """Wait until everything posted so far is written down."""
        written = asyncio.Event()
        await self.put(lambda now, now_s: Effects(acts=[written.set]))
        await written.wait()  # ended by the station's task; a store that fails holds it back

    async def run(self) -> None:
        """Take events for ever; ended by cancellation."""
        ticked_s = -math.inf
        while True:
            now_s = self._clock.now_s()
            next_tick_s = self.rhythm.next_tick_s(ticked_s)
            if now_s >= next_tick_s - EARLY_S:
                ticked_s = now_s
                await self.handle(self.station.on_tick)
                self._grant_all()
                continue
            try:
                async with asyncio.timeout(_wait_s(next_tick_s - now_s)):
                    event = await self._inbox.get()
            except TimeoutError:
                continue
            await self.handle(event)

    async def handle(self, event: Event) -> None:
        """Apply one event, write it down, act on it."""
        now, now_s = self._clock.now(), self._clock.now_s()
        effects = event(now, now_s)
        self.station.checkup.follow(effects, now, now_s)
        for follow in self.followers:
            follow(effects, now, now_s)
        effects.changes = [*self._late, *effects.changes]
        self._late.clear()
        if effects.changes:
            shed = await self._worker.insist(self._store.commit, effects.changes)
            self.owed.note(effects.changes)
            if shed:
                self.owed.load(await self._worker.insist(self._store.outbox_by_tx))
                self.on_shed(shed)
        self._grant_changed()
        self._act(effects)

    def _on_trouble(self, is_failing: bool) -> None:
        """Take the permits back at once; they return with an event that is written."""
        effects = self.station.on_books(self._clock.now(), is_failing=is_failing)
        self._late += effects.changes
        if is_failing:
            self._grant_changed()
        self._act(effects)

    def _act(self, effects: Effects) -> None:
        listeners = self.listeners
        if listeners is not None:
            for kind, fields in effects.notices:
                listeners.notice(kind, fields)
            for report in effects.reports:
                listeners.report(report)
            for token in effects.asks:
                listeners.ask(token)
            if effects.has_facts:
                listeners.outbox_grew()
            if effects.restart is not None:
                listeners.restart(effects.restart)
        for evse_id, code in effects.faults_to_clear:
            self._pilots[evse_id].clear_fault(code)
        for act in effects.acts:
            act()

    def _grant_all(self) -> None:
        for evse_id, evse in self.station.evses.items():
            self._permits[evse_id] = evse.permit()
            self._pilots[evse_id].permit(self._permits[evse_id])

    def _grant_changed(self) -> None:
        for evse_id, evse in self.station.evses.items():
            profile = profile_of(evse.rules, evse.session.charge)
            if self._profiles.get(evse_id) is not profile:
                self._profiles[evse_id] = profile
                self._pilots[evse_id].adopt(profile)
            permit = evse.permit()
            if self._permits.get(evse_id) != permit:
                self._permits[evse_id] = permit
                self._pilots[evse_id].permit(permit)


def _wait_s(seconds: float) -> float | None:
    """None: for an event, however long."""
    return None if math.isinf(seconds) else seconds


def _log_shed(messages: int) -> None:
    log.error("the outbox is full: %d messages had to go", messages)
