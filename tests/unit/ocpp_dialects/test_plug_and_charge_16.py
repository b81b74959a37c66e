"""Plug & Charge by DataTransfer: roots are kept where that is wanted; nothing else is pretended."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ampkeeper.firmware.ocpp.ports.security import CertificateHash

VENDOR = "org.openchargealliance.iso15118pnc"
HASH = {
    "hashAlgorithm": "SHA256",
    "issuerNameHash": "ab" * 32,
    "issuerKeyHash": "cd" * 32,
    "serialNumber": "fff",
}
INSTALL = {"certificateType": "V2GRootCertificate", "certificate": "PEM"}


@pytest.fixture
def tell(station, ask_old):
    station.settings.learn("OCPP16.ISO15118CertificateManagementEnabled", "true")

    def say(message_id, body):
        data = body if isinstance(body, str) else json.dumps(body)
        asked = {"vendorId": VENDOR, "messageId": message_id, "data": data}
        return ask_old("DataTransfer", asked).payload

    return say


def told(answer):
    assert answer["status"] == "Accepted"
    return json.loads(answer["data"])


@pytest.mark.parametrize(
    ("kind", "usage"), [("V2GRootCertificate", "V2GRoot"), ("MORootCertificate", "MORoot")]
)
def test_a_root_of_iso_15118_is_installed(station, tell, kind, usage):
    assert told(tell("InstallCertificate", INSTALL | {"certificateType": kind})) == {
        "status": "Accepted"
    }
    assert station.security.asked == [("install", usage, "PEM")]


@pytest.mark.parametrize("kind", ["CSMSRootCertificate", "ManufacturerRootCertificate"])
def test_another_root_does_not_come_this_way(station, tell, kind):
    asked = INSTALL | {"certificateType": kind}
    assert told(tell("InstallCertificate", asked)) == {"status": "Rejected"}
    assert station.security.asked == []


def test_a_root_that_is_refused_is_refused_inside(station, tell):
    station.security.installs = "rejected"
    assert told(tell("InstallCertificate", INSTALL))["status"] == "Rejected"


def test_roots_are_listed_by_kind(station, tell):
    station.security.found = (CertificateHash("SHA256", "ab" * 32, "cd" * 32, "fff"),)
    asked = {"certificateType": ["MORootCertificate", "CSMSRootCertificate"]}
    assert told(tell("GetInstalledCertificateIds", asked)) == {
        "status": "Accepted",
        "certificateHashDataChain": [
            {"certificateType": "MORootCertificate", "certificateHashData": HASH}
        ],
    }
    everything = told(tell("GetInstalledCertificateIds", {}))
    kinds = [each["certificateType"] for each in everything["certificateHashDataChain"]]
    assert kinds == ["V2GRootCertificate", "MORootCertificate"]


def test_where_there_are_none_none_are_found(tell):
    assert told(tell("GetInstalledCertificateIds", {})) == {"status": "NotFound"}


@pytest.mark.parametrize(
    ("word", "status"), [("accepted", "Accepted"), ("failed", "Failed"), ("not_found", "NotFound")]
)
def test_a_root_is_deleted_by_its_hash(station, tell, word, status):
    station.security.deletes = word
    assert told(tell("DeleteCertificate", {"certificateHashData": HASH})) == {"status": status}


def test_no_certificate_for_cars_is_asked_for_or_taken(station, tell):
    signed = {"certificateChain": "PEM", "certificateType": "V2GCertificate"}
    assert told(tell("CertificateSigned", signed)) == {"status": "Rejected"}
    trigger = {"requestedMessage": "SignV2GCertificate"}
    assert told(tell("TriggerMessage", trigger)) == {"status": "NotImplemented"}
    assert station.security.asked == []


@pytest.mark.parametrize("message_id", ["Authorize", "SignCertificate", "Get15118EVCertificate"])
def test_what_only_a_station_says_is_an_unknown_message(tell, message_id):
    assert tell(message_id, {}) == {"status": "UnknownMessageId"}


BAD = ["", "no json", "[]", "{}", "[" * 5_000, '{"certificate": "\\ud800"}', "x" * 40_000]
BAD += [json.dumps(INSTALL | wrong) for wrong in ({"more": 1.5}, {"certificateType": "Any"})]
BAD += [json.dumps(INSTALL | {"certificate": "x" * 6_000}), '{"certificate": 1e999999999}']


@pytest.mark.parametrize("data", BAD)
def test_what_cannot_be_read_is_rejected(station, tell, data):
    assert tell("InstallCertificate", data)["status"] == "Rejected"
    assert station.security.asked == []


def test_where_it_is_not_wanted_the_vendor_is_unknown(station, ask_old):
    asked = {"vendorId": VENDOR, "messageId": "InstallCertificate", "data": json.dumps(INSTALL)}
    assert ask_old("DataTransfer", asked).payload == {"status": "UnknownVendorId"}


@pytest.mark.parametrize(
    "key", ["ISO15118PnCEnabled", "CentralContractValidationAllowed", "ContractValidationOffline"]
)
def test_it_is_told_that_no_contract_is_seen_here(ask_old, key):
    (row,) = ask_old("GetConfiguration", {"key": [key]}).payload["configurationKey"]
    assert (row["value"], row["readonly"]) == ("false", True)
    answer = ask_old("ChangeConfiguration", {"key": key, "value": "true"})
    assert answer.payload == {"status": "Rejected"}


values = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9)
parts = st.dictionaries(st.sampled_from([*INSTALL, *HASH, "certificateHashData"]), values)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(parts, parts)
def test_no_text_ends_in_anything_but_an_answer(tell, outer, inner):
    body = json.dumps(outer | {"certificateHashData": inner})
    for message_id in ("InstallCertificate", "DeleteCertificate", "CertificateSigned"):
        assert tell(message_id, body)["status"] in ("Accepted", "Rejected")
