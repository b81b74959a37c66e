"""Dialer: the port through which the task reaches a central system.

``hal/linux/websocket.py`` is the real one, ``hal/memory_socket.py`` the one of virtual time. Both
raise ``AbsentError`` alone: whatever went wrong, the answer is to try again later.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol


class Socket(Protocol):
    """An open connection that carries text frames."""

    @property
    def subprotocol(self) -> str | None:
        """What the server chose; None: nothing, and then it will not answer either."""

    async def send(self, text: str) -> None:
        """Send one frame; raise AbsentError when the connection is gone."""

    async def recv(self) -> str | bytes:
        """Wait for the next frame; raise AbsentError when the connection is gone."""

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

    ``user`` None: no password. Files are PEM; ``ping_interval_s`` 0 is off.
    """

    ping_interval_s: float
    user: str | None = None
    password: bytes = field(default=b"", repr=False)
    ca_file: str | None = None
    certificate_file: str | None = None
    key_file: str | None = None


MakeDialer = Callable[[Access], Dialer]


class FreshDialer:
    """Asks for the access anew at each connection, so that a changed password is used."""

    def __init__(self, make: MakeDialer, access: Callable[[], Access]) -> None:
        self._make = make
        self._access = access

    async def connect(self, url: str, subprotocols: Sequence[str]) -> Socket:
        """Connect, offering ``subprotocols`` in this order; raise AbsentError."""
        return await self._make(self._access()).connect(url, subprotocols)
