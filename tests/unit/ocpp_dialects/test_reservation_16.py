"""Reservation in the words of OCPP 1.6."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ampkeeper.firmware.facts import UNSAID, IdToken
from ampkeeper.firmware.ocpp.dialect import Answer
from ampkeeper.firmware.ocpp.v16.dialect import Dialect16
from ampkeeper.firmware.reservation import Reservation
from tests.unit.ocpp_dialects.station_fake import FakeStation

WISH = {
    "connectorId": 1,
    "expiryDate": "2026-11-22T14:00:00+01:00",
    "idTag": "04A224B1",
    "reservationId": -3,
}


def answered(station: FakeStation, action: str, payload: dict[str, Any]) -> dict[str, Any]:
    answer = Dialect16(station).handle(action, payload)
    assert isinstance(answer, Answer)
    return answer.payload


def test_a_wish_reaches_the_station_whole() -> None:
    station = FakeStation()
    assert answered(station, "ReserveNow", WISH | {"parentIdTag": "FLEET"}) == {
        "status": "Accepted"
    }
    assert station.asked == [
        (
            "reserve",
            Reservation(
                -3,
                1,
                IdToken("04A224B1", UNSAID),
                datetime(2026, 11, 22, 13, 0, tzinfo=UTC),
                "FLEET",
            ),
        )
    ]


@pytest.mark.parametrize("word", ["accepted", "faulted", "occupied", "unavailable", "rejected"])
def test_each_word_of_the_station_has_one_of_the_standard(word: str) -> None:
    station = FakeStation()
    station.reservations.word = word
    assert answered(station, "ReserveNow", WISH) == {"status": word.capitalize()}


def test_a_time_that_is_none_is_rejected() -> None:
    station = FakeStation()
    assert answered(station, "ReserveNow", WISH | {"expiryDate": "soon"}) == {"status": "Rejected"}
    assert station.asked == []


def test_only_a_known_reservation_is_cancelled() -> None:
    station = FakeStation()
    answered(station, "ReserveNow", WISH)
    assert answered(station, "CancelReservation", {"reservationId": -3}) == {"status": "Accepted"}
    assert answered(station, "CancelReservation", {"reservationId": 4}) == {"status": "Rejected"}
