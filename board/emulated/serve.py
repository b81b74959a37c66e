"""Serve: the control API behind its door, inside the loop that is already running.

No signal handlers and no access log: both belong to the process, not to its API.
"""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Any

import uvicorn

CONNECTIONS_MAX = 256  # more are answered with 503
KEEP_ALIVE_S = 30
END_S = 1  # for open event streams to end


class ControlServer:
    """Serves on ``door``, a listening socket, which whoever opened it closes."""

    def __init__(self, door: socket.socket) -> None:
        self._door = door
        self._server: _Server | None = None
        self.is_serving = asyncio.Event()

    async def run(self, app: Any, speed: float = 1.0) -> None:
        """Serve ``app`` until ``stop``; ``speed`` of the loop stretches what is in seconds."""
        config = uvicorn.Config(
            app,
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            limit_concurrency=CONNECTIONS_MAX,
            timeout_keep_alive=round(KEEP_ALIVE_S * max(1.0, speed)),
            timeout_graceful_shutdown=max(1, round(END_S * speed)),
        )
        self._server = _Server(config, self.is_serving)
        await self._server.serve(sockets=[self._door])

    def stop(self) -> None:
        """Answer what is open and end; safe twice."""
        if self._server is not None:
            self._server.should_exit = True


class _Server(uvicorn.Server):
    """Without signal handlers; tells when it serves."""

    def __init__(self, config: uvicorn.Config, is_serving: asyncio.Event) -> None:
        super().__init__(config)
        self._is_serving = is_serving

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._is_serving.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
