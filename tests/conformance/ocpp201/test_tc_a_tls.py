"""Cases of certification, A: passwords, certificates and TLS, with real handshakes."""

import asyncio
import base64
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from ampkeeper.firmware.certificates.values import Usage
from tests.conformance.ocpp201.guarded201 import NOW, PASSWORD, SERIAL, Guarded201
from tests.support.doors import HOST
from tests.support.pki import Authority, Issued
from tests.support.rig import STATION
from tests.support.tls_server import only_cipher, only_tls_1_1, server_context

SUITES_ECDSA = ("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384")
SUITES_RSA = ("AES128-GCM-SHA256", "AES256-GCM-SHA384")
TLS_SINCE_1_2 = ("TLSv1.2", "TLSv1.3")
DAY = timedelta(days=1)
INVALID = "InvalidCsmsCertificate"
DOUBTS = ("expired", "valid later", "a stranger's root", "another host", "a wildcard")
ATTEMPTS = '"OCPPCommCtrlr.NetworkProfileConnectionAttempts"'
OTHER = "fedcba9876543210"
PRIORITY = "OCPPCommCtrlr.NetworkConfigurationPriority"
STARTS = ("StartupOfTheDevice", "ResetOrReboot")


def shop(made: Guarded201, doubt: str) -> Issued:
    """A central system's certificate that is not to be believed."""
    match doubt:
        case "expired":
            return made.top.server(HOST, ends=-DAY)
        case "valid later":
            return made.top.server(HOST, starts=DAY)
        case "a stranger's root":
            return Authority("Stranger", NOW).server(HOST)
        case "another host":
            return made.top.server("other.example.org")
        case _:
            return made.top.server("*.example.org")


def basic(password: str) -> str:
    """The header that shows it (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{STATION}:{password}".encode()).decode()


def test_tc_a_01_id_and_password_let_it_in(tmp_path: Path) -> None:
    bench = Guarded201(tmp_path, 1)

    async def case(made: Guarded201) -> None:
        mark = made.mark()
        assert await made.reset() == "Accepted"
        await made.booted(mark, "RemoteReset")
        visit = made.door.visits[-1]
        assert visit.path == f"/ocpp/{STATION}"
        assert visit.authorization == basic(PASSWORD)
        assert re.fullmatch(r"[A-Za-z0-9*\-_=:+|@.]{16,40}", PASSWORD)
        assert made.door.refused == 0

    bench.play(case)


@pytest.mark.parametrize("profile", [2, 3])
def test_tc_a_04_a_central_system_is_believed_by_its_certificate(
    tmp_path: Path, profile: int
) -> None:
    """With each cipher suite that there must be; a certificate is shown in profile 3 only."""
    bench = Guarded201(tmp_path, profile)

    async def case(made: Guarded201) -> None:
        mark = made.mark()
        assert await made.reset() == "Accepted"
        await made.booted(mark, "RemoteReset")
        visit = made.door.visits[-1]
        assert visit.tls_version in TLS_SINCE_1_2
        assert (visit.authorization is None) == (profile == 3)
        assert (visit.certificate is None) == (profile == 2)
        assert (visit.compression, visit.extensions) == (None, None)  # A00.FR.321, FR.424
        assert made.statuses()[-1] == "Available"

    bench.play(case)


def test_tc_a_04_each_cipher_suite_is_spoken(tmp_path: Path) -> None:
    bench = Guarded201(tmp_path, 2)

    async def case(made: Guarded201) -> None:
        key = rsa.generate_private_key(65537, 2048)
        by_rsa = made.top.server(HOST, public_key=key.public_key())
        by_rsa.key = key
        by_ec = made.top.server(HOST)
        spoken = []
        for issued, suites in ((by_ec, SUITES_ECDSA), (by_rsa, SUITES_RSA)):
            for suite in suites:
                count = len(made.door.visits)
                await made.csms.rearm(made.door, only_cipher(issued, suite))
                await made.visited(count + 1)
                spoken.append(made.door.visits[-1].cipher)
        assert spoken == [*SUITES_ECDSA, *SUITES_RSA]

    bench.play(case)


@pytest.mark.parametrize("doubt", DOUBTS)
def test_tc_a_05_a_central_system_that_cannot_be_believed_hears_nothing(
    tmp_path: Path, doubt: str
) -> None:
    bench = Guarded201(tmp_path, 2, f"{ATTEMPTS} = 3")

    async def case(made: Guarded201) -> None:
        good, visits = made.door.context, len(made.door.visits)
        await made.csms.close(made.door)
        heard = made.mark()
        await made.csms.rearm(made.door, server_context(shop(made, doubt)))
        await made.until(lambda: made.noted("InvalidCentralSystemCertificate"), 60)
        assert len(made.door.visits) == visits
        assert made.mark() == heard
        await made.csms.rearm(made.door, good)
        await made.visited(visits + 1)
        await made.until(lambda: made.told_events(INVALID) == 1)

    bench.play(case)


def test_tc_a_06_tls_before_1_2_is_not_spoken(tmp_path: Path) -> None:
    bench = Guarded201(tmp_path, 2, f"{ATTEMPTS} = 1")

    async def case(made: Guarded201) -> None:
        visits, mark = len(made.door.visits), made.mark()
        assert await made.reset() == "Accepted"
        await made.csms.close(made.door)
        context = only_tls_1_1(made.top.server(HOST))
        async with old_server(made.door.port, context) as hellos:
            await made.until(lambda: len(hellos) >= 1, 60)
            await made.until(lambda: made.noted("InvalidTLSVersion"), 60)
        await made.csms.open(made.door)
        await made.visited(visits + 1)
        assert made.door.visits[-1].tls_version in TLS_SINCE_1_2
        await made.until(lambda: made.told_events("InvalidTLSVersion") == 1)
        assert {each["type"] for each in made.since(mark, "SecurityEventNotification")} & {*STARTS}

    bench.play(case)


@asynccontextmanager
async def old_server(port: int, context: ssl.SSLContext) -> AsyncIterator[list[bytes]]:
    """Answers hellos in TLS of before 1.2, and says its alert, which asyncio's server keeps."""
    hellos: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came, goes = ssl.MemoryBIO(), ssl.MemoryBIO()
        talk = context.wrap_bio(came, goes, server_side=True)
        hellos.append(await reader.read(4096))
        came.write(hellos[-1])
        with suppress(ssl.SSLError):
            talk.do_handshake()
        writer.write(goes.read())
        with suppress(OSError):
            await writer.drain()
            writer.write_eof()
            await reader.read()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", port)
    try:
        yield hellos
    finally:
        server.close()
        await server.wait_closed()


def test_tc_a_07_a_station_is_believed_by_its_certificate(tmp_path: Path) -> None:
    bench = Guarded201(tmp_path, 3)

    async def case(made: Guarded201) -> None:
        mark = made.mark()
        assert await made.reset() == "Accepted"
        await made.booted(mark, "RemoteReset")
        visit = made.door.visits[-1]
        assert visit.tls_version in TLS_SINCE_1_2
        assert visit.certificate == made.own.certificate
        judge_own(visit.certificate)

    bench.play(case)


def test_tc_a_11_a_new_certificate_is_asked_for_and_shown(tmp_path: Path) -> None:
    bench = Guarded201(tmp_path, 3)

    async def case(made: Guarded201) -> None:
        visits = len(made.door.visits)
        new = await made.renewed()
        await made.visited(visits + 1)
        assert made.door.visits[-1].certificate == new.certificate != made.own.certificate
        judge_own(new.certificate)
        events = {each["type"] for each in made.calls("SecurityEventNotification")}
        assert "InvalidChargingStationCertificate" not in events

    bench.play(case)


def judge_own(certificate: Any) -> None:
    """A00.FR.402, FR.502, FR.503, FR.507, FR.511: the certificate of a station."""
    assert isinstance(certificate, x509.Certificate)
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert [each.value for each in names] == [SERIAL]
    assert certificate.serial_number > 0
    key = certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert key.key_size >= 224


@pytest.mark.parametrize("profile", [1, 2])
def test_tc_a_19_a_higher_profile_that_works_is_the_least_from_then_on(
    tmp_path: Path, profile: int
) -> None:
    """A05.FR.04 to FR.06: also over a power cut, and with the higher one away."""
    bench = Guarded201(tmp_path, profile)

    async def case() -> None:
        async with bench.running():
            await bench.free()
            if profile == 1:
                await bench.install_root()
            else:
                await bench.renewed()
                await bench.until(lambda: len(bench.app.security.book.own(NOW)) == 1)
            higher = await bench.csms.open(bench.a_door(profile + 1))
            assert await bench.fill(2, higher, profile + 1) == "Accepted"
            (result,) = await bench.put({PRIORITY: "2,1"})
            assert result["attributeStatus"] == "RebootRequired"
            assert await bench.value("SecurityCtrlr.SecurityProfile") == str(profile)
            mark = bench.mark()
            assert await bench.reset("OnIdle") == "Accepted"
            await bench.visited(1, higher)
            await bench.booted(mark, "RemoteReset")
            await bench.judge_upgraded(profile + 1)
            lower = len(bench.door.visits)
        async with bench.running():
            await bench.visited(2, higher)
            await bench.judge_upgraded(profile + 1)
            assert await bench.fill(1, bench.door, profile) == "Rejected"
            (result,) = await bench.put({PRIORITY: "2,3"})
            assert result["attributeStatus"] == "Rejected"
            higher.is_shut = True
            bench.csms.drop(STATION)
            await bench.until(lambda: higher.turned_away >= 5, 300)
            higher.is_shut = False
            await bench.visited(3, higher)
            assert len(bench.door.visits) == lower

    bench.play_lives(case())


def test_tc_a_11_one_that_is_not_believed_is_discarded_and_the_old_one_shown(
    tmp_path: Path,
) -> None:
    """A02.FR.10, FR.28 and FR.29; A03.FR.24 and FR.25, which say the same."""
    bench = Guarded201(tmp_path, 3, f"{ATTEMPTS} = 2")

    async def case(made: Guarded201) -> None:
        old = await made.renewed()
        await made.visited(2)
        new = await made.renewed()  # the central system does not know it, after all
        made.door.strangers.append(new.certificate)
        await made.csms.rearm(made.door, made.door.context)
        await made.until(lambda: made.registered and len(made.door.visits) >= 3, 300)
        assert made.door.visits[-1].certificate == old.certificate
        assert made.door.turned_away == 2
        await made.until(lambda: made.told_events("DiscardedRenewedClientCertificate") == 1)
        (left,) = made.app.security.book.entries(Usage.STATION)
        assert left.leaf == old.certificate

    bench.play(case)


def test_tc_a_11_one_that_is_valid_only_later_is_rejected(tmp_path: Path) -> None:
    """A02.FR.06 as the errata have it."""
    bench = Guarded201(tmp_path, 3)

    async def case(made: Guarded201) -> None:
        assert await made.renew(starts=DAY) == "Rejected"
        await made.until(lambda: made.told_events("InvalidChargingStationCertificate") == 1)

    bench.play(case)


@pytest.mark.parametrize("profile", [1, 2])
def test_tc_a_09_a_new_password_is_used_and_the_old_one_never_again(
    tmp_path: Path, profile: int
) -> None:
    """A01.FR.01, FR.11 and FR.12: it stands in no log."""
    bench = Guarded201(tmp_path, profile)

    async def case(made: Guarded201) -> None:
        visits = len(made.door.visits)
        made.door.password = OTHER
        (result,) = await made.put({"SecurityCtrlr.BasicAuthPassword": OTHER})
        assert result["attributeStatus"] == "Accepted"
        await made.visited(visits + 1)
        assert made.door.visits[-1].authorization == basic(OTHER)
        assert made.door.refused == 0
        await made.until(lambda: made.noted("ReconfigurationOfSecurityParameters"))
        assert OTHER not in str(made.trace.of("security_event"))
        (read,) = await made.get("SecurityCtrlr.BasicAuthPassword")
        assert read["attributeStatus"] == "Rejected"

    bench.play(case)


def test_a_new_password_that_the_central_system_does_not_take_locks_nobody_out(
    tmp_path: Path,
) -> None:
    """It answers 401, for it never heard that the station took it."""
    bench = Guarded201(tmp_path, 1)

    async def case(made: Guarded201) -> None:
        visits = len(made.door.visits)
        (result,) = await made.put({"SecurityCtrlr.BasicAuthPassword": OTHER})
        assert result["attributeStatus"] == "Accepted"
        await made.visited(visits + 1)
        assert made.door.visits[-1].authorization == basic(PASSWORD)
        assert made.door.refused == 1

    bench.play(case)
