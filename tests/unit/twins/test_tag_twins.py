"""Tag twins: as strict as the parts, seen from the wire."""

import asyncio
import struct

import pytest

from ampkeeper.board.emulated.contactless_card import (
    ACTIVE,
    HALT,
    IDLE,
    READY,
    ContactlessCard,
    check_a,
)
from ampkeeper.board.emulated.mfrc522_twin import Mfrc522Twin
from ampkeeper.board.emulated.tag_twins import Rdm6300Twin, Twn4Twin, WedgeTwin
from ampkeeper.board.emulated.virtual_time import run_virtual
from ampkeeper.hal.fake import FakeClock

WUPA, REQA, HLTA = 0x52, 0x26, b"\x50\x00\x57\xcd"
UID_4, UID_10 = bytes.fromhex("04A224B1"), bytes.fromhex("04112233445566778899")


def bits(data: bytes, count: int | None = None) -> list[int]:
    return [byte >> place & 1 for byte in data for place in range(8)][:count]


def data(received: list[int]) -> bytes:
    groups = [received[start : start + 8] for start in range(0, len(received), 8)]
    return bytes(sum(bit << place for place, bit in enumerate(group)) for group in groups)


def call(card: ContactlessCard, command: int) -> bytes:
    return data(card.hear(bits(bytes([command]), 7)))


def send(card: ContactlessCard, frame: bytes) -> bytes:
    return data(card.hear(bits(frame)))


def select(card: ContactlessCard, code: int) -> bytes:
    answer = send(card, bytes([code, 0x20]))
    frame = bytes([code, 0x70]) + answer
    return answer + send(card, frame + check_a(frame))


def test_a_card_of_ten_bytes_answers_in_three_levels() -> None:
    card = ContactlessCard(UID_10)
    assert call(card, REQA).hex() == "8400"
    assert select(card, 0x93).hex() == "88041122" + "bf" + "04da17"
    assert select(card, 0x95).hex() == "88334455" + "aa" + "04da17"
    assert select(card, 0x97).hex() == "66778899" + "00" + "08b6dd"
    assert card.state == ACTIVE


def test_a_halted_card_wakes_up_to_all_cards_only() -> None:
    card = ContactlessCard(UID_4)
    call(card, REQA)
    select(card, 0x93)
    assert send(card, HLTA) == b""
    assert card.state == HALT
    assert call(card, REQA) == b""
    assert call(card, WUPA).hex() == "0400"
    assert send(card, b"\x12\x34") == b""
    assert card.state == HALT
    card.lose_field()
    assert card.state == IDLE
    assert call(card, REQA).hex() == "0400"


def test_a_card_that_is_not_meant_falls_silent() -> None:
    card = ContactlessCard(UID_4)
    call(card, REQA)
    assert card.state == READY
    assert send(card, b"\x93\x30\x05") == b""
    assert card.state == IDLE
    call(card, REQA)
    assert send(card, b"\x93\x30\x04").hex() == "a224b133"
    wrong = b"\x93\x70" + UID_4 + b"\x33" + b"\x00\x00"
    assert send(card, wrong) == b""


def test_a_chip_answers_with_nothing_while_its_field_is_off() -> None:
    clock = FakeClock()
    twin = Mfrc522Twin(clock.now_s)
    twin.open()
    twin.present(UID_4)
    assert twin.transfer(b"\xee\x00")[1] == 0x92
    for register, value in ((0x09, REQA), (0x01, 0x0C), (0x0D, 0x87)):
        twin.transfer(bytes([register << 1, value]))
    clock.pass_s(1)
    assert twin.transfer(bytes([0x80 | 0x0A << 1, 0]))[1] == 0
    assert twin.exchange_count == 1


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (b"0005\r", b"0001\r"),
        (b"050010\r", b"0000\r"),
        (b"0501\r", b"00\r"),
        (b"0502FFFFFFFF00000000\r", b"00\r"),
        (b"0503\r", b"000000000000000000\r"),
        (b"04076460096400C800\r", b"00\r"),
        (b"0999\r", b"01\r"),
        (b"0500\r", b"02\r"),
        (b"05001000\r", b"03\r"),
        (b"hello\r", b"05\r"),
        (b"050", b""),
    ],
)
def test_a_twn4_answers_as_the_protocol_says(asked: bytes, answer: bytes) -> None:
    assert Twn4Twin(FakeClock().now_s).feed(asked) == answer


def test_a_twn4_with_a_crc_refuses_a_line_without() -> None:
    twin = Twn4Twin(FakeClock().now_s, has_crc=True)
    assert twin.feed(b"0500100F10\r").startswith(b"0000")
    assert twin.feed(b"050010\r").startswith(b"05")


def test_an_rdm6300_repeats_while_the_tag_is_held() -> None:
    heard: list[bytes] = []

    async def scene() -> None:
        twin = Rdm6300Twin(heard.append)
        twin.hold(bytes.fromhex("0600A1B2C3"), 0.65)
        await asyncio.sleep(2)
        assert twin.frame_count == 10

    run_virtual(scene())
    assert heard == [b"\x020600A1B2C3D6\x03"] * 10


def test_a_keyboard_presses_and_releases_with_a_report_after_each() -> None:
    heard: list[bytes] = []
    WedgeTwin(heard.append).type_text("7")
    events = list(struct.iter_unpack("llHHi", b"".join(heard)))
    assert [event[2:] for event in events] == [
        (1, 8, 1),
        (0, 0, 0),
        (1, 8, 0),
        (0, 0, 0),
        (1, 28, 1),
        (0, 0, 0),
        (1, 28, 0),
        (0, 0, 0),
    ]
