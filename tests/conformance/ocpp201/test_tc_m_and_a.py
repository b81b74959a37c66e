"""Cases of certification, M and A: certificates, and the password, in virtual time."""

import json
from pathlib import Path

import pytest

from ampkeeper.firmware.certificates.values import Usage
from tests.conformance.ocpp201.bench201 import Bench201, Payload
from tests.support.pki import Authority

CSMS, MAKER = "CSMSRootCertificate", "ManufacturerRootCertificate"
V2G, MOBILITY = "V2GRootCertificate", "MORootCertificate"
OPEN = "{CertificateChangesWithoutTls = true}"
OWNER = '{"SecurityCtrlr.OrganizationName" = "Operator"}'
PASSWORD, OTHER = "0123456789abcdef", "fedcba9876543210"
GARBAGE = "-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----\n"


@pytest.fixture
def bench(tmp_path: Path) -> Bench201:
    """One whose installer lets certificates come without TLS."""
    return Bench201(tmp_path, ocpp__keys=OPEN, ocpp__variables=OWNER)


def events(made: Bench201) -> list[str]:
    return [told["type"] for told in made.calls("SecurityEventNotification")]


async def install(made: Bench201, pem: str, kind: str = CSMS) -> str:
    asked = {"certificateType": kind, "certificate": pem}
    return await made.status_of("InstallCertificate", asked)


async def listed(made: Bench201, *kinds: str) -> list[Payload]:
    """The installed ones of these types, or all; none: NotFound."""
    asked = {"certificateType": list(kinds)} if kinds else {}
    answer = await made.ask("GetInstalledCertificateIds", asked)
    assert answer["status"] == ("Accepted" if "certificateHashDataChain" in answer else "NotFound")
    return list(answer.get("certificateHashDataChain", []))


async def delete(made: Bench201, named: Payload) -> str:
    return await made.status_of("DeleteCertificate", {"certificateHashData": named})


async def request_of(made: Bench201) -> str:
    """The station's request for a certificate, asked for."""
    mark = made.mark()
    assert await made.trigger("SignChargingStationCertificate") == "Accepted"
    await made.until(lambda: made.since(mark, "SignCertificate") != [])
    told = made.since(mark, "SignCertificate")[-1]
    assert told["certificateType"] == "ChargingStationCertificate"
    return str(told["csr"])


async def signed(made: Bench201, chain: str) -> str:
    asked = {"certificateChain": chain, "certificateType": "ChargingStationCertificate"}
    return await made.status_of("CertificateSigned", asked)


@pytest.mark.parametrize("kind", [CSMS, MAKER, V2G, MOBILITY])
def test_tc_m_01_tc_m_02_tc_m_03_tc_m_04_tc_m_12_tc_m_13_tc_m_14_and_tc_m_16_a_root_is_listed(
    bench: Bench201, kind: str
) -> None:
    """Also those of ISO 15118: TC_M_03, TC_M_04, TC_M_14, TC_M_16."""
    top = Authority()

    async def case(made: Bench201) -> None:
        assert await install(made, top.pem, kind) == "Accepted"
        (row,) = await listed(made, kind)
        assert row["certificateType"] == kind
        found = row["certificateHashData"]
        assert found["serialNumber"] == f"{top.certificate.serial_number:x}"
        assert found["hashAlgorithm"] == "SHA256"

    bench.play(case)


@pytest.mark.parametrize("kinds", [(CSMS, MAKER), ()])
def test_tc_m_17_and_tc_m_18_all_types_are_listed(bench: Bench201, kinds: tuple[str, ...]) -> None:
    async def case(made: Bench201) -> None:
        await install(made, Authority("One").pem, CSMS)
        await install(made, Authority("Two").pem, MAKER)
        rows = await listed(made, *kinds)
        assert sorted(row["certificateType"] for row in rows) == [CSMS, MAKER]

    bench.play(case)


def test_tc_m_19_none_is_not_found(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        assert await listed(made, MAKER) == []

    bench.play(case)


def test_tc_m_07_what_is_no_root_is_rejected(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        assert await install(made, GARBAGE) == "Rejected"
        assert await listed(made, CSMS) == []

    bench.play(case)


def test_tc_m_20_and_tc_m_22_a_root_is_deleted_once(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await install(made, Authority().pem, MAKER)
        (row,) = await listed(made, MAKER)
        assert await delete(made, row["certificateHashData"]) == "Accepted"
        assert await listed(made, MAKER) == []
        assert await delete(made, row["certificateHashData"]) == "NotFound"

    bench.play(case)


def test_tc_m_09_a_root_that_the_old_one_did_not_sign_is_rejected(tmp_path: Path) -> None:
    told = "{CertificateChangesWithoutTls = true, AdditionalRootCertificateCheck = true}"
    bench = Bench201(tmp_path, ocpp__keys=told)

    async def case(made: Bench201) -> None:
        assert await install(made, Authority("Old").pem) == "Accepted"
        assert await install(made, Authority("Stranger").pem) == "Rejected"
        assert len(await listed(made, CSMS)) == 1

    bench.play(case)


def test_tc_m_23_the_station_s_own_certificate_is_not_deleted(bench: Bench201) -> None:
    top = Authority()

    async def case(made: Bench201) -> None:
        await install(made, top.pem)
        issued = top.sign(await request_of(made))
        assert await signed(made, issued.chain_pem) == "Accepted"
        await made.until(lambda: made.app.security.book.entries(Usage.STATION) != ())
        (found,) = made.app.security.book.hashes(Usage.STATION, "SHA256")
        named = {
            "hashAlgorithm": found.algorithm,
            "issuerNameHash": found.issuer_name_hash,
            "issuerKeyHash": found.issuer_key_hash,
            "serialNumber": found.serial,
        }
        assert await delete(made, named) == "Failed"

    bench.play(case)


def test_tc_a_14_a_certificate_of_a_stranger_is_rejected_and_told(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await install(made, Authority().pem)
        stranger = Authority("Stranger").sign(await request_of(made))
        assert await signed(made, stranger.chain_pem) == "Rejected"
        await made.until(lambda: "InvalidChargingStationCertificate" in events(made))

    bench.play(case)


def test_tc_a_15_a_request_that_is_rejected_is_not_repeated(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await made.configure(SecurityCtrlr__CertSigningWaitMinimum=2)
        await made.configure(SecurityCtrlr__CertSigningRepeatTimes=2)
        made.kind.signing = "Rejected"
        await request_of(made)
        with pytest.raises(AssertionError, match="not within"):
            await made.until(lambda: len(made.calls("SignCertificate")) > 1, 8)

    bench.play(case)


def test_tc_a_23_a_certificate_that_does_not_come_is_asked_for_again(bench: Bench201) -> None:
    top = Authority()

    async def case(made: Bench201) -> None:
        await install(made, top.pem)
        await made.configure(SecurityCtrlr__CertSigningWaitMinimum=2)
        await made.configure(SecurityCtrlr__CertSigningRepeatTimes=2)
        made.kind.signing = "Accepted"
        csr = await request_of(made)
        await made.until(lambda: len(made.calls("SignCertificate")) == 3)
        assert await signed(made, top.sign(csr).chain_pem) == "Accepted"

    bench.play(case)


def test_tc_a_09_a_new_password_is_used_from_the_next_connection_on(tmp_path: Path) -> None:
    """Written at once, and never told again; the connection is made anew."""
    bench = with_password(tmp_path)

    async def case(made: Bench201) -> None:
        lives = len(made.watched.record.lives)
        (result,) = await made.put({"SecurityCtrlr.BasicAuthPassword": OTHER})
        assert result["attributeStatus"] == "Accepted"
        await made.until(lambda: len(made.watched.record.lives) > lives and made.registered)
        assert made.app.security.passwords.main == OTHER.encode()
        (asked,) = await made.get("SecurityCtrlr.BasicAuthPassword")
        assert asked["attributeStatus"] == "Rejected"

    bench.play(case)


def test_tc_a_10_a_password_that_is_none_is_rejected(tmp_path: Path) -> None:
    bench = with_password(tmp_path)

    async def case(made: Bench201) -> None:
        for text in (" ", "short", "x" * 41):
            (result,) = await made.put({"SecurityCtrlr.BasicAuthPassword": text})
            assert result["attributeStatus"] == "Rejected"
        assert made.app.security.passwords.main == PASSWORD.encode()

    bench.play(case)


def with_password(folder: Path) -> Bench201:
    file = folder / "password"
    file.write_text(PASSWORD)
    return Bench201(folder, ocpp__security_profile="1", ocpp__password_file=json.dumps(str(file)))
