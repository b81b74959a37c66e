"""Way: makes the way free for an update: waits for transactions to end, and lets nobody else in."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from ampkeeper.firmware.station.hold import Hold
from ampkeeper.firmware.station.task import StationTask
from ampkeeper.hal.ports import Clock

LOOK_S = 1.0
NAP_S_MAX = 30.0  # while waiting for a date: the clock may be set meanwhile


class Way:
    """``lets_in``: sessions may begin while others are waited for."""

    def __init__(self, task: StationTask, hold: Hold, lets_in: Callable[[], bool]) -> None:
        self._task = task
        self._hold = hold
        self._lets_in = lets_in

    async def wait(self) -> None:
        """Wait until nobody is in, and let nobody in, at once or then (L01.FR.06, FR.07)."""
        while True:
            if not self._lets_in() or not self._task.station.is_busy:
                await self.keep_free()
            if self._hold.is_on and not self._task.station.is_busy:
                return
            await asyncio.sleep(LOOK_S)

    async def keep_free(self) -> None:
        """Let nobody in from now on."""
        if not self._hold.is_on:
            await self._task.put(self._hold.on_begin)
            await self._task.settled()

    async def release(self) -> None:
        """Let people in again."""
        if self._hold.is_on:
            await self._task.put(self._hold.on_end)
            await self._task.settled()


async def until(clock: Clock, at: datetime) -> None:
    """Wait for a date."""
    while True:
        wait_s = (at - clock.now()).total_seconds()
        if wait_s <= 0:
            return
        await asyncio.sleep(min(wait_s, NAP_S_MAX))
