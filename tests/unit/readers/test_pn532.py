"""PN532 driver over a chip in memory, in virtual time: cards, noise, silence, a chip reset."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from ampkeeper.board.emulated.reader_twin import ReaderTwin
from ampkeeper.board.emulated.virtual_time import LoopClock, run_virtual
from ampkeeper.hal.errors import AbsentError, WrongDeviceError
from ampkeeper.hal.memory import memory_pair
from ampkeeper.hal.readers import pn532_frames as frames
from ampkeeper.hal.readers.pn532 import Pn532Reader
from tests.support.presentations import tags_within

UID = bytes.fromhex("04A224B1")


class LyingChip(ReaderTwin):
    """Answers everything with ``lie`` when it has one."""

    lie = b""

    def answer(self, data: bytes) -> bytes:
        if not self.lie:
            return super().answer(data)
        return frames.ACK_FRAME + frames.encode(frames.TO_HOST, self.lie)


class Bench:
    def __init__(self) -> None:
        self.twin = LyingChip()
        self.near, self.far = memory_pair()
        self.reader = Pn532Reader(self.near, LoopClock())

    async def tags(self, seconds: float) -> list[str]:
        """The tags of the next seconds; the reader is tried again when it was absent."""
        return [tag.uid for tag in await tags_within(seconds, self.reader)]


def virtually(scene: Callable[[Bench], Awaitable[None]]) -> None:
    """Play a scene in virtual time, with the chip at the far end of the line."""

    async def play() -> None:
        bench = Bench()
        async with asyncio.TaskGroup() as group:
            chip = group.create_task(bench.twin.serve(bench.far))
            await asyncio.sleep(0)
            await scene(bench)
            chip.cancel()

    run_virtual(play())


def test_a_card_shown_again_after_two_seconds_is_another_tag() -> None:
    async def scene(bench: Bench) -> None:
        bench.twin.present(UID, hold_s=0.6)
        assert await bench.tags(2.6) == ["04A224B1"]
        bench.twin.present(UID, hold_s=0.6)
        assert await bench.tags(2) == ["04A224B1"]

    virtually(scene)


def test_a_chip_that_is_not_there_is_absent() -> None:
    async def scene(bench: Bench) -> None:
        bench.twin.fault = "silent"
        with pytest.raises(AbsentError, match="PN532: no ACK within"):
            await bench.reader.open()
        with pytest.raises(AbsentError):
            await bench.reader.next_tag()
        bench.twin.fault = "ok"
        bench.twin.present(UID)
        assert (await bench.reader.next_tag()).uid == "04A224B1"

    virtually(scene)


def test_a_chip_that_falls_silent_is_absent_within_four_seconds() -> None:
    async def scene(bench: Bench) -> None:
        await bench.reader.open()
        bench.twin.fault = "silent"
        with pytest.raises(AbsentError):
            await asyncio.wait_for(bench.reader.next_tag(), 4)

    virtually(scene)


def test_a_card_held_over_a_silence_is_not_shown_again() -> None:
    async def scene(bench: Bench) -> None:
        bench.twin.present(UID, hold_s=30)
        assert await bench.tags(1) == ["04A224B1"]
        bench.twin.fault = "silent"
        assert await bench.tags(5) == []
        bench.twin.fault = "ok"
        assert await bench.tags(5) == []

    virtually(scene)


def test_a_chip_that_was_reset_is_woken_and_configured_again() -> None:
    async def scene(bench: Bench) -> None:
        await bench.reader.open()
        bench.twin.chip.power_up()
        assert await bench.tags(4) == []
        bench.twin.present(UID)
        assert await bench.tags(2) == ["04A224B1"]

    virtually(scene)


@pytest.mark.parametrize("noise", [b"\x00", b"\x00\xff", b"\xff" * 40, b"\x00\x00\xff\x0c\xf4\xd5"])
def test_noise_ahead_of_answers_is_skipped(noise: bytes) -> None:
    async def scene(bench: Bench) -> None:
        bench.twin.noise = noise
        bench.twin.present(UID, hold_s=20)
        assert await bench.tags(20) == ["04A224B1"]

    virtually(scene)


def test_cut_answers_give_no_tag_and_the_reader_recovers() -> None:
    async def scene(bench: Bench) -> None:
        bench.twin.present(UID, hold_s=120)
        bench.twin.cut_count = 3
        assert await bench.tags(20) == []
        bench.twin.cut_count = 0
        assert await bench.tags(10) == ["04A224B1"]

    virtually(scene)


def test_another_chip_is_the_wrong_device() -> None:
    async def scene(bench: Bench) -> None:
        bench.twin.lie = b"\x03\x33\x01\x06\x07"
        with pytest.raises(WrongDeviceError, match="is 33 01 06 07, should begin with 32"):
            await bench.reader.open()

    virtually(scene)


@pytest.mark.parametrize(
    "answer", ["", "01", "0101000408", "010100040805", "01010004080504281fd2", "010100040804 0428"]
)
def test_a_card_answer_without_a_uid_is_never_a_tag(answer: str) -> None:
    async def scene(bench: Bench) -> None:
        await bench.reader.open()
        bench.twin.lie = b"\x4b" + bytes.fromhex(answer)
        with pytest.raises(AbsentError, match="holds no UID"):
            await bench.reader.next_tag()

    virtually(scene)


def test_a_line_that_ends_is_absent_and_opens_again() -> None:
    async def scene(bench: Bench) -> None:
        await bench.reader.open()
        bench.near.close()
        with pytest.raises(AbsentError, match="closed"):
            await bench.reader.next_tag()
        bench.twin.present(UID)
        assert (await bench.reader.next_tag()).uid == "04A224B1"
        bench.reader.close()
        bench.reader.close()

    virtually(scene)
