"""Polled readers: what every part that is asked four times a second sees."""

from pathlib import Path

import pytest

from ampkeeper.hal.ports import Tag
from tests.support.reader_benches import MAKERS, Bench, play


@pytest.mark.parametrize("name", ["pn532 in memory", "pn532 on I2C", "mfrc522 on SPI"])
def test_a_card_held_for_half_a_second_is_never_missed(name: str, tmp_path: Path) -> None:
    async def scene(bench: Bench) -> None:
        await bench.reader.open()
        for number in range(50):
            card = Tag(f"040101{number:02X}")
            bench.hold(card, 0.5)
            assert await bench.tags(1.23) == [card]

    play(MAKERS[name], tmp_path, scene)
