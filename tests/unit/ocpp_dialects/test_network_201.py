"""Network profiles in the words of OCPP 2.0.1: B09."""

from typing import Any

import pytest

from ampkeeper.firmware.ocpp.ports.network import (
    BUSY,
    DOWNGRADE,
    INVALID,
    SLOT,
    NetworkProfile,
    NetworkRefused,
)
from tests.unit.ocpp_dialects.conftest import Asked

URL = "wss://other.example/ocpp"
DATA = {
    "ocppVersion": "OCPP20",
    "ocppTransport": "JSON",
    "ocppCsmsUrl": URL,
    "messageTimeout": 30,
    "securityProfile": 2,
    "ocppInterface": "Wired0",
}


def set_it(ask: Asked, **changes: Any) -> dict[str, Any]:
    asked = {"configurationSlot": 2, "connectionData": DATA | changes}
    return dict(ask("SetNetworkProfile", asked).payload)


def profile(version: str) -> NetworkProfile:
    return NetworkProfile(
        url=URL, security_profile=2, versions=(version,), message_timeout_s=30, interface="Wired0"
    )


def test_a_profile_reaches_the_station(station: Any, ask_new: Asked) -> None:
    """TC_B_42: B09.FR.01."""
    assert set_it(ask_new) == {"status": "Accepted"}
    set_it(ask_new, ocppVersion="OCPP16")
    assert station.networks.asked == [(2, profile("2.0.1")), (2, profile("1.6"))]


@pytest.mark.parametrize(
    ("kind", "word", "reason"),
    [
        (SLOT, "Rejected", "InvalidConfSlot"),
        (DOWNGRADE, "Rejected", "NoSecurityDowngrade"),
        (INVALID, "Rejected", "InvalidNetworkConf"),
        (BUSY, "Failed", "InternalError"),
    ],
)
def test_what_the_station_refuses_says_why(
    kind: str, word: str, reason: str, station: Any, ask_new: Asked
) -> None:
    """B09.FR.02 to FR.05."""
    station.networks.problem = NetworkRefused(kind, "why it is")
    answer = set_it(ask_new)
    assert answer["status"] == word
    assert answer["statusInfo"] == {"reasonCode": reason, "additionalInfo": "why it is"}


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
    assert set_it(ask_new, **changes)["statusInfo"]["reasonCode"] == "InvalidNetworkConf"
    assert station.networks.asked == []
