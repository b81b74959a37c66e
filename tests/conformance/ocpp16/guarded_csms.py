"""A watched central system that asks for passwords and speaks TLS, on one port for its life."""

import base64
import ssl
from http import HTTPStatus

from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from ampkeeper.board.emulated.demo.csms import FRAME_BYTES_MAX
from tests.support.csms import WatchedCsms


class GuardedCsms(WatchedCsms):
    """``passwords`` are those that let a station in, by its id; empty: nobody is asked."""

    def __init__(self) -> None:
        super().__init__(("ocpp1.6",))
        self.passwords: dict[str, bytes] = {}
        self.welcomed: list[tuple[str, list[str]]] = []  # password, subprotocols offered
        self.turned_away = 0
        self.shown: list[bytes | None] = []  # certificates of stations
        self.tls_versions: list[str | None] = []
        self.port = 0

    async def open(self, context: ssl.SSLContext | None = None) -> str:
        """Listen, with TLS or without; on the same port as before. Return the URL."""
        await self.stop()
        self._server = await serve(
            self._welcome,
            "127.0.0.1",
            self.port,
            subprotocols=[Subprotocol(version) for version in self.versions],
            process_request=self._judge,
            max_size=FRAME_BYTES_MAX,
            compression=None,
            ssl=context,
        )
        self.port = next(iter(self._server.sockets)).getsockname()[1]
        scheme = "ws" if context is None else "wss"
        return f"{scheme}://localhost:{self.port}/ocpp"

    def _judge(self, connection: ServerConnection, request: Request) -> Response | None:
        user, password = _login(request.headers.get("Authorization", ""))
        if self.passwords and self.passwords.get(user) != password:
            self.turned_away += 1
            return connection.respond(HTTPStatus.UNAUTHORIZED, "")
        self.welcomed.append((password.decode("latin-1"), _offered(request)))
        tls = connection.transport.get_extra_info("ssl_object")
        self.tls_versions.append(None if tls is None else tls.version())
        self.shown.append(None if tls is None else tls.getpeercert(binary_form=True))
        return None


def _login(header: str) -> tuple[str, bytes]:
    kind, _, coded = header.partition(" ")
    if kind != "Basic":
        return "", b""
    user, _, password = base64.b64decode(coded).partition(b":")
    return user.decode(), password


def _offered(request: Request) -> list[str]:
    headers = request.headers.get_all("Sec-WebSocket-Protocol")
    return [name.strip() for header in headers for name in header.split(",")]
