"""A whole charger and its central system: events, certificates and passwords, in virtual time."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.board.emulated.virtual_time import run_virtual
from ampkeeper.firmware.ocpp.dialer import Access, Dialer
from ampkeeper.hal.memory_socket import MemoryDialer
from tests.support.pki import Authority
from tests.support.virtual import STATION, Charger

VERSIONS = ("1.6", "2.0.1")
EVENT = "SecurityEventNotification"
KEY = "0123456789abcdef0123456789abcdef01234567"
OPEN = {
    "ocpp__keys": '{CpoName = "Operator", CertificateChangesWithoutTls = true}',
    "ocpp__variables": "{}",
}


def events(made: Charger) -> list[str]:
    """The security events on the wire, in their order."""
    return [payload["type"] for payload in made.watched.record.calls(EVENT)]


def stored(made: Charger) -> list[str]:
    """The security log, oldest first."""
    return [row.kind for row in reversed(made.app._store.security_events(100))]


async def call(made: Charger, action: str, payload: dict[str, Any]) -> str:
    """Call the station; the status it answers with."""
    answer = await made.csms.call(STATION, action, payload)
    assert answer[0] == 3, answer
    return str(answer[2]["status"])


async def change(made: Charger, key: str, value: str) -> str:
    return await call(made, "ChangeConfiguration", {"key": key, "value": value})


async def registered(made: Charger) -> None:
    await made.until(lambda: made.registered, 200)


async def heard(made: Charger) -> None:
    await made.until(lambda: made.app.security.log.owed == 0, 300)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_start_is_told_once_after_the_registration(tmp_path: Path, version: str) -> None:
    made = Charger(tmp_path, version)

    async def story() -> None:
        async with made.running():
            await registered(made)
            await heard(made)
            await asyncio.sleep(130)
        async with made.running():
            await registered(made)
            await heard(made)

    run_virtual(story())
    assert events(made) == ["StartupOfTheDevice", "StartupOfTheDevice"]
    made.check()


@pytest.mark.parametrize("version", VERSIONS)
def test_what_happens_while_pending_or_away_waits_and_comes_once(
    tmp_path: Path, version: str
) -> None:
    made = Charger(tmp_path, version)

    async def story() -> None:
        async with made.running():
            made.csms.registration = "Pending"
            made.csms.interval_s = 30
            await made.until(lambda: made.csms.links != {})
            await asyncio.sleep(100)
            assert events(made) == []
            made.csms.registration = "Accepted"
            await registered(made)
            await heard(made)
            made.dialer.is_up = False
            made.watched.drop(STATION)
        async with made.running():
            await asyncio.sleep(100)
            assert stored(made) == ["StartupOfTheDevice", "StartupOfTheDevice"]
        async with made.running():
            made.dialer.is_up = True
            await registered(made)
            await heard(made)

    run_virtual(story())
    assert events(made) == ["StartupOfTheDevice"] * 3
    times = [payload["timestamp"] for payload in made.watched.record.calls(EVENT)]
    assert times == sorted(times)
    made.check()


@pytest.mark.parametrize("version", VERSIONS)
def test_an_event_that_is_not_answered_is_told_until_it_is(tmp_path: Path, version: str) -> None:
    made = Charger(tmp_path, version)

    async def story() -> None:
        async with made.running():
            made.watched.ignores = lambda action: action == EVENT
            await registered(made)
            await asyncio.sleep(130)
            assert made.app.security.log.owed == 1
            made.watched.ignores = lambda action: False
            await heard(made)

    run_virtual(story())
    assert set(events(made)) == {"StartupOfTheDevice"}
    assert len(events(made)) >= 2


def test_a_central_system_without_the_whitepaper_is_told_each_event_once(tmp_path: Path) -> None:
    made = Charger(tmp_path, "1.6")

    async def story() -> None:
        async with made.running():
            made.watched.refuses = lambda action: action == EVENT
            await registered(made)
            await asyncio.sleep(130)
            assert made.app.security.log.owed == 0
            assert stored(made) == ["StartupOfTheDevice"]

    run_virtual(story())
    assert events(made) == ["StartupOfTheDevice"]


def test_a_reset_is_told_with_the_start_that_follows(tmp_path: Path) -> None:
    made = Charger(tmp_path, "1.6")

    async def story() -> None:
        async with made.running():
            await registered(made)
            assert await call(made, "Reset", {"type": "Soft"}) == "Accepted"
            await made.until(lambda: len(events(made)) == 3, 300)

    run_virtual(story())
    assert events(made) == ["StartupOfTheDevice", "ResetOrReboot", "StartupOfTheDevice"]


def test_a_changed_password_reconnects_and_loses_nothing(tmp_path: Path) -> None:
    made = Charger(tmp_path, "1.6")

    async def story() -> None:
        async with made.running():
            await made.charge()
            before = len(made.watched.record.lives)
            assert await change(made, "AuthorizationKey", KEY) == "Accepted"
            await made.until(lambda: len(made.watched.record.lives) == before + 1, 60)
            await registered(made)
            await asyncio.sleep(60)
            made.swipe()
            await made.until(lambda: made.status() == "Finishing")
            await made.settle()

    run_virtual(story())
    (sold,) = made.check()
    assert sold.is_over
    assert "ReconfigurationOfSecurityParameters" in events(made)
    assert KEY not in json.dumps([seen.parts for seen in made.watched.record.frames if
                                  seen.direction == "in"])  # fmt: skip


def test_a_key_is_made_signed_and_kept(tmp_path: Path) -> None:
    made, top = Charger(tmp_path, "1.6", **OPEN), Authority()

    async def story() -> None:
        async with made.running():
            await registered(made)
            root = {"certificateType": "CentralSystemRootCertificate", "certificate": top.pem}
            assert await call(made, "InstallCertificate", root) == "Accepted"
            trigger = {"requestedMessage": "SignChargePointCertificate"}
            assert await call(made, "ExtendedTriggerMessage", trigger) == "Accepted"
            await made.until(lambda: made.watched.record.calls("SignCertificate") != [])
            (asked,) = made.watched.record.calls("SignCertificate")
            bad = {"certificateChain": Authority().sign(asked["csr"]).pem}
            assert await call(made, "CertificateSigned", bad) == "Rejected"
            good = {"certificateChain": top.sign(asked["csr"]).pem}
            assert await call(made, "CertificateSigned", good) == "Accepted"
            assert await call(made, "CertificateSigned", good) == "Rejected"  # only once
            await heard(made)
        async with made.running():
            await registered(made)
            assert made.app.security.own_pem().startswith(good["certificateChain"])
            kind = {"certificateType": "CentralSystemRootCertificate"}
            answer = await made.csms.call(STATION, "GetInstalledCertificateIds", kind)
            assert len(answer[2]["certificateHashData"]) == 1
            (found,) = answer[2]["certificateHashData"]
            delete = {"certificateHashData": found}
            assert await call(made, "DeleteCertificate", delete) == "Accepted"
            assert await call(made, "DeleteCertificate", delete) == "NotFound"
            assert await call(made, "GetInstalledCertificateIds", kind) == "NotFound"

    run_virtual(story())
    assert events(made).count("InvalidChargePointCertificate") == 2
    made.check()


def test_a_reply_about_a_certificate_leaves_after_it_is_written(tmp_path: Path) -> None:
    made, top = Charger(tmp_path, "1.6", **OPEN), Authority()

    async def story() -> None:
        async with made.running():
            await registered(made)
            root = {"certificateType": "ManufacturerRootCertificate", "certificate": top.pem}
            assert await call(made, "InstallCertificate", root) == "Accepted"
        async with made.running():  # the power went with the answer
            assert len(made.app.security.installed("ManufacturerRoot")) == 1

    run_virtual(story())


def test_nonsense_is_logged_once_for_all_and_not_told(tmp_path: Path) -> None:
    made = Charger(tmp_path, "1.6")

    async def story() -> None:
        async with made.running():
            await registered(made)
            await heard(made)
            for _ in range(50):
                await made.watched.say(STATION, "nonsense")
                await made.watched.say(STATION, '[2,"x","Reset",{"type":"Sideways"}]')
            await asyncio.sleep(5)
            assert stored(made) == ["StartupOfTheDevice", "InvalidMessages", "InvalidMessages"]

    run_virtual(story())
    assert events(made) == ["StartupOfTheDevice"]


@pytest.mark.parametrize(
    ("key", "value"), [("SecurityProfile", "0"), ("SecurityProfile", "1"), ("SecurityProfile", "2")]
)
def test_a_profile_without_what_it_needs_is_rejected(tmp_path: Path, key: str, value: str) -> None:
    made = Charger(tmp_path, "1.6")

    async def story() -> None:
        async with made.running():
            await registered(made)
            assert await change(made, key, value) == "Rejected"

    run_virtual(story())
    assert len(made.watched.record.lives) == 1


class OtherDoor(Charger):
    """With a password, somebody opens who speaks WebSocket, but no OCPP."""

    def dial(self, access: Access) -> Dialer:
        if access.user is None:
            return super().dial(access)
        return MemoryDialer(lambda far, url, offered: None)


def test_a_profile_with_which_nobody_speaks_ocpp_falls_back(tmp_path: Path) -> None:
    made = OtherDoor(tmp_path, "1.6")

    async def story() -> None:
        async with made.running():
            await registered(made)
            assert await change(made, "AuthorizationKey", KEY) == "Accepted"
            await asyncio.sleep(5)
            await registered(made)
            assert await change(made, "SecurityProfile", "1") == "Accepted"
            await asyncio.sleep(5)
            assert not made.registered
            await registered(made)
            assert made.app.security.profile == 0
            assert not made.app.security.is_trying

    run_virtual(story())


def test_the_keys_of_the_whitepaper_are_told_and_the_password_is_not(tmp_path: Path) -> None:
    made = Charger(tmp_path, "1.6")
    keys = ["SecurityProfile", "AuthorizationKey", "AdditionalRootCertificateCheck", "CpoName",
            "CertificateSignedMaxChainSize", "CertificateStoreMaxLength",
            "CertSigningWaitMinimum", "CertSigningRepeatTimes"]  # fmt: skip

    async def story() -> Any:
        async with made.running():
            await registered(made)
            return (await made.csms.call(STATION, "GetConfiguration", {"key": keys}))[2]

    answer = run_virtual(story())
    assert answer["unknownKey"] == ["AuthorizationKey"]
    values = {each["key"]: (each["value"], each["readonly"]) for each in answer["configurationKey"]}
    assert values == {
        "SecurityProfile": ("0", False),
        "AdditionalRootCertificateCheck": ("false", True),
        "CpoName": ("", False),
        "CertificateSignedMaxChainSize": ("10000", True),
        "CertificateStoreMaxLength": ("20", True),
        "CertSigningWaitMinimum": ("60", False),
        "CertSigningRepeatTimes": ("0", False),
    }


def test_tampering_is_told_at_once(tmp_path: Path) -> None:
    made = Charger(tmp_path, "1.6")

    async def story() -> None:
        async with made.running():
            await registered(made)
            await made.until(lambda: events(made) == ["StartupOfTheDevice"])
            made.car.causes.tamper = "enclosure"
            await made.until(lambda: "TamperDetectionActivated" in events(made), 10)

    run_virtual(story())
