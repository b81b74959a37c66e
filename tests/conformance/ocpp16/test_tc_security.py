"""Cases of certification: certificates and security events, in virtual time."""

import json
from pathlib import Path

import pytest

from tests.conformance.ocpp16.bench16 import Bench
from tests.support.pki import Authority

ROOT = "CentralSystemRootCertificate"
KEY = "0123456789abcdef0123456789abcdef01234567"
OPEN = '{CpoName = "Operator", CertificateChangesWithoutTls = true}'


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """One whose installer lets certificates come without TLS."""
    return Bench(tmp_path, ocpp__keys=OPEN, ocpp__variables="{}")


def events(made: Bench) -> list[str]:
    return [told["type"] for told in made.calls("SecurityEventNotification")]


async def install(made: Bench, pem: str, kind: str = ROOT) -> str:
    asked = {"certificateType": kind, "certificate": pem}
    return await made.status_of("InstallCertificate", asked)


async def request_of(made: Bench) -> str:
    """The station's request for a certificate, asked for."""
    asked = {"requestedMessage": "SignChargePointCertificate"}
    assert await made.status_of("ExtendedTriggerMessage", asked) == "Accepted"
    await made.until(lambda: made.calls("SignCertificate") != [])
    return str(made.calls("SignCertificate")[-1]["csr"])


def test_tc_074_a_certificate_is_asked_for_and_taken(bench: Bench) -> None:
    top = Authority()

    async def case(made: Bench) -> None:
        assert await install(made, top.pem) == "Accepted"
        signed = top.sign(await request_of(made))
        chain = {"certificateChain": signed.chain_pem}
        assert await made.status_of("CertificateSigned", chain) == "Accepted"

    bench.play(case)
    assert "InvalidChargePointCertificate" not in events(bench)


@pytest.mark.parametrize("kind", ["ManufacturerRootCertificate", ROOT])
def test_tc_075_1_and_tc_075_2_a_root_is_installed_and_listed(bench: Bench, kind: str) -> None:
    """TC_075_1 the manufacturer's, TC_075_2 the central system's."""
    top = Authority()

    async def case(made: Bench) -> None:
        asked = {"certificateType": kind}
        assert await made.status_of("GetInstalledCertificateIds", asked) == "NotFound"
        assert await install(made, top.pem, kind) == "Accepted"
        answer = await made.ask("GetInstalledCertificateIds", asked)
        (found,) = answer["certificateHashData"]
        assert found["serialNumber"] == f"{top.certificate.serial_number:x}"
        assert found["hashAlgorithm"] == "SHA256"

    bench.play(case)


def test_tc_076_a_root_is_deleted_once(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        assert await install(made, Authority().pem) == "Accepted"
        kind = {"certificateType": ROOT}
        (found,) = (await made.ask("GetInstalledCertificateIds", kind))["certificateHashData"]
        asked = {"certificateHashData": found}
        assert await made.status_of("DeleteCertificate", asked) == "Accepted"
        assert await made.status_of("GetInstalledCertificateIds", kind) == "NotFound"
        assert await made.status_of("DeleteCertificate", asked) == "NotFound"

    bench.play(case)


def test_tc_077_a_certificate_that_is_none_of_ours_is_refused_and_told(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        assert await install(made, Authority().pem) == "Accepted"
        stranger = Authority("Stranger").sign(await request_of(made))
        chain = {"certificateChain": stranger.chain_pem}
        assert await made.status_of("CertificateSigned", chain) == "Rejected"
        await made.until(lambda: "InvalidChargePointCertificate" in events(made))

    bench.play(case)


def test_tc_078_a_root_that_is_none_is_refused_and_told(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        garbage = "-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----\n"
        assert await install(made, garbage) in ("Rejected", "Failed")
        await made.until(lambda: "InvalidCentralSystemCertificate" in events(made))

    bench.play(case)


def test_tc_084_a_lower_profile_is_rejected(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(KEY)
    bench = Bench(tmp_path, ocpp__security_profile="1", ocpp__password_file=json.dumps(str(file)))

    async def case(made: Bench) -> None:
        assert (await made.key("SecurityProfile"))["value"] == "1"
        for value in ("0", "1"):
            pair = {"key": "SecurityProfile", "value": value}
            assert await made.status_of("ChangeConfiguration", pair) == "Rejected", value
        assert (await made.key("SecurityProfile"))["value"] == "1"

    bench.play(case)
