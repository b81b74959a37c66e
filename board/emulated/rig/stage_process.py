"""Stage of processes: real chargers before any central system, with a proxy for each line.

The proxy is a WebSocket server on loopback. It connects to the central system with what the
charger offers, and lets the charger in only as that does.
"""

import asyncio
import json
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import InvalidHandshake, InvalidStatus
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from ampkeeper.board.emulated.rig.charger import Charger
from ampkeeper.board.emulated.rig.errors import ChargerError
from ampkeeper.board.emulated.rig.line import Line
from ampkeeper.board.emulated.rig.scenario import Scenario
from ampkeeper.board.emulated.rig.shapes import ChargerState, Event
from ampkeeper.board.emulated.rig.stage import Post
from ampkeeper.board.emulated.rig.wire import Wire

FRAME_BYTES_MAX = 1 << 20
OPEN_S = 10.0
PASSED_ON = ("Authorization", "User-Agent")


class Connection:
    """A WebSocket as a wire takes it."""

    def __init__(self, socket: ClientConnection | ServerConnection) -> None:
        self._socket = socket

    async def send(self, text: str) -> None:
        await self._socket.send(text)

    async def recv(self) -> str | bytes:
        return await self._socket.recv()

    def abort(self) -> None:
        self._socket.transport.abort()


class ProcessStage:
    """Implements ``Stage``; ``async with`` opens the proxies and ends everything."""

    def __init__(
        self, scenario: Scenario, folder: Path, csms_url: str, speed: float, seed: int
    ) -> None:
        self.posts: dict[str, Post] = {}
        self._scenario = scenario
        self._folder = folder
        self._csms_url = csms_url
        self._speed, self._seed = speed, seed
        self._servers: list[Server] = []
        self._chargers: dict[str, Charger] = {}
        self._opened: dict[ServerConnection, ClientConnection] = {}
        self._now_s = 0.0
        self._seen: dict[str, float] = {}  # the newest time that each charger told
        self._looked_s = time.monotonic()

    async def __aenter__(self) -> Self:
        for number, station_id in enumerate(self._scenario.stations):
            post = Post(station_id, Line(self._scenario.line, self._seed + number))
            self.posts[station_id] = post
            url = await self._listen(post)
            self._chargers[station_id] = Charger(
                self._folder / station_id,
                url,
                station_id,
                versions=self._scenario.versions,
                speed=self._speed,
                seed=self._seed + number,
                sets=self._scenario.sets,
            )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for charger in self._chargers.values():
            await asyncio.to_thread(charger.stop)
        for server in self._servers:
            server.close()
            await server.wait_closed()

    async def power_on(self, station_id: str) -> None:
        await asyncio.to_thread(self._chargers[station_id].start)
        self._seen.pop(station_id, None)

    async def cut_power(self, station_id: str) -> None:
        await asyncio.to_thread(self._chargers[station_id].cut_power)
        self._seen.pop(station_id, None)

    async def ask(self, station_id: str, method: str, path: str, body: Any = None) -> Any:
        return await asyncio.to_thread(self._chargers[station_id].ask, method, path, body)

    async def state(self, station_id: str) -> ChargerState | None:
        charger = self._chargers[station_id]
        if not charger.is_running:
            return None
        state = await asyncio.to_thread(charger.state)
        now_s = datetime.fromisoformat(state["time"]).timestamp()
        self._now_s += max(0.0, now_s - self._seen.get(station_id, now_s))
        self._seen = {station_id: now_s}  # of the one that is looked at
        self._looked_s = time.monotonic()
        return state

    def events(self, station_id: str) -> Sequence[Event]:
        return self._chargers[station_id].events()

    def now_s(self) -> float:
        """The time of the charger that was looked at last; without one, of the wall."""
        if not self._seen:
            passed_s = time.monotonic() - self._looked_s
            self._now_s += passed_s * self._speed
            self._looked_s = time.monotonic()
        return self._now_s

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self._speed)

    async def _listen(self, post: Post) -> str:
        """Open the proxy of one charger; return the URL for its configuration."""

        async def admit(socket: ServerConnection, request: Request) -> Response | None:
            if not post.is_central_up:
                return socket.respond(HTTPStatus.SERVICE_UNAVAILABLE, "")
            return await self._admit(socket, request)

        async def carry(socket: ServerConnection) -> None:
            await self._carry(socket, post)

        server = await serve(
            carry,
            "127.0.0.1",
            0,
            process_request=admit,
            select_subprotocol=lambda socket, _offered: self._opened[socket].subprotocol,
            max_size=FRAME_BYTES_MAX,
            compression=None,
            ping_interval=None,
        )
        self._servers.append(server)
        port = next(iter(server.sockets)).getsockname()[1]
        return f"ws://127.0.0.1:{port}/ocpp"

    async def _admit(self, socket: ServerConnection, request: Request) -> Response | None:
        """Ask the central system; None lets the charger in."""
        url = f"{self._csms_url.rstrip('/')}/{request.path.rpartition('/')[2]}"
        offered = request.headers.get("Sec-WebSocket-Protocol", "").replace(" ", "").split(",")
        headers = {name: request.headers[name] for name in PASSED_ON if name in request.headers}
        try:
            self._opened[socket] = await dial(url, offered, headers)
        except InvalidStatus as error:
            status = HTTPStatus(error.response.status_code)
            is_refusal = status >= HTTPStatus.BAD_REQUEST
            return socket.respond(status if is_refusal else HTTPStatus.BAD_GATEWAY, "")
        except (OSError, InvalidHandshake, TimeoutError):
            return socket.respond(HTTPStatus.BAD_GATEWAY, "")
        return None

    async def _carry(self, socket: ServerConnection, post: Post) -> None:
        far = self._opened.pop(socket)
        version = str(far.subprotocol or "")
        clock = _Scaled(self._speed)
        wire = Wire(
            Connection(socket), Connection(far), version, post.line, post.traffic,
            clock.now_s, self.sleep,
        )  # fmt: skip
        post.wire = wire
        await wire.run()
        with suppress(OSError):
            await far.close()


class _Scaled:
    def __init__(self, speed: float) -> None:
        self._speed = speed

    def now_s(self) -> float:
        return time.monotonic() * self._speed


async def dial(url: str, offered: Sequence[str], headers: dict[str, str]) -> ClientConnection:
    """Connect to a central system; InvalidHandshake, OSError or TimeoutError say why not."""
    return await connect(
        url,
        subprotocols=[Subprotocol(name) for name in offered],
        additional_headers=headers,
        user_agent_header=None,
        open_timeout=OPEN_S,
        max_size=FRAME_BYTES_MAX,
        compression=None,
        proxy=None,
        ping_interval=None,
    )


async def check_central(url: str, station_id: str, versions: Sequence[str]) -> None:
    """Knock at a central system before anything is started; ChargerError says what is wrong."""
    offered = [f"ocpp{version}" for version in versions]
    wanted = f"must be a WebSocket that speaks {' or '.join(offered)}"
    if not url.startswith(("ws://", "wss://")):
        raise ChargerError(f"--csms {json.dumps(url)}: must begin with ws:// or wss://")
    try:
        socket = await dial(f"{url.rstrip('/')}/{station_id}", offered, {})
    except InvalidStatus as error:
        text = f"--csms {url}: answers HTTP {error.response.status_code}: {wanted}"
        raise ChargerError(text) from None
    except (OSError, InvalidHandshake, TimeoutError, ValueError) as error:
        raise ChargerError(f"--csms {url}: {error or 'no answer'}: {wanted}") from None
    await socket.close()
    if socket.subprotocol is None:
        raise ChargerError(f"--csms {url}: chose no OCPP version: {wanted}")
