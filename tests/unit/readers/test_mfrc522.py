"""MFRC522 driver over its chip on an emulated SPI bus, in virtual time."""

from collections.abc import Awaitable, Callable

import pytest

from ampkeeper.board.emulated.mfrc522_twin import Mfrc522Twin
from ampkeeper.board.emulated.virtual_time import LoopClock, run_virtual
from ampkeeper.hal.errors import AbsentError, WrongDeviceError
from ampkeeper.hal.ports import Tag
from ampkeeper.hal.readers.mfrc522 import Mfrc522Reader
from tests.support.presentations import tags_within

UID = bytes.fromhex("04A224B1")


class Bench:
    def __init__(self, version: int = 0x92) -> None:
        self.twin = Mfrc522Twin(version=version)
        self.reader = Mfrc522Reader(self.twin, LoopClock())

    async def tags(self, seconds: float) -> list[str]:
        """The tags of the next seconds; the reader is tried again when it was absent."""
        return [tag.uid for tag in await tags_within(seconds, self.reader)]


def virtually(scene: Callable[[Bench], Awaitable[None]], version: int = 0x92) -> None:
    async def play() -> None:
        await scene(Bench(version))

    run_virtual(play())


@pytest.mark.parametrize("uid", ["08010203", "88776655", "04888888888888"])
def test_uids_that_look_like_a_cascade_or_a_random_one_are_read_whole(uid: str) -> None:
    async def scene(bench: Bench) -> None:
        bench.twin.present(bytes.fromhex(uid))
        assert await bench.reader.next_tag() == Tag(uid, "ISO14443")

    virtually(scene)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("04A224B1", "04A224B5"),
        ("04A224B1", "05A224B1"),
        ("04A224B1", "04A22431"),
        ("04112233445566", "04112233445567"),
        ("04112233445566", "04112233445566778899"),
        ("04112233", "04112233445566"),
        ("FFFFFFFF", "00000001"),
    ],
)
def test_of_two_cards_one_is_read_whole_and_stays_the_one(first: str, second: str) -> None:
    async def scene(bench: Bench) -> None:
        bench.twin.present(bytes.fromhex(first), hold_s=20)
        bench.twin.present_with(bytes.fromhex(second), hold_s=20)
        found = await bench.tags(19)
        assert len(found) == 1
        assert found[0] in (first, second)

    virtually(scene)


def test_a_card_whose_answers_are_spoiled_is_no_tag_and_no_absence() -> None:
    async def scene(bench: Bench) -> None:
        bench.twin.present(UID, hold_s=60)
        assert await bench.tags(1) == ["04A224B1"]
        bench.twin.fault = "garbled"
        assert await bench.tags(8) == []
        bench.twin.fault = "ok"
        assert await bench.tags(8) == []

    virtually(scene)


@pytest.mark.parametrize(
    ("fault", "words"), [("silent", "reads 00"), ("floating", "reads FF"), ("unplugged", "No such")]
)
def test_a_line_without_a_chip_is_absent(fault: str, words: str) -> None:
    async def scene(bench: Bench) -> None:
        bench.twin.fault = fault
        with pytest.raises(AbsentError, match=f"MFRC522: emulated SPI: .*{words}"):
            await bench.reader.open()
        bench.twin.fault = "ok"
        await bench.reader.open()
        bench.twin.fault = fault
        with pytest.raises(AbsentError, match=words):
            await bench.reader.next_tag()
        bench.twin.fault = "ok"
        bench.twin.present(UID)
        assert (await bench.reader.next_tag()).uid == "04A224B1"

    virtually(scene)


def test_another_chip_is_the_wrong_device() -> None:
    async def scene(bench: Bench) -> None:
        with pytest.raises(WrongDeviceError, match="version is 80, should be 91 or 92"):
            await bench.reader.open()

    virtually(scene, version=0x80)


def test_a_chip_that_was_reset_is_configured_again_at_the_next_look() -> None:
    async def scene(bench: Bench) -> None:
        await bench.reader.open()
        bench.twin.power_up()
        bench.twin.present(UID)
        assert await bench.tags(1) == ["04A224B1"]

    virtually(scene)
