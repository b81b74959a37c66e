"""MeterPublicKey of OCPP 1.6: told as the whitepaper writes it, and never changed."""

from base64 import b64decode

import pytest

NAMES = ["MeterPublicKey1", "meterpublickey1", "MeterPublicKey[1]", "MeterPublicKey01"]


def rows(answer):
    return answer.payload["configurationKey"]


@pytest.mark.parametrize("name", NAMES)
def test_the_key_of_a_meter_is_told_under_the_name_it_was_asked_by(station, ask_old, name):
    station.metering.keys = {1: b"\x30\x59\xab"}
    answer = ask_old("GetConfiguration", {"key": [name]})
    (row,) = rows(answer)
    assert (row["key"], row["readonly"]) == (name, True)
    assert b64decode(row["value"]) == b"oca:base16:asn1:3059ab"
    assert "unknownKey" not in answer.payload


def test_all_keys_are_listed_with_the_settings(station, ask_old):
    station.metering.keys = {1: b"\x01", 2: b"\x02"}
    told = [row["key"] for row in rows(ask_old("GetConfiguration", {}))]
    assert told[-2:] == ["MeterPublicKey1", "MeterPublicKey2"]
    assert "HeartbeatInterval" in told


@pytest.mark.parametrize("key", [b"", b"x" * 1000])
def test_a_key_that_is_not_known_yet_or_too_long_has_no_value(station, ask_old, key):
    station.metering.keys = {1: key}
    assert rows(ask_old("GetConfiguration", {"key": ["MeterPublicKey1"]})) == [
        {"key": "MeterPublicKey1", "readonly": True}
    ]


@pytest.mark.parametrize(
    "name", ["MeterPublicKey2", "MeterPublicKey", "MeterPublicKey[1", "MeterPublicKey\u0661", "X"]
)
def test_what_no_meter_says_is_an_unknown_key(station, ask_old, name):
    station.metering.keys = {1: b"\x01"}
    asked = {"key": [name, "HeartbeatInterval"]}
    answer = ask_old("GetConfiguration", asked)
    assert answer.payload["unknownKey"] == [name]
    assert [row["key"] for row in rows(answer)] == ["HeartbeatInterval"]


def test_nobody_changes_the_key_of_a_meter(station, ask_old):
    station.metering.keys = {1: b"\x01"}
    for name, status in (("MeterPublicKey1", "Rejected"), ("MeterPublicKey2", "NotSupported")):
        answer = ask_old("ChangeConfiguration", {"key": name, "value": "eA=="})
        assert answer.payload == {"status": status}
    assert station.asked == []
