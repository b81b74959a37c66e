"""Readers whose part talks rubbish: nothing but the layer's errors, and never a card nobody held.

``AMPKEEPER_FUZZ_LOOKS`` sets how many looks each reader takes at it; ``--seed`` draws anew.
"""

import asyncio
import os
from random import Random

import pytest

from ampkeeper.board.emulated.mfrc522_twin import Mfrc522Twin
from ampkeeper.board.emulated.pn532_i2c_twin import Pn532I2cTwin
from ampkeeper.board.emulated.virtual_time import LoopClock, run_virtual
from ampkeeper.hal.errors import AbsentError, HalError
from ampkeeper.hal.memory import memory_pair
from ampkeeper.hal.readers.mfrc522 import Mfrc522Reader
from ampkeeper.hal.readers.pn532 import Pn532Reader
from ampkeeper.hal.readers.pn532_i2c import Pn532I2cStream
from ampkeeper.hal.readers.polled import PolledReader
from ampkeeper.hal.readers.twn4 import Twn4Reader

LOOKS = int(os.environ.get("AMPKEEPER_FUZZ_LOOKS", "300"))
VERSION_READ = b"\xee\x00"
UID = bytes.fromhex("04112233445566")


class RottenSpi(Mfrc522Twin):
    """A chip that is there, on a line that changes what it says."""

    def __init__(self, random: Random) -> None:
        super().__init__()
        self._random = random

    def transfer(self, data: bytes) -> bytes:
        answer = super().transfer(data)
        if data == VERSION_READ or self._random.random() < 0.8:
            return answer
        return bytes([0]) + self._random.randbytes(len(answer) - 1)


class RottenI2c(Pn532I2cTwin):
    """The same on I2C."""

    def __init__(self, random: Random) -> None:
        super().__init__()
        self._random = random

    def read(self, count: int) -> bytes:
        answer = super().read(count)
        return answer if self._random.random() < 0.9 else self._random.randbytes(count)


async def look(reader: PolledReader, wanted: str) -> str:
    """Look for a card for a moment; return how it ended."""
    try:
        tag = await asyncio.wait_for(reader.next_tag(), 1.0)
    except TimeoutError:
        return "nothing"
    except HalError as error:
        await asyncio.sleep(0.5)
        return type(error).__name__
    assert tag.uid == wanted
    return "tag"


@pytest.mark.parametrize("part", ["spi", "i2c"])
def test_a_rotten_bus_makes_no_other_card(part: str, seed: int) -> None:
    async def main() -> dict[str, int]:
        random = Random(seed)
        twin = RottenSpi(random) if part == "spi" else RottenI2c(random)
        reader: PolledReader
        if isinstance(twin, Mfrc522Twin):
            reader = Mfrc522Reader(twin, LoopClock())
        else:
            reader = Pn532Reader(Pn532I2cStream(twin), LoopClock())
        ends: dict[str, int] = {}
        for _ in range(LOOKS):
            twin.present(UID, random.choice((0.1, 5.0)))
            end = await look(reader, UID.hex().upper())
            ends[end] = ends.get(end, 0) + 1
            await asyncio.sleep(random.choice((0.0, 3.0)))
        return ends

    ends = run_virtual(main())
    assert ends.get("tag", 0) > 0  # it is not simply deaf
    assert len(ends) > 1  # and the rot was felt


@pytest.mark.parametrize("kind", ["pn532", "twn4", "twn4 with CRC"])
def test_rubbish_on_a_line_is_an_absent_reader(kind: str, seed: int) -> None:
    async def main() -> None:
        random = Random(seed)
        near, far = memory_pair()
        has_crc = kind.endswith("CRC")
        reader: PolledReader = Twn4Reader(near, LoopClock(), has_crc=has_crc)
        if kind == "pn532":
            reader = Pn532Reader(near, LoopClock())
        await far.open()

        async def babble() -> None:
            while True:
                far.write(random.randbytes(random.randrange(1, 60)) + random.choice((b"", b"\r")))
                await asyncio.sleep(0.05)

        async with asyncio.TaskGroup() as group:
            babbling = group.create_task(babble())
            for _ in range(LOOKS // 20):
                with pytest.raises(AbsentError):
                    await reader.open()
            babbling.cancel()

    run_virtual(main())
