"""A watched central system with several doors on loopback: each has its TLS and its password."""

import base64
import ssl
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from cryptography import x509
from websockets.asyncio.server import Request, Response, Server, ServerConnection, serve
from websockets.typing import Subprotocol

from ampkeeper.board.emulated.demo.csms import FRAME_BYTES_MAX
from tests.support.csms import WatchedCsms

HOST = "csms.example.org"


@dataclass(frozen=True, slots=True)
class Visit:
    """A request that came through: who asked how, and what TLS it was."""

    path: str
    authorization: str | None
    tls_version: str | None
    cipher: str | None
    compression: str | None  # of TLS
    extensions: str | None  # of the WebSocket, that were asked for
    certificate: x509.Certificate | None  # of the station


@dataclass(eq=False)
class Door:
    """One way in. ``password`` None: anybody may come. ``is_shut``: nobody, with no reason."""

    context: ssl.SSLContext | None = None
    password: str | None = None
    port: int = 0
    is_shut: bool = False
    refused: int = 0  # requests with no or a wrong password
    turned_away: int = 0  # while it was shut
    visits: list[Visit] = field(default_factory=list)
    strangers: list[x509.Certificate] = field(default_factory=list)  # who may not come in
    server: Server | None = None

    @property
    def url(self) -> str:
        """What stations append their id to."""
        scheme = "ws" if self.context is None else "wss"
        return f"{scheme}://{HOST}:{self.port}/ocpp"


class DoorsCsms(WatchedCsms):
    """Opens and closes doors; behind all of them is the same central system."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.doors: list[Door] = []

    async def open(self, door: Door) -> Door:
        """Open a door, on its port if it had one."""
        if door not in self.doors:
            self.doors.append(door)
        door.server = await serve(
            self._welcome,
            "127.0.0.1",
            door.port,
            subprotocols=[Subprotocol(version) for version in self.versions],
            max_size=FRAME_BYTES_MAX,
            compression=None,
            ssl=door.context,
            process_request=lambda connection, request: _judge(door, connection, request),
        )
        door.port = next(iter(door.server.sockets)).getsockname()[1]
        return door

    async def close(self, door: Door) -> None:
        """Drop everybody who came through it, and close it."""
        if door.server is not None:
            door.server.close()
            await door.server.wait_closed()
            door.server = None

    async def close_all(self) -> None:
        """Close every door that is open."""
        for door in self.doors:
            await self.close(door)

    async def rearm(self, door: Door, context: ssl.SSLContext | None) -> None:
        """Close a door and open it with another face, or none."""
        await self.close(door)
        door.context = context
        await self.open(door)


def _judge(door: Door, connection: ServerConnection, request: Request) -> Response | None:
    if door.is_shut:
        door.turned_away += 1
        return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "not now\n")
    told = request.headers.get("Authorization")
    if door.password is not None and told != _basic(request.path, door.password):
        door.refused += 1
        return connection.respond(HTTPStatus.UNAUTHORIZED, "who are you?\n")
    tls: Any = connection.transport.get_extra_info("ssl_object")
    der = None if tls is None else tls.getpeercert(binary_form=True)
    shown = None if der is None else x509.load_der_x509_certificate(der)
    if shown in door.strangers:
        door.turned_away += 1
        return connection.respond(HTTPStatus.FORBIDDEN, "not you\n")
    door.visits.append(
        Visit(
            request.path,
            told,
            None if tls is None else tls.version(),
            None if tls is None else tls.cipher()[0],
            None if tls is None else tls.compression(),
            request.headers.get("Sec-WebSocket-Extensions"),
            shown,
        )
    )
    return None


def _basic(path: str, password: str) -> str:
    user = path.rpartition("/")[2]
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
