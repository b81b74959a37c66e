"""A watched central system behind a password, TLS, or TLS both ways, as a test arms it."""

import base64
import ssl
from http import HTTPStatus
from typing import Any

from cryptography import x509
from websockets.asyncio.server import Request, Response, ServerConnection, serve
from websockets.typing import Subprotocol

from ampkeeper.board.emulated.demo.csms import FRAME_BYTES_MAX
from tests.support.csms import WatchedCsms

HOST = "localhost"


class SecureCsms(WatchedCsms):
    """``password`` None: anybody may come. It may be armed otherwise, and come back."""

    def __init__(self) -> None:
        super().__init__()
        self.context: ssl.SSLContext | None = None
        self.password: str | None = None
        self.port = 0
        self.refused = 0  # requests with no or a wrong password
        self.shown: list[x509.Certificate | None] = []  # what stations showed, by connection

    async def start(self, port: int = 0) -> str:
        """Listen, always on the same port; return the URL."""
        self._server = await serve(
            self._welcome,
            "127.0.0.1",
            port or self.port,
            subprotocols=[Subprotocol(version) for version in self.versions],
            max_size=FRAME_BYTES_MAX,
            compression=None,
            ssl=self.context,
            process_request=self._admit,
        )
        self.port = next(iter(self._server.sockets)).getsockname()[1]
        scheme = "ws" if self.context is None else "wss"
        return f"{scheme}://{HOST}:{self.port}/ocpp"

    async def rearm(self, context: ssl.SSLContext | None) -> None:
        """Drop everybody and come back with another face, or none."""
        await self.stop()
        self.context = context
        await self.start()

    async def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        if self.password is not None and not self._is_right(request):
            self.refused += 1
            return connection.respond(HTTPStatus.UNAUTHORIZED, "who are you?\n")
        found: Any = connection.transport.get_extra_info("ssl_object")
        der = None if found is None else found.getpeercert(binary_form=True)
        self.shown.append(None if der is None else x509.load_der_x509_certificate(der))
        return None

    def _is_right(self, request: Request) -> bool:
        user = request.path.rpartition("/")[2]
        word = base64.b64encode(f"{user}:{self.password}".encode()).decode()
        return request.headers.get("Authorization") == f"Basic {word}"
