"""Local door: one line of JSON in, one line out, over a Unix socket in the state folder.

A request is ``{"verb": "...", ...}``; the answer ``{"ok": true, ...}`` or
``{"ok": false, "error": "..."}``. Whoever may open the socket may ask: it has mode 0600.
What the verbs mean is the handler's business; it raises ``LocalRefusedError`` to say no.
"""

import asyncio
import json
import logging
import os
import socket
import stat
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SOCKET_FILE = "ampkeeper.sock"
REQUEST_BYTES_MAX = 65_536
ANSWER_BYTES_MAX = 1_048_576
ADDRESS_BYTES_MAX = 107  # sun_path of Linux holds 108 with its final zero
CONNECTIONS_MAX = 16  # a further one is told so and closed
IDLE_S = 30.0  # between two requests
HANDLER_S = 15.0
BACKLOG = 16

log = logging.getLogger(__name__)

Handler = Callable[[str, dict[str, Any]], Awaitable[dict[str, Any]]]


class LocalRefusedError(Exception):
    """The station says no to a request; the text is for the person who asked."""


class LocalServer:
    """Listens in the state folder and hands each request to ``handler``."""

    def __init__(self, state: Path, handler: Handler) -> None:
        self._path = state / SOCKET_FILE
        self._handler = handler
        self._socket: socket.socket | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    def open(self) -> None:
        """Take the socket; raise OSError when another process answers on it."""
        with short_address(self._path) as address:
            _remove_stale(self._path, address)
            door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
            try:
                door.bind(address)
                self._path.chmod(0o600)  # nobody can connect before listen()
                door.listen(BACKLOG)
            except OSError:
                door.close()
                raise
        self._socket = door

    async def run(self) -> None:
        """Answer until cancelled."""
        assert self._socket is not None, "open() comes first"
        server = await asyncio.start_unix_server(
            self._serve, sock=self._socket, limit=REQUEST_BYTES_MAX
        )
        try:
            await server.serve_forever()  # ended by cancellation
        finally:
            server.close()
            for writer in list(self._writers):
                writer.close()

    def close(self) -> None:
        """Give the socket up; safe twice."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
            self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._writers) >= CONNECTIONS_MAX:
            writer.write(_line(_refusal("too many connections")))
            writer.close()
            return
        self._writers.add(writer)
        try:
            while await self._serve_one(reader, writer):
                pass
        except (ConnectionError, TimeoutError):
            log.debug("a local connection ended")
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; False when there is nothing more to answer."""
        try:
            async with asyncio.timeout(IDLE_S):
                line = await reader.readline()
        except ValueError:
            writer.write(_line(_refusal(f"a request has at most {REQUEST_BYTES_MAX} bytes")))
            await writer.drain()
            return False
        if not line.endswith(b"\n"):
            return False
        writer.write(_line(await self._answer(line)))
        async with asyncio.timeout(IDLE_S):
            await writer.drain()
        return True

    async def _answer(self, line: bytes) -> dict[str, Any]:
        request = _request(line)
        if isinstance(request, str):
            return _refusal(request)
        verb = request.pop("verb")
        try:
            async with asyncio.timeout(HANDLER_S):
                answer = await self._handler(verb, request)
        except LocalRefusedError as error:
            return _refusal(str(error))
        except TimeoutError:
            return _refusal(f"no answer within {HANDLER_S:g} s")
        return {"ok": True, **answer}


@contextmanager
def short_address(path: Path) -> Iterator[str]:
    """An address for ``path`` that fits in a socket's; OSError where there is none.

    A long path is reached through a descriptor of its folder.
    """
    address = str(path.absolute())
    if len(os.fsencode(address)) <= ADDRESS_BYTES_MAX:
        yield address
        return
    if not os.path.isdir("/proc/self/fd"):
        raise OSError(f"{address}: a socket's path has at most {ADDRESS_BYTES_MAX} bytes")
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def _remove_stale(path: Path, address: str) -> None:
    """Remove what a killed process left; never anything but a socket that nobody answers."""
    try:
        is_socket = stat.S_ISSOCK(path.lstat().st_mode)
    except FileNotFoundError:
        return
    if not is_socket:
        raise OSError(f"{path}: is there, and is no socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(address)
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
            return
    raise OSError(f"{path}: another station answers here")


def _request(line: bytes) -> dict[str, Any] | str:
    """The request in ``line``, or what is wrong with it."""
    try:
        request = json.loads(line)
    except (ValueError, RecursionError):
        return "a request is one line of JSON"
    if not isinstance(request, dict) or not isinstance(request.get("verb"), str):
        return 'a request is {"verb": "...", ...}'
    return request


def _refusal(error: str) -> dict[str, Any]:
    return {"ok": False, "error": error}


def _line(answer: dict[str, Any]) -> bytes:
    line = json.dumps(answer, separators=(",", ":")).encode()
    if len(line) >= ANSWER_BYTES_MAX:
        error = f"the answer has {len(line)} bytes, at most {ANSWER_BYTES_MAX}"
        line = json.dumps(_refusal(error)).encode()
    return line + b"\n"
