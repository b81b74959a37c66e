"""Updates over the whole way: ordered by the central system, fetched, believed, installed."""

import asyncio
from collections.abc import Coroutine, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.board.emulated.demo.csms import CALLERROR
from ampkeeper.board.emulated.virtual_time import run_virtual
from tests.support.file_servers import WebServer, web_server
from tests.support.images import Maker, image_of, make_maker
from tests.support.virtual import STATION, Charger

SIGNED = "SignedFirmwareStatusNotification"
PLAIN = "FirmwareStatusNotification"
IMAGE = image_of("2.0.0", filling=bytes(200_000))
TO_REBOOT = ["Downloading", "Downloaded", "SignatureVerified", "Installing", "InstallRebooting"]


@pytest.fixture
def server() -> Iterator[WebServer]:
    with web_server() as running:
        running.files["/image"] = IMAGE
        yield running


@pytest.fixture
def made(tmp_path: Path) -> Charger:
    return Charger(tmp_path, "1.6")


@pytest.fixture(scope="module")
def maker() -> Maker:
    return make_maker()


def run(made: Charger, script: Coroutine[Any, Any, None]) -> None:
    async def whole() -> None:
        async with made.running():
            await made.until(lambda: made.registered and made.status() == "Available")
            await script

    run_virtual(whole())


async def call(made: Charger, action: str, payload: dict[str, Any]) -> Any:
    await made.until(lambda: made.registered and STATION in made.csms.links)
    frame = await made.csms.call(STATION, action, payload)
    return frame if frame[0] == CALLERROR else frame[2]


def at(made: Charger, seconds: float) -> str:
    return (made.app.clock.now() + timedelta(seconds=seconds)).isoformat()


def plain_order(made: Charger, url: str, **fields: Any) -> dict[str, Any]:
    return {"location": url, "retrieveDate": at(made, 0), "retryInterval": 10} | fields


def signed_order(
    made: Charger, maker: Maker, url: str, image: bytes = IMAGE, number: int = 1, **firmware: Any
) -> dict[str, Any]:
    told = {
        "location": url,
        "retrieveDateTime": at(made, 0),
        "signingCertificate": maker.certificate_pem,
        "signature": maker.sign(image),
    }
    told |= firmware
    return {"requestId": number, "retries": 3, "retryInterval": 10, "firmware": told}


async def trust(made: Charger, maker: Maker) -> None:
    """The manufacturer's root is there as if the installer had brought it."""
    found = await made.app.api.answer(
        "security", {"action": "add", "usage": "maker", "pem": maker.root_pem}
    )
    assert found


def told(made: Charger, action: str = SIGNED, number: int | None = None) -> list[str]:
    rows = made.watched.record.calls(action)
    return [row["status"] for row in rows if number is None or row.get("requestId") == number]


async def until_told(made: Charger, status: str, action: str = SIGNED, most: float = 300) -> None:
    await made.until(lambda: status in told(made, action), most)


def version(made: Charger) -> str:
    boot = made.watched.record.calls("BootNotification")[-1]
    return str(boot.get("chargingStation", boot)["firmwareVersion"])


def test_an_update_without_a_signature_is_installed_and_said_once(
    made: Charger, server: WebServer
) -> None:
    async def script() -> None:
        assert version(made) != "2.0.0"
        order = plain_order(made, server.url("/image"))
        assert await call(made, "UpdateFirmware", order) == {}
        await until_told(made, "Installed", PLAIN)
        assert version(made) == "2.0.0"
        await asyncio.sleep(70)
        expected = ["Downloading", "Downloaded", "Installing", "Installed"]
        assert told(made, PLAIN) == expected
        assert told(made) == []
        assert list((made.state_dir / "transfers").iterdir()) == []
        trigger = {"requestedMessage": PLAIN}
        assert await call(made, "TriggerMessage", trigger) == {"status": "Accepted"}
        await asyncio.sleep(5)
        assert told(made, PLAIN) == [*expected, "Idle"]

    run(made, script())


def test_a_signed_update_says_every_state_with_its_request(
    made: Charger, server: WebServer, maker: Maker
) -> None:
    async def script() -> None:
        await trust(made, maker)
        order = signed_order(made, maker, server.url("/image"), number=71)
        assert await call(made, "SignedUpdateFirmware", order) == {"status": "Accepted"}
        await until_told(made, "Installed")
        assert told(made, number=71) == told(made) == [*TO_REBOOT, "Installed"]
        assert version(made) == "2.0.0"
        trigger = {"requestedMessage": PLAIN}
        assert await call(made, "ExtendedTriggerMessage", trigger) == {"status": "Accepted"}
        await asyncio.sleep(5)
        assert made.watched.record.calls(SIGNED)[-1] == {"status": "Idle"}  # L01.FR.28, FR.21

    run(made, script())


def test_a_transaction_is_waited_for_and_nobody_else_is_let_in(
    tmp_path: Path, server: WebServer, maker: Maker
) -> None:
    made = Charger(tmp_path, "1.6")

    async def script() -> None:
        await trust(made, maker)
        await made.charge()
        order = signed_order(made, maker, server.url("/image"))
        await call(made, "SignedUpdateFirmware", order)
        await until_told(made, "InstallScheduled")
        await asyncio.sleep(60)
        assert told(made)[-1] == "InstallScheduled"
        assert made.status() == "Charging"
        changed = {"connectorId": 1, "type": "Operative"}
        assert await call(made, "ChangeAvailability", changed) == {"status": "Accepted"}
        made.unplug()
        await made.until(lambda: made.status() == "Unavailable")
        await until_told(made, "Installed")
        await made.until(lambda: made.status() == "Available")
        assert made.watched.record.statuses()[-3:] == ["Finishing", "Unavailable", "Available"]
        assert made.check()[0].reason in ("EVDisconnected", "Local")

    run(made, script())


def test_dates_are_kept_to_and_can_be_seen(made: Charger, server: WebServer, maker: Maker) -> None:
    async def script() -> None:
        await trust(made, maker)
        dates = {"retrieveDateTime": at(made, 60), "installDateTime": at(made, 120)}
        order = signed_order(made, maker, server.url("/image"), **dates)
        assert await call(made, "SignedUpdateFirmware", order) == {"status": "Accepted"}
        await asyncio.sleep(50)
        assert told(made) == ["DownloadScheduled"]
        assert server.log == []
        await until_told(made, "InstallScheduled")
        await asyncio.sleep(40)
        assert told(made)[-1] == "InstallScheduled"
        assert made.status() == "Available"
        await until_told(made, "Installed")
        assert told(made) == [
            "DownloadScheduled", "Downloading", "Downloaded", "SignatureVerified",
            "InstallScheduled", "Installing", "InstallRebooting", "Installed",
        ]  # fmt: skip

    run(made, script())


def test_a_certificate_of_nobody_we_know_is_refused_before_anything_starts(
    made: Charger, server: WebServer, maker: Maker
) -> None:
    async def script() -> None:
        await trust(made, maker)
        stranger = make_maker("Stranger")
        order = signed_order(made, stranger, server.url("/image"))
        assert await call(made, "SignedUpdateFirmware", order) == {"status": "InvalidCertificate"}
        bad = signed_order(made, maker, server.url("/image"), signingCertificate="no certificate")
        assert await call(made, "SignedUpdateFirmware", bad) == {"status": "InvalidCertificate"}
        await asyncio.sleep(10)
        assert told(made) == []
        assert server.log == []
        events = made.watched.record.calls("SecurityEventNotification")
        assert "InvalidFirmwareSigningCertificate" in [event["type"] for event in events]

    run(made, script())


def test_a_file_that_is_not_the_signed_one_is_never_installed(
    made: Charger, server: WebServer, maker: Maker
) -> None:
    async def script() -> None:
        await trust(made, maker)
        before = version(made)
        order = signed_order(made, maker, server.url("/image"), IMAGE[:-1] + b"x")
        await call(made, "SignedUpdateFirmware", order)
        await until_told(made, "InvalidSignature")
        await asyncio.sleep(70)
        assert told(made) == ["Downloading", "Downloaded", "InvalidSignature"]
        assert version(made) == before
        events = made.watched.record.calls("SecurityEventNotification")
        assert "InvalidFirmwareSignature" in [event["type"] for event in events]
        assert list((made.state_dir / "transfers").iterdir()) == []

    run(made, script())


def test_a_new_order_cancels_the_old_one(made: Charger, server: WebServer, maker: Maker) -> None:
    async def script() -> None:
        await trust(made, maker)
        first = signed_order(made, maker, server.url("/image"), installDateTime=at(made, 90))
        await call(made, "SignedUpdateFirmware", first)
        await until_told(made, "InstallScheduled")
        nothing = signed_order(made, maker, "dummy://dummy", number=2)
        answer = await call(made, "SignedUpdateFirmware", nothing)
        assert answer == {"status": "AcceptedCanceled"}  # L01.FR.26
        await until_told(made, "DownloadFailed")
        assert told(made, number=2) == ["Downloading", "DownloadFailed"]
        await asyncio.sleep(100)
        assert told(made, number=1)[-1] == "InstallScheduled"

    run(made, script())


@pytest.mark.parametrize("url", ["dummy://dummy", "file:///etc/passwd", "http://", "nonsense"])
def test_a_bad_address_starts_nothing(made: Charger, maker: Maker, url: str) -> None:
    async def script() -> None:
        await trust(made, maker)
        order = signed_order(made, maker, url)
        assert await call(made, "SignedUpdateFirmware", order) == {"status": "Rejected"}
        assert await call(made, "UpdateFirmware", plain_order(made, url)) == {}
        await asyncio.sleep(10)
        assert told(made) == []
        assert told(made, PLAIN) == ["DownloadFailed"]
        assert not made.app.desk.transfers.is_updating()

    run(made, script())


def test_a_server_that_is_not_there_is_tried_as_often_as_asked(
    made: Charger, server: WebServer
) -> None:
    async def script() -> None:
        server.faults.statuses = [503] * 9
        order = plain_order(made, server.url("/image"), retries=2, retryInterval=20)
        await call(made, "UpdateFirmware", order)
        await until_told(made, "DownloadFailed", PLAIN)
        assert len(server.log) == 3
        assert told(made, PLAIN) == ["Downloading", "DownloadFailed"]

    run(made, script())


def test_software_that_does_not_start_leaves_the_old_one_running(
    made: Charger, server: WebServer
) -> None:
    async def script() -> None:
        before = version(made)
        server.files["/bad"] = image_of("3.0.0")
        made.launcher.broken.add("3.0.0")
        await call(made, "UpdateFirmware", plain_order(made, server.url("/bad")))
        await until_told(made, "InstallationFailed", PLAIN)
        assert version(made) == before
        assert told(made, PLAIN)[-1] == "InstallationFailed"

    run(made, script())


def test_what_is_no_image_is_not_installed_and_connectors_come_back(
    made: Charger, server: WebServer
) -> None:
    async def script() -> None:
        server.files["/junk"] = b"junk" * 1000
        await call(made, "UpdateFirmware", plain_order(made, server.url("/junk")))
        await until_told(made, "InstallationFailed", PLAIN)
        await made.until(lambda: made.status() == "Available")

    run(made, script())


@pytest.mark.parametrize("status", TO_REBOOT)
def test_power_cut_after_any_status_leads_to_installed_said_once(
    tmp_path: Path, server: WebServer, maker: Maker, status: str
) -> None:
    made = Charger(tmp_path, "1.6")

    async def whole() -> None:
        async with made.running():
            await made.until(lambda: made.registered and made.status() == "Available")
            await trust(made, maker)
            await call(
                made, "SignedUpdateFirmware", signed_order(made, maker, server.url("/image"))
            )
            await until_told(made, status)
        async with made.running():
            await until_told(made, "Installed")
            await asyncio.sleep(70)
            assert told(made).count("Installed") == 1
            assert version(made) == "2.0.0"
            await made.until(lambda: made.status() == "Available")

    run_virtual(whole())


def test_statuses_wait_while_the_central_system_is_away(
    made: Charger, server: WebServer, maker: Maker
) -> None:
    async def script() -> None:
        await trust(made, maker)
        later = signed_order(made, maker, server.url("/image"), retrieveDateTime=at(made, 60))
        await call(made, "SignedUpdateFirmware", later)
        await until_told(made, "DownloadScheduled")
        made.app.csms.set_network(False)
        await asyncio.sleep(30)
        made.watched.ignores = lambda action: action == SIGNED
        await asyncio.sleep(70)
        made.app.csms.set_network(True)
        await asyncio.sleep(60)
        made.watched.ignores = lambda action: False
        await until_told(made, "Installed")
        seen = list(dict.fromkeys(told(made)))
        assert seen == ["DownloadScheduled", *TO_REBOOT, "Installed"]

    run(made, script())


def test_a_folder_that_cannot_be_made_fails_the_update_and_nothing_else(
    made: Charger, server: WebServer
) -> None:
    (made.state_dir / "transfers").write_text("in the way")

    async def script() -> None:
        await call(made, "UpdateFirmware", plain_order(made, server.url("/image")))
        await until_told(made, "DownloadFailed", PLAIN)
        (made.state_dir / "transfers").unlink()
        await call(made, "UpdateFirmware", plain_order(made, server.url("/image")))
        await until_told(made, "Installed", PLAIN)

    run(made, script())


def test_an_installer_without_room_fails_the_update_and_gives_the_connectors_back(
    made: Charger, server: WebServer
) -> None:
    (made.state_dir / "slots").mkdir()
    (made.state_dir / "slots" / "a").write_text("in the way")

    async def script() -> None:
        await call(made, "UpdateFirmware", plain_order(made, server.url("/image")))
        await until_told(made, "InstallationFailed", PLAIN)
        await made.until(lambda: made.status() == "Available")

    run(made, script())
