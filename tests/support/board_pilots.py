"""The pilot of the emulated board as it is built, with its world running behind it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from ampkeeper.board.emulated import bench as emulated
from ampkeeper.board.emulated.virtual_time import LoopClock
from ampkeeper.board.emulated.world import EvseWorld
from ampkeeper.firmware.config import parse
from ampkeeper.firmware.safety.fault import RCD_AC
from ampkeeper.hal.ports import Pilot
from tests.support.configs import FREE
from tests.support.rig import CAR

LEAKING_MA = 45.0


class BoardFar:
    """The far side: a car, a cable, and current that leaves by the earth."""

    fault = RCD_AC

    def __init__(self, world: EvseWorld) -> None:
        self._world = world

    def plug_in_and_draw(self) -> None:
        self._world.change_car({"plugged": True, "ready": True} | CAR)

    def unplug(self) -> None:
        self._world.change_car({"plugged": False})

    def power(self, is_on: bool) -> None:
        self._world.causes.pilot_link = "ok" if is_on else "silent"

    def fail(self, is_bad: bool) -> None:
        self._world.leakage.ac_ma = LEAKING_MA if is_bad else 0.0


@asynccontextmanager
async def board_pilot(is_pty: bool) -> AsyncIterator[tuple[Pilot, BoardFar]]:
    """The driver, not open yet, over memory or a pty, and its far side."""
    config = parse(FREE, [("evse.1.socket", "false")])
    world = emulated.world_of(config, seed=1)
    lines = emulated.PtyLines() if is_pty else emulated.MemoryLines()
    bench = emulated.Bench(world, LoopClock(), lines, epoch=1)
    hardware = await bench.build(config, lambda kind, **fields: None)
    running = asyncio.ensure_future(bench.run())
    try:
        await bench.is_running.wait()
        yield hardware.pilots[1], BoardFar(world.evses[1])
    finally:
        hardware.pilots[1].close()
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
