"""Reservations in the words of OCPP 2.0.1: H01, H02 and H04."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ampkeeper.firmware.facts import IdToken
from ampkeeper.firmware.ocpp.ports.transfer import RESERVATION, TransferStatus
from ampkeeper.firmware.ocpp.v16.dialect import Dialect16
from ampkeeper.firmware.ocpp.v201.dialect import Dialect201
from ampkeeper.firmware.reservation import ANY, Reservation
from tests.unit.ocpp_dialects.conftest import Asked, is_valid

WISH = {
    "id": 7,
    "expiryDateTime": "2026-11-22T14:00:00+01:00",
    "idToken": {"idToken": "04A224B1", "type": "ISO14443"},
}
UNTIL = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)


def test_a_wish_reaches_the_station_whole(station: Any, ask_new: Asked) -> None:
    """TC_H_01, TC_H_23."""
    group = {"idToken": "FLEET", "type": "Central"}
    told = {"evseId": 1, "groupIdToken": group, "connectorType": "sType2"}
    assert ask_new("ReserveNow", WISH | told).payload == {"status": "Accepted"}
    token = IdToken("04A224B1", "ISO14443")
    assert station.asked == [("reserve", Reservation(7, 1, token, UNTIL, "FLEET", "sType2"))]


def test_without_an_evse_any_will_do(station: Any, ask_new: Asked) -> None:
    """TC_H_08, TC_H_15: by connector type."""
    ask_new("ReserveNow", WISH | {"connectorType": "cType2"})
    (asked,) = station.asked
    assert (asked[1].evse_id, asked[1].connector_type) == (ANY, "cType2")


@pytest.mark.parametrize("word", ["accepted", "faulted", "occupied", "unavailable", "rejected"])
def test_each_word_of_the_station_has_its_status(word: str, station: Any, ask_new: Asked) -> None:
    """TC_H_02 to TC_H_07: H01.FR.11, FR.12, FR.14."""
    station.reservations.word = word
    assert ask_new("ReserveNow", WISH).payload == {"status": word.capitalize()}


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"evseId": 3}, "UnknownEvse"),
        ({"evseId": 0}, "UnknownEvse"),
        ({"connectorType": "cCCS2"}, "UnknownConnectorType"),
        ({"evseId": 2, "connectorType": "sType2"}, "UnknownConnectorType"),
    ],
)
def test_what_cannot_be_kept_is_rejected(
    told: dict[str, Any], reason: str, station: Any, ask_new: Asked
) -> None:
    """TC_H_16 among them."""
    answer = ask_new("ReserveNow", WISH | told).payload
    assert (answer["status"], answer["statusInfo"]["reasonCode"]) == ("Rejected", reason)
    assert station.asked == []


def test_only_a_known_reservation_is_cancelled(ask_new: Asked) -> None:
    """TC_H_17, TC_H_18: H02.FR.01, FR.02."""
    ask_new("ReserveNow", WISH)
    assert ask_new("CancelReservation", {"reservationId": 7}).payload == {"status": "Accepted"}
    assert ask_new("CancelReservation", {"reservationId": 8}).payload["status"] == "Rejected"


@pytest.mark.parametrize("word", ["Expired", "Removed"])
def test_the_end_of_a_reservation_is_told(word: str, new: Dialect201, old: Dialect16) -> None:
    """TC_H_20, TC_H_21: H01.FR.16, H04.FR.01; 1.6 has no word for it."""
    status = TransferStatus(RESERVATION, word, 7)
    call = new.transfer_status(status)
    assert is_valid("ocpp2.0.1", call)
    assert call.payload == {"reservationId": 7, "reservationUpdateStatus": word}
    assert old.transfer_status(status) is None
