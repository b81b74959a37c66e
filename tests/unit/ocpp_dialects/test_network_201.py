"""Network profiles in the words of OCPP 2.0.1: B09."""

from typing import Any

import pytest

from tests.unit.ocpp_dialects.conftest import Asked

DATA = {
    "ocppVersion": "OCPP20",
    "ocppTransport": "JSON",
    "ocppCsmsUrl": "wss://other.example/ocpp",
    "messageTimeout": 30,
    "securityProfile": 2,
    "ocppInterface": "Wired0",
}


def set_it(ask: Asked, **changes: Any) -> dict[str, Any]:
    asked = {"configurationSlot": 2, "connectionData": DATA | changes}
    return dict(ask("SetNetworkProfile", asked).payload)


def test_a_profile_reaches_the_station(station: Any, ask_new: Asked) -> None:
    """TC_B_42: B09.FR.01."""
    assert set_it(ask_new) == {"status": "Accepted"}
    set_it(ask_new, ocppVersion="OCPP16")
    url = "wss://other.example/ocpp"
    assert station.networks.asked == [(2, url, 2, ("2.0.1",)), (2, url, 2, ("1.6",))]


def test_what_the_station_refuses_says_why(station: Any, ask_new: Asked) -> None:
    station.networks.problem = "slot 999"
    answer = set_it(ask_new)
    assert (answer["status"], answer["statusInfo"]["additionalInfo"]) == ("Rejected", "slot 999")


@pytest.mark.parametrize(
    "changes",
    [
        {"ocppVersion": "OCPP15"},
        {"ocppTransport": "SOAP"},
        {"apn": {"apn": "x", "apnAuthentication": "NONE"}},
        {
            "vpn": {
                "server": "x",
                "user": "x",
                "password": "x",
                "key": "x",
                "type": "IKEv2",
            }
        },
    ],
)
def test_what_is_not_done_here_is_rejected(
    changes: dict[str, Any], station: Any, ask_new: Asked
) -> None:
    """B09.FR.02."""
    assert set_it(ask_new, **changes)["statusInfo"]["reasonCode"] == "UnsupportedParam"
    assert station.networks.asked == []
