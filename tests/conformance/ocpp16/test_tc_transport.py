"""Cases of certification: passwords, TLS and subprotocol, with a process and real connections."""

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.conformance.ocpp16.guarded_csms import GuardedCsms
from tests.support.emulator import Emulator
from tests.support.pki import Authority, Issued, subject
from tests.support.rig import CONFIG, STATION, Rig
from tests.support.tls_server import server_context

pytestmark = pytest.mark.process

KEY = "correct-horse-battery"
NEW_KEY = "0123456789abcdef0123456789abcdef01234567"
NOW = datetime.now(UTC)  # OpenSSL asks the machine's clock


class Secured:
    """A central system, its CA, and the station's files; ``station`` starts the station."""

    def __init__(self, folder: Path) -> None:
        self.csms = GuardedCsms()
        self.csms.passwords = {STATION: KEY.encode()}
        self.top = Authority(now=NOW)
        self.shop = self.top.server("localhost")
        self.folder = folder

    def file(self, name: str, text: str) -> str:
        """Put a file where the station finds it."""
        folder = self.folder / "charger"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
        return name

    def context(self, asks: bool = False) -> ssl.SSLContext:
        """TLS as the central system speaks it."""
        return server_context(self.shop, self.top.pem if asks else "")

    @asynccontextmanager
    async def station(self, url: str, profile: int, **fields: str) -> AsyncIterator[Rig]:
        """The station's process, registered."""
        lines = [f"security_profile = {profile}"]
        lines += [f'{name} = "{value}"' for name, value in fields.items()]
        config = CONFIG.format(url=url, version="1.6")
        config = config.replace("[ocpp.keys]", "\n".join(lines) + "\n\n[ocpp.keys]", 1)
        config = config.replace("[ocpp.keys]", "[ocpp.keys]\nCertificateChangesWithoutTls = true")
        made = Rig("1.6", self.csms, Emulator(self.folder / "charger", config))
        try:
            await made.charger.start()
            await made.registered()
            yield made
            assert self.csms.rejected == []
            assert await made.charger.end() == 0, made.charger.said()
        finally:
            try:
                await made.charger.kill()
            finally:
                await self.csms.stop()


@pytest.fixture
async def secured(tmp_path: Path) -> Secured:
    return Secured(tmp_path)


async def status_of(made: Rig, action: str, payload: dict[str, Any]) -> str:
    return str((await made.call(action, payload))["status"])


async def change(made: Rig, key: str, value: str) -> str:
    return await status_of(made, "ChangeConfiguration", {"key": key, "value": value})


async def until(made: Rig, what: str, is_so: Callable[[], bool]) -> None:
    await made.until_books(what, lambda found: is_so())


async def test_tc_085_and_tc_088_id_and_password_let_it_in_and_1_6_is_offered(
    secured: Secured,
) -> None:
    password = secured.file("password", KEY + "\n")
    async with secured.station(await secured.csms.open(), 1, password_file=password):
        assert secured.csms.welcomed == [(KEY, ["ocpp1.6"])]
        assert secured.csms.turned_away == 0


async def test_tc_073_a_new_password_is_used_for_the_next_connection(secured: Secured) -> None:
    password = secured.file("password", KEY)
    async with secured.station(await secured.csms.open(), 1, password_file=password) as made:
        secured.csms.passwords = {STATION: NEW_KEY.encode()}
        known = len(made.csms.record.lives)
        assert await change(made, "AuthorizationKey", NEW_KEY) == "Accepted"
        await made.reconnected(known)
        assert [password for password, _ in secured.csms.welcomed] == [KEY, NEW_KEY]
        assert secured.csms.turned_away == 0
        shown = await made.call("GetConfiguration", {"key": ["AuthorizationKey"]})
        assert shown["configurationKey"] == []


async def test_tc_083_the_profile_is_raised_and_the_next_connection_is_made_with_it(
    secured: Secured,
) -> None:
    password = secured.file("password", KEY)
    async with secured.station(await secured.csms.open(), 1, password_file=password) as made:
        assert await change(made, "SecurityProfile", "2") == "Rejected"  # no root yet
        root = {"certificateType": "CentralSystemRootCertificate", "certificate": secured.top.pem}
        assert await status_of(made, "InstallCertificate", root) == "Accepted"
        known = len(made.csms.record.lives)
        assert await change(made, "SecurityProfile", "2") == "Accepted"
        await secured.csms.open(secured.context())
        await made.reconnected(known)
        assert secured.csms.tls_versions[-1] in ("TLSv1.2", "TLSv1.3")
        keys = await made.call("GetConfiguration", {"key": ["SecurityProfile"]})
        assert keys["configurationKey"][0]["value"] == "2"
        assert await change(made, "SecurityProfile", "1") == "Rejected"  # TC_084


async def test_tc_086_a_central_system_is_believed_by_its_certificate(secured: Secured) -> None:
    url = await secured.csms.open(secured.context())
    names = {
        "password_file": secured.file("password", KEY),
        "ca_file": secured.file("ca.pem", secured.top.pem),
    }
    async with secured.station(url, 2, **names):
        assert secured.csms.tls_versions == ["TLSv1.3"] or secured.csms.tls_versions == ["TLSv1.2"]
        assert secured.csms.welcomed[0][0] == KEY


async def test_tc_087_and_tc_074_a_station_is_believed_by_its_certificate_and_renews_it(
    secured: Secured,
) -> None:
    secured.csms.passwords = {}
    own = secured.top.issue(subject("AK-0001"))
    url = await secured.csms.open(secured.context(asks=True))
    names = {
        "ca_file": secured.file("ca.pem", secured.top.pem),
        "certificate_file": secured.file("own.pem", own.chain_pem),
        "key_file": secured.file("own.key", own.key_pem),
    }
    async with secured.station(url, 3, **names) as made:
        assert secured.csms.shown == [der(own)]
        assert await change(made, "CpoName", "Operator") == "Accepted"
        trigger = {"requestedMessage": "SignChargePointCertificate"}
        assert await status_of(made, "ExtendedTriggerMessage", trigger) == "Accepted"
        calls = made.csms.record.calls
        await until(made, "it asks", lambda: calls("SignCertificate") != [])
        new = secured.top.sign(calls("SignCertificate")[0]["csr"])
        known = len(made.csms.record.lives)
        chain = {"certificateChain": new.chain_pem}
        assert await status_of(made, "CertificateSigned", chain) == "Accepted"
        await made.reconnected(known)
        assert secured.csms.shown == [der(own), der(new)]


def der(issued: Issued) -> bytes:
    certificate: x509.Certificate = issued.certificate
    return certificate.public_bytes(Encoding.DER)
