"""Certificates and security events in the words of the whitepaper, and of 2.0.1."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from ampkeeper.firmware.ocpp.dialect import Follow
from ampkeeper.firmware.ocpp.ports.security import CertificateHash
from ampkeeper.firmware.security_events import CRITICAL, TOLD, SecurityEvent, SecurityEventKind
from tests.unit.ocpp_dialects.security_fake import HASH

Ask = Callable[[str, dict[str, Any]], Any]
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ROOT = "CentralSystemRootCertificate"


@pytest.mark.parametrize(
    ("usage", "word"),
    [(ROOT, "CentralSystemRoot"), ("ManufacturerRootCertificate", "ManufacturerRoot")],
)
@pytest.mark.parametrize(
    ("said", "status"), [("accepted", "Accepted"), ("rejected", "Rejected"), ("failed", "Failed")]
)
def test_a_root_is_installed_or_not(
    station: Any, ask_old: Ask, usage: str, word: str, said: str, status: str
) -> None:
    station.security.installs = said
    answer = ask_old("InstallCertificate", {"certificateType": usage, "certificate": "PEM"})
    assert answer.payload == {"status": status}
    assert station.security.asked == [("install", word, "PEM")]


def test_what_is_installed_is_listed_by_its_hash(station: Any, ask_old: Ask) -> None:
    request = {"certificateType": ROOT}
    assert ask_old("GetInstalledCertificateIds", request).payload == {"status": "NotFound"}
    station.security.found = (HASH,)
    assert ask_old("GetInstalledCertificateIds", request).payload == {
        "status": "Accepted",
        "certificateHashData": [
            {
                "hashAlgorithm": "SHA256",
                "issuerNameHash": HASH.issuer_name_hash,
                "issuerKeyHash": HASH.issuer_key_hash,
                "serialNumber": "fff",
            }
        ],
    }


@pytest.mark.parametrize(
    ("said", "status"), [("accepted", "Accepted"), ("failed", "Failed"), ("not_found", "NotFound")]
)
def test_a_root_is_deleted_or_not(station: Any, ask_old: Ask, said: str, status: str) -> None:
    station.security.deletes = said
    data = {
        "hashAlgorithm": "SHA512",
        "issuerNameHash": "aa",
        "issuerKeyHash": "bb",
        "serialNumber": "1",
    }
    answer = ask_old("DeleteCertificate", {"certificateHashData": data})
    assert answer.payload == {"status": status}
    assert station.security.asked == [("delete", CertificateHash("SHA512", "aa", "bb", "1"))]


@pytest.mark.parametrize(("takes", "status"), [(True, "Accepted"), (False, "Rejected")])
def test_a_signed_certificate_is_taken_or_not(
    station: Any, ask_old: Ask, takes: bool, status: str
) -> None:
    station.security.takes = takes
    answer = ask_old("CertificateSigned", {"certificateChain": "PEM"})
    assert answer.payload == {"status": status}


def test_a_trigger_makes_a_key_after_its_answer(station: Any, ask_old: Ask) -> None:
    request = {"requestedMessage": "SignChargePointCertificate"}
    answer = ask_old("ExtendedTriggerMessage", request)
    assert answer.payload == {"status": "Accepted"}
    assert station.security.asked == []
    answer.then()
    assert station.security.asked == [("ask",)]


def test_a_trigger_without_an_operator_is_rejected(station: Any, ask_old: Ask) -> None:
    station.security.knows_operator = False
    request = {"requestedMessage": "SignChargePointCertificate"}
    answer = ask_old("ExtendedTriggerMessage", request)
    assert answer.payload == {"status": "Rejected"}
    assert answer.then is None


@pytest.mark.parametrize(
    ("message", "follow"),
    [
        ("BootNotification", "boot"),
        ("Heartbeat", "heartbeat"),
        ("StatusNotification", "status"),
    ],
)
def test_the_extended_trigger_knows_the_plain_ones(ask_old: Ask, message: str, follow: str) -> None:
    answer = ask_old("ExtendedTriggerMessage", {"requestedMessage": message})
    assert answer.payload == {"status": "Accepted"}
    assert answer.follow == (Follow(follow, None),)


@pytest.mark.parametrize("connector", [0, -1, 99])
def test_the_extended_trigger_knows_no_connector_0(ask_old: Ask, connector: int) -> None:
    request = {"requestedMessage": "StatusNotification", "connectorId": connector}
    assert ask_old("ExtendedTriggerMessage", request).payload == {"status": "Rejected"}


@pytest.mark.parametrize("kind", SecurityEventKind)
def test_every_event_is_worded_in_both_versions(
    old: Any, new: Any, valid_16: Any, valid_201: Any, kind: SecurityEventKind
) -> None:
    event = SecurityEvent(kind, NOON, "x" * 300)
    assert valid_16(old.security_event(event))
    assert valid_201(new.security_event(event))
    assert old.security_event(event).payload["type"] == kind.value
    for name in ("CentralSystem", "ChargePoint"):
        assert name not in new.security_event(event).payload["type"]


def test_an_event_without_more_to_say_says_no_more(old: Any) -> None:
    call = old.security_event(SecurityEvent(SecurityEventKind.STARTUP, NOON))
    assert call.payload == {"type": "StartupOfTheDevice", "timestamp": "2026-11-22T12:00:00.000Z"}


def test_a_request_to_sign_is_worded_in_both_versions(
    old: Any, new: Any, valid_16: Any, valid_201: Any
) -> None:
    assert valid_16(old.sign_certificate("CSR"))
    assert valid_201(new.sign_certificate("CSR"))


def test_what_is_critical_is_told() -> None:
    assert CRITICAL <= TOLD
    assert SecurityEventKind.INVALID_MESSAGES not in TOLD
