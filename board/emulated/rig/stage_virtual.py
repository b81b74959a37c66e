"""Stage in virtual time: chargers in this process, the demonstration's central system, no socket.

The same control API is asked, by calling its application; hours take seconds.
"""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from ampkeeper.board.emulated.control import Control
from ampkeeper.board.emulated.demo.csms import DemoCsms
from ampkeeper.board.emulated.events import EventLog
from ampkeeper.board.emulated.files_line import FilesLine
from ampkeeper.board.emulated.rig.errors import ChargerError
from ampkeeper.board.emulated.rig.line import Line
from ampkeeper.board.emulated.rig.scenario import Scenario
from ampkeeper.board.emulated.rig.shapes import ChargerState, Event
from ampkeeper.board.emulated.rig.stage import Post
from ampkeeper.board.emulated.rig.wire import Wire
from ampkeeper.board.emulated.ring import STEP_MS
from ampkeeper.board.emulated.station import View
from ampkeeper.board.emulated.virtual_charger import VirtualCharger
from ampkeeper.board.emulated.virtual_time import LoopClock
from ampkeeper.firmware.transfers.port import NoCarriers
from ampkeeper.hal.memory_socket import Accept, MemoryDialer, MemorySocket, memory_pair

BAD_REQUEST = 400
READY_S = 3.0  # for ring 1 and the meter to answer for the first time


class PostDialer(MemoryDialer):
    """Connects while the central system of a post is there."""

    def __init__(self, accept: Accept, post: Post) -> None:
        super().__init__(accept)
        self._post = post

    async def connect(self, url: str, subprotocols: Sequence[str]) -> MemorySocket:
        self.is_up = self._post.is_central_up
        return await super().connect(url, subprotocols)


class StageCharger(VirtualCharger):
    """A virtual charger with a wire between it and the central system that all share."""

    def __init__(
        self, folder: Path, seed: int, sets: Sequence[tuple[str, str]], csms: DemoCsms, post: Post
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__(folder, seed, sets)
        self.post = post
        self.csms = csms
        self.dialer = PostDialer(self._accept, post)
        self.control: Control | None = None
        self.life = 0  # events before it belong to earlier lives
        self._wires: set[asyncio.Task[None]] = set()

    def power(self) -> None:
        """The control API of this life."""
        clock = LoopClock()
        log = EventLog(clock.now)
        self.control = Control(self.world, self.view, log, clock, lambda: None)
        self.bench.after_step = self._step

    @property
    def view(self) -> View:
        """What the control API asks; the station may have restarted itself meanwhile."""
        return View(self.app, LoopClock(), FilesLine(NoCarriers()))

    def _step(self) -> None:
        if self.control is not None:
            self.control.step(STEP_MS)

    def _accept(self, socket: MemorySocket, url: str, subprotocols: Sequence[str]) -> str | None:
        near, far = memory_pair()
        chosen = super()._accept(far, url, subprotocols)
        if chosen is None:
            return None
        far.subprotocol = near.subprotocol = chosen
        now_s = asyncio.get_running_loop().time
        post = self.post
        post.wire = Wire(socket, near, chosen, post.line, post.traffic, now_s, asyncio.sleep)
        task = self._group.create_task(post.wire.run())
        self._wires.add(task)
        task.add_done_callback(self._wires.discard)
        return chosen


class VirtualStage:
    """Implements ``Stage``; runs in a ``VirtualLoop``; ``group`` owns its chargers."""

    def __init__(
        self, scenario: Scenario, folder: Path, seed: int, group: asyncio.TaskGroup
    ) -> None:
        self._group = group
        self.csms = DemoCsms(now=LoopClock().now)
        self.csms.tokens |= scenario.tokens
        self.posts: dict[str, Post] = {}
        self._chargers: dict[str, StageCharger] = {}
        self._lives: dict[str, tuple[asyncio.Event, asyncio.Task[None]]] = {}
        for number, station_id in enumerate(scenario.stations):
            post = Post(station_id, Line(scenario.line, seed + number))
            sets = [("ocpp.id", station_id), ("ocpp.versions", json.dumps(scenario.versions))]
            sets += list(scenario.sets.items())
            charger = StageCharger(folder / station_id, seed + number, sets, self.csms, post)
            self.posts[station_id] = post
            self._chargers[station_id] = charger

    async def close(self) -> None:
        """Cut whoever still has power."""
        for station_id in list(self._lives):
            await self.cut_power(station_id)

    async def power_on(self, station_id: str) -> None:
        if station_id in self._lives:
            raise ChargerError("it has power")
        charger = self._chargers[station_id]
        is_on, off = asyncio.Event(), asyncio.Event()
        life = self._group.create_task(self._live(charger, is_on, off))
        self._lives[station_id] = off, life
        await is_on.wait()  # ended by the charger, or by its failure, which ends the group
        await asyncio.sleep(READY_S)

    async def cut_power(self, station_id: str) -> None:
        if station_id not in self._lives:
            raise ChargerError("it has no power")
        off, life = self._lives.pop(station_id)
        off.set()
        await life
        self.posts[station_id].wire = None

    async def ask(self, station_id: str, method: str, path: str, body: Any = None) -> Any:
        if station_id not in self._lives:
            raise ChargerError("it has no power")
        charger = self._chargers[station_id]
        assert charger.control is not None, "it has power"
        charger.control.view = charger.view
        status, text = await _ask(charger.control.app, method, path, body)
        if status >= BAD_REQUEST:
            raise ChargerError(f"{method} {path}: {status} {text.decode()}")
        return json.loads(text) if text else None

    async def state(self, station_id: str) -> ChargerState | None:
        if station_id not in self._lives:
            return None
        return cast(ChargerState, await self.ask(station_id, "GET", "/v1/state"))

    def events(self, station_id: str) -> Sequence[Event]:
        charger = self._chargers[station_id]
        told = charger.trace.events[charger.life :]
        return [{"time": at_s, "kind": kind, **fields} for at_s, kind, fields in told]

    def now_s(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def _live(self, charger: StageCharger, is_on: asyncio.Event, off: asyncio.Event) -> None:
        charger.life = len(charger.trace.events)
        async with charger.running():
            charger.power()
            is_on.set()
            await off.wait()  # ended by the scenario
        charger.control = None


async def _ask(app: Any, method: str, path: str, body: Any) -> tuple[int, bytes]:
    """One request to an application, without a server."""
    data = json.dumps(body).encode() if body is not None else b""
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(data))]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": headers,
        "server": ("memory", 80),
        "client": None,
    }
    said: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": data, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        said.append(message)

    await app(scope, receive, send)
    status = next(each["status"] for each in said if each["type"] == "http.response.start")
    return status, b"".join(each.get("body", b"") for each in said)
