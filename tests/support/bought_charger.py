"""A whole station before a bought board's twin and a watched central system; virtual time."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

from ampkeeper.board.emulated.meter_twin import MeterImage
from ampkeeper.board.emulated.virtual_time import LoopClock, until
from ampkeeper.firmware.app import App, Hardware, Surroundings
from ampkeeper.firmware.config.load import parse
from ampkeeper.firmware.station.view import evse_view
from ampkeeper.hal.fake import FakeReader, MemoryModbusBus
from ampkeeper.hal.memory_socket import MemoryDialer, MemorySocket
from ampkeeper.hal.meters.make import shipped
from ampkeeper.hal.meters.modbus_meter import ModbusMeter
from ampkeeper.hal.ports import Clock, Pilot
from tests.support.bought import Bought, bought
from tests.support.csms import WatchedCsms
from tests.support.record import breaches
from tests.support.transactions import Transaction, transaction_breaches, transactions

Fit = Callable[[Bought, Clock], Pilot]
STATION = "AK0001"
CONFIG = """
[station]
vendor = "Ampkeeper"
model = "Bought"
serial = "AK-0001"
[board]
name = "emulated"
[[evse]]
id = 1
max_a = 16
phases = 3
socket = false
[ocpp]
url = "ws://memory/ocpp"
id = "AK0001"
versions = ["{version}"]
"""


class BoughtCharger:
    """Use ``running()``; the far side is ``rig``, ``reader`` and ``csms``.

    ``fit`` may change the twin before anybody asks it, and puts what it likes before the driver.
    """

    def __init__(
        self, folder: Path, kind: str, version: str, fit: Fit = lambda rig, clock: rig.pilot
    ) -> None:
        self.folder, self.kind, self.version = folder, kind, version
        self._fit = fit
        self.reader = FakeReader()
        self.rig: Bought
        self.pilot: Pilot
        self.csms: WatchedCsms
        self.app: App
        self._random = Random(1)
        self._talks: set[asyncio.Future[None]] = set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator["BoughtCharger"]:
        clock = LoopClock()
        self.csms = WatchedCsms(now=clock.now)
        async with bought(self.kind, clock) as self.rig:
            rig = self.rig

            def reading() -> Any:
                return rig.car.reading(rig.board.current_ma, clock.now_s())

            bus = MemoryModbusBus(MeterImage(reading, unit=2))
            meter = ModbusMeter(bus, 2, shipped("sdm630"), clock)
            around = Surroundings(
                new_id=lambda: str(uuid.UUID(int=self._random.getrandbits(128), version=4)),
                random=self._random.random,
                make_dialer=lambda access: MemoryDialer(self._accept),
                has_local_door=False,
            )
            self.pilot = self._fit(rig, clock)
            parts = Hardware({1: self.pilot}, {1: meter}, {1: self.reader})
            config = parse(CONFIG.format(version=self.version), ())
            self.app = App(config, self.folder, parts, clock, around)
            task = asyncio.ensure_future(self.app.run())
            try:
                yield self
            finally:
                task.cancel()
                for talk in self._talks:
                    talk.cancel()
                await asyncio.gather(task, *self._talks, return_exceptions=True)

    @property
    def status(self) -> str:
        """The OCPP 1.6 status of EVSE 1."""
        return str(self.seen()["status"])

    def seen(self) -> dict[str, Any]:
        """EVSE 1 as the station shows it."""
        station = self.app.station
        return evse_view(station.evses[1], self.app.clock.now(), station.costs.shown)

    def is_registered(self) -> bool:
        """True while the central system accepts us."""
        return bool(self.app.csms.view()["registration"] == "accepted")

    async def until(self, is_so: Callable[[], bool], seconds: float = 120.0) -> float:
        """Wait until ``is_so``; return how long it took."""
        return await until(is_so, seconds, self.seen)

    async def charge(self, card: str = "04A224B1") -> None:
        """Plug a car in, hold a card, wait until energy flows."""
        await self.until(lambda: self.status == "Available" and self.is_registered())
        self.rig.car.plug()
        self.reader.hold(card)
        await self.until(lambda: self.status == "Charging")
        await self.until(lambda: self.rig.board.current_ma > 0)
        self.reader.remove()

    async def settle(self) -> list[Transaction]:
        """The car leaves; return the transactions on the wire, judged."""
        self.rig.car.unplug()
        await self.until(lambda: self.status == "Available")
        await self.until(lambda: self.app.task.owed.count == 0)
        await asyncio.sleep(1.0)
        found = transactions(self.csms.record)
        broken = breaches(self.csms.record)
        for each in found:
            broken += transaction_breaches(each)
        assert broken == [], f"{broken}\n{self.csms.record.tail(60)}"
        assert self.csms.rejected == []
        return found

    def _accept(self, socket: MemorySocket, url: str, subprotocols: Sequence[str]) -> str | None:
        chosen = next((name for name in subprotocols if name in self.csms.versions), None)
        if chosen is not None:
            talk = asyncio.ensure_future(self.csms.serve(socket, STATION, chosen))
            self._talks.add(talk)
        return chosen
