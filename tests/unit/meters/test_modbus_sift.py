"""Sifter: whatever surrounds it, the answer is found, and nothing else is one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ampkeeper.board.emulated.bought.rtu import framed
from ampkeeper.hal.linux.modbus_sift import Sifter, crc

READ = framed(bytes.fromhex("01 04 00 34 00 02"))
ANSWER = framed(bytes.fromhex("01 04 04 43 66 00 00"))
REFUSAL = framed(bytes.fromhex("01 84 02"))
WRITE = framed(bytes.fromhex("01 06 03 E8 06 40"))


def asked(question: bytes, is_tcp: bool = False) -> Sifter:
    sifter = Sifter(is_tcp)
    sifter.asked(question)
    return sifter


@given(st.binary(max_size=200))
def test_the_check_sum_is_that_of_an_independent_hand(data: bytes) -> None:
    assert framed(data) == data + crc(data)


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_an_answer_is_found_in_any_noise(before: bytes, after: bytes) -> None:
    found = asked(READ).answer(before + ANSWER + after)
    assert found in (ANSWER, b"")
    assert found == ANSWER or asked(READ).answer(before) or READ[:2] in before or after


@given(st.binary(max_size=250))
def test_noise_alone_is_no_answer(noise: bytes) -> None:
    sifter = asked(READ)
    found = sifter.answer(noise)
    assert not found or crc(found[:-2]) == found[-2:]


@pytest.mark.parametrize(
    "other",
    [
        framed(bytes.fromhex("02 04 04 43 66 00 00")),  # another unit
        framed(bytes.fromhex("01 03 04 43 66 00 00")),  # another function
        framed(bytes.fromhex("01 04 02 43 66")),  # another number of registers
        framed(bytes.fromhex("01 83 02")),  # a refusal of another function
        ANSWER[:-1] + b"\x00",
        ANSWER[:-1],
    ],
)
def test_what_answers_another_question_is_skipped(other: bytes) -> None:
    assert asked(READ).answer(other) == b""
    assert asked(READ).answer(other + ANSWER) == ANSWER


def test_a_refusal_is_an_answer() -> None:
    assert asked(READ).answer(b"\x00" + REFUSAL) == REFUSAL
    assert asked(WRITE).answer(framed(bytes.fromhex("01 86 03")))


def test_a_write_is_answered_by_its_address_and_value() -> None:
    assert asked(WRITE).answer(WRITE) == WRITE
    assert asked(WRITE).answer(framed(bytes.fromhex("01 06 03 E8 00 00"))) == b""
    many = framed(bytes.fromhex("01 10 03 E8 00 01 02 00 10"))
    assert asked(many).answer(bytes.fromhex("01 10 03 E8 00 01 81 B9"))
    assert asked(many).answer(framed(bytes.fromhex("01 10 03 E8 00 02"))) == b""


def test_another_masters_question_spoils_all_until_the_next_of_ours() -> None:
    sifter = asked(READ)
    assert sifter.answer(framed(bytes.fromhex("09 03 00 00 00 02")) + ANSWER) == b""
    assert sifter.is_foreign
    assert sifter.answer(ANSWER) == b""
    sifter.asked(READ)
    assert sifter.answer(ANSWER) == ANSWER


def test_our_own_echo_is_nobody_elses_question_even_behind_noise() -> None:
    for noise in (b"", b"\x00", b"\xff\x81\x01"):
        sifter = asked(READ)
        assert sifter.answer(noise + READ + ANSWER) == ANSWER
        assert not sifter.is_foreign


def test_before_the_first_question_nothing_is_an_answer() -> None:
    assert Sifter(is_tcp=False).answer(ANSWER) == b""
    assert Sifter(is_tcp=True).answer(b"\0" * 20) == b""


TCP_READ = bytes.fromhex("00 07 00 00 00 06 01 04 00 34 00 02")
TCP_ANSWER = bytes.fromhex("00 07 00 00 00 07 01 04 04 43 66 00 00")


@pytest.mark.parametrize(
    ("heard", "is_answer"),
    [
        (TCP_ANSWER, True),
        (bytes.fromhex("00 06") + TCP_ANSWER[2:] + TCP_ANSWER, True),  # the one before, then ours
        (bytes.fromhex("00 06") + TCP_ANSWER[2:], False),
        (TCP_ANSWER[:2] + b"\0\1" + TCP_ANSWER[4:], False),  # another protocol
        (TCP_ANSWER[:6] + b"\x02" + TCP_ANSWER[7:], False),  # another unit
        (TCP_ANSWER[:-1], False),
        (bytes.fromhex("00 07 00 00 00 03 01 84 0B"), True),
        (bytes.fromhex("00 07 00 00 FF FF 01 04"), False),
    ],
)
def test_on_tcp_the_number_of_the_transaction_counts_too(heard: bytes, is_answer: bool) -> None:
    assert bool(asked(TCP_READ, is_tcp=True).answer(heard)) == is_answer
