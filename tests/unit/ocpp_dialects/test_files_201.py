"""Updates and logs in the words of OCPP 2.0.1: L01, L02, N01."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ampkeeper.firmware.ocpp.ports.transfer import (
    LOG,
    UPDATE,
    LogOrder,
    TransferStatus,
    UpdateOrder,
)
from tests.unit.ocpp_dialects.conftest import Asked, is_valid

FIRMWARE = {
    "location": "https://example.com/image",
    "retrieveDateTime": "2026-11-22T12:00:00Z",
    "installDateTime": "2026-11-22T13:00:00Z",
    "signingCertificate": "PEM",
    "signature": "c2ln",
}
UPDATE_NOW = {"requestId": 4, "retries": 2, "retryInterval": 30, "firmware": FIRMWARE}
GET_LOG = {
    "requestId": 5,
    "logType": "SecurityLog",
    "log": {
        "remoteLocation": "https://example.com/logs",
        "oldestTimestamp": "2026-11-22T12:00:00Z",
        "latestTimestamp": "2026-11-22T13:00:00Z",
    },
}
NOON, ONE = datetime(2026, 11, 22, 12, tzinfo=UTC), datetime(2026, 11, 22, 13, tzinfo=UTC)


def without(*names: str) -> dict[str, Any]:
    firmware = {name: value for name, value in FIRMWARE.items() if name not in names}
    return UPDATE_NOW | {"firmware": firmware}


def test_an_update_reaches_the_station_whole(station: Any, ask_new: Asked) -> None:
    """TC_L_01."""
    assert ask_new("UpdateFirmware", UPDATE_NOW).payload == {"status": "Accepted"}
    assert station.transfers.updates == [
        UpdateOrder("https://example.com/image", 2, 30, NOON, ONE, 4, "PEM", "c2ln")
    ]


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("canceled", "AcceptedCanceled"),
        ("rejected", "Rejected"),
        ("invalid_certificate", "InvalidCertificate"),
        ("revoked_certificate", "RevokedCertificate"),
    ],
)
def test_each_word_of_the_station_has_its_status(
    word: str, told: str, station: Any, ask_new: Asked
) -> None:
    """TC_L_05 and TC_L_13 among them: L01.FR.22, FR.24."""
    station.transfers.word = word
    assert ask_new("UpdateFirmware", UPDATE_NOW).payload == {"status": told}


def test_an_update_without_a_signature_is_taken_only_where_it_may_be(
    station: Any, ask_new: Asked
) -> None:
    """L02; half a signature is none."""
    plain = without("signingCertificate", "signature")
    assert ask_new("UpdateFirmware", plain).payload == {"status": "Accepted"}
    station.transfers.is_unsigned_taken = False
    assert ask_new("UpdateFirmware", plain).payload["status"] == "InvalidCertificate"
    for half in (without("signature"), without("signingCertificate")):
        station.transfers.is_unsigned_taken = True
        assert ask_new("UpdateFirmware", half).payload["status"] == "InvalidCertificate"
    assert len(station.transfers.updates) == 1


def test_a_log_reaches_the_station_whole(station: Any, ask_new: Asked) -> None:
    """TC_N_25, TC_N_26, TC_N_35: N01.FR.01."""
    answer = ask_new("GetLog", GET_LOG).payload
    assert answer == {"status": "Accepted", "filename": "AK-0001_log.zip"}
    assert station.transfers.logs == [
        LogOrder("security", "https://example.com/logs", None, None, NOON, ONE, 5)
    ]
    station.transfers.word = "canceled"
    assert ask_new("GetLog", GET_LOG).payload["status"] == "AcceptedCanceled"  # TC_N_36
    station.transfers.word = "rejected"
    assert ask_new("GetLog", GET_LOG).payload == {"status": "Rejected"}


def test_a_log_of_a_time_that_runs_back_is_rejected(station: Any, ask_new: Asked) -> None:
    times = {"oldestTimestamp": "2026-11-22T14:00:00Z"}
    answer = ask_new("GetLog", GET_LOG | {"log": GET_LOG["log"] | times}).payload
    assert answer["statusInfo"]["reasonCode"] == "InvalidValue"
    assert station.transfers.logs == []


@pytest.mark.parametrize(
    ("name", "told", "payload"),
    [
        (
            "FirmwareStatusNotification",
            TransferStatus(UPDATE, "Downloading", 4),
            {"status": "Downloading", "requestId": 4},
        ),
        ("FirmwareStatusNotification", TransferStatus(UPDATE, "Idle"), {"status": "Idle"}),
        (
            "LogStatusNotification",
            TransferStatus(LOG, "Uploading", 5),
            {"status": "Uploading", "requestId": 5},
        ),
        ("LogStatusNotification", TransferStatus(LOG, "Idle"), {"status": "Idle"}),
    ],
)
def test_a_trigger_tells_the_status(
    name: str, told: TransferStatus, payload: dict[str, Any], station: Any, ask_new: Asked
) -> None:
    """TC_F_15 to TC_F_18: F06.FR.14 to FR.16, L01.FR.20, FR.25, FR.26."""
    if told.area == UPDATE:
        station.transfers.update_told = told
    else:
        station.transfers.log_told = told
    answer = ask_new("TriggerMessage", {"requestedMessage": name})
    (call,) = answer.follow[0].calls
    assert (call.action, call.payload) == (name, payload)
    assert is_valid("ocpp2.0.1", call)


def test_firmware_is_not_published_by_a_charging_station(ask_new: Asked) -> None:
    """L03, L04: what a local controller does."""
    asked = {"location": "https://x", "checksum": "0" * 32, "requestId": 1}
    assert ask_new("PublishFirmware", asked).error == "NotSupported"
    assert ask_new("UnpublishFirmware", {"checksum": "0" * 32}).error == "NotSupported"
    trigger = {"requestedMessage": "PublishFirmwareStatusNotification"}
    assert ask_new("TriggerMessage", trigger).payload == {"status": "NotImplemented"}
