"""The facts' codec: what was written is read back, whatever it was."""

import dataclasses
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ampkeeper.firmware.facts import (
    ChargingState,
    Fact,
    IdToken,
    MeterSampled,
    StampedReading,
    StopReason,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
    Trigger,
)
from ampkeeper.firmware.store.errors import StoreError
from ampkeeper.firmware.store.facts_codec import decode, encode
from ampkeeper.hal.ports import MeterReading, SignedValue
from tests.unit.store.examples import ended, idle, sampled, started

numbers = st.floats(allow_nan=False, allow_infinity=False)
wholes = st.integers(-(2**60), 2**60)
maybe = st.none() | numbers
phases = st.tuples(maybe, maybe, maybe)
times = st.datetimes(timezones=st.just(UTC))
words = st.text(max_size=40)
readings = st.builds(
    StampedReading,
    at=times,
    reading=st.builds(
        MeterReading,
        numbers,
        wholes,
        maybe,
        phases,
        phases,
        phases,
        maybe,
        maybe,
        st.none() | wholes,
    ),
    context=words,
    offered_a=maybe,
    soc_percent=maybe,
)
common = {
    "tx_id": words,
    "evse_id": wholes,
    "seq_no": wholes,
    "at": times,
    "trigger": st.sampled_from(Trigger),
    "token": st.none() | st.builds(IdToken, words, words),
}
states = st.sampled_from(ChargingState)
idle_samples = st.builds(MeterSampled, evse_id=wholes, at=times, sample=readings)
facts: st.SearchStrategy[Fact] = st.one_of(
    st.builds(
        TransactionStarted,
        **common,
        charging_state=states,
        begin=readings,
        remote_start_id=st.none() | wholes,
        reservation_id=st.none() | wholes,
    ),
    st.builds(TransactionUpdated, **common, charging_state=states, sample=st.none() | readings),
    st.builds(
        TransactionEnded,
        **common,
        reason=st.sampled_from(StopReason),
        begin=readings,
        end=readings,
    ),
)


@given(facts | idle_samples)
def test_every_fact_comes_back_as_it_was(fact: Fact) -> None:
    assert decode(encode(fact)) == fact


@pytest.mark.parametrize("fact", [started(), sampled(), ended(), idle()])
def test_every_field_of_a_fact_and_of_a_reading_is_written(fact: Fact) -> None:
    body = json.loads(encode(fact))
    written = {field.name for field in dataclasses.fields(fact)}
    assert written <= set(body)
    stamped = body.get("begin") or body.get("sample")
    names = {f.name for cls in (MeterReading, StampedReading) for f in dataclasses.fields(cls)}
    assert names - {"reading"} == set(stamped)


def test_what_a_meter_signed_comes_back_to_the_byte() -> None:
    signed = SignedValue(bytes(range(256)), b"\x30\x00\xff", "OCMF", b"\x04key")
    fact = started()
    reading = dataclasses.replace(fact.begin.reading, signed=signed, is_rotation_right=False)
    fact = dataclasses.replace(fact, begin=dataclasses.replace(fact.begin, reading=reading))
    assert decode(encode(fact)) == fact


def test_a_reading_of_before_signed_values_is_read() -> None:
    body = json.loads(encode(started()))
    del body["begin"]["signed"], body["begin"]["is_rotation_right"]
    assert decode(json.dumps(body)) == started()


def test_signed_bytes_that_are_none_are_refused() -> None:
    body = json.loads(encode(started()))
    body["begin"]["signed"] = {"data": "~", "signature": "", "format": "", "public_key": ""}
    with pytest.raises(StoreError, match="cannot be read"):
        decode(json.dumps(body))


def test_a_time_of_another_zone_is_the_same_instant() -> None:
    there = datetime(2026, 11, 22, 14, tzinfo=timezone(timedelta(hours=2)))
    assert decode(encode(dataclasses.replace(started(), at=there))).at == there


def test_a_kind_of_a_newer_version_is_named() -> None:
    text = encode(started()).replace('"kind":"started"', '"kind":"leaped"')
    with pytest.raises(StoreError, match="unknown kind 'leaped'"):
        decode(text)


def test_a_format_of_a_newer_version_is_named() -> None:
    with pytest.raises(StoreError, match="format 2: this version knows 1"):
        decode(encode(started()).replace('"format":1', '"format":2'))


def test_a_number_that_is_none_is_refused() -> None:
    reading = MeterReading(0.0, 1000, power_w=float("nan"))
    fact = dataclasses.replace(started(), begin=StampedReading(started().at, reading, "Other"))
    with pytest.raises(StoreError, match="tx-1"):
        encode(fact)


@settings(max_examples=40)
@given(st.text(max_size=60) | st.recursive(st.none() | words, st.lists).map(json.dumps))
def test_no_text_raises_anything_but_a_store_error(text: str) -> None:
    with pytest.raises(StoreError):
        decode(text)


@given(facts, st.sampled_from(["tx_id", "at", "trigger", "token", "kind", "evse_id", "seq_no"]))
def test_a_fact_without_one_of_its_fields_is_refused(fact: Fact, name: str) -> None:
    body = json.loads(encode(fact))
    del body[name]
    with pytest.raises(StoreError):
        decode(json.dumps(body))
