"""A whole charger in virtual time that leaps over what is calm: for long simulations.

As ``VirtualCharger``, with a reader that sends by itself and no image for its pilot board: what
asks again and again would keep the clock from leaping. Whoever moves the world goes through the
methods here, or calls ``stir`` before.
"""

import asyncio
from typing import Any

from ampkeeper.board.emulated.bench import (
    TEXT_READER,
    Bench,
    Hardware,
    MemoryLines,
    Publish,
)
from ampkeeper.board.emulated.calm import Calm, CalmLoop
from ampkeeper.board.emulated.calm_pilot import CalmPilot
from ampkeeper.board.emulated.ring import WorldLoop, epoch_of_boot
from ampkeeper.board.emulated.virtual_charger import VirtualCharger
from ampkeeper.board.emulated.virtual_time import LoopClock
from ampkeeper.board.emulated.world import World
from ampkeeper.firmware.app import App
from ampkeeper.firmware.config.model import Config
from ampkeeper.firmware.rhythm import Rhythm
from ampkeeper.firmware.safety.signals import Settings
from ampkeeper.hal.pilots.linked import LinkedPilot
from ampkeeper.hal.ports import ByteStream, Clock, Pilot


class CalmBench(Bench):
    """A bench in memory that leaps."""

    def __init__(self, world: World, clock: Clock, epoch: int) -> None:
        super().__init__(world, clock, MemoryLines(), epoch)
        self.calm = Calm(clock)

    async def build(self, config: Config, publish: Publish) -> Hardware:
        """As of old, but for the reader that is asked again and again."""
        built = await super().build(config, publish)
        readers = {TEXT_READER: built.readers[TEXT_READER]}
        return Hardware(
            built.pilots, built.meters, readers, mains=built.mains, grid_line=built.grid_line
        )

    def make_pilot(self, near: ByteStream, settings: Settings) -> Pilot:
        """One that is silent while all is calm."""
        return CalmPilot(LinkedPilot(near, self.calm.line_clock, settings), self.calm)

    def make_loop(self) -> WorldLoop:
        """One that leaps."""
        return CalmLoop(self.rings.values(), self.follow, self.calm)


class CalmCharger(VirtualCharger):
    """``calm`` tells how often it leapt."""

    calm: Calm

    async def connect(self, clock: LoopClock, publish: Publish) -> tuple[Bench, Hardware]:
        """A bench that leaps."""
        bench = CalmBench(self.world, clock, epoch_of_boot(self._boots))
        self.calm = bench.calm
        return bench, await bench.build(self.config, publish)

    def rhythm(self) -> Rhythm:
        """The bench's."""
        return self.calm

    def follow(self, app: App) -> None:
        """Calm is what this one says."""
        self.calm.attach(app)

    async def _power_off(self, tasks: list[asyncio.Task[None]]) -> None:
        """What has flowed until now has flowed."""
        await self.calm.catch_up()
        await super()._power_off(tasks)

    def change_car(self, values: dict[str, Any]) -> None:
        """Change the car, with the world up to date."""
        self.calm.stir()
        self.car.change_car(values)

    def plug(self, **settings: Any) -> None:
        """Plug in a car that is ready to charge."""
        self.change_car({"plugged": True, "ready": True} | settings)

    def unplug(self) -> None:
        """Pull the cable."""
        self.change_car({"plugged": False})

    def swipe(self, uid: str = "04A224B1") -> None:
        """Type a token at the reader."""
        self.calm.stir()
        assert self.world.cards[1].present(uid)
