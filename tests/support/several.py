"""A whole charger in virtual time with several central systems, each of which can be away.

They are known by the host of their URL. Each keeps its own books and counts its transactions from
1, so that a number given by one means somebody else's transaction at another.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ampkeeper.board.emulated.demo.ledger import Booked
from ampkeeper.board.emulated.virtual_charger import CONFIG
from ampkeeper.board.emulated.virtual_time import LoopClock
from ampkeeper.firmware.config.load import parse
from ampkeeper.firmware.ocpp.dialer import Access, Dialer
from ampkeeper.hal.errors import AbsentError
from ampkeeper.hal.memory_socket import Accept, MemoryDialer, MemorySocket
from tests.support.csms import WatchedCsms
from tests.support.virtual import STATION, Charger

A, B, C = "a", "b", "c"
TO_C = {"url": "ws://c/ocpp"}
SETTINGS = """
[ocpp.variables]
"OCPPCommCtrlr.RetryBackOffWaitMinimum" = 1
"OCPPCommCtrlr.RetryBackOffRandomRange" = 0
"OCPPCommCtrlr.NetworkProfileConnectionAttempts" = 2
"OCPPCommCtrlr.MessageTimeout[Default]" = 3
"RouteCtrlr.ReturnTime" = 10
"RouteCtrlr.TrialTime" = 30
"""


class Several(Charger):
    """Starts with a as [ocpp]; ``fallbacks`` are the hosts of its [[fallback]] tables."""

    def __init__(
        self,
        folder: Path,
        version: str = "1.6",
        fallbacks: Sequence[str] = (B,),
        books: str = "",
        more: str = "",
    ) -> None:
        super().__init__(folder, version)
        self._version = version
        self._more = more  # of the file
        self.configure(fallbacks, books)
        self.systems: dict[str, WatchedCsms] = {}
        self.away: set[str] = set()  # who is not there
        self.dial_s: dict[str, float] = {}  # how long it takes to get through to a host
        self.accesses: list[Access] = []  # with what it was tried to get in
        self.dials: list[str] = []  # hosts, in the order in which they were tried

    def configure(self, fallbacks: Sequence[str], books: str = "") -> None:
        """The owner edits the file; it counts from the next start on."""
        named = f'books = "{books}"\n' if books else ""
        text = CONFIG.replace("ws://memory/ocpp", "ws://a/ocpp") + named + SETTINGS
        for host in fallbacks:
            text += f'[[fallback]]\nurl = "ws://{host}/ocpp"\n{named}'
        self.config = parse(text + self._more, [("ocpp.versions", f'["{self._version}"]')])

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Several"]:
        """Power on; at the end power off, as a cut would."""
        if not self.systems:
            self.systems = {host: WatchedCsms(now=LoopClock().now) for host in (A, B, C)}
        async with super().running():
            self.dialer = LongWay(self._accept, self.dial_s)
            yield self

    def calls(self, host: str, action: str | None = None) -> list[Any]:
        """What one of them was told."""
        return self.systems[host].record.calls(action)

    def booked(self, host: str) -> list[Booked]:
        """The transactions in the books of one of them."""
        return list(self.systems[host].books.transactions.values())

    async def at(self, host: str, seconds: float = 300.0) -> None:
        """Wait until the station is accepted there."""
        await self.until(lambda: self.registered and STATION in self.systems[host].links, seconds)

    def leave(self, host: str) -> None:
        """One of them goes away, without a word."""
        self.away.add(host)
        if STATION in self.systems[host].links:
            self.systems[host].drop(STATION)

    def back(self, host: str) -> None:
        """It is there again."""
        self.away.discard(host)

    async def ask(self, host: str, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Call the station; it must answer with a result."""
        answer = await self.systems[host].call(STATION, action, payload)
        assert answer[0] == 3, answer
        return dict(answer[2])

    async def change(self, host: str, key: str, value: str) -> str:
        """ChangeConfiguration of OCPP 1.6; the status."""
        answer = await self.ask(host, "ChangeConfiguration", {"key": key, "value": value})
        return str(answer["status"])

    async def begin(self) -> None:
        """A car is plugged in and charges."""
        await self.until(lambda: self.status() == "Available")
        self.plug(soc_percent=50.0, capacity_wh=50_000, max_a=16.0, phases=3, cable_a=20)
        await self.until(lambda: self.status() == "Preparing")
        self.swipe()
        await self.until(lambda: self.status() == "Charging")
        await asyncio.sleep(8)

    async def finish(self) -> None:
        """The card ends it, and the car leaves."""
        self.swipe()
        await self.until(lambda: self.app.station.evses[1].transaction is None)
        await asyncio.sleep(1)
        self.unplug()
        await self.until(lambda: self.is_free)

    @property
    def owed(self) -> int:
        """Messages that wait."""
        return self.app.task.owed.count

    def whole(self, host: str, count: int) -> None:
        """Its books hold so many transactions, each told once from begin to end."""
        found = self.booked(host)
        assert [(each.starts, each.stops) for each in found] == [(1, 1)] * count
        for each in found:
            assert each.start_wh is not None
            assert each.stop_wh is not None
            assert each.stop_wh >= each.start_wh
        assert self.systems[host].rejected == []

    def dial(self, access: Access) -> Dialer:
        """The way out, and what is shown there."""
        self.accesses.append(access)
        return super().dial(access)

    def _accept(self, socket: MemorySocket, url: str, subprotocols: Sequence[str]) -> str | None:
        host = str(urlsplit(url).hostname)
        self.dials.append(host)
        if host in self.away or host not in self.systems:
            raise AbsentError(f"{url}: nobody answers")
        self.csms = self.systems[host]
        return super()._accept(socket, url, subprotocols)


class LongWay(MemoryDialer):
    """A way out that takes its time, by host."""

    def __init__(self, accept: Accept, dial_s: Mapping[str, float]) -> None:
        super().__init__(accept)
        self._dial_s = dial_s

    async def connect(self, url: str, subprotocols: Sequence[str]) -> MemorySocket:
        """Connect, later."""
        await asyncio.sleep(self._dial_s.get(str(urlsplit(url).hostname), 0.0))
        return await super().connect(url, subprotocols)


async def door(made: Several, action: str, **more: Any) -> dict[str, Any]:
    """What `ampkeeper csms` asks, and the answer."""
    return await made.app.api.answer("csms", {"action": action, **more})


async def last(made: Several) -> str:
    """What became of the last change."""
    return str((await door(made, "show"))["last"]["text"])


def in_use(made: Several) -> str:
    """The address of number 1."""
    return made.app.systems.system(1).url
