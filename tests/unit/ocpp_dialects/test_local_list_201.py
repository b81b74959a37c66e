"""The local authorisation list in the words of OCPP 2.0.1: D01 and D02."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ampkeeper.firmware.local_list import UNSUPPORTED, ListEntry, ListUpdate
from tests.unit.ocpp_dialects.conftest import Asked

TOKEN = {"idToken": "04A224B1", "type": "ISO14443"}
LISTED = {
    "status": "Accepted",
    "cacheExpiryDateTime": "2026-11-23T12:00:00Z",
    "groupIdToken": {"idToken": "FLEET", "type": "Central"},
    "evseId": [2],
}
FULL = {"versionNumber": 3, "updateType": "Full"}


def test_an_entry_reaches_the_station_whole(station: Any, ask_new: Asked) -> None:
    """TC_D_01."""
    row = {"idToken": TOKEN, "idTokenInfo": LISTED}
    answer = ask_new("SendLocalList", FULL | {"localAuthorizationList": [row]})
    assert answer.payload == {"status": "Accepted"}
    until = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    entry = ListEntry("04A224B1", "Accepted", "FLEET", until, (2,))
    assert station.asked == [("list", ListUpdate(3, True, (entry,), names_empty=True))]


def test_a_token_without_a_word_is_to_go(station: Any, ask_new: Asked) -> None:
    """TC_D_02, D01.FR.17."""
    ask_new(
        "SendLocalList",
        {
            "versionNumber": 4,
            "updateType": "Differential",
            "localAuthorizationList": [{"idToken": TOKEN}],
        },
    )
    (asked,) = station.asked
    assert asked[1].entries == (ListEntry("04A224B1", None),)
    assert not asked[1].is_full


@pytest.mark.parametrize(
    ("word", "told"),
    [("failed", "Failed"), ("mismatch", "VersionMismatch"), ("not_supported", "Failed")],
)
def test_each_refusal_has_its_status(word: str, told: str, station: Any, ask_new: Asked) -> None:
    """TC_D_05 and D01.FR.19 among them."""
    station.local_list.word = word
    assert ask_new("SendLocalList", FULL).payload["status"] == told


def test_more_tokens_than_fit_into_one_message_fail(station: Any, ask_new: Asked) -> None:
    rows = [{"idToken": {"idToken": str(n), "type": "Local"}} for n in range(1_001)]
    answer = ask_new("SendLocalList", FULL | {"localAuthorizationList": rows})
    assert answer.payload == {"status": "Failed", "statusInfo": {"reasonCode": "TooManyElements"}}
    assert station.asked == []


def test_a_longer_message_than_is_told_fails(station: Any, ask_new: Asked) -> None:
    long_word = {"content": "x" * 512, "format": "UTF8"}
    info = {"status": "Accepted", "personalMessage": long_word}
    bulk = {"vendorId": "com.example"}
    rows = [
        {
            "idToken": {"idToken": str(n), "type": "Local"},
            "idTokenInfo": info | {"customData": bulk | {"more": "y" * 1_000}},
        }
        for n in range(700)
    ]
    answer = ask_new("SendLocalList", FULL | {"localAuthorizationList": rows})
    assert answer.payload["statusInfo"]["reasonCode"] == "TooLargeElement"
    assert station.asked == []


def test_the_version_is_told_and_zero_where_there_is_no_list(station: Any, ask_new: Asked) -> None:
    """TC_D_06 to TC_D_08: D02.FR.01 to FR.03."""
    station.local_list.number = 7
    assert ask_new("GetLocalListVersion", {}).payload == {"versionNumber": 7}
    station.local_list.number = UNSUPPORTED
    assert ask_new("GetLocalListVersion", {}).payload == {"versionNumber": 0}
