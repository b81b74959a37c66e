"""The command line's side of the local door."""

import contextlib
import json
import socket
from pathlib import Path
from typing import Any

from ampkeeper.firmware.faces.cli.errors import NotReachableError, RefusedError
from ampkeeper.firmware.faces.local import ANSWER_BYTES_MAX, SOCKET_FILE, short_address

TIMEOUT_S = 20.0
CHUNK_BYTES = 65_536


def ask(state: Path, verb: str, **arguments: Any) -> dict[str, Any]:
    """Put one request to the station of ``state`` and return its answer without "ok".

    Arguments that are None are left out.
    """
    path = state / SOCKET_FILE
    request = {"verb": verb} | {
        name: value for name, value in arguments.items() if value is not None
    }
    try:
        with (
            short_address(path) as address,
            socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line,
        ):
            line.settimeout(TIMEOUT_S)
            line.connect(address)
            with contextlib.suppress(BrokenPipeError):  # refused at the door: it says why
                line.sendall(json.dumps(request).encode() + b"\n")
            answer = _read_line(line)
    except OSError as error:
        reason = error.strerror or str(error)
        raise NotReachableError(f"no station answers at {path}: {reason}") from error
    return _checked(answer, path)


def _read_line(line: socket.socket) -> bytes:
    data = bytearray()
    while not data.endswith(b"\n") and len(data) <= ANSWER_BYTES_MAX:
        chunk = line.recv(CHUNK_BYTES)
        if not chunk:
            break
        data += chunk
    return bytes(data)


def _checked(answer: bytes, path: Path) -> dict[str, Any]:
    try:
        body = json.loads(answer)
    except (ValueError, RecursionError) as error:
        raise NotReachableError(f"{path}: ended without an answer") from error
    if not isinstance(body, dict):
        raise NotReachableError(f"{path}: answered, but not as a station does")
    if body.pop("ok", False) is not True:
        raise RefusedError(str(body.get("error", "refused")))
    return body
