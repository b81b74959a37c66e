"""Signing: a transaction waits for its meter's signature, for a while, and takes no other's."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from ampkeeper.firmware.facts import IdToken, StampedReading
from ampkeeper.firmware.metering.ocmf import dataset
from ampkeeper.firmware.station.signing import BEGIN, END, SIGN_S, Order, Signing
from ampkeeper.hal.ports import MeterReading, SignedValue

ANNA, BERT = IdToken("04A224B1"), IdToken("DE-ABC-1", "eMAID")
READING = MeterReading(0.0, 12_300)
FIRST = SignedValue(b"first", b"1", "4", b"key")
LAST = SignedValue(b"last", b"2", "4", b"key")
BEGUN = StampedReading(datetime(2026, 11, 23, tzinfo=UTC), replace(READING, signed=FIRST), BEGIN)


def signing() -> Signing:
    return Signing(lambda token: dataset("Maker Model", "AK-0001", 1, token))


def ordered(made: Signing) -> Order:
    assert made.order is not None
    return made.order


def test_a_meter_that_does_not_sign_is_never_waited_for() -> None:
    made = Signing()
    assert not made.awaits_begin(ANNA, 0.0)
    assert not made.awaits_end(BEGUN, 0.0)
    assert (made.order, made.on(READING, BEGIN).signed) == (None, None)


def test_a_transaction_begins_with_the_signature_over_who_charges() -> None:
    made = signing()
    assert made.awaits_begin(ANNA, 0.0)
    assert b'"IT":"ISO14443","ID":"04A224B1"' in ordered(made).dataset
    made.take(ordered(made), FIRST)
    assert not made.awaits_begin(ANNA, 1.0)
    assert made.order is None
    assert made.on(READING, BEGIN).signed == FIRST
    assert made.on(READING, "Sample.Periodic").signed is None


def test_what_was_signed_for_another_is_not_taken() -> None:
    made = signing()
    made.awaits_begin(ANNA, 0.0)
    annas = ordered(made)
    assert made.awaits_begin(BERT, 1.0)
    assert b'"IT":"EMAID","ID":"DE-ABC-1"' in ordered(made).dataset
    made.take(annas, FIRST)
    assert made.awaits_begin(BERT, 2.0)
    made.drop(BEGIN)
    assert made.order is None
    assert made.awaits_begin(ANNA, 3.0)
    made.take(annas, FIRST)
    assert made.awaits_begin(ANNA, 4.0)


def test_an_end_asks_for_the_end_of_what_was_begun() -> None:
    made = signing()
    assert made.awaits_end(BEGUN, 0.0)
    assert (ordered(made).context, ordered(made).begun) == (END, FIRST)
    made.drop(BEGIN)  # nobody waits to begin meanwhile
    made.take(ordered(made), LAST)
    assert not made.awaits_end(BEGUN, 1.0)
    assert made.on(READING, END).signed == LAST
    made.drop(END)
    assert made.on(READING, END).signed is None


def test_what_began_without_a_signature_ends_without_one() -> None:
    assert not signing().awaits_end(replace(BEGUN, reading=READING), 0.0)


def test_nobody_is_held_up_for_ever_and_it_is_told_once() -> None:
    made = signing()
    assert made.awaits_begin(ANNA, 100.0)
    late = ordered(made)
    assert made.awaits_begin(ANNA, 100.0 + SIGN_S - 0.1)
    assert not made.awaits_begin(ANNA, 100.0 + SIGN_S)
    assert made.order is None
    assert made.take_missing() == [BEGIN]
    assert not made.awaits_begin(ANNA, 101.0 + SIGN_S)
    assert made.take_missing() == []
    made.take(late, FIRST)
    assert made.on(READING, BEGIN).signed is None


@given(st.text(), st.text(), st.text(), st.text())
def test_whatever_the_names_hold_a_meter_can_take_it(
    model: str, serial: str, value: str, kind: str
) -> None:
    told = dataset(model, serial, 2_147_483_647, IdToken(value, kind))
    assert 0 < len(told) <= 1_024
    assert told.isascii()
