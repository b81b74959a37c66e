"""Dialer: the port through which the task reaches a central system.

``hal/linux/websocket.py`` is the real one, ``hal/memory_socket.py`` the one of virtual time. Both
raise ``AbsentError`` alone: whatever went wrong, the answer is to try again later.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ampkeeper.firmware.ocpp.connection import with_tls
from ampkeeper.hal.errors import AbsentError


class Socket(Protocol):
    """An open connection that carries text frames."""

    @property
    def subprotocol(self) -> str | None:
        """What the server chose; None: nothing, and then it will not answer either."""

    @property
    def trust(self) -> tuple[str, ...] | None:
        """SHA-256, in hex, of the certificates it rests on; None: without TLS, or not known."""

    async def send(self, text: str) -> None:
        """Send one frame; raise AbsentError when the connection is gone."""

    async def recv(self) -> str | bytes:
        """Wait for the next frame; raise AbsentError when the connection is gone."""

    async def ping(self) -> None:
        """Ping and wait for the pong; raise AbsentError when the connection is gone."""

    async def close(self) -> None:
        """Say goodbye and release; ends within seconds; safe twice."""

    def abort(self) -> None:
        """Drop the connection without a word; safe twice."""


class Dialer(Protocol):
    """Opens connections."""

    async def connect(self, url: str, subprotocols: Sequence[str]) -> Socket:
        """Connect, offering ``subprotocols`` in this order; raise AbsentError."""


@dataclass(frozen=True, slots=True)
class Access:
    """How to get in: what the configuration and the settings say now.

    ``user`` None: no password. Files are PEM; ``roots_pem`` are trusted beside ``ca_file``, and
    with neither the system's; ``own_pem``, the station's chain and its key, wins over the files.
    """

    user: str | None = None
    password: bytes = field(default=b"", repr=False)
    ca_file: str | None = None
    certificate_file: str | None = None
    key_file: str | None = None
    roots_pem: str = ""
    own_pem: str = field(default="", repr=False)
    has_tls: bool = False  # wss:// is used whatever the URL says
    allows_wildcards: bool = False  # in the central system's certificate
    interface: str = ""  # of the machine, by which alone it is reached; empty: its routes decide


MakeDialer = Callable[[Access], Dialer]


class Gate(Protocol):
    """Knows how to get in, and hears how it went."""

    def access(self) -> Access:
        """How to get in now; raise AbsentError: try again later."""

    def opened(self, trust: tuple[str, ...] | None) -> None:
        """The last access got in; ``trust`` as in ``Socket``."""

    def refused(self, error: AbsentError) -> None:
        """The last access did not get in."""


class FreshDialer:
    """Asks for the access anew at each connection, so that a changed password is used."""

    def __init__(self, make: MakeDialer, gate: Gate) -> None:
        self._make = make
        self._gate = gate

    async def connect(self, url: str, subprotocols: Sequence[str]) -> Socket:
        """Connect, offering ``subprotocols`` in this order; raise AbsentError."""
        access = self._gate.access()
        if access.has_tls:
            url = with_tls(url)
        try:
            socket = await self._make(access).connect(url, subprotocols)
        except AbsentError as error:
            self._gate.refused(error)
            raise
        if socket.subprotocol in subprotocols:
            self._gate.opened(socket.trust)
        else:  # somebody is there, but nobody who would speak with us
            self._gate.refused(AbsentError(f"the server chose {socket.subprotocol or 'nothing'}"))
        return socket
