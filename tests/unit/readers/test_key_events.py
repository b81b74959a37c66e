"""Key events: what a reader that poses as a keyboard types."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ampkeeper.board.emulated.tag_twins import CAPS_LOCK, ENTER, WedgeTwin
from ampkeeper.hal.ports import Tag
from ampkeeper.hal.readers.form import DECIMAL, HEX, Form
from ampkeeper.hal.readers.key_events import EVENT, KeyDecoder

TAB, ESCAPE, KEY_7 = 15, 1, 8
SYN_DROPPED = 3


class Keyboard:
    """A keyboard and what is made of it."""

    def __init__(self, form: Form | None = None) -> None:
        self.tags: list[Tag] = []
        self.decoder = KeyDecoder(form or Form())
        self.twin = WedgeTwin(lambda data: self.tags.extend(self.decoder.feed(data)))


def test_digits_and_enter_are_a_token() -> None:
    keyboard = Keyboard(Form(DECIMAL))
    keyboard.twin.type_text("0077735089")
    assert keyboard.tags == [Tag("04A224B1")]


@pytest.mark.parametrize("text", ["04A224B1", "04a224b1"])
def test_letters_are_one_with_and_without_shift(text: str) -> None:
    keyboard = Keyboard(Form(HEX))
    keyboard.twin.type_text(text)
    assert keyboard.tags == [Tag("04A224B1")]


def test_the_keypad_types_the_same_digits() -> None:
    keyboard = Keyboard()
    keyboard.twin.type_text("0123456789", is_keypad=True)
    assert keyboard.tags == [Tag("0123456789", "Local")]


def test_all_letters_are_where_a_us_keyboard_has_them() -> None:
    keyboard = Keyboard()
    keyboard.twin.type_text("qwertyuiopasdfghjklzxcvbnm")
    assert keyboard.tags == [Tag("QWERTYUIOPASDFGHJKLZXCVBNM", "Local")]


def test_keys_slower_than_any_reader_spoil_their_token_only() -> None:
    keyboard = Keyboard()
    keyboard.twin.press(KEY_7)
    keyboard.twin.at_us += 600_000
    keyboard.twin.type_text("1234")
    assert keyboard.tags == []
    keyboard.twin.type_text("1234")
    assert keyboard.tags == [Tag("1234", "Local")]


def test_a_pause_between_two_tokens_spoils_nothing() -> None:
    keyboard = Keyboard()
    for _ in range(2):
        keyboard.twin.at_us += 3_600_000_000
        keyboard.twin.type_text("1234")
    assert len(keyboard.tags) == 2


@pytest.mark.parametrize("code", [TAB, ESCAPE, 240, 0x2FF])
def test_a_key_that_belongs_in_no_token_spoils_it(code: int) -> None:
    keyboard = Keyboard()
    keyboard.twin.press(code)
    keyboard.twin.type_text("1234")
    assert keyboard.tags == []
    keyboard.twin.type_text("1234")
    assert len(keyboard.tags) == 1


def test_events_that_the_kernel_dropped_spoil_what_follows_up_to_enter() -> None:
    keyboard = Keyboard()
    keyboard.twin.press(KEY_7)
    keyboard.decoder.feed(keyboard.twin.event(0, SYN_DROPPED, 0))
    keyboard.twin.type_text("1234")
    assert keyboard.tags == []
    keyboard.twin.type_text("1234")
    assert len(keyboard.tags) == 1


def test_repeats_and_releases_are_no_keys() -> None:
    keyboard = Keyboard()
    keyboard.twin.press(KEY_7)
    keyboard.decoder.feed(keyboard.twin.event(1, KEY_7, 2) * 50)
    keyboard.twin.press(CAPS_LOCK)
    keyboard.twin.press(ENTER)
    assert keyboard.tags == [Tag("7", "Local")]


def test_enter_alone_is_nothing_and_a_long_token_is_none() -> None:
    keyboard = Keyboard()
    keyboard.twin.press(ENTER)
    keyboard.twin.type_text("1" * 37)
    assert keyboard.tags == []
    keyboard.twin.type_text("1" * 36)
    assert keyboard.tags == [Tag("1" * 36, "Local")]


def test_a_token_that_is_not_of_the_form_is_none() -> None:
    keyboard = Keyboard(Form(HEX))
    keyboard.twin.type_text("04A224B")
    keyboard.twin.type_text("HELLO")
    assert keyboard.tags == []


def test_events_cut_anywhere_are_put_together() -> None:
    heard: list[bytes] = []
    twin = WedgeTwin(heard.append)
    twin.type_text("4711")
    decoder = KeyDecoder(Form())
    found = [tag for byte in b"".join(heard) for tag in decoder.feed(bytes([byte]))]
    assert found == [Tag("4711", "Local")]


def test_an_event_is_as_the_kernel_lays_it_out() -> None:
    assert EVENT.size == struct.calcsize("l") * 2 + 8


@given(st.lists(st.binary(max_size=60), max_size=20))
def test_no_noise_raises(chunks: list[bytes]) -> None:
    decoder = KeyDecoder(Form())
    for chunk in chunks:
        decoder.feed(chunk)
    decoder.clear()
    twin = WedgeTwin(lambda data: found.extend(decoder.feed(data)))
    found: list[Tag] = []
    twin.at_us += 2_000_000
    twin.type_text("4711")
    assert found == [Tag("4711", "Local")]
