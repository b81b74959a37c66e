"""Certificates in the words of OCPP 2.0.1: A02, A03, M03 to M05."""

from dataclasses import replace
from typing import Any

import pytest

from tests.unit.ocpp_dialects.conftest import Asked
from tests.unit.ocpp_dialects.security_fake import HASH

WIRE_HASH = {
    "hashAlgorithm": "SHA256",
    "issuerNameHash": "ab" * 32,
    "issuerKeyHash": "cd" * 32,
    "serialNumber": "fff",
}


@pytest.mark.parametrize(
    ("kind", "usage"),
    [
        ("CSMSRootCertificate", "CentralSystemRoot"),
        ("ManufacturerRootCertificate", "ManufacturerRoot"),
        ("V2GRootCertificate", "V2GRoot"),
        ("MORootCertificate", "MORoot"),
    ],
)
@pytest.mark.parametrize("word", ["accepted", "rejected", "failed"])
def test_each_kind_of_root_is_installed(
    kind: str, usage: str, word: str, station: Any, ask_new: Asked
) -> None:
    """TC_M_01, TC_M_02, TC_M_07, TC_M_09, TC_M_30, TC_M_31: M05."""
    station.security.installs = word
    asked = {"certificateType": kind, "certificate": "PEM"}
    assert ask_new("InstallCertificate", asked).payload["status"] == word.capitalize()
    assert station.security.asked == [("install", usage, "PEM")]


def test_installed_certificates_are_listed_by_type(station: Any, ask_new: Asked) -> None:
    """TC_M_12, TC_M_13: M03."""
    station.security.found = (HASH,)
    answer = ask_new("GetInstalledCertificateIds", {"certificateType": ["MORootCertificate"]})
    assert answer.payload == {
        "status": "Accepted",
        "certificateHashDataChain": [
            {"certificateType": "MORootCertificate", "certificateHashData": WIRE_HASH}
        ],
    }
    everything = ask_new("GetInstalledCertificateIds", {}).payload["certificateHashDataChain"]
    assert len({row["certificateType"] for row in everything}) == 4


def test_none_of_a_type_is_not_found(station: Any, ask_new: Asked) -> None:
    """TC_M_17 to TC_M_19: M03.FR.02; the station has no certificate for ISO 15118."""
    asked = {"certificateType": ["CSMSRootCertificate"]}
    assert ask_new("GetInstalledCertificateIds", asked).payload == {"status": "NotFound"}
    station.security.found = (HASH,)
    asked = {"certificateType": ["V2GCertificateChain"]}
    assert ask_new("GetInstalledCertificateIds", asked).payload == {"status": "NotFound"}


@pytest.mark.parametrize(
    ("word", "told"), [("accepted", "Accepted"), ("failed", "Failed"), ("not_found", "NotFound")]
)
def test_a_certificate_is_deleted_by_its_hash(
    word: str, told: str, station: Any, ask_new: Asked
) -> None:
    """TC_M_20, TC_M_22, TC_M_23: M04."""
    station.security.deletes = word
    answer = ask_new("DeleteCertificate", {"certificateHashData": WIRE_HASH})
    assert answer.payload == {"status": told}
    assert station.security.asked == [("delete", HASH)]


@pytest.mark.parametrize("kind", [{}, {"certificateType": "ChargingStationCertificate"}])
def test_a_signed_certificate_is_taken_or_not(
    kind: dict[str, str], station: Any, ask_new: Asked
) -> None:
    """TC_A_11, TC_A_14: A02.FR.06, FR.07."""
    asked = {"certificateChain": "PEM"} | kind
    assert ask_new("CertificateSigned", asked).payload == {"status": "Accepted"}
    station.security.takes = False
    assert ask_new("CertificateSigned", asked).payload["status"] == "Rejected"


def test_a_certificate_of_another_type_or_too_long_is_not_looked_at(
    station: Any, ask_new: Asked
) -> None:
    """A02.FR.16."""
    other = {"certificateChain": "PEM", "certificateType": "V2GCertificate"}
    assert ask_new("CertificateSigned", other).payload["status"] == "Rejected"
    station.settings.learn("SecurityCtrlr.MaxCertificateChainSize", "100")
    long = ask_new("CertificateSigned", {"certificateChain": "x" * 101}).payload
    assert long["statusInfo"]["reasonCode"] == "TooLargeElement"
    assert station.security.asked == []


def test_a_trigger_lets_a_key_be_signed_after_the_answer(station: Any, ask_new: Asked) -> None:
    """TC_A_15, TC_F_20: A02.FR.02."""
    asked = {"requestedMessage": "SignChargingStationCertificate"}
    answer = ask_new("TriggerMessage", asked)
    assert answer.payload == {"status": "Accepted"}
    assert station.security.asked == []
    answer.then()
    assert station.security.asked == [("ask",)]
    station.security.knows_operator = False
    assert ask_new("TriggerMessage", asked).payload["status"] == "Rejected"


@pytest.mark.parametrize("name", ["SignV2GCertificate", "SignCombinedCertificate"])
def test_what_iso_15118_needs_is_not_implemented(name: str, ask_new: Asked) -> None:
    """F06.FR.08."""
    assert ask_new("TriggerMessage", {"requestedMessage": name}).payload == {
        "status": "NotImplemented"
    }


# certificates for cars


CHILD = replace(HASH, serial="abc")


def test_where_nobody_speaks_iso_15118_none_is_asked_for(ask_new: Asked) -> None:
    answer = ask_new("TriggerMessage", {"requestedMessage": "SignV2GCertificate"})
    assert answer.payload["status"] == "NotImplemented"
    asked = {"certificateChain": "PEM", "certificateType": "V2GCertificate"}
    assert ask_new("CertificateSigned", asked).payload["status"] == "Rejected"


def test_a_certificate_for_cars_is_asked_for_and_taken(station: Any, ask_new: Asked) -> None:
    """A02.FR.02, FR.06."""
    station.secc.is_there = True
    answer = ask_new("TriggerMessage", {"requestedMessage": "SignV2GCertificate"})
    assert (answer.payload, station.secc.asked) == ({"status": "Accepted"}, [])
    assert answer.then is not None
    answer.then()
    asked = {"certificateChain": "PEM", "certificateType": "V2GCertificate"}
    assert ask_new("CertificateSigned", asked).payload == {"status": "Accepted"}
    assert station.secc.asked == [("ask",), ("signed", "PEM")]
    station.secc.takes = False
    assert ask_new("CertificateSigned", asked).payload["status"] == "Rejected"
    assert station.security.asked == []


def test_without_an_operator_none_is_asked_for(station: Any, ask_new: Asked) -> None:
    station.secc.is_there, station.secc.knows_operator = True, False
    answer = ask_new("TriggerMessage", {"requestedMessage": "SignV2GCertificate"})
    assert answer.payload["status"] == "Rejected"


def test_chains_for_cars_are_listed_with_their_children(station: Any, ask_new: Asked) -> None:
    """M03.FR.05: asked for by type, or with all; at most four children fit."""
    station.secc.found = ((HASH, CHILD), (HASH,), (HASH,) * 7)
    asked = {"certificateType": ["V2GCertificateChain"]}
    rows = ask_new("GetInstalledCertificateIds", asked).payload["certificateHashDataChain"]
    assert rows == ask_new("GetInstalledCertificateIds", {}).payload["certificateHashDataChain"]
    assert [row["certificateType"] for row in rows] == ["V2GCertificateChain"] * 3
    assert rows[0]["certificateHashData"] == WIRE_HASH
    assert rows[0]["childCertificateHashData"] == [WIRE_HASH | {"serialNumber": "abc"}]
    assert "childCertificateHashData" not in rows[1]
    assert len(rows[2]["childCertificateHashData"]) == 4


# why not


PEM_ASKED = {"certificateType": "CSMSRootCertificate", "certificate": "PEM"}


@pytest.mark.parametrize(
    ("action", "asked", "word"),
    [
        ("InstallCertificate", PEM_ASKED, "Rejected"),
        ("DeleteCertificate", {"certificateHashData": WIRE_HASH}, "Failed"),
        ("CertificateSigned", {"certificateChain": "PEM"}, "Rejected"),
        ("TriggerMessage", {"requestedMessage": "SignChargingStationCertificate"}, "Rejected"),
    ],
)
def test_an_open_line_is_named_as_the_reason(
    action: str, asked: dict[str, Any], word: str, station: Any, ask_new: Asked
) -> None:
    """The certificate is not to blame."""
    station.security.locked = "over TLS only"
    station.security.knows_operator = False
    reason = {"reasonCode": "NotEnabled", "additionalInfo": "over TLS only"}
    assert ask_new(action, asked).payload == {"status": word, "statusInfo": reason}
    assert station.security.asked == []


def test_a_full_store_is_named_as_the_reason(station: Any, ask_new: Asked) -> None:
    station.security.installs = "full"
    answer = ask_new("InstallCertificate", PEM_ASKED).payload
    assert answer == {"status": "Rejected", "statusInfo": {"reasonCode": "OutOfStorage"}}


def test_a_missing_operator_is_named_as_the_reason(station: Any, ask_new: Asked) -> None:
    station.security.knows_operator = False
    asked = {"requestedMessage": "SignChargingStationCertificate"}
    answer = ask_new("TriggerMessage", asked).payload
    assert answer["statusInfo"]["reasonCode"] == "MissingDevModelInfo"
    assert "OrganizationName" in answer["statusInfo"]["additionalInfo"]
