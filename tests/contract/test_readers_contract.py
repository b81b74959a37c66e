"""The contract of the Reader port: fake, driver over a chip in memory, driver over a real line."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from ampkeeper.board.emulated.reader_twin import ReaderTwin
from ampkeeper.hal.errors import AbsentError
from ampkeeper.hal.fake import FakeReader
from ampkeeper.hal.linux.stream import SerialStream
from ampkeeper.hal.memory import memory_pair
from ampkeeper.hal.ports import Reader, Tag
from ampkeeper.hal.readers.pn532 import Pn532Reader

POLL_S = 0.01
LIMIT_S = 5.0  # ends a wait that should be over at once
HOLD_S = 60.0


class FastClock:
    """Twenty times the loop's, so that a second's absence is over in 50 ms."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def now_s(self) -> float:
        return asyncio.get_running_loop().time() * 20


@dataclass
class Bench:
    """A reader, and how to work its far side."""

    reader: Reader
    hold: Callable[[str], None]
    remove: Callable[[], None]
    is_silent: Callable[[bool], None]


def fake_bench() -> Bench:
    reader = FakeReader()

    def silence(is_silent: bool) -> None:
        reader.fail(AbsentError("no answer") if is_silent else None)

    return Bench(reader, reader.hold, reader.remove, silence)


def twin_bench(twin: ReaderTwin, reader: Reader) -> Bench:
    def hold(uid: str) -> None:
        twin.present(bytes.fromhex(uid), HOLD_S)

    def silence(is_silent: bool) -> None:
        twin.fault = "silent" if is_silent else "ok"

    return Bench(reader, hold, twin.remove, silence)


@pytest.fixture(params=["fake", "memory", "pty"])
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    if request.param == "fake":
        yield fake_bench()
        return
    twin = ReaderTwin()
    if request.param == "pty":
        stream = SerialStream(await twin.start())
        yield twin_bench(twin, Pn532Reader(stream, FastClock(), POLL_S))
        stream.close()
        await twin.stop()
        return
    near, far = memory_pair()
    chip = asyncio.ensure_future(twin.serve(far))
    await asyncio.sleep(0)
    yield twin_bench(twin, Pn532Reader(near, FastClock(), POLL_S))
    far.close()
    await chip


async def next_tag(bench: Bench) -> Tag:
    return await asyncio.wait_for(bench.reader.next_tag(), LIMIT_S)


@pytest.mark.parametrize("uid", ["04A224B1", "04112233445566", "04112233445566778899"])
async def test_a_card_is_one_tag_by_its_uid(bench: Bench, uid: str) -> None:
    await bench.reader.open()
    bench.hold(uid)
    assert await next_tag(bench) == Tag(uid, "ISO14443")


async def test_a_card_that_stays_is_one_tag(bench: Bench) -> None:
    await bench.reader.open()
    bench.hold("04A224B1")
    await next_tag(bench)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(bench.reader.next_tag(), 0.1)
    bench.hold("04A224B1")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(bench.reader.next_tag(), 0.1)


async def test_another_card_is_another_tag(bench: Bench) -> None:
    await bench.reader.open()
    bench.hold("04A224B1")
    await next_tag(bench)
    bench.hold("04A224B2")
    assert (await next_tag(bench)).uid == "04A224B2"


async def test_a_card_taken_away_and_shown_again_is_a_new_tag(bench: Bench) -> None:
    await bench.reader.open()
    bench.hold("04A224B1")
    await next_tag(bench)
    bench.remove()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(bench.reader.next_tag(), 0.3)
    bench.hold("04A224B1")
    assert (await next_tag(bench)).uid == "04A224B1"


async def test_a_silent_reader_is_absent_and_comes_back(bench: Bench) -> None:
    await bench.reader.open()
    bench.is_silent(True)
    with pytest.raises(AbsentError):
        await next_tag(bench)
    with pytest.raises(AbsentError):
        await bench.reader.open()
    bench.is_silent(False)
    await bench.reader.open()
    bench.hold("04A224B1")
    assert (await next_tag(bench)).uid == "04A224B1"


async def test_close_is_safe_twice_and_open_works_again(bench: Bench) -> None:
    bench.reader.close()
    await bench.reader.open()
    bench.reader.close()
    bench.reader.close()
    await bench.reader.open()
    bench.hold("04A224B1")
    assert (await next_tag(bench)).uid == "04A224B1"
