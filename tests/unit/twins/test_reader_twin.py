"""Reader twins: as strict as the chip, on a real line and without one."""

import asyncio

import pytest

from ampkeeper.board.emulated.reader_twin import Pn532Chip, ReaderTwin, TextTwin
from ampkeeper.hal.errors import AbsentError
from ampkeeper.hal.fake import FakeClock
from ampkeeper.hal.linux.stream import SerialStream
from ampkeeper.hal.readers import pn532_frames as frames
from ampkeeper.hal.readers.text import TextReader

LIST = bytes.fromhex("0000ff04fcd44a0100e100")
RETRIES_ONE = bytes.fromhex("0000ff06fad43205ff0101f400")
CARD = bytes.fromhex("0000ff0cf4d54b0101000408 0404281fd2b100".replace(" ", ""))
NONE = bytes.fromhex("0000ff03fdd54b00e000")
UID = bytes.fromhex("04281fd2")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def chip(clock: FakeClock) -> Pn532Chip:
    chip = Pn532Chip(clock.now_s)
    chip.feed(frames.WAKE_UP)
    return chip


def test_a_chip_that_was_not_woken_says_nothing(clock: FakeClock) -> None:
    assert Pn532Chip(clock.now_s).feed(LIST) == b""


def test_the_firmware_is_that_of_a_pn532(chip: Pn532Chip) -> None:
    answer = chip.feed(bytes.fromhex("0000ff02fed4022a00"))
    assert answer.hex() == "0000ff00ff00" + "0000ff06fad50332010607e800"


def test_a_card_in_the_field_is_answered_as_in_the_manual(
    chip: Pn532Chip, clock: FakeClock
) -> None:
    chip.feed(RETRIES_ONE)
    assert chip.feed(LIST) == frames.ACK_FRAME + NONE
    chip.present(UID, hold_s=1.0)
    assert chip.feed(LIST) == frames.ACK_FRAME + CARD
    clock.pass_s(1.0)
    assert chip.feed(LIST) == frames.ACK_FRAME + NONE


def test_without_retries_set_listing_waits_for_a_card(chip: Pn532Chip) -> None:
    assert chip.feed(LIST) == frames.ACK_FRAME
    assert chip.present(UID, hold_s=1.0) == CARD
    assert chip.present(UID, hold_s=1.0) == b""


def test_an_ack_from_the_host_ends_the_wait(chip: Pn532Chip) -> None:
    chip.feed(LIST)
    chip.feed(frames.ACK_FRAME)
    assert chip.present(UID, hold_s=1.0) == b""


def test_what_it_does_not_know_is_an_error(chip: Pn532Chip) -> None:
    assert chip.feed(frames.encode(frames.TO_CHIP, b"\xee")).endswith(frames.ERROR_FRAME)
    assert chip.feed(frames.encode(frames.TO_CHIP, b"\x4a")).endswith(frames.ERROR_FRAME)


def test_a_card_has_four_seven_or_ten_bytes(chip: Pn532Chip) -> None:
    with pytest.raises(ValueError, match="UID has 5 bytes, allowed are 4, 7 and 10"):
        chip.present(bytes(5), 1.0)


def test_a_fault_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="'noisy', allowed are ok, silent"):
        ReaderTwin().fault = "noisy"


async def test_tokens_come_as_lines_over_a_real_line(clock: FakeClock) -> None:
    twin = TextTwin()
    reader = TextReader(SerialStream(await twin.start()), clock)
    await reader.open()
    twin.fault = "silent"
    twin.present_text("LOST")
    twin.fault = "ok"
    twin.send(b"\xff\xfe\r\n")
    twin.present_text("DE-ABC-1")
    assert (await asyncio.wait_for(reader.next_tag(), 5)).uid == "DE-ABC-1"
    await twin.stop()
    await twin.stop()
    with pytest.raises(AbsentError):
        await reader.next_tag()
    reader.close()
