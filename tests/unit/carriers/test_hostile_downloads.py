"""Servers that would keep a station busy for ever: bounded bytes, bounded time.

Real servers on loopback, with the times of a station made short; the times themselves are tried
in ``test_slow_retrieval.py``, where none passes.
"""

import asyncio
import contextlib
import itertools
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import pytest

from ampkeeper.firmware.transfers.gate import UnwantedError
from tests.support.file_servers import WebServer, web_server
from tests.unit.carriers.moving import AT_ONCE, FILE_BYTES_MAX, ONCE, Moving, place

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
PAUSE_S = 0.005
DECLARED = 100_000
HEAD = b"IMAGE"


@pytest.fixture
def moving(tmp_path: Path) -> Moving:
    return Moving(tmp_path)


@contextlib.contextmanager
def talking(says: Callable[[], Iterator[bytes]], pause_s: float = 0.0) -> Iterator[str]:
    """A server that answers every request with ``says()``, piece for piece, until it is cut off."""
    listener = socket.create_server(("127.0.0.1", 0))
    is_over = threading.Event()

    def talk(line: socket.socket) -> None:
        with contextlib.suppress(OSError), line:
            line.recv(4096)
            for piece in says():
                if is_over.wait(pause_s):
                    return
                line.sendall(piece)

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                talk(listener.accept()[0])

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/image"
    finally:
        is_over.set()
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def judge(beginning: bytes) -> int | None:
    """Of an image that declares its length behind its first bytes."""
    if not HEAD.startswith(beginning[: len(HEAD)]):
        raise UnwantedError("other", "this is no image")
    return None if len(beginning) < 64 else DECLARED


def endless(first: bytes = b"") -> Iterator[bytes]:
    yield CHUNKED
    for piece in itertools.chain((first,) if first else (), itertools.repeat(bytes(8_192))):
        yield b"%x\r\n%s\r\n" % (len(piece), piece)


def left_over(moving: Moving) -> list[str]:
    return [path.name for path in moving.folder.iterdir()]


async def test_an_endless_file_ends_at_the_length_that_its_head_declares(moving: Moving):
    with talking(lambda: endless(HEAD + bytes(59))) as url:
        ended = await moving.fetch(url, judge=judge)
    assert ended.word == "unfit"
    assert moving.seen[-1] <= DECLARED
    assert max(len(data) for data in moving.kept.values()) <= DECLARED
    assert left_over(moving) == []


async def test_an_endless_file_of_somebody_else_ends_at_its_first_chunk(moving: Moving):
    with talking(endless) as url:
        ended = await moving.fetch(url, judge=judge)
    assert ended.word == "other"
    assert moving.seen == []
    assert left_over(moving) == []


async def test_an_endless_file_that_nobody_judges_ends_at_the_most_there_may_be(moving: Moving):
    with talking(endless) as url:
        ended = await moving.fetch(url, most=200_000)
    assert ended.word == "too_big"
    assert moving.seen[-1] <= 200_000


async def test_a_file_that_is_announced_longer_than_it_declares_ends_at_its_head(
    moving: Moving,
):
    body = HEAD + bytes(DECLARED)
    with web_server() as server:
        server.files["/image"] = body
        ended = await moving.fetch(server.url("/image"), judge=judge)
    assert ended.word == "unfit"
    assert moving.seen == []


async def test_a_byte_now_and_then_is_too_slow(moving: Moving):
    moving.limit(window_s=0.1)

    def says() -> Iterator[bytes]:
        yield OK + b"Content-Length: 1000000\r\n\r\n"
        yield from itertools.repeat(b"x")

    with talking(says, PAUSE_S) as url:
        ended = await moving.fetch(url, ONCE)
    assert (ended.word, ended.text) == ("absent", "too slow")
    assert moving.seen[-1] < 1_000


@pytest.mark.parametrize(
    "says",
    [
        lambda: itertools.chain((OK,), itertools.repeat(b"X")),
        lambda: itertools.chain((CHUNKED, b"5"), itertools.repeat(b"0")),
        lambda: itertools.repeat(b"H"),
    ],
    ids=["a header line", "the length of a chunk", "the first line"],
)
async def test_a_line_that_never_ends_is_given_up_in_time(
    moving: Moving, says: Callable[[], Iterator[bytes]]
):
    moving.limit(step_s=0.2)
    with talking(says, PAUSE_S) as url:
        ended = await moving.fetch(url, ONCE)
    assert ended.word == "absent"
    assert moving.seen == []


async def test_a_server_that_never_finishes_is_given_up_whatever_was_asked(moving: Moving):
    moving.limit(window_s=0.05, within_s=0.5)
    slow = AT_ONCE.__class__(retries=100, interval_s=0)

    def says() -> Iterator[bytes]:
        yield OK + b"Content-Length: 1000000\r\n\r\n"
        yield from itertools.repeat(b"x")

    with talking(says, PAUSE_S) as url:
        ended = await moving.fetch(url, slow)
    assert ended.word == "absent"
    assert "in all attempts" in ended.text
    assert left_over(moving) == []


async def test_what_is_opened_when_nobody_waits_any_more_is_closed(moving: Moving):
    begun, may_open = threading.Event(), threading.Event()
    opened: list[IO[Any]] = []

    class OnASlowDisk(type(Path())):  # type: ignore[misc]
        def open(self, mode: str = "r", *args: Any, **kwargs: Any) -> IO[Any]:
            if self.suffix == ".part":
                begun.set()
                may_open.wait(5)
                opened.append(super().open(mode, *args, **kwargs))
                return opened[-1]
            return super().open(mode, *args, **kwargs)

    with web_server() as server, moving.mover() as mover:
        server.files["/image"] = b"image"
        file = OnASlowDisk(moving.file)
        url = place(server.url("/image"))
        fetching = asyncio.ensure_future(
            mover.fetch(url, file, FILE_BYTES_MAX, ONCE, lambda count, of: None)
        )
        await asyncio.to_thread(begun.wait, 5)
        fetching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await fetching
        may_open.set()
        await mover.run(lambda: None)
    assert [one.closed for one in opened] == [True]


@pytest.mark.parametrize(
    "part",
    [
        b"Content-Range: bytes 0-9/10\r\nContent-Length: 10\r\n",
        b"Content-Range: bytes 7-9/10\r\nContent-Length: 3\r\n",
        b"Content-Range: lines 5-9/10\r\nContent-Length: 5\r\n",
        b"Content-Length: 5\r\n",
    ],
)
async def test_another_part_than_was_asked_for_is_refused(moving: Moving, part: bytes):
    answers = [
        OK + b'ETag: "a"\r\nContent-Length: 10\r\n\r\nfirst',
        b'HTTP/1.1 206 Partial Content\r\nETag: "a"\r\n' + part + b"\r\n0123456789",
    ]
    with talking(lambda: iter([answers.pop(0)])) as url:
        ended = await moving.fetch(url)
    assert ended.word == "refused"
    assert "another part" in ended.text
    assert left_over(moving) == []


async def test_a_part_that_nobody_asked_for_is_refused(moving: Moving):
    answer = b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 5-9/10\r\n\r\n56789"
    with talking(lambda: iter([answer])) as url:
        assert (await moving.fetch(url)).word == "refused"


async def test_a_redirect_is_judged_as_the_file_that_it_leads_to(moving: Moving):
    with web_server() as server, web_server() as other:
        server.redirects["/image"] = (307, other.url("/there"))
        other.files["/there"] = b"no image" * 100
        ended = await moving.fetch(server.url("/image"), judge=judge)
    assert ended.word == "other"


@pytest.mark.parametrize("there", ["ftp://127.0.0.1/x", "file:///etc/passwd", "http://", "//["])
async def test_a_redirect_out_of_http_is_not_followed(moving: Moving, there: str):
    with web_server() as server:
        server.redirects["/image"] = (302, there)
        assert (await moving.fetch(server.url("/image"))).word == "refused"


async def test_a_file_that_is_judged_goes_on_where_it_was_cut(moving: Moving):
    body = HEAD + bytes(DECLARED - len(HEAD))
    with web_server() as server:
        fill(server, body)
        assert (await moving.fetch(server.url("/image"), judge=judge)).is_good
        ranges = [headers.get("Range") for _, _, headers in server.log]
    assert ranges == [None, None, "bytes=50000-"]
    assert moving.got() == body


def fill(server: WebServer, body: bytes) -> None:
    """Cut first within its head, of which nothing is kept, then behind it."""
    server.files["/image"] = body
    server.faults.cut_after = [30, 50_000]
