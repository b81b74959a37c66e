"""PN532 on I2C: status byte, waiting for ready, and what a bus does when the chip is gone."""

import asyncio

import pytest

from ampkeeper.board.emulated.pn532_i2c_twin import Pn532I2cTwin
from ampkeeper.board.emulated.virtual_time import LoopClock, run_virtual
from ampkeeper.hal.errors import AbsentError, TransientError
from ampkeeper.hal.readers import pn532_frames as frames
from ampkeeper.hal.readers.pn532 import GET_FIRMWARE, Pn532Reader
from ampkeeper.hal.readers.pn532_i2c import WAITING_MAX, Pn532I2cStream

FIRMWARE_FRAME = bytes.fromhex("0000ff06fad50332010607e800")


class WatchedTwin(Pn532I2cTwin):
    """Notes each transfer as the bus would show it; ``r`` with the status byte it brought."""

    def __init__(self) -> None:
        super().__init__()
        self.transfers: list[str] = []

    def write(self, data: bytes) -> None:
        super().write(data)
        self.transfers.append(f"w {data.hex()}")

    def read(self, count: int) -> bytes:
        try:
            data = super().read(count)
        except TransientError:
            self.transfers.append("no acknowledge")
            raise
        self.transfers.append(f"r{count} {data[:1].hex()}")
        return data


def test_an_exchange_waits_for_ready_and_takes_each_frame_whole() -> None:
    async def scene() -> list[str]:
        twin = WatchedTwin()
        stream = Pn532I2cStream(twin)
        await stream.open()
        stream.write(frames.WAKE_UP)
        stream.write(frames.encode(frames.TO_CHIP, GET_FIRMWARE))
        assert (await stream.read())[:6] == frames.ACK_FRAME
        answer = await stream.read()
        assert answer.startswith(FIRMWARE_FRAME)
        assert not answer[len(FIRMWARE_FRAME) :].strip(b"\x00")
        return twin.transfers

    seen = run_virtual(scene())
    assert seen == [
        "no acknowledge",  # the address woke it
        "r1 00",
        "w 0000ff02fed4022a00",
        "r1 00",
        "r1 01",
        "r7 01",
        "r1 00",
        "r1 00",
        "r1 01",
        "r96 01",
    ]


def test_a_bus_without_the_chip_is_absent() -> None:
    async def scene() -> None:
        twin = Pn532I2cTwin()
        twin.fault = "silent"
        with pytest.raises(AbsentError, match="PN532: nothing answers at emulated I2C 0x24"):
            await Pn532Reader(Pn532I2cStream(twin), LoopClock()).open()
        twin.fault = "unplugged"
        with pytest.raises(AbsentError, match="No such file"):
            await Pn532Reader(Pn532I2cStream(twin), LoopClock()).open()

    run_virtual(scene())


def test_a_chip_that_is_never_ready_is_absent_in_the_drivers_time() -> None:
    async def scene() -> None:
        twin = Pn532I2cTwin()
        reader = Pn532Reader(Pn532I2cStream(twin), LoopClock())
        await reader.open()
        twin.fault = "busy"
        with pytest.raises(AbsentError, match="no ACK within"):
            await asyncio.wait_for(reader.next_tag(), 4)
        twin.fault = "ok"
        twin.present(bytes.fromhex("04A224B1"))
        assert (await reader.next_tag()).uid == "04A224B1"

    run_virtual(scene())


def test_frames_with_a_flipped_bit_are_no_tag() -> None:
    async def scene() -> None:
        twin = Pn532I2cTwin()
        reader = Pn532Reader(Pn532I2cStream(twin), LoopClock())
        await reader.open()
        twin.fault = "garbled"
        twin.present(bytes.fromhex("04A224B1"), 60)
        with pytest.raises(AbsentError):
            await reader.next_tag()
        twin.fault = "ok"
        assert (await reader.next_tag()).uid == "04A224B1"

    run_virtual(scene())


def test_a_chip_that_was_reset_is_woken_and_configured_again() -> None:
    async def scene() -> None:
        twin = Pn532I2cTwin()
        reader = Pn532Reader(Pn532I2cStream(twin), LoopClock())
        await reader.open()
        twin.power_up()
        with pytest.raises(AbsentError):
            await asyncio.wait_for(reader.next_tag(), 6)
        twin.present(bytes.fromhex("04A224B1"))
        assert (await reader.next_tag()).uid == "04A224B1"

    run_virtual(scene())


def test_frames_that_nobody_sends_are_bounded() -> None:
    stream = Pn532I2cStream(Pn532I2cTwin(now_s=lambda: 0.0))
    for _ in range(WAITING_MAX + 3):
        stream.write(frames.ACK_FRAME)
    assert stream.dropped_count == 3
