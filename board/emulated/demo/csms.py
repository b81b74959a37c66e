"""A small central system for demonstrations and tests: OCPP 1.6, 2.0.1 and 2.1 over one port.

It checks every frame against the standard's schemas, keeps the books as a central system must
(repeated messages are recognised and counted once) and can call the station. No TLS and no
passwords: it listens on loopback only.
"""

import asyncio
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from ampkeeper.board.emulated.demo.ledger import CsmsBooks
from ampkeeper.firmware.ocpp.schemas import Violation, schemas_for
from ampkeeper.hal.errors import AbsentError

CALL, CALLRESULT, CALLERROR, SEND = 2, 3, 4, 6
FRAME_BYTES_MAX = 1 << 20
CALL_S = 30.0
VERSIONS = ("ocpp2.1", "ocpp2.0.1", "ocpp1.6")

Frame = list[Any]
Observer = Callable[[str, str, Frame], None]  # station id, "in" or "out", frame


class Socket(Protocol):
    """A connection to a station: a WebSocket, or memory in virtual time."""

    async def send(self, text: str, /) -> None: ...

    async def recv(self) -> str | bytes: ...


@dataclass(slots=True)
class StationLink:
    """One connected station."""

    station_id: str
    version: str
    socket: Socket
    pending: dict[str, asyncio.Future[Frame]] = field(default_factory=dict)


class DemoCsms:
    """The central system. ``registration`` is what it answers to BootNotification."""

    def __init__(
        self,
        versions: tuple[str, ...] = VERSIONS,
        observer: Observer | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.versions = versions
        self.registration = "Accepted"
        self.interval_s = 300
        self.tokens: dict[str, str] = {}  # token -> status; others get ``default_status``
        self.default_status = "Accepted"
        self.books = CsmsBooks(self.status_of)
        self.links: dict[str, StationLink] = {}
        self.rejected: list[str] = []  # frames that broke the schema, in words
        self._observer = observer
        self._now = now
        self._server: Server | None = None

    async def start(self, port: int = 0) -> str:
        """Listen on loopback; return the URL to which stations append their id."""
        self._server = await serve(
            self._welcome,
            "127.0.0.1",
            port,
            subprotocols=[Subprotocol(version) for version in self.versions],
            max_size=FRAME_BYTES_MAX,
            compression=None,
        )
        bound = next(iter(self._server.sockets)).getsockname()[1]
        return f"ws://127.0.0.1:{bound}/ocpp"

    async def stop(self) -> None:
        """Close every connection and the port."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    async def call(self, station_id: str, action: str, payload: dict[str, Any]) -> Frame:
        """Send a call and return the answering frame; TimeoutError after ``CALL_S``."""
        link = self.links[station_id]
        message_id = str(uuid.uuid4())
        waiting: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        link.pending[message_id] = waiting
        try:
            await self._send(link, [CALL, message_id, action, payload])
            async with asyncio.timeout(CALL_S):
                return await waiting
        finally:
            del link.pending[message_id]

    async def _welcome(self, socket: ServerConnection) -> None:
        if socket.subprotocol is None or socket.request is None:
            await socket.close(1002, "no OCPP version in common")
            return
        station_id = socket.request.path.rpartition("/")[2]
        await self.serve(socket, station_id, socket.subprotocol)

    async def serve(self, socket: Socket, station_id: str, version: str) -> None:
        """Talk to one station until its connection ends."""
        link = StationLink(station_id, version, socket)
        self.links[station_id] = link
        try:
            while True:
                await self._receive(link, await socket.recv())  # ended by either side
        except (ConnectionClosed, AbsentError):
            pass
        finally:
            if self.links.get(station_id) is link:
                del self.links[station_id]

    async def _receive(self, link: StationLink, text: str | bytes) -> None:
        try:
            frame = json.loads(text)
            kind, message_id = frame[0], frame[1]
        except (ValueError, TypeError, IndexError, KeyError, RecursionError):
            self.rejected.append(f"unreadable frame: {text[:200]!r}")
            return
        self._observe(link, "in", frame)
        if kind == CALL:
            await self._send(link, self._answer(link, message_id, frame[2], frame[3]))
            return
        if kind == SEND:  # never answered (2.1 Part 4, 4.2.4)
            self._check(link, frame[2], frame[3])
            return
        waiting = link.pending.get(message_id)
        if waiting is not None and not waiting.done():
            waiting.set_result(frame)

    def _answer(self, link: StationLink, message_id: str, action: str, payload: Any) -> Frame:
        problem = self._check(link, action, payload)
        if problem is not None:
            return [CALLERROR, message_id, "FormationViolation", str(problem)[:255], {}]
        answer = self.books.answers(link.version, link.station_id, message_id, action, payload)
        if answer is None:
            answer = self._other(action, payload)
        return [CALLRESULT, message_id, answer]

    def _check(self, link: StationLink, action: str, payload: Any) -> Violation | None:
        problem = schemas_for(link.version).check_request(action, payload)
        if problem is not None:
            self.rejected.append(f"{action}: {problem}")
        return problem

    def _other(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        now = self._now().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        match action:
            case "BootNotification":
                return {
                    "status": self.registration,
                    "currentTime": now,
                    "interval": self.interval_s,
                }
            case "Heartbeat":
                return {"currentTime": now}
            case "Authorize":
                return self._authorize(payload)
            case "OpenPeriodicEventStream":
                return {"status": "Accepted"}
            case "PullDynamicScheduleUpdate":
                return {"status": "Rejected"}
            case "DataTransfer":
                return {"status": "Accepted", "data": payload.get("data", "")}
            case _:
                return {}

    def _authorize(self, payload: dict[str, Any]) -> dict[str, Any]:
        if "idTag" in payload:
            return {"idTagInfo": {"status": self.status_of(payload["idTag"])}}
        return {"idTokenInfo": {"status": self.status_of(payload["idToken"]["idToken"])}}

    def status_of(self, token: str) -> str:
        """What is said of a token."""
        return self.tokens.get(token, self.default_status)

    async def _send(self, link: StationLink, frame: Frame) -> None:
        self._observe(link, "out", frame)
        await link.socket.send(json.dumps(frame))

    def _observe(self, link: StationLink, direction: str, frame: Frame) -> None:
        if self._observer is not None:
            self._observer(link.station_id, direction, frame)
