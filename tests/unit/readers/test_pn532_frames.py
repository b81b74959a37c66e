"""PN532 frames: the manual's bytes, and whatever else a line may carry."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ampkeeper.hal.readers import pn532_frames as frames
from ampkeeper.hal.readers.pn532_frames import Decoder, Frame, encode

CARD = bytes.fromhex("0000ff0cf4d54b0101000408040428 1fd2b100".replace(" ", ""))


@pytest.mark.parametrize(
    ("data", "wire"),
    [
        ("02", "0000ff02fed4022a00"),
        ("14010001", "0000ff05fbd4140100011600"),
        ("1401", "0000ff03fdd414011700"),
        ("3205ff0101", "0000ff06fad43205ff0101f400"),
        ("4a0100", "0000ff04fcd44a0100e100"),
    ],
)
def test_commands_are_as_in_the_manual(data: str, wire: str) -> None:
    assert encode(frames.TO_CHIP, bytes.fromhex(data)).hex() == wire


@pytest.mark.parametrize(
    ("wire", "frame"),
    [
        (frames.ACK_FRAME, Frame(frames.ACK)),
        (frames.NACK_FRAME, Frame(frames.NACK)),
        (frames.ERROR_FRAME, Frame(frames.ERROR)),
        (bytes.fromhex("0000ff03fdd54b00e000"), Frame(frames.RESPONSE, b"\x4b\x00")),
        (CARD, Frame(frames.RESPONSE, bytes.fromhex("4b010100040804 04281fd2".replace(" ", "")))),
    ],
)
def test_frames_are_read_as_in_the_manual(wire: bytes, frame: Frame) -> None:
    assert Decoder().feed(wire) == [frame]


def test_a_frame_may_come_byte_by_byte() -> None:
    decoder = Decoder()
    found = [frame for byte in CARD for frame in decoder.feed(bytes([byte]))]
    assert found == Decoder().feed(CARD)
    assert len(found) == 1


def test_a_whole_frame_behind_a_cut_one_is_found() -> None:
    decoder = Decoder()
    assert decoder.feed(CARD[:9]) == []
    assert decoder.feed(frames.ACK_FRAME + CARD)[-1] == Decoder().feed(CARD)[0]


@pytest.mark.parametrize("index", range(3, len(CARD) - 1))
def test_a_flipped_bit_makes_no_frame(index: int) -> None:
    spoiled = CARD[:index] + bytes([CARD[index] ^ 0x10]) + CARD[index + 1 :]
    assert Decoder().feed(spoiled) == []


@given(st.lists(st.binary(max_size=40), max_size=30))
def test_noise_raises_nothing_and_keeps_nothing_for_ever(chunks: list[bytes]) -> None:
    decoder = Decoder()
    for chunk in chunks:
        decoder.feed(chunk)
    found = decoder.feed(bytes(300) + CARD)
    assert found[-1] == Decoder().feed(CARD)[0]


@given(st.binary(max_size=frames.DATA_MAX), st.sampled_from([frames.TO_CHIP, frames.TO_HOST]))
def test_what_is_encoded_is_decoded(data: bytes, direction: int) -> None:
    kind = frames.COMMAND if direction == frames.TO_CHIP else frames.RESPONSE
    assert Decoder().feed(encode(direction, data)) == [Frame(kind, data)]


def test_noise_without_end_does_not_fill_the_memory() -> None:
    decoder = Decoder()
    for _ in range(1000):
        decoder.feed(b"\x00\xff\xfe\x02" + bytes(100))
    assert len(decoder._buffer) <= frames.BUFFER_MAX
