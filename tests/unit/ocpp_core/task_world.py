"""A world for the OCPP task: a store, a clock and a central system, in virtual time."""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from ampkeeper.board.emulated.virtual_time import LoopClock, run_virtual
from ampkeeper.firmware.ocpp import effects as fx
from ampkeeper.firmware.ocpp.charge_point import ChargePoint, ChargePointSettings
from ampkeeper.firmware.ocpp.connection import Backoff, BackoffSettings
from ampkeeper.firmware.ocpp.task import OcppTask
from ampkeeper.firmware.ocpp.way import OneWay
from ampkeeper.hal.errors import AbsentError
from ampkeeper.hal.memory_socket import MemoryDialer, MemorySocket
from tests.unit.ocpp_core.async_outbox import AsyncOutbox
from tests.unit.ocpp_core.core_fakes import (
    GOOD,
    NOON_TEXT,
    CoreDialect,
    CoreStation,
    MemoryOutbox,
)

URL = "ws://127.0.0.1/ocpp/A"


class World:
    """A task, a store and a central system that answers everything, in one loop."""

    def __init__(self) -> None:
        self.clock = LoopClock()
        self.outbox = MemoryOutbox()
        self.store = AsyncOutbox(self.outbox)
        self.events: list[Any] = []
        self.frames: list[tuple[str, str]] = []
        self.calls: list[str] = []
        self.connects_s: list[float] = []
        self.sockets: list[MemorySocket] = []
        self.chosen: str | None = "ocpp1.6"
        self.is_answering = True
        self.refused: set[str] = set()
        self.servers: set[asyncio.Task[None]] = set()
        self.is_written = asyncio.Event()
        self.is_written.set()
        self.dialer = MemoryDialer(self._accept)
        self.dialect = CoreDialect()
        charge_point = ChargePoint(
            {"ocpp1.6": self.dialect}, CoreStation(), ChargePointSettings(), self._new_id
        )
        self._ids = 0
        self.task = OcppTask(
            charge_point,
            self.store,
            OneWay(self.dialer, URL, ["ocpp2.0.1", "ocpp1.6"]),
            self.clock,
            Backoff(BackoffSettings(10.0, 0.0, 2), lambda: 0.0),
            self._on_event,
            lambda direction, text: self.frames.append((direction, text)),
            self._before_reply,
        )

    def _new_id(self) -> str:
        self._ids += 1
        return f"id-{self._ids}"

    async def _before_reply(self) -> None:
        await self.is_written.wait()

    async def _on_event(self, event: fx.Event) -> None:
        self.events.append(event)

    def _accept(self, far: MemorySocket, url: str, offered: Sequence[str]) -> str | None:
        assert (url, tuple(offered)) == (URL, ("ocpp2.0.1", "ocpp1.6"))
        self.connects_s.append(self.clock.now_s())
        self.sockets.append(far)
        self.servers.add(asyncio.ensure_future(self._serve(far)))
        return self.chosen

    async def _serve(self, far: MemorySocket) -> None:
        with contextlib.suppress(AbsentError):
            while True:
                frame = json.loads(await far.recv())
                if frame[0] != 2:
                    continue
                self.calls.append(frame[2])
                if frame[2] in self.refused:
                    await far.send(json.dumps([4, frame[1], "InternalError", "", {}]))
                elif self.is_answering:
                    await far.send(json.dumps([3, frame[1], self._answer(frame)]))

    def _answer(self, frame: Any) -> dict[str, Any]:
        if frame[2] == "BootNotification":
            return {"status": "Accepted", "currentTime": NOON_TEXT, "interval": 300}
        return GOOD[frame[2]]

    def told(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


def played(play: Callable[[World], Awaitable[None]]) -> World:
    """Run the task beside ``play`` and return the world."""

    async def main() -> World:
        world = World()
        running = asyncio.ensure_future(world.task.run())
        await play(world)
        assert not running.done(), running
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        for far in world.sockets:
            far.abort()
        await asyncio.gather(*world.servers)
        return world

    return run_virtual(main())
