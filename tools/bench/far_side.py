"""Far side: all that a charger is connected to, as a process of its own, for ``alone.py``.

Car, contactor, grid, ring 1, meter and reader, each at the far end of a pseudo-terminal, where
a device has serial ports. Says on stdout where they are and runs until stdin is closed.
"""

import asyncio
import json
import sys

from ampkeeper.board.emulated.bench import METER_UNIT, Bench, Faulty, Values, world_of
from ampkeeper.board.emulated.meter_twin import MeterTwin
from ampkeeper.board.emulated.virtual_time import LoopClock
from ampkeeper.firmware.config import Config, load
from ampkeeper.firmware.faces.cli.start import checkers
from ampkeeper.hal.fake import MemoryModbusBus
from ampkeeper.hal.linux.stream import PtyStream
from ampkeeper.hal.memory import memory_pair
from ampkeeper.hal.ports import ByteStream, ModbusBus

SEED = 1
LINES = ("pilot", "reader", "text_reader")  # in the order in which the bench asks for them


class FarLines:
    """Lines whose near ends are for another process; ``paths`` names them."""

    def __init__(self) -> None:
        self.paths: dict[str, str] = {}
        self._ptys: list[PtyStream] = []
        self._twins: list[MeterTwin] = []

    def pair(self) -> tuple[ByteStream, ByteStream]:
        """A pty; the driver that is built here on the other end is never opened."""
        far = PtyStream()
        self.paths[LINES[len(self._ptys)]] = far.path
        self._ptys.append(far)
        return memory_pair()[0], far

    async def meter(self, values: Values, serial: int) -> tuple[Faulty, ModbusBus]:
        """A meter twin on a pty."""
        twin = MeterTwin(values, METER_UNIT, serial)
        self._twins.append(twin)
        self.paths["meter"] = await twin.start()
        return twin, MemoryModbusBus(twin.image)

    async def close(self) -> None:
        """Pull all cables."""
        for twin in self._twins:
            await twin.stop()
        for pty in self._ptys:
            pty.destroy()


async def run(config: Config) -> None:
    """Be the far side of one EVSE until stdin is closed."""
    lines = FarLines()
    bench = Bench(world_of(config, SEED), LoopClock(), lines, epoch=1)
    await bench.build(config, _unheard)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(bench.run())
        await bench.is_running.wait()  # ended by its first steps, or by its failure
        print(json.dumps(lines.paths), flush=True)
        await asyncio.to_thread(sys.stdin.read)  # ended by whoever started this
        running.cancel()


def _unheard(kind: str, **fields: object) -> None:
    """Nobody listens."""


if __name__ == "__main__":
    asyncio.run(run(load(sys.argv[1], (), checkers())))
