"""TWN4: lines and checks, and the driver over its twin in virtual time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ampkeeper.board.emulated.tag_twins import EM4102, ISO15693, MIFARE, Twn4Twin, mcrf4xx
from ampkeeper.board.emulated.virtual_time import LoopClock, run_virtual
from ampkeeper.hal.errors import AbsentError, WrongDeviceError
from ampkeeper.hal.memory import memory_pair
from ampkeeper.hal.ports import Tag
from ampkeeper.hal.readers import twn4_frames as frames
from ampkeeper.hal.readers.twn4 import Twn4Reader
from ampkeeper.hal.readers.twn4_frames import FrameError, LineCutter
from tests.support.presentations import tags_within

UID = bytes.fromhex("04A224B1")


class Bench:
    """A reader, its line, and a twin at the far end."""

    def __init__(self, twin_crc: bool = False, has_crc: bool = False, types: str = "hf") -> None:
        self.twin = Twn4Twin(asyncio.get_running_loop().time, twin_crc)
        self.near, self.far = memory_pair()
        self.reader = Twn4Reader(self.near, LoopClock(), has_crc=has_crc, types=types)
        self.change: Callable[[bytes], bytes] = lambda answer: answer

    async def serve(self) -> None:
        await self.far.open()
        while True:
            self.far.write(self.change(self.twin.feed(await self.far.read())))

    async def tags(self, seconds: float) -> list[Tag]:
        """The tags of the next seconds; the reader is tried again when it was absent."""
        return await tags_within(seconds, self.reader)


def virtually(scene: Callable[[Bench], Awaitable[None]], **settings: Any) -> None:
    async def play() -> None:
        bench = Bench(**settings)
        async with asyncio.TaskGroup() as group:
            serving = group.create_task(bench.serve())
            await asyncio.sleep(0)
            await scene(bench)
            serving.cancel()

    run_virtual(play())


def test_the_check_is_that_of_the_protocols_description() -> None:
    assert frames.encode(bytes.fromhex("050010"), has_crc=True) == b"0500100F10\r"
    assert frames.encode(bytes.fromhex("050010"), has_crc=False) == b"050010\r"


@given(st.binary(max_size=40))
def test_driver_and_twin_check_alike(data: bytes) -> None:
    check = mcrf4xx(data).to_bytes(2, "little")
    assert frames.encode(data, has_crc=True) == (data + check).hex().upper().encode() + b"\r"
    assert frames.decode(frames.encode(b"\x00" + data, True)[:-1], True) == b"\x00" + data


@pytest.mark.parametrize("line", [b"", b"0", b"0G", b"\xff\xff", b"0500100F11", b"0F10"])
def test_a_line_that_is_no_answer_is_refused(line: bytes) -> None:
    with pytest.raises(FrameError):
        frames.decode(line, has_crc=True)


def test_a_line_without_an_end_is_bounded() -> None:
    cutter = LineCutter()
    assert cutter.feed(b"0" * 1_000_000 + b"\r00\r") == [b"00"]


@pytest.mark.parametrize(
    ("kind", "number", "types", "tag"),
    [
        (MIFARE, "04A224B1", "hf", Tag("04A224B1")),
        (MIFARE, "04112233445566", "all", Tag("04112233445566")),
        (ISO15693, "E004010012345678", "hf", Tag("E004010012345678", "ISO15693")),
        (EM4102, "0600A1B2C3", "lf", Tag("0600A1B2C3", "Local")),
        (EM4102, "0600A1B2C3", "hf", None),
        (MIFARE, "04A224B1", "lf", None),
    ],
)
def test_tags_of_the_types_asked_for_are_read(
    kind: int, number: str, types: str, tag: Tag | None
) -> None:
    async def scene(bench: Bench) -> None:
        bench.twin.hold(bytes.fromhex(number), 5, kind)
        assert await bench.tags(6) == ([tag] if tag else [])

    virtually(scene, types=types)


def test_each_presentation_is_one_beep_and_the_field_is_off_between_looks() -> None:
    async def scene(bench: Bench) -> None:
        bench.twin.hold(UID, 30)
        assert len(await bench.tags(31)) == 1
        assert bench.twin.beep_count == 1
        assert not bench.twin.is_field_on

    virtually(scene)


def test_a_line_that_makes_one_tag_another_for_a_moment_makes_no_tag() -> None:
    async def scene(bench: Bench) -> None:
        await bench.reader.open()
        answers = 0

        def flip_once(answer: bytes) -> bytes:
            nonlocal answers
            answers += UID.hex().upper().encode() in answer
            return answer.replace(b"04A224B1", b"04A224B0") if answers == 1 else answer

        bench.change = flip_once
        bench.twin.hold(UID, 10)
        assert await bench.tags(11) == [Tag("04A224B1")]

    virtually(scene)


def test_a_reader_still_set_as_a_keyboard_is_absent() -> None:
    async def scene(bench: Bench) -> None:
        bench.twin.is_keyboard = True
        with pytest.raises(AbsentError, match="TWN4: no answer within"):
            await bench.reader.open()

    virtually(scene)


def test_a_crc_on_one_side_only_is_named() -> None:
    async def host_only(bench: Bench) -> None:
        with pytest.raises(AbsentError, match="wrong CRC"):
            await bench.reader.open()

    async def reader_only(bench: Bench) -> None:
        with pytest.raises(WrongDeviceError, match=r"parser error.*CRC on one side"):
            await bench.reader.open()

    virtually(host_only, has_crc=True)
    virtually(reader_only, twin_crc=True)


def test_a_reader_that_was_reset_looks_for_what_it_is_told_again() -> None:
    async def scene(bench: Bench) -> None:
        await bench.reader.open()
        bench.twin.masks = (0, 0)
        bench.twin.hold(UID, 10)
        assert await bench.tags(8) == [Tag("04A224B1")]

    virtually(scene)


def test_answers_that_come_too_late_are_nobodys() -> None:
    async def scene(bench: Bench) -> None:
        await bench.reader.open()

        def delay(answer: bytes) -> bytes:
            asyncio.get_running_loop().call_later(0.6, bench.far.write, answer)
            return b""

        bench.change = delay
        bench.twin.hold(UID, 1)
        assert await bench.tags(8) == []
        bench.change = lambda answer: answer
        assert await bench.tags(6) == []
        bench.twin.hold(UID, 1)
        assert await bench.tags(3) == [Tag("04A224B1")]

    virtually(scene)


@pytest.mark.parametrize("answer", [b"0001", b"000180", b"0001802004", b"00018020050102"])
def test_a_tag_answer_without_its_number_is_no_tag(answer: bytes) -> None:
    async def scene(bench: Bench) -> None:
        await bench.reader.open()
        bench.change = lambda line: answer + b"\r"
        with pytest.raises(AbsentError, match="holds no number"):
            await bench.reader.next_tag()

    virtually(scene)
