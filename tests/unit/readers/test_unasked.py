"""Unasked readers: floods are bounded and named, and nothing old becomes a token."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from ampkeeper.board.emulated.tag_twins import WedgeTwin, rdm6300_frame
from ampkeeper.board.emulated.virtual_time import LoopClock, run_virtual
from ampkeeper.hal.errors import AbsentError
from ampkeeper.hal.memory import MemoryStream, memory_pair
from ampkeeper.hal.ports import Tag
from ampkeeper.hal.readers.rdm6300 import Rdm6300Reader
from ampkeeper.hal.readers.text import TextReader
from ampkeeper.hal.readers.unasked import TAGS_MAX, UnaskedReader
from ampkeeper.hal.readers.wedge import WedgeReader

MEGABYTE = 1_000_000
CHUNK = 4_000
KEY = WedgeTwin(lambda data: None).event(1, 8, 1)
FLOOD = b"x" * 5_000  # more than a reader of lines has in one
Scene = Callable[[MemoryStream, UnaskedReader], Awaitable[None]]


def text_reader(near: MemoryStream) -> UnaskedReader:
    """A reader of lines."""
    return TextReader(near, LoopClock(), name="text reader at /dev/ttyUSB0")


MAKERS: dict[str, tuple[Callable[[MemoryStream], UnaskedReader], bytes]] = {
    "text": (text_reader, b"x"),
    "rdm": (lambda near: Rdm6300Reader(near, LoopClock(), name="RDM6300 at /dev/ttyS0"), b"\x02"),
    "wedge": (lambda near: WedgeReader(near, LoopClock(), name="wedge at usb:ffff:0035"), KEY),
}


def play(scene: Scene, make: Callable[[MemoryStream], UnaskedReader] = text_reader) -> None:
    """Play a scene on a reader, not open yet, and the far end of its line."""

    async def main() -> None:
        near, far = memory_pair()
        await far.open()
        await scene(far, make(near))

    run_virtual(main())


async def flooded(far: MemoryStream, reader: UnaskedReader) -> "asyncio.Future[None]":
    """Flood a reader until it gives up; return its next opening, which has begun."""
    await reader.open()
    far.write(FLOOD)
    with pytest.raises(AbsentError, match="5000 bytes without the end of a token"):
        await reader.next_tag()
    opening = asyncio.ensure_future(reader.open())
    await asyncio.sleep(0.1)
    return opening


@pytest.mark.parametrize("kind", MAKERS)
def test_a_megabyte_without_an_end_is_bounded_and_named(kind: str) -> None:
    make, filler = MAKERS[kind]

    async def scene(far: MemoryStream, reader: UnaskedReader) -> None:
        await reader.open()
        sent = filler * (MEGABYTE // len(filler))
        failures: list[str] = []
        for start in range(0, len(sent), CHUNK):
            far.write(sent[start : start + CHUNK])
            try:
                async with asyncio.timeout(0.01):
                    await reader.next_tag()
            except AbsentError as error:
                failures.append(str(error))
            except TimeoutError:
                continue
        assert "without the end of a token" in failures[0]
        assert all(text.startswith(reader.name) for text in failures)
        assert sum("without" in text for text in failures) == 1  # the rest: "still sends ..."

    play(scene, make)


def test_after_a_flood_the_line_has_to_be_quiet_before_it_is_opened() -> None:
    async def scene(far: MemoryStream, reader: UnaskedReader) -> None:
        opening = await flooded(far, reader)
        far.write(b"x")
        with pytest.raises(AbsentError, match="still sends"):
            await opening
        await reader.open()
        far.write(b"4711\n")
        assert (await reader.next_tag()).uid == "4711"

    play(scene)


def test_a_token_ends_a_flood_too_and_is_not_lost() -> None:
    async def scene(far: MemoryStream, reader: UnaskedReader) -> None:
        opening = await flooded(far, reader)
        far.write(b"4711\n")
        await opening
        assert (await reader.next_tag()).uid == "4711"

    play(scene)


def test_the_end_of_a_token_that_was_under_way_at_the_start_is_no_token() -> None:
    async def scene(far: MemoryStream, reader: UnaskedReader) -> None:
        opening = asyncio.ensure_future(reader.open())
        for piece in (b"47", b"11\r\n"):
            await asyncio.sleep(0.02)
            far.write(piece)
        await opening
        far.write(b"4712\r\n")
        assert (await reader.next_tag()).uid == "4712"

    play(scene)


def test_a_queue_of_tokens_that_nobody_fetches_is_bounded() -> None:
    async def scene(far: MemoryStream, reader: UnaskedReader) -> None:
        await reader.open()
        far.write(b"".join(b"%d\n" % number for number in range(TAGS_MAX + 5)))
        assert (await reader.next_tag()).uid == "5"

    play(scene)


def test_frames_that_piled_up_while_nobody_listened_are_not_a_second_tag() -> None:
    async def scene(far: MemoryStream, reader: UnaskedReader) -> None:
        await reader.open()
        frame = rdm6300_frame(bytes.fromhex("0600A1B2C3"))
        far.write(frame)
        assert await reader.next_tag() == Tag("0600A1B2C3", "Local")
        far.write(frame * 20)
        await asyncio.sleep(5)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.next_tag(), 3)
        far.write(frame)
        assert (await reader.next_tag()).uid == "0600A1B2C3"

    play(scene, MAKERS["rdm"][0])
