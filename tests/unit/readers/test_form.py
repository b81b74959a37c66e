"""Form: what readers send, as OCPP's tokens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ampkeeper.hal.ports import Tag
from ampkeeper.hal.readers.form import AS_SENT, DECIMAL, DIGITS, HEX, Form

LAST_FIRST = Form(is_reversed=True)


@pytest.mark.parametrize(
    ("uid", "kind"),
    [
        ("04A224B1", "ISO14443"),
        ("04112233445566", "ISO14443"),
        ("04112233445566778899", "ISO14443"),
        ("E004010012345678", "ISO15693"),
        ("0600A1B2C3", "Local"),
        ("0102030405060708", "Local"),
    ],
)
def test_a_uid_is_upper_case_hex_of_a_kind_that_its_size_tells(uid: str, kind: str) -> None:
    assert Form().of_bytes(bytes.fromhex(uid)) == Tag(uid, kind)
    assert Form(HEX).of_text(uid.lower()) == Tag(uid, kind)


def test_a_reader_that_sends_the_last_byte_first_is_put_right() -> None:
    assert LAST_FIRST.of_bytes(bytes.fromhex("B124A204")) == Tag("04A224B1")
    assert Form(HEX, is_reversed=True).of_text("B1:24:A2:04") == Tag("04A224B1")
    assert LAST_FIRST.of_bytes(bytes.fromhex("78563412000104E0")).kind == "ISO15693"


@pytest.mark.parametrize(
    ("text", "uid"),
    [
        ("0077735089", "04A224B1"),
        ("77735089", "04A224B1"),
        ("0", "00000000"),
        ("4294967295", "FFFFFFFF"),
        ("4294967296", "00000100000000"),
        ("1144738493519206", "04112233445566"),
        ("1208925819614629174706175", "FFFFFFFFFFFFFFFFFFFF"),
    ],
)
def test_a_decimal_number_is_the_shortest_uid_that_holds_it(text: str, uid: str) -> None:
    assert Form(DECIMAL).of_text(text) == Tag(uid)


def test_a_decimal_number_of_reversed_bytes_is_put_right() -> None:
    number = int.from_bytes(bytes.fromhex("04A224B1"), "little")
    assert Form(DECIMAL, is_reversed=True).of_text(f"{number:010}") == Tag("04A224B1")


@pytest.mark.parametrize(
    ("digits", "text"),
    [
        (HEX, "04A224B"),
        (HEX, "04A224BG"),
        (HEX, "٠٤"),
        (HEX, ""),
        (HEX, "00" * 19),
        (DECIMAL, "04A224B1"),
        (DECIMAL, "-5"),
        (DECIMAL, "١٢٣"),
        (DECIMAL, ""),
        (DECIMAL, "1208925819614629174706176"),
        (DECIMAL, "9" * 40),
    ],
)
def test_what_is_not_of_the_form_is_no_token(digits: str, text: str) -> None:
    assert Form(digits).of_text(text) is None


def test_text_as_it_was_sent_is_left_alone() -> None:
    assert Form(AS_SENT, is_reversed=True).of_text("DE-ABC-1", "eMAID") == Tag("DE-ABC-1", "eMAID")


@given(st.sampled_from(DIGITS), st.booleans(), st.text(max_size=60))
def test_no_text_raises(digits: str, is_reversed: bool, text: str) -> None:
    tag = Form(digits, is_reversed).of_text(text)
    assert tag is None or digits == AS_SENT or len(tag.uid) <= 36


@given(st.binary(min_size=4, max_size=4), st.binary(min_size=4, max_size=4))
def test_two_cards_never_share_a_decimal_token(one: bytes, other: bytes) -> None:
    form = Form(DECIMAL)
    texts = (str(int.from_bytes(one, "big")), str(int.from_bytes(other, "big")))
    assert (form.of_text(texts[0]) == form.of_text(texts[1])) == (one == other)
