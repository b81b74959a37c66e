"""WebSocket: the real connection, by ``websockets``: TLS verified, Basic auth, pings, bounded.

Compression is off: OCPP frames are small, and the security whitepaper forbids it inside TLS.
A missing pong closes the connection, which the OCPP task sees as a lost one. It implements the
``Dialer`` port of ``firmware/ocpp/dialer.py``.
"""

import base64
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI
from websockets.typing import Subprotocol

from ampkeeper.hal.errors import AbsentError

OPEN_TIMEOUT_S = 30.0
CLOSE_TIMEOUT_S = 2.0


@dataclass(frozen=True, slots=True)
class WebSocketSettings:
    """How to connect. ``ping_interval_s`` 0 is off (WebSocketPingInterval)."""

    ping_interval_s: float = 60.0
    pong_timeout_s: float = 20.0
    user: str | None = None  # the identity exactly as in the URL
    password: bytes = field(default=b"", repr=False)
    ca_file: str | None = None
    certificate_file: str | None = None  # of the station, for TLS on both sides
    key_file: str | None = None
    frame_bytes_max: int = 1 << 20  # a longer frame ends the connection with code 1009


class WebSocketDialer:
    """Opens WebSockets; ``settings`` may be replaced for the next connection."""

    def __init__(self, settings: WebSocketSettings) -> None:
        self.settings = settings

    async def connect(self, url: str, subprotocols: Sequence[str]) -> "WebSocket":
        """Connect, offering ``subprotocols`` in this order; raise AbsentError."""
        settings = self.settings
        ping_s = settings.ping_interval_s or None
        try:
            return WebSocket(
                await connect(
                    url,
                    subprotocols=[Subprotocol(name) for name in subprotocols],
                    additional_headers=_authorization(settings),
                    ssl=_tls(url, settings),
                    compression=None,
                    max_size=settings.frame_bytes_max,
                    open_timeout=OPEN_TIMEOUT_S,
                    close_timeout=CLOSE_TIMEOUT_S,
                    ping_interval=ping_s,
                    ping_timeout=settings.pong_timeout_s,
                    proxy=None,
                )
            )
        except (OSError, InvalidHandshake, InvalidURI, TimeoutError) as error:
            raise AbsentError(f"{url}: {type(error).__name__}: {error}") from error


class WebSocket:
    """One open WebSocket."""

    def __init__(self, connection: ClientConnection) -> None:
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


def _tls(url: str, settings: WebSocketSettings) -> ssl.SSLContext | None:
    if not url.startswith("wss:"):
        return None
    context = ssl.create_default_context(cafile=settings.ca_file)
    if settings.certificate_file is not None:
        context.load_cert_chain(settings.certificate_file, settings.key_file)
    return context
