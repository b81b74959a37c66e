"""Judging a file by its beginning: what is kept when, and how much of it."""

import pytest

from ampkeeper.firmware.transfers.gate import (
    BEGINNING_BYTES_MAX,
    TOO_BIG,
    UNFIT,
    Gate,
    UnwantedError,
)

HEAD = b"head of 20 bytes...."


def judge(beginning: bytes) -> int | None:
    """A file of 100 bytes that begins with HEAD."""
    if not HEAD.startswith(beginning[: len(HEAD)]):
        raise UnwantedError("other", "it begins otherwise")
    return None if len(beginning) < len(HEAD) else 100


def word(gate: Gate, data: bytes) -> str:
    with pytest.raises(UnwantedError) as caught:
        gate.take(data)
    return caught.value.word


def test_nothing_is_kept_before_the_beginning_is_judged():
    gate = Gate(judge, 1_000)
    for byte in HEAD[:-1]:
        assert gate.take(bytes([byte])) == b""
    assert gate.take(HEAD[-1:] + b"rest") == HEAD + b"rest"
    assert gate.take(b"more") == b"more"


def test_a_file_that_is_not_wanted_ends_at_the_byte_that_shows_it():
    gate = Gate(judge, 1_000)
    assert gate.take(b"head") == b""
    assert word(gate, b"X") == "other"


def test_what_is_longer_than_it_declares_is_not_kept():
    gate = Gate(judge, 1_000)
    gate.take(HEAD + bytes(80))
    assert word(gate, b"x") == UNFIT


def test_what_is_announced_longer_than_it_declares_ends_at_its_head():
    gate = Gate(judge, 1_000)
    gate.announced(101)
    assert word(gate, HEAD) == UNFIT


def test_what_is_announced_longer_than_allowed_does_not_begin():
    with pytest.raises(UnwantedError) as caught:
        Gate(None, 1_000).announced(1_001)
    assert caught.value.word == TOO_BIG


def test_without_a_judge_the_bound_alone_holds():
    gate = Gate(None, 10)
    assert gate.take(bytes(10)) == bytes(10)
    assert word(gate, b"x") == TOO_BIG


def test_a_beginning_that_never_says_what_it_is_is_bounded():
    gate = Gate(lambda beginning: None, 1 << 30)
    assert gate.take(bytes(BEGINNING_BYTES_MAX - 1)) == b""
    assert word(gate, b"x") == UNFIT


def test_a_file_that_ends_within_its_head_is_none():
    gate = Gate(judge, 1_000)
    gate.take(HEAD[:5])
    assert word(gate, b"") == UNFIT


def test_a_line_that_is_cut_within_the_head_is_no_verdict():
    gate = Gate(judge, 1_000)
    gate.announced(100)
    gate.take(HEAD[:5])
    assert gate.take(b"") == b""


def test_what_is_kept_from_before_is_judged_again_and_not_kept_twice():
    gate = Gate(judge, 1_000)
    gate.resumed(HEAD + bytes(10), 30)
    assert gate.take(bytes(70)) == bytes(70)
    assert word(gate, b"x") == UNFIT


def test_a_part_of_the_head_from_before_is_not_kept_twice():
    gate = Gate(judge, 1_000)
    gate.resumed(HEAD[:5], 5)
    assert gate.take(HEAD[5:]) == HEAD[5:]


def test_what_is_kept_from_before_may_be_unwanted_now():
    with pytest.raises(UnwantedError):
        Gate(judge, 1_000).resumed(b"Xead", 4)
