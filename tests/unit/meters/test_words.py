"""Words: the printed words of each type are the printed values, and "not available" is no value."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ampkeeper.hal.meters.words import is_available, number, shortest, text, words_of


@pytest.mark.parametrize(
    ("kind", "hexed", "value"),
    [
        ("f32", "4366 0000", 230.0),
        ("t6", "FDFE 1DC0", -123.456),
        ("t5", "FF00 08FC", 230.0),
        ("t5", "FFFF FFFE", 1_677_721.4),
        ("t5", "0100 0017", 230.0),
        ("t6", "0000 0007", 7.0),
        ("t7", "0000 2710", 1.0),
        ("t7", "FF00 251C", -0.95),
        ("t7", "00FF 251C", 0.95),
        ("i16", "FFFF", -1.0),
        ("u64", "0000 0000 0001 0000", 65_536.0),
        ("i64", "FFFF FFFF FFFF FFFE", -2.0),
        ("f64", "406C C000 0000 0000", 230.0),
    ],
)
def test_words_are_the_value_they_stand_for(kind: str, hexed: str, value: float) -> None:
    words = struct.unpack(f">{words_of(kind)}H", bytes.fromhex(hexed))
    assert number(kind, words) == value
    assert is_available(kind, words)


@given(st.floats(width=32, allow_nan=False))
def test_a_float_is_the_shortest_decimal_that_is_the_same_register(sent: float) -> None:
    data = struct.pack(">f", sent)
    value = shortest(sent)
    assert struct.pack(">f", value) == data
    digits = next(n for n in range(1, 10) if struct.pack(">f", float(f"{sent:.{n}g}")) == data)
    assert value == float(f"{sent:.{max(digits, 6)}g}")


def test_the_low_word_may_come_first() -> None:
    assert number("i32", (0xCFC7, 0xFFFF), is_high_first=False) == -12_345


@pytest.mark.parametrize(
    ("kind", "hexed"),
    [
        ("u16", "FFFF"),
        ("i16", "7FFF"),
        ("u32", "FFFF FFFF"),
        ("i32", "7FFF FFFF"),
        ("u64", "FFFF FFFF FFFF FFFF"),
        ("i64", "7FFF FFFF FFFF FFFF"),
        ("f32", "7FC0 0000"),
        ("f32", "FFFF FFFF"),
        ("t5", "FFFF FFFF"),
        ("t7", "FFFF FFFF"),
    ],
)
def test_the_mark_for_not_available_is_seen(kind: str, hexed: str) -> None:
    words = struct.unpack(f">{words_of(kind)}H", bytes.fromhex(hexed))
    assert not is_available(kind, words)


@given(st.integers(-(2**23), 2**23 - 1), st.integers(-6, 6))
def test_exponent_and_mantissa_come_out_as_near_as_a_float_is(mantissa: int, power: int) -> None:
    data = struct.pack(">b", power) + (mantissa & 0xFF_FFFF).to_bytes(3, "big")
    value = number("t6", struct.unpack(">2H", data))
    assert value == float(f"{mantissa}e{power}")


def test_a_text_is_what_is_printed_and_garbage_is_none() -> None:
    assert text((0x574D, 0x334D, 0x3443, 0x0000)) == "WM3M4C"
    assert text((0x4366, 0x0000, 0xFFFF)) == ""
