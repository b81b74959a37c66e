"""The far side of a line: a bench's pilot board, running on the loop's time."""

import asyncio

from ampkeeper.hal.errors import AbsentError
from ampkeeper.hal.ports import ByteStream
from tests.unit.link.link_bench import TICK_MS, Bench


class FarSide:
    """Ticks ``bench`` every 10 ms and connects it to ``stream``."""

    def __init__(self, stream: ByteStream, bench: Bench) -> None:
        self.stream = stream
        self.bench = bench
        self.is_powered = True
        self.line_s = 0.0  # what comes from the station is on its way for so long

    def restart(self, bench: Bench) -> None:
        """Cut the power of the board and give it back: nothing of before is known."""
        self.bench = bench

    async def run(self) -> None:
        """Until cancelled."""
        await self.stream.open()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen())
            group.create_task(self._tick())

    async def _listen(self) -> None:
        while True:
            try:
                data = await self.stream.read()  # ended by cancellation
            except AbsentError:
                return
            if self.line_s:
                await asyncio.sleep(self.line_s)
            if self.is_powered:
                self.bench.board.feed(data)

    async def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        due_s = loop.time()
        while True:
            due_s += TICK_MS / 1_000
            await asyncio.sleep(due_s - loop.time())
            if self.is_powered:
                self.stream.write(self.bench.tick())
