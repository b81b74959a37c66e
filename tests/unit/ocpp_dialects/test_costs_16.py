"""Prices and costs by DataTransfer: what is taken, what is refused, and that nothing raises."""

import contextlib
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ampkeeper.firmware.ocpp.inner_json import BadTextError
from ampkeeper.firmware.ocpp.price_reading import (
    default_price,
    final_cost,
    offset_of,
    read_object,
    running_cost,
    time_of,
    user_price,
)
from ampkeeper.firmware.prices import (
    ChargingPrice,
    FinalCost,
    IdlePrice,
    NextPeriod,
    RunningCost,
    Triggers,
    UserPrice,
    WallClock,
)

VENDOR = "org.openchargealliance.costmsg"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SHORT = {
    "transactionId": 7,
    "timestamp": "2026-11-22T12:00:00Z",
    "meterValue": 1_234_000,
    "cost": 1.345,
    "state": "Charging",
    "chargingPrice": {"kWhPrice": 0.123},
}
LONG = SHORT | {
    "state": "Idle",
    "chargingPrice": {"kWhPrice": 0.123, "hourPrice": 2.00, "flatFee": 42.42},
    "idlePrice": {"graceMinutes": 30, "hourPrice": 1.00},
    "nextPeriod": {
        "atTime": "2026-11-22T19:00:00Z",
        "chargingPrice": {"kWhPrice": 0.1},
        "idlePrice": {"hourPrice": 0.5},
    },
    "triggerMeterValue": {
        "atTime": "2026-11-22T23:00:00Z",
        "atEnergykWh": 50.0,
        "atPowerkW": 0.1,
        "atCPStatus": ["SuspendedEV", "SuspendedEVSE", "Nonsense"],
    },
}
FINAL = {"transactionId": 7, "cost": 3.31, "priceText": "$3.31", "qrCodeText": "https://x/1"}
USER = {
    "idToken": "04A224B1",
    "priceText": "0.12 per kWh",
    "priceTextExtra": [{"format": "UTF8", "language": "nl", "content": "0,12 per kWh"}],
}


@pytest.fixture
def tell(station, ask_old):
    station.settings.learn("OCPP16.CustomDisplayCostAndPrice", "true")

    def say(message_id, body):
        data = body if isinstance(body, str) else json.dumps(body)
        asked = {"vendorId": VENDOR, "messageId": message_id, "data": data}
        return ask_old("DataTransfer", asked).payload

    return say


def test_a_running_cost_is_taken_whole(station, tell):
    assert tell("RunningCost", LONG) == {"status": "Accepted"}
    ((cost, text),) = station.costs.told
    assert json.loads(text) == LONG
    assert cost == RunningCost(
        7,
        NOON,
        1_234_000,
        Decimal("1.345"),
        True,
        ChargingPrice(Decimal("0.123"), Decimal(2), Decimal("42.42")),
        IdlePrice(30, Decimal(1)),
        NextPeriod(
            NOON + timedelta(hours=7), ChargingPrice(Decimal("0.1")), IdlePrice(0, Decimal("0.5"))
        ),
        Triggers(
            NOON + timedelta(hours=11),
            Decimal(50_000),
            Decimal(100),
            frozenset({"SuspendedEV", "SuspendedEVSE"}),
        ),
    )


@pytest.mark.parametrize("number", [7, "7"])
def test_a_transaction_is_a_number_or_the_text_of_one(station, tell, number):
    assert tell("FinalCost", FINAL | {"transactionId": number})["status"] == "Accepted"
    assert station.costs.told[0][0] == FinalCost(7, Decimal("3.31"), "$3.31", "https://x/1")


@pytest.mark.parametrize(("language", "text"), [("en", "0.12 per kWh"), ("nl", "0,12 per kWh")])
def test_a_text_is_shown_in_the_language_of_the_station(station, tell, language, text):
    station.settings.learn("OCPP16.Language", language)
    tell("SetUserPrice", USER)
    assert station.costs.told[0][0] == UserPrice("04A224B1", text)


@pytest.mark.parametrize(("message", "body"), [("RunningCost", SHORT), ("FinalCost", FINAL)])
def test_the_cost_of_no_transaction_here_is_rejected(tell, message, body):
    answer = tell(message, body | {"transactionId": 8})
    assert answer == {"status": "Rejected", "data": "no such transaction here"}


def test_a_time_without_offset_is_local(station, tell):
    station.costs.wall = WallClock(timedelta(hours=-5))
    tell("RunningCost", SHORT | {"timestamp": "2026-11-22T07:00:00"})
    assert station.costs.told[0][0].at == NOON


def test_another_message_of_the_same_vendor_is_unknown(tell):
    assert tell("ConnectorUnplugged", {}) == {"status": "UnknownMessageId"}


def test_where_nobody_is_shown_what_he_pays_the_vendor_is_unknown(station, ask_old):
    asked = {"vendorId": VENDOR, "messageId": "FinalCost", "data": json.dumps(FINAL)}
    assert ask_old("DataTransfer", asked).payload == {"status": "UnknownVendorId"}
    assert station.costs.told == []


def test_a_local_handler_comes_first(station, tell):
    station.transfer = ("Rejected", "mine")
    assert tell("FinalCost", FINAL) == {"status": "Rejected", "data": "mine"}
    assert station.costs.told == []


BAD = [
    ("RunningCost", text)
    for text in ("", "no json", "[]", "7", '{"cost": NaN}', "[" * 5_000, "x" * 10_000, "{}")
]
BAD += [
    ("RunningCost", SHORT | wrong)
    for wrong in (
        {"cost": "1"}, {"cost": None}, {"cost": True}, {"cost": 1e10}, {"cost": [1]},
        {"meterValue": -1}, {"meterValue": 1.5}, {"meterValue": 10**16}, {"meterValue": None},
        {"timestamp": "yesterday"}, {"timestamp": 5}, {"timestamp": "0001-01-01T00:00:00+14:00"},
        {"timestamp": "9999-12-31T23:00:00Z"}, {"nextPeriod": {"atTime": "9999-12-31T23:59:00Z"}},
        {"state": "Sleeping"}, {"state": None}, {"state": ["Idle"]},
        {"transactionId": None}, {"transactionId": 1.5}, {"transactionId": True},
        {"transactionId": "x"}, {"transactionId": 10**30}, {"chargingPrice": 3},
        {"transactionId": "--5"}, {"transactionId": "-"}, {"transactionId": "9" * 20},
        {"chargingPrice": {"kWhPrice": "a"}}, {"idlePrice": {"graceMinutes": -1}},
        {"nextPeriod": {}}, {"nextPeriod": []}, {"triggerMeterValue": {"atPowerkW": "x"}},
        {"triggerMeterValue": {"atCPStatus": 5}}, {"triggerMeterValue": {"atCPStatus": [5]}},
    )
]  # fmt: skip
BAD += [
    ("SetUserPrice", {"priceText": "x"}),
    ("SetUserPrice", USER | {"idToken": ""}),
    ("SetUserPrice", USER | {"priceText": "x" * 2_001}),
    ("FinalCost", FINAL | {"qrCodeText": 5}),
    ("FinalCost", FINAL | {"priceText": 5}),
    ("FinalCost", FINAL | {"priceText": "\ud800"}),
]


@pytest.mark.parametrize(("message", "body"), BAD)
def test_what_cannot_be_read_is_rejected_with_its_reason(station, tell, message, body):
    answer = tell(message, body)
    assert answer["status"] == "Rejected"
    assert answer["data"]
    assert len(answer["data"]) < 200
    assert station.costs.told == []


def test_without_data_nothing_is_taken(station, ask_old, tell):
    answer = ask_old("DataTransfer", {"vendorId": VENDOR, "messageId": "RunningCost"})
    assert answer.payload["status"] == "Rejected"


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(st.sampled_from([*LONG]), part),
    max_leaves=8,
)


@given(
    st.dictionaries(st.sampled_from([*LONG, "idToken", "priceText", "priceTextExtra"]), anything)
)
def test_nothing_that_comes_raises_anything_else(changes: dict[str, object]) -> None:
    text = json.dumps(LONG | changes)
    for read in (
        lambda body: running_cost(body, WallClock()),
        lambda body: user_price(body, "en"),
        lambda body: final_cost(body, "en"),
    ):
        with contextlib.suppress(BadTextError):
            read(read_object(text))


@pytest.mark.parametrize("number", ["1e999999999", "-1e999999999", "1e-999999999", "9" * 5000])
def test_no_number_is_too_much(number: str) -> None:
    text = json.dumps(SHORT).replace("1.345", number)
    if "e-" in number:
        assert running_cost(read_object(text), WallClock()).cost == 0
    else:
        with pytest.raises(BadTextError):
            running_cost(read_object(text), WallClock())


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("+02:00", 120), ("-05:30", -330), ("+00:00", 0), ("02:00", None), ("+2:00", None),
     ("+15:00", None), ("+02:60", None), ("+٠٢:00", None), ("", None), ("+02-00", None)],
)  # fmt: skip
def test_an_offset_is_a_sign_hours_and_minutes(text: str, minutes: int | None) -> None:
    assert offset_of(text) == (None if minutes is None else timedelta(minutes=minutes))


def test_a_name_twice_is_believed_neither_way(station, ask_old, tell):
    body = '{"idToken": "04A224B1", "priceText": "cheap", "priceText": "dear"}'
    asked = {"vendorId": VENDOR, "messageId": "SetUserPrice", "data": body}
    assert ask_old("DataTransfer", asked).payload["status"] == "Rejected"
    assert station.costs.told == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-22",
        "2026-02-30T00:00:00",
        "noon",
        "0001-01-01T00:00:00",
        "2200-01-01T00:00:00Z",
    ],
)
def test_what_is_no_time_is_none(text: str) -> None:
    assert time_of(text) is None


KEYS = [
    ("DefaultPrice", '{"priceText": "0.15", "chargingPrice": {"kWhPrice": 0.15}}', "Accepted"),
    ("DefaultPrice", '{"priceTextOffline": "closed"}', "Rejected"),
    ("DefaultPrice", '{"priceText": "a", "chargingPrice": {"kWhPrice": "b"}}', "Rejected"),
    ("DefaultPrice", "15 cents", "Rejected"),
    ("TimeOffset", "-05:00", "Accepted"),
    ("TimeOffset", "-05:0x", "Rejected"),
    ("TimeOffset", "", "Rejected"),
    ("TimeOffsetNextTransition", "-04:00", "Accepted"),
    ("NextTimeOffsetTransitionDateTime", "2027-03-28T02:00:00+01:00", "Accepted"),
    ("NextTimeOffsetTransitionDateTime", "in spring", "Rejected"),
    ("NextTimeOffsetTransitionDateTime", "0001-01-01T00:00:00", "Rejected"),
    ("Language", "nl", "Accepted"),
    ("CustomDisplayCostAndPrice", "true", "Rejected"),
    ("NumberOfDecimalsForCostValues", "2", "Rejected"),
    ("CustomIdleFeeAfterStop", "true", "Rejected"),
]


@pytest.mark.parametrize(("key", "value", "status"), KEYS)
def test_each_key_takes_what_it_says(ask_old, key, value, status):
    asked = {"key": key, "value": value}
    assert ask_old("ChangeConfiguration", asked).payload == {"status": status}


def test_a_default_price_is_read_as_it_is_written() -> None:
    text = '{"priceText": "a", "priceTextOffline": "b", "chargingPrice": {"hourPrice": 1.5}}'
    found = default_price(text)
    assert found is not None
    assert (found.text, found.text_offline) == ("a", "b")
    assert found.charging == ChargingPrice(per_hour=Decimal("1.5"))
