"""What every byte stream does: memory, a real pseudo-terminal, and a Unix socket."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import pytest_asyncio

from ampkeeper.hal.errors import AbsentError
from ampkeeper.hal.linux.stream import PtyStream, SerialStream
from ampkeeper.hal.linux.unix_door import UnixDoor
from ampkeeper.hal.linux.unix_stream import UnixStream
from ampkeeper.hal.memory import memory_pair
from ampkeeper.hal.ports import ByteStream

WAIT_S = 5.0  # for what happens at once; ends a test that hangs
Pair = tuple[ByteStream, ByteStream, Callable[[], None]]  # near, far, tear the line down


def over_memory() -> Pair:
    near, far = memory_pair()
    return near, far, near.close


def over_pty() -> Pair:
    far = PtyStream()
    return SerialStream(far.path), far, far.destroy


class AsyncDoor:
    """A ``UnixDoor`` as a byte stream; it never blocks, so it is asked again and again."""

    def __init__(self, path: Path) -> None:
        self._door = UnixDoor(path)
        self._early = b""

    async def open(self) -> None:
        self._door.open()

    async def read(self) -> bytes:
        data, self._early = self._early, b""
        while not data:
            data = self._door.receive()
            await asyncio.sleep(0)
        return data

    def write(self, data: bytes) -> None:
        self._early += self._door.receive()  # lets in who waits outside
        self._door.send(data)

    def close(self) -> None:
        self._door.close()


def over_unix() -> Pair:
    folder = TemporaryDirectory()
    far = AsyncDoor(Path(folder.name) / "door")

    def tear() -> None:
        far.close()
        folder.cleanup()

    return UnixStream(Path(folder.name) / "door"), far, tear


@pytest_asyncio.fixture(params=[over_memory, over_pty, over_unix])
async def pair(request: pytest.FixtureRequest) -> AsyncIterator[Pair]:
    near, far, tear = request.param()
    await far.open()
    await near.open()
    yield near, far, tear
    near.close()
    tear()
    far.close()


async def read_all(stream: ByteStream, count: int) -> bytes:
    data = b""
    async with asyncio.timeout(WAIT_S):
        while len(data) < count:
            chunk = await stream.read()
            assert 1 <= len(chunk) <= 4_096
            data += chunk
    return data


async def test_bytes_arrive_in_both_directions(pair: Pair) -> None:
    near, far, _ = pair
    near.write(b"permit")
    far.write(b"status")
    assert await read_all(far, 6) == b"permit"
    assert await read_all(near, 6) == b"status"


async def test_every_byte_value_arrives_unchanged(pair: Pair) -> None:
    near, far, _ = pair
    data = bytes(range(256)) + b"\r\n\x03\x04\x11\x13\x1a\xff\xff"
    near.write(data)
    assert await read_all(far, len(data)) == data
    far.write(data)
    assert await read_all(near, len(data)) == data


async def test_long_data_arrives_in_order(pair: Pair) -> None:
    near, far, _ = pair
    data = bytes(index * 31 & 0xFF for index in range(60_000))
    near.write(data)
    assert await read_all(far, len(data)) == data


async def test_a_reader_waits_for_the_writer(pair: Pair) -> None:
    near, far, _ = pair
    reading = asyncio.ensure_future(read_all(near, 2))
    await asyncio.sleep(0)
    far.write(b"ok")
    assert await reading == b"ok"


async def test_a_cancelled_read_loses_nothing(pair: Pair) -> None:
    near, far, _ = pair
    for _ in range(3):
        reading = asyncio.ensure_future(near.read())
        await asyncio.sleep(0)
        reading.cancel()
        with suppress(asyncio.CancelledError):
            await reading
    far.write(b"kept")
    assert await read_all(near, 4) == b"kept"


async def test_reads_given_up_at_any_moment_lose_nothing(pair: Pair) -> None:
    near, far, _ = pair
    sent, got = bytes(range(200)), b""
    for value in sent:
        far.write(bytes([value]))
        with suppress(TimeoutError):
            async with asyncio.timeout(0):
                got += await near.read()
    assert got + await read_all(near, len(sent) - len(got)) == sent


async def test_close_ends_a_waiting_read(pair: Pair) -> None:
    near, _, _ = pair
    reading = asyncio.ensure_future(near.read())
    await asyncio.sleep(0)
    near.close()
    with pytest.raises(AbsentError):
        await asyncio.wait_for(reading, WAIT_S)


async def test_a_closed_line_drops_and_close_is_safe_twice(pair: Pair) -> None:
    near, _, _ = pair
    near.close()
    near.close()
    near.write(b"into the void")
    with pytest.raises(AbsentError):
        await near.read()


async def test_a_line_opens_again_with_nothing_old_in_it(pair: Pair) -> None:
    near, far, _ = pair
    far.write(b"old")
    await asyncio.sleep(0.01)  # a pty hands bytes over in the kernel's own time
    near.close()
    await near.open()
    far.write(b"new")
    assert await read_all(near, 3) == b"new"


async def test_a_writer_whom_nobody_reads_is_cut_off_and_not_blocked(pair: Pair) -> None:
    near, far, _ = pair
    for _ in range(100):
        near.write(bytes(4_096))
    data = await read_all(far, 60_000)
    assert 60_000 <= len(data) < 100 * 4_096


async def test_a_line_that_nobody_reads_does_not_keep_the_loop_busy() -> None:
    class Counted(SerialStream):
        calls = 0

        def _take(self) -> None:
            self.calls += 1
            super()._take()

    far = PtyStream()
    near = Counted(far.path)
    await far.open()
    await near.open()
    far.write(b"first")
    assert await read_all(near, 5) == b"first"
    for _ in range(100):
        far.write(b"x")
        await asyncio.sleep(0)
    await asyncio.sleep(0.01)  # a pty hands bytes over in the kernel's own time
    assert near.calls <= 3  # "first", the first "x", and that nobody fetches it
    assert await read_all(near, 100) == b"x" * 100
    near.close()
    far.destroy()


async def test_a_torn_line_ends_the_read(pair: Pair) -> None:
    near, _, tear = pair
    reading = asyncio.ensure_future(near.read())
    await asyncio.sleep(0)
    tear()
    with pytest.raises(AbsentError):
        await asyncio.wait_for(reading, WAIT_S)


async def test_a_torn_line_says_how_it_ended() -> None:
    far = PtyStream()
    near = SerialStream(far.path)
    await far.open()
    await near.open()
    reading = asyncio.ensure_future(read_all(near, 4))
    far.write(b"last")
    assert await reading == b"last"
    far.destroy()
    with pytest.raises(AbsentError, match=r"hung up|Input/output error"):
        await asyncio.wait_for(near.read(), WAIT_S)


async def test_a_tty_that_is_not_there_is_absent() -> None:
    far = PtyStream()
    path = far.path
    far.destroy()
    far.destroy()
    with pytest.raises(AbsentError, match=path):
        await SerialStream(path).open()
    with pytest.raises(AbsentError):
        await far.open()


async def test_a_serial_line_has_one_owner() -> None:
    far = PtyStream()
    owner, other = SerialStream(far.path), SerialStream(far.path)
    await owner.open()
    with pytest.raises(AbsentError, match=r"temporarily unavailable|busy"):
        await other.open()
    owner.close()
    await other.open()
    other.close()
    far.destroy()


def test_the_path_of_a_torn_line_is_nobody_elses() -> None:
    torn = PtyStream()
    torn.destroy()
    other = PtyStream()
    assert other.path != torn.path
    other.destroy()


async def test_a_socket_that_is_not_there_is_absent(tmp_path: Path) -> None:
    with pytest.raises(AbsentError, match="No such file"):
        await UnixStream(tmp_path / "door").open()


async def test_a_socket_that_nobody_listens_at_is_absent(tmp_path: Path) -> None:
    (tmp_path / "door").touch()
    with pytest.raises(AbsentError, match="refused"):
        await UnixStream(tmp_path / "door").open()


async def test_a_file_that_is_no_tty_is_absent() -> None:
    with pytest.raises(AbsentError, match="/dev/null"):
        await SerialStream("/dev/null").open()


def test_a_speed_that_no_line_has_is_refused() -> None:
    with pytest.raises(ValueError, match="12345 baud"):
        SerialStream("/dev/ttyS0", 12_345)
