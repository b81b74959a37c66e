"""A station whose prices are pushed to it, behind a real server on loopback."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from ampkeeper.firmware.config.model_energy import Price
from ampkeeper.firmware.faces.http.task import PricePush
from ampkeeper.firmware.station.energy_door import EnergyDoor
from ampkeeper.hal.fake import FakeClock
from tests.unit.station.energy_rig import Home

TOKEN = "correct-horse-battery-staple"
PATIENCE_S = 20.0
GOOD = (
    b'{"currency": "EUR", "prices": [{"start": "2026-01-01T00:00:00Z",'
    b' "end": "2026-01-02T00:00:00Z", "price": 0.25}]}'
)


class Inbox:
    """Applies what is put in at once; ``is_stuck``: the books cannot be written."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self.is_stuck = False

    async def put(self, event: Callable[..., Any]) -> None:
        event(self._clock.now(), self._clock.now_s())

    async def settled(self) -> None:
        if self.is_stuck:
            await asyncio.Event().wait()


class PushRig:
    """``ask`` sends one request; ``home`` is what it may change."""

    def __init__(self, folder: Path, **price: str) -> None:
        file = folder / "token"
        file.write_text(TOKEN + "\n")
        values = {"listen": "127.0.0.1:0", "token_file": str(file)} | price
        self.home = Home(mode="price", price_limit=0.3)
        self.clock = FakeClock()
        self.inbox = Inbox(self.clock)
        door: Any = EnergyDoor(self.home.energy, self.home.station, self.inbox, self.clock)
        self.push = PricePush(Price(**values), door.push, self.clock)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["PushRig"]:
        """It listens for the length of the block."""
        async with asyncio.TaskGroup() as group:
            (task,) = self.push.start(group)
            try:
                await self.listening()
                yield self
            finally:
                task.cancel()

    async def listening(self) -> None:
        """Wait until it does."""
        async with asyncio.timeout(PATIENCE_S):
            await self.push.is_listening.wait()

    @property
    def prices(self) -> int:
        """How many the station knows."""
        return len(self.home.energy.prices.slots)

    async def ask(
        self,
        content: Any = GOOD,
        token: str | None = TOKEN,
        kind: str = "application/json",
        method: str = "PUT",
        path: str = "/prices",
        context: ssl.SSLContext | bool = False,
        host: str = "",
    ) -> httpx.Response:
        """One request on a connection of its own."""
        headers = {"Content-Type": kind} if kind else {}
        headers |= {"Authorization": f"Bearer {token}"} if token is not None else {}
        scheme = "https" if context else "http"
        address = self.push.address if not host else f"{host}:{self.push.address.split(':')[1]}"
        async with httpx.AsyncClient(verify=context, trust_env=False, timeout=PATIENCE_S) as client:
            url = f"{scheme}://{address}{path}"
            return await client.request(method, url, content=content, headers=headers)

    async def say(self, *parts: bytes) -> bytes:
        """Write that, then read until the other side ends."""
        host, port = self.push.address.split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        try:
            for part in parts:
                writer.write(part)
                await writer.drain()
            async with asyncio.timeout(PATIENCE_S):
                return await reader.read()
        except ConnectionError:
            return b""
        finally:
            writer.close()
