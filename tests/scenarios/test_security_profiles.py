"""A charger as a process, real TLS on loopback: profiles, certificates, passwords, and doubts."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.emulator import LOOK_S, WAIT_S, Emulator
from tests.support.pki import YEAR, Authority
from tests.support.rig import CONFIG, STATION
from tests.support.secure_csms import HOST, SecureCsms
from tests.support.tls_server import server_context

pytestmark = pytest.mark.process

NOW = datetime.now(UTC)  # TLS asks the machine's clock
KEY, OTHER_KEY = "first-password-of-it", "another-password-of-it"
INVALID = "InvalidCentralSystemCertificate"
EVENT = "SecurityEventNotification"


class Scene:
    """Both sides, and what tests ask of them."""

    def __init__(self, folder: Path, profile: int) -> None:
        self.folder = folder
        self.top = Authority("Operator's root", NOW)
        self.csms = SecureCsms()
        self.csms.password = KEY
        if profile >= 2:
            self.csms.context = self.face()
        (folder / "key").write_text(KEY)
        (folder / "root.pem").write_text(self.top.pem)

    def face(self, both_ways: bool = False, **options: Any) -> Any:
        """A server's context with a new certificate of the operator's."""
        host = options.pop("host", HOST)
        roots = self.top.pem if both_ways else ""
        return server_context(self.top.server(host, **options), roots)

    async def call(self, action: str, payload: dict[str, Any]) -> str:
        """Call the station; the status it answers with."""
        answer = await self.csms.call(STATION, action, payload)
        assert answer[0] == 3, answer
        return str(answer[2]["status"])

    async def change(self, key: str, value: str) -> str:
        return await self.call("ChangeConfiguration", {"key": key, "value": value})

    async def until(self, what: str, is_so: Callable[[], Any]) -> None:
        """Wait until it is so."""
        loop = asyncio.get_running_loop()
        deadline_s = loop.time() + WAIT_S
        while not is_so():
            said = f"{self.csms.record.tail()}\n{self.charger.said()}"
            assert loop.time() < deadline_s, f"{what}: not within {WAIT_S} s\n{said}"
            await asyncio.sleep(LOOK_S)

    async def connected(self) -> None:
        """Wait until the station is on the line and has said so."""
        await self.until("it connects", lambda: STATION in self.csms.links)

    async def told(self, kind: str, times: int = 1) -> dict[str, Any]:
        """Wait until a security event came; its payload."""
        await self.until(f"{kind} is told", lambda: len(self.events(kind)) >= times)
        return self.events(kind)[-1]

    def events(self, kind: str) -> list[dict[str, Any]]:
        return [each for each in self.csms.record.calls(EVENT) if each["type"] == kind]

    async def command(self, *words: str) -> str:
        """The command line at the station; what it prints."""
        state = ("--state", str(self.charger.state_dir))
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "ampkeeper.firmware.faces.cli", *words, *state,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        text = (await process.communicate())[0].decode()
        assert process.returncode == 0, text
        return text

    async def have_signed(self, top: Authority, **options: Any) -> str:
        """Ask for a new key, and give it its certificate; the station's answer."""
        asked = len(self.csms.record.calls("SignCertificate"))
        trigger = {"requestedMessage": "SignChargePointCertificate"}
        assert await self.call("ExtendedTriggerMessage", trigger) == "Accepted"
        calls = self.csms.record.calls
        await self.until("it asks", lambda: len(calls("SignCertificate")) > asked)
        signed = top.sign(calls("SignCertificate")[-1]["csr"], now=NOW, **options)
        return await self.call("CertificateSigned", {"certificateChain": signed.chain_pem})


@asynccontextmanager
async def scene(folder: Path, profile: int, *sets: str) -> AsyncIterator[Scene]:
    """Both sides, running; the station is connected."""
    made = Scene(folder, profile)
    url = await made.csms.start()
    config = CONFIG.format(url=url, version="1.6")
    told = [f"ocpp.security_profile={profile}", f"ocpp.password_file={folder / 'key'}", *sets]
    if profile >= 2:
        told.append(f"ocpp.ca_file={folder / 'root.pem'}")
    made.charger = Emulator(folder / "charger", config, 2.0, 1, told)
    try:
        await made.charger.start()
        await made.connected()
        yield made
        assert await made.charger.end() == 0, made.charger.said()
    finally:
        await made.charger.kill()
        await made.csms.stop()


async def test_a_new_password_is_used_and_the_old_one_is_not(tmp_path: Path) -> None:
    async with scene(tmp_path, 1) as made:
        assert await made.change("AuthorizationKey", "short") == "Rejected"
        assert await made.change("AuthorizationKey", OTHER_KEY) == "Accepted"
        made.csms.password = OTHER_KEY
        await made.until("it comes back", lambda: len(made.csms.record.lives) == 2)
        await made.connected()
        await made.told("ReconfigurationOfSecurityParameters")
        assert made.csms.refused == 0
        assert OTHER_KEY not in made.charger.said()


async def test_a_refused_password_is_told_once_somebody_listens(tmp_path: Path) -> None:
    async with scene(tmp_path, 1) as made:
        made.csms.password = OTHER_KEY
        made.csms.drop(STATION)
        await made.until("it is refused", lambda: made.csms.refused >= 2)
        made.csms.password = KEY
        await made.connected()
        told = await made.told("FailedToAuthenticateAtCentralSystem")
        assert "401" in told["techInfo"]
        assert len(made.events("FailedToAuthenticateAtCentralSystem")) == 1


@pytest.mark.parametrize("case", ["another host", "expired", "a stranger's root"])
async def test_a_central_system_that_cannot_be_trusted_hears_nothing(
    tmp_path: Path, case: str
) -> None:
    async with scene(tmp_path, 2) as made:
        faces = {
            "another host": lambda: made.face(host="csms.example.org"),
            "expired": lambda: made.face(ends=-timedelta(days=1)),
            "a stranger's root": lambda: server_context(
                Authority("Stranger", NOW - YEAR).server(HOST, now=NOW)
            ),
        }
        good = made.csms.context
        await made.csms.stop()  # what is on its way still comes on the old line
        heard = len(made.csms.record.frames)
        tries = len(made.csms.shown)
        await made.csms.rearm(faces[case]())
        await made.until(
            "it refuses",
            lambda: INVALID in made.charger.told("security_event", "type"),
        )
        assert len(made.csms.record.frames) == heard
        assert len(made.csms.shown) == tries
        await made.csms.rearm(good)
        await made.connected()
        told = await made.told(INVALID)
        assert HOST in told["techInfo"]


async def test_a_profile_is_raised_to_tls_and_survives_a_power_cut(tmp_path: Path) -> None:
    async with scene(tmp_path, 1) as made:
        assert await made.change("SecurityProfile", "2") == "Rejected"  # no root
        await made.command("security", "add", str(made.folder / "root.pem"))
        assert "Operator's root" in await made.command("security", "certificates", "--json")
        assert await made.change("SecurityProfile", "2") == "Accepted"
        await made.csms.rearm(made.face())
        await made.connected()
        assert await made.change("SecurityProfile", "1") == "Rejected"
        await made.charger.cut()
        made.csms.record.power_cut()
        known = len(made.csms.record.lives)
        await made.charger.start()
        await made.until("it is back", lambda: len(made.csms.record.lives) > known)
        assert made.csms.refused == 0


async def test_another_address_by_tls_is_tried_and_kept(tmp_path: Path) -> None:
    async with scene(tmp_path, 1) as made:
        await made.command("security", "add", str(made.folder / "root.pem"))
        await made.csms.rearm(made.face())
        wss = f"wss://{HOST}:{made.csms.port}/ocpp"
        await made.command("csms", "set", "--url", wss, "--profile", "2", "--now")
        await made.connected()
        await made.told("ReconfigurationOfSecurityParameters", 3)
        shown = json.loads(await made.command("csms", "show", "--json"))
        assert shown["last"]["text"] == f"central system {wss}/{STATION} is in use"
        assert [each["security_profile"] for each in shown["systems"]] == [2]
        assert await made.change("SecurityProfile", "1") == "Rejected"


async def test_a_profile_that_does_not_connect_falls_back(tmp_path: Path) -> None:
    async with scene(tmp_path, 1) as made:
        await made.command("security", "add", str(made.folder / "root.pem"))
        known = len(made.csms.record.lives)
        assert await made.change("SecurityProfile", "2") == "Accepted"
        await made.until("it is back", lambda: len(made.csms.record.lives) > known)
        await made.connected()
        await made.told("ReconfigurationOfSecurityParameters", 3)
        texts = [each["techInfo"] for each in made.events("ReconfigurationOfSecurityParameters")]
        assert texts[1:] == [
            "SecurityProfile from 1 to 2",
            "SecurityProfile 2 does not connect: back to 1",
        ]


async def test_a_station_gets_its_certificate_shows_it_and_renews_it(tmp_path: Path) -> None:
    async with scene(tmp_path, 2) as made:
        assert await made.change("CpoName", "Operator") == "Accepted"
        assert await made.change("SecurityProfile", "3") == "Rejected"  # no certificate
        stranger = Authority("Stranger", NOW)
        assert await made.have_signed(stranger) == "Rejected"
        await made.told("InvalidChargePointCertificate")
        assert await made.have_signed(made.top, starts=-2 * YEAR) == "Accepted"
        assert await made.change("SecurityProfile", "3") == "Accepted"
        made.csms.password = None
        await made.csms.rearm(made.face(both_ways=True))
        await made.connected()
        first = made.csms.shown[-1]
        assert first is not None
        assert "AK-0001" in first.subject.rfc4514_string()
        assert await made.have_signed(made.top) == "Accepted"
        await made.until("it shows the new one", lambda: made.csms.shown[-1] != first)
        await made.connected()
        second = made.csms.shown[-1]
        assert second is not None
        assert second.not_valid_before_utc > first.not_valid_before_utc
        shown = await made.command("security", "certificates", "--json")
        assert shown.count("AK-0001") == 1  # the old one is gone
