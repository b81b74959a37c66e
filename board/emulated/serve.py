"""Serve: the control API on a TCP port, inside the loop that is already running.

The socket is bound before anything else starts, so that a port in use is found at once. No
signal handlers and no access log: both belong to the process, not to its API.
"""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Any

import uvicorn

BACKLOG = 128
CONNECTIONS_MAX = 256  # more are answered with 503
KEEP_ALIVE_S = 30
END_S = 1  # for open event streams to end


class ControlServer:
    """One port. ``host_port`` is "127.0.0.1:0" for a free one."""

    def __init__(self, host_port: str) -> None:
        host, port = split_host_port(host_port)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.create_server((host, port), family=family, backlog=BACKLOG)
        self._server: _Server | None = None
        self.is_serving = asyncio.Event()

    @property
    def address(self) -> str:
        """The address that was bound, as host:port."""
        host, port = self._socket.getsockname()[:2]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

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
        await self._server.serve(sockets=[self._socket])

    def stop(self) -> None:
        """Answer what is open and end; safe twice."""
        if self._server is not None:
            self._server.should_exit = True

    def close(self) -> None:
        """Release the port; safe twice."""
        self._socket.close()


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


def split_host_port(host_port: str) -> tuple[str, int]:
    """Split "host:port"; raise ValueError that says what is allowed."""
    host, colon, port = host_port.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not (colon and host and port.isascii() and port.isdigit() and int(port) <= 65_535):
        raise ValueError(f"{host_port!r}: must be host:port, port 0 (any free one) to 65535")
    return host, int(port)
