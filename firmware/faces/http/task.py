"""The task that serves prices: it listens where the configuration says, and only then.

A port that is taken, or a certificate that cannot be read, is tried again for ever; no charge
depends on it. The libraries are loaded only where something listens.
"""

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ampkeeper.firmware.config.model_energy import Price
from ampkeeper.firmware.config.rules_price import TokenRefused, token_of
from ampkeeper.firmware.faces.http.door import listen, name_of
from ampkeeper.hal.ports import Clock

if TYPE_CHECKING:
    from ampkeeper.firmware.faces.http.prices import PriceFace, Take
    from ampkeeper.firmware.faces.http.serve import HttpServer

REOPEN_S = 10.0
WHAT = "prices"

MakeServer = Callable[[socket.socket, ssl.SSLContext | None], "HttpServer"]

log = logging.getLogger(__name__)


class PricePush:
    """Serves PUT /prices; ``address`` is where, while ``is_listening``."""

    def __init__(self, config: Price, take: "Take", clock: Clock) -> None:
        self._config = config
        self._take = take
        self._clock = clock
        self.address = ""
        self.is_listening = asyncio.Event()

    def start(self, group: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
        """Start it; ended by cancellation."""
        return [group.create_task(self.run(), name="price push")]

    async def run(self) -> None:
        """Listen for ever; ended by cancellation."""
        make_face, make_server = await asyncio.to_thread(_load)
        is_failing = False
        while True:
            try:
                token, context = await asyncio.to_thread(_credentials, self._config)
                face = make_face(token, self._take, self._clock.now_s)
                await self._serve(face, context, make_server)
            except (OSError, TokenRefused) as error:
                log.log(logging.DEBUG if is_failing else logging.ERROR, "prices: %s", error)
                is_failing = True
            await asyncio.sleep(REOPEN_S)

    async def _serve(
        self, face: "PriceFace", context: ssl.SSLContext | None, make_server: "MakeServer"
    ) -> None:
        with listen(self._config.listen, WHAT) as door:
            self.address = name_of(door)
            self.is_listening.set()
            log.info("prices are taken at %s", self.address)
            try:
                await make_server(door, context).run(face.app)
            finally:
                self.is_listening.clear()


def _load() -> "tuple[type[PriceFace], MakeServer]":
    from ampkeeper.firmware.faces.http.connections import BriefConnection
    from ampkeeper.firmware.faces.http.prices import PriceFace
    from ampkeeper.firmware.faces.http.serve import HttpServer

    return PriceFace, partial(HttpServer, connection=BriefConnection)


def _credentials(config: Price) -> tuple[bytes, ssl.SSLContext | None]:
    """The token, and what the station shows of itself; None: without TLS."""
    token = token_of(Path(config.token_file))
    if not config.tls_cert:
        return token, None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(config.tls_cert, config.tls_key, _no_password)
    return token, context


def _no_password() -> str:
    """Nobody is at the terminal to be asked."""
    return ""
