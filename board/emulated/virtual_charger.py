"""A whole charger in virtual time: world, ring 1, drivers, station, books and central system.

Everything is the shipped code over memory instead of ptys and sockets; only time is not the
wall's. One seed, one trace: ids and chance come from it. For tests and simulations.
"""

import asyncio
import hashlib
import json
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from ampkeeper.board.emulated.bench import (
    Bench,
    PilotWiring,
    Publish,
    hardware_in_memory,
    world_of,
)
from ampkeeper.board.emulated.bench import Hardware as BenchHardware
from ampkeeper.board.emulated.demo.csms import DemoCsms
from ampkeeper.board.emulated.pilot_machine import NAME as PILOT_BOARD
from ampkeeper.board.emulated.ring import epoch_of_boot
from ampkeeper.board.emulated.virtual_launcher import VirtualLauncher
from ampkeeper.board.emulated.virtual_time import LoopClock, until
from ampkeeper.board.emulated.world import EvseWorld, World
from ampkeeper.board.host.dial import file_carriers
from ampkeeper.board.host.pairing import SlotWants
from ampkeeper.board.host.post import NetworkPost
from ampkeeper.firmware.app import App, Hardware, Surroundings
from ampkeeper.firmware.config.load import parse
from ampkeeper.firmware.config.model import Config
from ampkeeper.firmware.neighbors import MakeBus
from ampkeeper.firmware.ocpp.dialer import Access, Dialer
from ampkeeper.firmware.rhythm import Rhythm, Steady
from ampkeeper.firmware.station.view import evse_view
from ampkeeper.firmware.update.launch import RESTART_KIND
from ampkeeper.hal.memory_socket import MemoryDialer, MemorySocket
from ampkeeper.hal.ports import Indicator, Meter

CONFIG = """
[station]
vendor = "Ampkeeper"
model = "Emulated"
serial = "AK-0001"
[board]
name = "emulated"
[[evse]]
id = 1
max_a = 32
phases = 3
socket = true
[ocpp]
url = "ws://memory/ocpp"
id = "AK0001"
"""
RESTART_S = 0.5  # a station that restarts itself is not there for this long


@dataclass(slots=True)
class Trace:
    """Everything that happened, in order: (seconds, kind, fields)."""

    events: list[tuple[float, str, dict[str, Any]]] = field(default_factory=list)

    def digest(self) -> str:
        """One hash of the whole trace."""
        text = json.dumps(self.events, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    def of(self, kind: str) -> list[dict[str, Any]]:
        """All events of one kind."""
        return [fields for _, seen, fields in self.events if seen == kind]


class VirtualCharger:
    """Use ``running()``, as often as power returns; the far side is ``car``, ``world``, ``csms``.

    The world stays as a power cut leaves it; the central system goes on anyway.
    """

    def __init__(
        self,
        state_dir: Path,
        seed: int = 1,
        sets: Sequence[tuple[str, str]] = (),
        config: Config | None = None,
    ) -> None:
        self.config: Config = config or parse(CONFIG, sets)
        self.state_dir = state_dir
        self.launcher = VirtualLauncher(self.config, state_dir)
        self.wants = SlotWants(state_dir, lambda: self.launcher.launched, PILOT_BOARD)
        self.random = Random(seed)
        self.world: World = world_of(self.config, seed)
        self.trace = Trace()
        self.indicators: dict[int, Indicator] = {}  # those of a test
        self.meters: dict[int, Callable[[], Meter]] = {}  # of a test; made at each power on
        self.make_bus: MakeBus | None = None  # of a test
        self.csms: DemoCsms
        self.dialer: MemoryDialer
        self.bench: Bench
        self.app: App
        self._seed = seed
        self._boots = 0
        self._group: asyncio.TaskGroup
        self._talks: dict[asyncio.Task[None], MemorySocket] = {}

    @property
    def car(self) -> EvseWorld:
        """The far side of EVSE 1."""
        return self.world.evses[1]

    @asynccontextmanager
    async def running(self) -> AsyncIterator["VirtualCharger"]:
        """Power on; at the end power off, as a cut would."""
        clock = LoopClock()
        loop = asyncio.get_running_loop()

        def note(kind: str, fields: dict[str, Any]) -> None:
            self.trace.events.append((round(loop.time(), 3), kind, fields))

        def note_frame(station_id: str, direction: str, frame: list[Any]) -> None:
            note("ocpp", {"direction": direction, "frame": frame})

        if not hasattr(self, "csms"):
            self.csms = DemoCsms(observer=note_frame, now=clock.now)
            self.dialer = MemoryDialer(self._accept)
        self._boots += 1
        self.launcher.start()
        self.bench, hardware = await self.connect(clock, lambda kind, **told: note(kind, told))
        meters = {**hardware.meters, **{number: make() for number, make in self.meters.items()}}
        cards, mains, line = hardware.readers, hardware.mains, hardware.grid_line
        parts = Hardware(hardware.pilots, meters, cards, self.indicators, mains, line)
        around = Surroundings(
            notice=note,
            new_id=self._new_id,
            random=self.random.random,
            make_dialer=self.dial,
            make_bus=self.make_bus,
            make_carriers=file_carriers,
            make_post=NetworkPost,
            make_terminal=lambda: self.world.terminal,
            make_installer=self.launcher.installer,
            has_local_door=False,
            rhythm=self.rhythm(),
        )
        self.app = self._make_app(parts, clock, around)
        async with asyncio.TaskGroup() as group:
            self._group = group
            tasks = [
                group.create_task(self.bench.run()),
                group.create_task(self._run_app(parts, clock, around)),
            ]
            await asyncio.sleep(0)  # now they run, and will close what they opened
            try:
                yield self
            finally:
                await self._power_off(tasks)

    async def connect(self, clock: LoopClock, publish: Publish) -> tuple[Bench, BenchHardware]:
        """The bench of this life, and the drivers on it."""
        wiring = PilotWiring(self.state_dir / "flash", self.wants)
        boot = epoch_of_boot(self._boots)
        return await hardware_in_memory(self.config, self.world, clock, publish, boot, wiring)

    def rhythm(self) -> Rhythm:
        """How often the station looks."""
        return Steady()

    def follow(self, app: App) -> None:
        """A station has been made, and will run."""

    async def _power_off(self, tasks: list[asyncio.Task[None]]) -> None:
        """End everything here at once; what is on the line already still arrives there."""
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for socket in self._talks.values():
            socket.abort()
        await asyncio.gather(*self._talks, return_exceptions=True)
        kept = json.dumps(self.world.save())
        self.world = world_of(self.config, self._seed)
        self.world.load(json.loads(kept))

    async def until(self, is_so: Callable[[], bool], seconds: float = 60.0) -> float:
        """Wait until ``is_so``; return how long it took; AssertionError after ``seconds``."""
        return await until(is_so, seconds, self.seen)

    def dial(self, access: Access) -> Dialer:
        """The way to the central system: by memory, whoever may come in."""
        return self.dialer

    def seen(self) -> dict[str, Any]:
        """EVSE 1 as the station shows it."""
        station = self.app.station
        return evse_view(station.evses[1], self.app.clock.now(), station.costs.shown)

    def status(self) -> str:
        """The OCPP 1.6 status of EVSE 1."""
        return str(self.seen()["status"])

    def plug(self, **settings: Any) -> None:
        """Plug in a car that is ready to charge."""
        self.car.change_car({"plugged": True, "ready": True} | settings)

    def unplug(self) -> None:
        """Pull the cable."""
        self.car.change_car({"plugged": False})

    def swipe(self, uid: str = "04A224B1") -> None:
        """Hold a card to the reader."""
        assert self.world.cards[1].present(bytes.fromhex(uid))

    async def _run_app(self, parts: Hardware, clock: LoopClock, around: Surroundings) -> None:
        """Run the station, and again each time that it asks to be restarted."""
        while True:
            kind = await self.app.run()
            await asyncio.sleep(RESTART_S)
            if kind == RESTART_KIND:
                self.launcher.start()
            self.app = self._make_app(parts, clock, around)

    def _make_app(self, parts: Hardware, clock: LoopClock, around: Surroundings) -> App:
        app = App(self.config, self.state_dir, parts, clock, around)
        self.follow(app)
        return app

    def _accept(self, socket: MemorySocket, url: str, subprotocols: Sequence[str]) -> str | None:
        chosen = next((name for name in subprotocols if name in self.csms.versions), None)
        if chosen is not None:
            station_id = url.rpartition("/")[2]
            talk = self._group.create_task(self.csms.serve(socket, station_id, chosen))
            self._talks[talk] = socket
            talk.add_done_callback(self._talks.pop)
        return chosen

    def _new_id(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))
