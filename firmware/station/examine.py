"""Examine: the station's self-tests in the background, and those that somebody asks for.

A shell: it waits, looks into the books, and hands what it saw to ``checkup``, which decides.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import TypeVar

from ampkeeper.firmware.safety import selftest
from ampkeeper.firmware.selftests import words
from ampkeeper.firmware.station.checkup import serial_key
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.task import StationTask
from ampkeeper.firmware.store.errors import StoreError
from ampkeeper.firmware.store.store import Store
from ampkeeper.firmware.store.task import StoreWorker
from ampkeeper.hal.ports import Clock, Pilot

FIRST_S = 15.0  # after start: ring 1, meter and central system have answered by then
LOOK_S = 10.0  # between two looks at what is due, at least
HOUR_S, DAY_S = 3_600.0, 86_400.0
WAIT_S = 10.0  # for what somebody asked for
POLL_S = 0.1
# What ring 1 looks at whenever it is asked to: it answers at once, absent or not. The supply of
# the pilot it only measures where it can.
SUPPLY = 16
LOOKS = [
    each.number
    for each in words.WORDS.values()
    if each.number <= selftest.LAST and each.runs == words.ANY_TIME and each.number != SUPPLY
]

Found = TypeVar("Found")

log = logging.getLogger(__name__)


class NoResultError(Exception):
    """What was asked for did not come; the text says what was waited for."""


class Examiner:
    """Runs the station's self-tests and asks ring 1 for its own."""

    def __init__(
        self,
        task: StationTask,
        store: Store,
        worker: StoreWorker,
        clock: Clock,
        pilots: Mapping[int, Pilot],
    ) -> None:
        self._task = task
        self._store = store
        self._worker = worker
        self._clock = clock
        self._pilots = pilots
        self._checkup = task.station.checkup
        self._wake = asyncio.Event()
        task.followers.append(self._follow)

    async def run(self) -> None:
        """Let the station test itself at boot, hourly, daily and after faults; ends by cancel."""
        await asyncio.sleep(FIRST_S)
        await self._recall()
        hour_s = day_s = -DAY_S
        while True:
            now_s = self._clock.now_s()
            if now_s - hour_s >= HOUR_S:
                hour_s = now_s
                await self._task.put(self._checkup.on_hour)
                self._checkup.counters_due = True
            if now_s - day_s >= DAY_S:
                day_s = now_s
                await self._look_at_store()
            if self._checkup.counters_due:
                await self._look_at_counters()
            await asyncio.sleep(LOOK_S)  # what comes in between is looked at together
            due_s = min(hour_s + HOUR_S, day_s + DAY_S)
            await self._wait(due_s - self._clock.now_s())

    async def _wait(self, seconds: float) -> None:
        """Until then, or until there is something to look at."""
        self._wake.clear()
        if self._checkup.counters_due:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, seconds)):
                await self._wake.wait()

    def _follow(self, effects: Effects, now: datetime, now_s: float) -> None:
        if self._checkup.counters_due:
            self._wake.set()

    async def station_tests(self) -> None:
        """Run the station's own now."""
        await self._task.put(self._checkup.on_hour)
        await self._look_at_store()
        await self._look_at_counters()
        await self._task.settled()

    async def ring_1(self, evse_id: int, number: int) -> None:
        """Ask ring 1 for a self-test, 0 for all, and wait; NoResultError if none comes."""
        told, latest = self._checkup.told, self._checkup.latest
        before = dict(told)
        wanted = [number] if number else LOOKS
        self._pilots[evse_id].self_test(number)

        def is_done() -> bool:
            keys = [(evse_id, each) for each in wanted]
            if any(told.get(key, 0) == before.get(key, 0) for key in keys):
                return False
            tests = (latest.get((evse_id, each)) for each in words.WORDS)
            return not any(test.result == selftest.RUNNING for test in tests if test is not None)

        await self._until(is_done, f"ring 1 of EVSE {evse_id} gave no result within {WAIT_S:g} s")

    async def freeze(self, evse_id: int) -> None:
        """Freeze the flight recorder, and wait until the trace is written down."""
        traces = self._checkup.traces
        before = traces.get(evse_id, 0)
        self._pilots[evse_id].freeze_trace()
        silence = f"ring 1 of EVSE {evse_id} sent no trace within {WAIT_S:g} s"
        await self._until(lambda: traces.get(evse_id, 0) > before, silence)
        await self._task.settled()

    async def _until(self, is_so: Callable[[], bool], silence: str) -> None:
        end_s = self._clock.now_s() + WAIT_S
        while not is_so():
            if self._clock.now_s() >= end_s:
                raise NoResultError(silence)
            await asyncio.sleep(POLL_S)

    async def _recall(self) -> None:
        for evse_id in self._task.station.evses:
            serial = await self._worker.insist(self._store.meta, serial_key(evse_id))
            self._checkup.recall(evse_id, serial or "")

    async def _look_at_store(self) -> None:
        began_s = self._clock.now_s()
        health = await self._read(self._store.health)
        took_ms = round((self._clock.now_s() - began_s) * 1_000)
        await self._task.put(partial(self._checkup.on_health, health, took_ms))

    async def _look_at_counters(self) -> None:
        self._checkup.counters_due = False
        counts = await self._read(self._store.fault_counts)
        await self._task.put(partial(self._checkup.on_counts, counts))

    async def _read(self, read: Callable[[], Found]) -> Found | None:
        """Look into the books; None, which is a finding, when that cannot be done."""
        try:
            return await self._worker.run(read)
        except StoreError as error:
            log.error("the books cannot be looked at: %s", error)
            return None
