"""Serve: an ASGI application behind its door, inside the loop that is already running.

No signal handlers and no access log: both belong to the process. Who is behind a connection is its
own address, whatever a header says.
"""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Iterator
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

CONNECTIONS_MAX = 256  # more are answered with 503
KEEP_ALIVE_S = 30
HANDSHAKE_S = 5.0  # for TLS to begin, and to end
END_S = 1  # for open event streams to end
HEAD_BYTES_MAX = 16_384


class HttpServer:
    """Serves on ``door``, a listening socket, which whoever opened it closes.

    ``connection``: a kind of ``connections.py`` with limits of its own.
    """

    def __init__(
        self,
        door: socket.socket,
        context: ssl.SSLContext | None = None,
        connection: type[H11Protocol] = H11Protocol,
    ) -> None:
        self._door = door
        self._context = context
        self._connection = connection
        self._server: _Server | None = None
        self.is_serving = asyncio.Event()

    async def run(self, app: Any, speed: float = 1.0) -> None:
        """Serve ``app`` until ``stop`` or cancelled; ``speed`` of the loop stretches seconds."""
        context = self._context
        config = uvicorn.Config(
            app,
            http=self._connection,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=CONNECTIONS_MAX if self._connection is H11Protocol else None,
            h11_max_incomplete_event_size=HEAD_BYTES_MAX,
            timeout_keep_alive=round(KEEP_ALIVE_S * max(1.0, speed)),
            timeout_graceful_shutdown=max(1, round(END_S * speed)),
            ssl_context_factory=(lambda made, default: context) if context is not None else None,
        )
        self._server = server = _Server(config, self.is_serving)
        try:
            await server.serve(sockets=[self._door])
        finally:
            server.abandon()

    def stop(self) -> None:
        """Answer what is open and end; safe twice."""
        if self._server is not None:
            self._server.should_exit = True


class _Server(uvicorn.Server):
    """Without signal handlers; tells when it serves."""

    def __init__(self, config: uvicorn.Config, is_serving: asyncio.Event) -> None:
        super().__init__(config)
        self._is_serving = is_serving
        self.servers: list[asyncio.base_events.Server] = []

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup([])  # it would wait a minute for a handshake
        context = self.config.ssl
        patience_s = HANDSHAKE_S if context is not None else None
        for door in sockets or ():
            server = await asyncio.get_running_loop().create_server(
                self._protocol,
                sock=door,
                ssl=context,
                backlog=self.config.backlog,
                ssl_handshake_timeout=patience_s,
                ssl_shutdown_timeout=patience_s,
            )
            self.servers.append(server)
        self._is_serving.set()

    def _protocol(self) -> asyncio.Protocol:
        made: Any = self.config.http_protocol_class
        protocol: asyncio.Protocol = made(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return protocol

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def abandon(self) -> None:
        """Hang up whatever is left, where a cancellation took the time for good manners."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            if connection.transport is not None:
                connection.transport.abort()
