"""WebSocket: the real connection, by ``websockets``: TLS verified, Basic auth, bounded.

Compression is off: OCPP frames are small, and the security whitepaper forbids it inside TLS.
It pings when it is asked to, and answers pings itself. It implements the ``Dialer`` port of
``firmware/ocpp/dialer.py``.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidStatus,
    InvalidURI,
)
from websockets.typing import Subprotocol

from ampkeeper.hal.errors import CREDENTIALS, AbsentError, DistrustError
from ampkeeper.hal.linux.bound import BOUND_S, bound_socket
from ampkeeper.hal.linux.tls import StationContext, TlsSettings, reason_of, station_context

OPEN_TIMEOUT_S = 30.0
CLOSE_TIMEOUT_S = 2.0
UNAUTHORIZED = 401


@dataclass(frozen=True, slots=True)
class WebSocketSettings:
    """How to connect."""

    user: str | None = None  # the identity exactly as in the URL
    password: bytes = field(default=b"", repr=False)
    tls: TlsSettings = field(default_factory=TlsSettings)
    interface: str = ""  # of the machine, by which alone packets leave; empty: routes decide
    frame_bytes_max: int = 1 << 20  # a longer frame ends the connection with code 1009


class WebSocketDialer:
    """Opens WebSockets; ``settings`` may be replaced for the next connection."""

    def __init__(self, settings: WebSocketSettings) -> None:
        self.settings = settings

    async def connect(self, url: str, subprotocols: Sequence[str]) -> "WebSocket":
        """Connect, offering ``subprotocols`` in this order; raise AbsentError.

        DistrustError, which is one, where certificates, TLS or credentials are the reason.
        """
        settings = self.settings
        context = None
        try:
            context = station_context(settings.tls) if url.startswith("wss:") else None
            bound, open_s = None, OPEN_TIMEOUT_S
            if settings.interface:
                bound = await bound_socket(url, settings.interface)
                open_s -= BOUND_S
            connection = await connect(
                url,
                subprotocols=[Subprotocol(name) for name in subprotocols],
                additional_headers=_authorization(settings),
                ssl=context,
                compression=None,
                max_size=settings.frame_bytes_max,
                open_timeout=open_s,
                close_timeout=CLOSE_TIMEOUT_S,
                ping_interval=None,
                proxy=None,
                sock=bound,
            )
        except (OSError, InvalidHandshake, InvalidURI, TimeoutError, ValueError) as error:
            # ValueError: a host that is no name, or a redirection to what is no address.
            raise _failure(url, context, error) from error
        return WebSocket(connection, None if context is None else context.path)


class WebSocket:
    """One open WebSocket."""

    def __init__(self, connection: ClientConnection, trust: tuple[str, ...] | None) -> None:
        self.trust = trust
        self._connection = connection

    @property
    def subprotocol(self) -> str | None:
        """What the server chose."""
        return self._connection.subprotocol

    async def send(self, text: str) -> None:
        """Send one text frame."""
        try:
            await self._connection.send(text)
        except (ConnectionClosed, OSError) as error:
            raise AbsentError(f"connection lost: {error}") from error

    async def recv(self) -> str | bytes:
        """Wait for the next frame."""
        try:
            return await self._connection.recv()
        except (ConnectionClosed, OSError) as error:
            raise AbsentError(f"connection lost: {error}") from error

    async def ping(self) -> None:
        """Ping and wait for the pong; only the caller knows how long."""
        try:
            await (await self._connection.ping())
        except (ConnectionClosed, OSError) as error:
            raise AbsentError(f"connection lost: {error}") from error

    async def close(self) -> None:
        """Say goodbye and release."""
        await self._connection.close()

    def abort(self) -> None:
        """Drop the connection without a word."""
        self._connection.transport.abort()


def _authorization(settings: WebSocketSettings) -> dict[str, str]:
    if settings.user is None:
        return {}
    secret = settings.user.encode() + b":" + settings.password
    return {"Authorization": "Basic " + base64.b64encode(secret).decode("ascii")}


def _failure(url: str, context: StationContext | None, error: Exception) -> AbsentError:
    """What to raise for ``error``."""
    text = f"{url}: {type(error).__name__}: {error}"
    if isinstance(error, InvalidStatus) and error.response.status_code == UNAUTHORIZED:
        return DistrustError(text, CREDENTIALS)
    reason = None if context is None else reason_of(context, error)
    return AbsentError(text) if reason is None else DistrustError(text, reason)
