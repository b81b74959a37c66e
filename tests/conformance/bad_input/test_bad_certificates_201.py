"""Certificates of each wrong sort, over OCPP 2.0.1: each has its status, and changes nothing."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.conformance.ocpp201.bench201 import Bench201, Payload
from tests.support.pki import Authority, new_key, root, subject

NOW = datetime(2026, 1, 1, tzinfo=UTC)  # of virtual time
DAY = timedelta(days=1)
ROOTS = (
    "CSMSRootCertificate",
    "ManufacturerRootCertificate",
    "V2GRootCertificate",
    "MORootCertificate",
)
EVENTS = {ROOTS[0]: "InvalidCsmsCertificate", ROOTS[1]: "InvalidFirmwareSigningCertificate"}
OWN = "ChargingStationCertificate"
GARBAGE = "-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----\n"
OWNER = '{"SecurityCtrlr.OrganizationName" = "Operator"}'
TOP = Authority("Root", NOW)


@pytest.fixture
def bench(tmp_path: Path) -> Bench201:
    """One whose installer lets certificates come without TLS."""
    keys = "{CertificateChangesWithoutTls = true}"
    return Bench201(tmp_path, ocpp__keys=keys, ocpp__variables=OWNER)


def wrong_roots() -> dict[str, str]:
    """PEM that is no root, by what is wrong with it."""
    leaf = TOP.issue(subject("csms.example.org"))
    return {
        "nothing": "",
        "words": "no certificate at all",
        "garbage": GARBAGE,
        "half": TOP.pem[: len(TOP.pem) // 2],
        "a key": TOP.issued.key_pem,
        "two": TOP.pem + Authority("Second", NOW).pem,
        "a leaf": leaf.pem,
        "a chain": leaf.chain_pem + TOP.pem,
        "expired": root(now=NOW, ends=-DAY).pem,
        "valid later": root(now=NOW, starts=DAY).pem,
        "not by itself": root(now=NOW, signed_by=new_key()).pem,
        "a short RSA key": root(now=NOW, key=rsa.generate_private_key(65537, 1024)).pem,
        "a short EC key": root(now=NOW, key=ec.generate_private_key(ec.SECP192R1())).pem,
    }


async def listed(made: Bench201, *kinds: str) -> Payload:
    asked = {"certificateType": list(kinds)} if kinds else {}
    return await made.ask("GetInstalledCertificateIds", asked)


def events(made: Bench201) -> set[str]:
    return {each["type"] for each in made.calls("SecurityEventNotification")}


@pytest.mark.parametrize("kind", ROOTS)
def test_what_is_no_root_is_rejected_for_each_type(bench: Bench201, kind: str) -> None:
    """M05.FR.07, and the event of A00.FR.413 or L01.FR.02 where there is one."""

    async def case(made: Bench201) -> None:
        wrong = wrong_roots()
        for what, pem in wrong.items():
            asked = {"certificateType": kind, "certificate": pem}
            answer = await made.ask("InstallCertificate", asked)
            assert answer["status"] == "Rejected", what
            assert answer["statusInfo"]["reasonCode"] == "InvalidCertificate", what
        assert await listed(made) == {"status": "NotFound"}
        if kind in EVENTS:
            await made.until(lambda: EVENTS[kind] in events(made))

    bench.play(case)


def test_a_root_has_one_type(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        for kind, word in zip(ROOTS, ("Accepted", *["Rejected"] * 3), strict=True):
            asked = {"certificateType": kind, "certificate": TOP.pem}
            assert await made.status_of("InstallCertificate", asked) == word
        (row,) = (await listed(made))["certificateHashDataChain"]
        assert row["certificateType"] == ROOTS[0]

    bench.play(case)


def test_a_signed_certificate_of_the_wrong_sort_is_rejected(bench: Bench201) -> None:
    """A02.FR.06, and FR.07; what was asked for stays asked for."""

    async def case(made: Bench201) -> None:
        asked = {"certificateType": ROOTS[0], "certificate": TOP.pem}
        assert await made.status_of("InstallCertificate", asked) == "Accepted"
        assert await signed(made, TOP.issue(subject("AK-0001")).pem) == "Rejected"  # unasked
        assert await made.trigger("SignChargingStationCertificate") == "Accepted"
        await made.until(lambda: made.calls("SignCertificate") != [])
        csr = str(made.calls("SignCertificate")[-1]["csr"])
        good = TOP.sign(csr)
        wrong: dict[str, str] = {
            "nothing": "",
            "garbage": GARBAGE,
            "the request": csr,
            "another key": TOP.issue(subject("AK-0001")).pem,
            "another station": TOP.sign(csr, name=subject("AK-0002")).pem,
            "another operator": TOP.sign(csr, name=subject("AK-0001", "Stranger")).pem,
            "expired": TOP.sign(csr, ends=-DAY).pem,
            "valid later": TOP.sign(csr, starts=DAY).pem,
            "a CA": TOP.sign(csr, is_ca=True).pem,
            "a stranger's": Authority("Stranger", NOW).sign(csr).pem,
            "a path with a gap": TOP.below("Missing").sign(csr).pem,
        }
        for what, pem in wrong.items():
            assert await signed(made, pem) == "Rejected", what
        assert await signed(made, good.pem, "V2GCertificate") == "Rejected"
        assert await signed(made, good.pem) == "Accepted"

    bench.play(case)


async def signed(made: Bench201, pem: str, kind: str = OWN) -> str:
    asked = {"certificateChain": pem, "certificateType": kind}
    return await made.status_of("CertificateSigned", asked)


def test_what_is_not_installed_is_not_deleted(bench: Bench201) -> None:
    """M04.FR.04: near misses; another case is none."""

    async def case(made: Bench201) -> None:
        asked = {"certificateType": ROOTS[1], "certificate": TOP.pem}
        assert await made.status_of("InstallCertificate", asked) == "Accepted"
        (row,) = (await listed(made, ROOTS[1]))["certificateHashDataChain"]
        good: Payload = row["certificateHashData"]
        for name in ("issuerNameHash", "issuerKeyHash", "serialNumber"):
            near = good | {name: good[name][:-1] + ("0" if good[name][-1] != "0" else "1")}
            assert await delete(made, near) == "NotFound", name
        for other in ("SHA384", "SHA512"):
            assert await delete(made, good | {"hashAlgorithm": other}) == "NotFound"
        assert await delete(made, good | {"serialNumber": ""}) == "NotFound"
        shouted = {name: good[name].upper() for name in ("issuerNameHash", "issuerKeyHash")}
        number = {"serialNumber": good["serialNumber"].upper()}
        assert await delete(made, good | shouted | number) == "Accepted"

    bench.play(case)


async def delete(made: Bench201, named: Payload) -> str:
    return await made.status_of("DeleteCertificate", {"certificateHashData": named})


def test_nothing_of_iso_15118_is_claimed(bench: Bench201) -> None:
    """A station that does not speak it with cars: no certificate for it, no question about one.

    Roots of it are kept, for who comes later. F06.FR.08 for what is not implemented.
    """

    async def case(made: Bench201) -> None:
        mark = made.mark()
        assert await listed(made, "V2GCertificateChain") == {"status": "NotFound"}
        for name in ("SignV2GCertificate", "SignCombinedCertificate"):
            assert await made.trigger(name) == "NotImplemented"
        for action, payload in unwanted().items():
            frame = await made.csms.call("AK0001", action, payload)
            assert frame[:1] + frame[2:3] == [4, "NotSupported"], action
        for action in unwanted():
            assert made.since(mark, action) == []
        assert made.since(mark, "SignCertificate") == []

    bench.play(case)


def unwanted() -> dict[str, Payload]:
    """What only a station sends, for the cars before it."""
    request: dict[str, Any] = {
        "hashAlgorithm": "SHA256",
        "issuerNameHash": "00",
        "issuerKeyHash": "00",
        "serialNumber": "1",
        "responderURL": "http://ocsp.example.org",
    }
    schema = "urn:iso:15118:2:2013:MsgDef"
    return {
        "GetCertificateStatus": {"ocspRequestData": request},
        "Get15118EVCertificate": {
            "iso15118SchemaVersion": schema,
            "action": "Install",
            "exiRequest": "AA==",
        },
        "NotifyEVChargingNeeds": {
            "evseId": 1,
            "chargingNeeds": {"requestedEnergyTransfer": "AC_three_phase"},
        },
    }


def test_more_roots_than_fit_are_rejected(bench: Bench201) -> None:
    """M05.FR.06; what is there stays, and is not counted twice."""

    async def case(made: Bench201) -> None:
        most = 20
        pems = [Authority(f"Root {number}", NOW).pem for number in range(most + 1)]
        for number, pem in enumerate(pems[:most]):
            asked = {"certificateType": ROOTS[number % 4], "certificate": pem}
            assert await made.status_of("InstallCertificate", asked) == "Accepted"
        assert await made.value("SecurityCtrlr.CertificateEntries") == str(most)
        asked = {"certificateType": ROOTS[0], "certificate": pems[most]}
        assert await made.status_of("InstallCertificate", asked) == "Rejected"
        asked = {"certificateType": ROOTS[0], "certificate": pems[0]}
        assert await made.status_of("InstallCertificate", asked) == "Accepted"  # M05.FR.17
        assert await made.value("SecurityCtrlr.CertificateEntries") == str(most)

    bench.play(case)
