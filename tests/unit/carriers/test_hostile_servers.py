"""Servers that answer anything at all: every transfer ends with a reason, none with an exception.

``AMPKEEPER_FUZZ_SERVERS`` is the number of answers tried per protocol.
"""

import contextlib
import os
import random
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ampkeeper.firmware.transfers.plan import Ended
from tests.unit.carriers.moving import ONCE, Moving

COUNT = int(os.environ.get("AMPKEEPER_FUZZ_SERVERS", "40"))
HTTP = (
    b'HTTP/1.1 200 OK\r\nETag: "a"\r\nContent-Length: 5\r\n\r\nhello',
    b"HTTP/1.1 206 Partial\r\nContent-Range: bytes 3-4/5\r\nContent-Length: 2\r\n\r\nlo",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    b"HTTP/1.1 302 Found\r\nLocation: http://[::1/x\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 301 Moved\r\nLocation: //127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 416 No\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.0 200 OK\r\n\r\nhello",
)
FTP = (
    b"220 a\r\n331 b\r\n230 c\r\n200 d\r\n213 5\r\n213 2026\r\n227 (127,0,0,1,0,1)\r\n150 e\r\n",
    b"220-a\r\n220 b\r\n230 c\r\n200 d\r\n550 e\r\n550 f\r\n229 (|||1|)\r\n",
    b"421 busy\r\n",
    b"530 no\r\n",
    b"220 a\r\n331 b\r\n230 c\r\n200 d\r\n213 99999999999999999999999\r\n213 x\r\n227 (1,2)\r\n",
)
SSH = (b"SSH-2.0-OpenSSH_9.9\r\n" + bytes(40), b"SSH-1.5-old\r\n", b"Exceeded MaxStartups\r\n")
WORDS = {"", "absent", "denied", "missing", "unsupported", "untrusted", "refused", "too_big"}


@contextmanager
def answering(answer: bytes) -> Iterator[int]:
    """A server that says this to whoever connects, and hangs up."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                _answer(listener.accept()[0], answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def _answer(peer: socket.socket, answer: bytes) -> None:
    with peer, contextlib.suppress(OSError):
        peer.sendall(answer)
        peer.shutdown(socket.SHUT_WR)
        peer.settimeout(2)
        while peer.recv(4096):
            pass


def mutated(chance: random.Random, seeds: tuple[bytes, ...]) -> bytes:
    data = bytearray(chance.choice(seeds))
    for _ in range(chance.randrange(6)):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(5):
            case 0:
                data[at:at] = chance.randbytes(chance.randrange(1, 8))
            case 1:
                del data[at : at + chance.randrange(1, 30)]
            case 2:
                data[at:at] = data[: chance.randrange(60)]
            case 3:
                data[at : at + 1] = bytes([chance.randrange(256)])
            case _:
                data[at:at] = chance.choice((b"-1", b"\r\n", b"\0", b"9" * 40, b"a" * 70_000))
    return bytes(data)


@pytest.mark.parametrize(("scheme", "seeds"), [("http", HTTP), ("ftp", FTP), ("sftp", SSH)])
async def test_every_transfer_ends_with_a_reason(
    tmp_path: Path, scheme: str, seeds: tuple[bytes, ...], caplog: pytest.LogCaptureFixture
) -> None:
    chance = random.Random(f"{scheme} {COUNT}")
    moving = Moving(tmp_path, timeout_s=1.0)
    for number in range(COUNT):
        answer = mutated(chance, seeds) if number >= len(seeds) else seeds[number]
        with answering(answer) as port:
            url = f"{scheme}://me:secret@127.0.0.1:{port}/f"
            if number % 3:
                ended = await moving.fetch(url, ONCE)
            else:
                ended = await moving.send(url, b"data" * 9, ONCE)
        assert isinstance(ended, Ended)
        assert ended.word in WORDS, (answer, ended)
        assert "secret" not in ended.text
    assert "a carrier failed" not in caplog.text, "a library raised what its carrier does not know"
