"""Cases of certification: firmware updates, diagnostics and the security log, with real servers."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conformance.ocpp16.bench16 import CARD, Bench
from tests.support.file_servers import FtpServer, WebServer, ftp_server, web_server
from tests.support.images import Maker, image_of, make_maker

PLAIN = "FirmwareStatusNotification"
SIGNED = "SignedFirmwareStatusNotification"
DIAGNOSTICS = "DiagnosticsStatusNotification"
LOG = "LogStatusNotification"
IMAGE = image_of("2.0.0", filling=bytes(100_000))


@pytest.fixture
def web() -> Iterator[WebServer]:
    with web_server() as running:
        running.files["/image"] = IMAGE
        yield running


@pytest.fixture
def ftp() -> Iterator[FtpServer]:
    with ftp_server() as running:
        yield running


@pytest.fixture(scope="module")
def maker() -> Maker:
    return make_maker()


def words(made: Bench, action: str) -> list[str]:
    return [told["status"] for told in made.calls(action)]


async def until_word(made: Bench, action: str, word: str) -> None:
    await made.until(lambda: word in words(made, action), 200)


async def update(made: Bench, url: str, **fields: Any) -> None:
    order = {"location": url, "retrieveDate": made.at(0), "retries": 0} | fields
    assert await made.ask("UpdateFirmware", order) == {}


def test_tc_044_1_an_update_is_downloaded_installed_and_told(bench: Bench, web: WebServer) -> None:
    async def case(made: Bench) -> None:
        await update(made, web.url("/image"))
        await until_word(made, PLAIN, "Installed")
        assert words(made, PLAIN) == ["Downloading", "Downloaded", "Installing", "Installed"]
        boots = made.calls("BootNotification")
        assert boots[-1]["firmwareVersion"] == "2.0.0"
        await made.wait_status("Available")

    bench.play(case)


def test_tc_044_2_a_download_that_fails_is_told(bench: Bench, web: WebServer) -> None:
    async def case(made: Bench) -> None:
        await update(made, web.url("/nothing-here"))
        await until_word(made, PLAIN, "DownloadFailed")
        assert words(made, PLAIN) == ["Downloading", "DownloadFailed"]
        await made.wait_status("Available")

    bench.play(case)


def test_tc_044_3_an_installation_that_fails_is_told(bench: Bench, web: WebServer) -> None:
    async def case(made: Bench) -> None:
        web.files["/bad"] = web.files["/image"][:-1] + b"x"  # not what its maker signed
        await update(made, web.url("/bad"))
        await until_word(made, PLAIN, "InstallationFailed")
        assert words(made, PLAIN)[:2] == ["Downloading", "Downloaded"]
        await made.until(lambda: made.status() == "Available", 120)

    bench.play(case)


def test_tc_045_1_diagnostics_are_uploaded(bench: Bench, ftp: FtpServer) -> None:
    async def case(made: Bench) -> None:
        answer = await made.ask("GetDiagnostics", {"location": ftp.url("/")})
        await until_word(made, DIAGNOSTICS, "Uploaded")
        assert words(made, DIAGNOSTICS) == ["Uploading", "Uploaded"]
        assert "/" + answer["fileName"] in ftp.files

    bench.play(case)


def test_tc_045_2_an_upload_that_fails_is_told(bench: Bench, web: WebServer) -> None:
    async def case(made: Bench) -> None:
        web.faults.statuses = [403] * 9
        asked = {"location": web.url("/d.zip"), "retries": 0}
        assert "fileName" in await made.ask("GetDiagnostics", asked)
        await until_word(made, DIAGNOSTICS, "UploadFailed")
        assert words(made, DIAGNOSTICS) == ["Uploading", "UploadFailed"]

    bench.play(case)


def test_tc_079_the_security_log_is_uploaded(bench: Bench, web: WebServer) -> None:
    async def case(made: Bench) -> None:
        asked = {
            "logType": "SecurityLog",
            "requestId": 79,
            "log": {"remoteLocation": web.url("/security.zip")},
        }
        answer = await made.ask("GetLog", asked)
        assert answer["status"] == "Accepted"
        assert answer["filename"]
        await until_word(made, LOG, "Uploaded")
        assert [(told["status"], told["requestId"]) for told in made.calls(LOG)] == [
            ("Uploading", 79),
            ("Uploaded", 79),
        ]
        assert len(web.files["/security.zip"]) > 100

    bench.play(case)


async def order_signed(made: Bench, maker: Maker, url: str, signature: str) -> str:
    """The manufacturer's root is there as if the installer had brought it."""
    root = {"action": "add", "usage": "maker", "pem": maker.root_pem}
    assert await made.app.api.answer("security", root)
    firmware = {
        "location": url,
        "retrieveDateTime": made.at(0),
        "signingCertificate": maker.certificate_pem,
        "signature": signature,
    }
    order = {"requestId": 80, "retries": 0, "firmware": firmware}
    return await made.status_of("SignedUpdateFirmware", order)


def test_tc_080_a_signed_update_is_believed_and_installed(
    bench: Bench, web: WebServer, maker: Maker
) -> None:
    async def case(made: Bench) -> None:
        signature = maker.sign(IMAGE)
        assert await order_signed(made, maker, web.url("/image"), signature) == "Accepted"
        await until_word(made, SIGNED, "Installed")
        assert words(made, SIGNED) == [
            "Downloading",
            "Downloaded",
            "SignatureVerified",
            "Installing",
            "InstallRebooting",
            "Installed",
        ]
        assert {told["requestId"] for told in made.calls(SIGNED)} == {80}
        assert made.calls("BootNotification")[-1]["firmwareVersion"] == "2.0.0"
        types = [told["type"] for told in made.calls("SecurityEventNotification")]
        assert "FirmwareUpdated" in types

    bench.play(case)


def test_tc_081_an_update_with_another_signature_is_told_and_left(
    bench: Bench, web: WebServer, maker: Maker
) -> None:
    async def case(made: Bench) -> None:
        wrong = maker.sign(IMAGE + b"!")
        assert await order_signed(made, maker, web.url("/image"), wrong) == "Accepted"
        await until_word(made, SIGNED, "InvalidSignature")
        assert words(made, SIGNED) == ["Downloading", "Downloaded", "InvalidSignature"]
        await made.until(
            lambda: (
                "InvalidFirmwareSignature"
                in [told["type"] for told in made.calls("SecurityEventNotification")]
            )
        )
        assert len(made.calls("BootNotification")) == 1

    bench.play(case)


def test_row_38_installed_is_said_once_and_idle_only_when_asked_for(
    bench: Bench, web: WebServer
) -> None:
    async def case(made: Bench) -> None:
        await update(made, web.url("/image"))
        await until_word(made, PLAIN, "Installed")
        await asyncio.sleep(30)
        assert words(made, PLAIN).count("Installed") == 1
        assert "Idle" not in words(made, PLAIN)
        asked = {"requestedMessage": PLAIN}
        assert await made.status_of("TriggerMessage", asked) == "Accepted"
        await until_word(made, PLAIN, "Idle")

    bench.play(case)


def test_row_38_a_transaction_is_waited_for(bench: Bench, web: WebServer) -> None:
    async def case(made: Bench) -> None:
        await made.begin()
        await update(made, web.url("/image"))
        await until_word(made, PLAIN, "Downloaded")
        await asyncio.sleep(20)
        assert made.status() == "Charging"
        assert "Installing" not in words(made, PLAIN)
        made.swipe(CARD)
        await made.gone()
        made.unplug()
        await until_word(made, PLAIN, "Installed")
        assert "Unavailable" in made.statuses()

    bench.play(case)
    assert len(bench.calls("StopTransaction")) == 1
