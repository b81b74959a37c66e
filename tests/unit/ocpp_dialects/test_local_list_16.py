"""LocalAuthListManagement in the words of OCPP 1.6."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ampkeeper.firmware.local_list import ListEntry, ListUpdate
from ampkeeper.firmware.ocpp.dialect import Answer
from ampkeeper.firmware.ocpp.v16.dialect import Dialect16
from tests.unit.ocpp_dialects.station_fake import FakeStation


def answered(station: FakeStation, action: str, payload: dict[str, Any]) -> dict[str, Any]:
    answer = Dialect16(station).handle(action, payload)
    assert isinstance(answer, Answer)
    return answer.payload


def test_an_update_reaches_the_station_whole() -> None:
    station = FakeStation()
    info = {"status": "Accepted", "parentIdTag": "FLEET", "expiryDate": "2027-01-01T00:00:00Z"}
    rows = [{"idTag": "A", "idTagInfo": info}, {"idTag": "B"}]
    sent = {"listVersion": 4, "updateType": "Differential", "localAuthorizationList": rows}
    assert answered(station, "SendLocalList", sent) == {"status": "Accepted"}
    until = datetime(2027, 1, 1, tzinfo=UTC)
    entries = (ListEntry("A", "Accepted", "FLEET", until), ListEntry("B", None))
    assert station.asked == [("list", ListUpdate(4, False, entries))]


def test_a_whole_list_may_be_empty() -> None:
    station = FakeStation()
    answered(station, "SendLocalList", {"listVersion": 1, "updateType": "Full"})
    assert station.asked == [("list", ListUpdate(1, True, ()))]


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("accepted", "Accepted"),
        ("failed", "Failed"),
        ("mismatch", "VersionMismatch"),
        ("not_supported", "NotSupported"),
    ],
)
def test_each_word_of_the_station_has_one_of_the_standard(word: str, status: str) -> None:
    station = FakeStation()
    station.local_list.word = word
    sent = {"listVersion": 1, "updateType": "Full"}
    assert answered(station, "SendLocalList", sent) == {"status": status}


@pytest.mark.parametrize("number", [-1, 0, 12])
def test_the_version_is_told(number: int) -> None:
    station = FakeStation()
    station.local_list.number = number
    assert answered(station, "GetLocalListVersion", {}) == {"listVersion": number}
