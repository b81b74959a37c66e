"""RDM6300: frames out of a stream of bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ampkeeper.board.emulated.tag_twins import rdm6300_frame
from ampkeeper.hal.ports import Tag
from ampkeeper.hal.readers.form import Form
from ampkeeper.hal.readers.rdm6300 import Rdm6300Decoder

FRAME = b"\x020600A1B2C3D6\x03"
TAG = Tag("0600A1B2C3", "Local")


def decoder() -> Rdm6300Decoder:
    return Rdm6300Decoder(Form())


def test_the_frame_of_the_parts_description_is_its_tag() -> None:
    assert decoder().feed(FRAME) == [TAG]
    assert rdm6300_frame(bytes.fromhex("0600A1B2C3")) == FRAME


def test_a_frame_in_pieces_is_found() -> None:
    parser = decoder()
    found = [tag for byte in FRAME * 2 for tag in parser.feed(bytes([byte]))]
    assert found == [TAG, TAG]


@pytest.mark.parametrize(
    "noise", [b"\x02", b"\x02\x02\x02", b"\x020600A1", b"\x03", b"\xff" * 40, FRAME[:-1], b"06"]
)
def test_noise_ahead_of_a_frame_costs_itself_only(noise: bytes) -> None:
    assert decoder().feed(noise + FRAME) == [TAG]


@pytest.mark.parametrize("place", range(14))
def test_a_frame_with_one_wrong_byte_is_no_tag_and_the_next_one_is(place: int) -> None:
    parser = decoder()
    spoiled = FRAME[:place] + bytes([FRAME[place] ^ 0x01]) + FRAME[place + 1 :]
    assert parser.feed(spoiled) == []
    assert parser.feed(FRAME) == [TAG]


@pytest.mark.parametrize(
    "frame", [b"\x0206 0A1B2C3D6\x03", b"\x02            \x03", b"\x02\xff\xff00A1B2C3D6\x03"]
)
def test_what_is_not_twelve_digits_is_no_tag(frame: bytes) -> None:
    assert decoder().feed(frame) == []


def test_the_version_byte_belongs_to_the_number() -> None:
    other = rdm6300_frame(bytes.fromhex("0700A1B2C3"))
    assert decoder().feed(FRAME + other) == [TAG, Tag("0700A1B2C3", "Local")]


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_no_noise_raises_or_hides_the_next_frame(chunks: list[bytes]) -> None:
    parser = decoder()
    for chunk in chunks:
        parser.feed(chunk)
    assert parser.feed(FRAME)[-1:] == [TAG]
