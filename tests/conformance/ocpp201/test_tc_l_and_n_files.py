"""Cases of certification, L and N: firmware, logs with real servers; what is known of customers."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conformance.ocpp201.bench201 import CARD, Bench201, Payload, central
from tests.support.file_servers import WebServer, web_server
from tests.support.images import Maker, image_of, make_maker

FIRMWARE, LOG = "FirmwareStatusNotification", "LogStatusNotification"
BELIEVED = ["Downloading", "Downloaded", "SignatureVerified"]
INSTALLED = ["Installing", "InstallRebooting", "Installed"]
IMAGE = image_of("2.0.0", filling=bytes(100_000))


@pytest.fixture
def web() -> Iterator[WebServer]:
    with web_server() as running:
        running.files["/image"] = IMAGE
        yield running


@pytest.fixture(scope="module")
def maker() -> Maker:
    return make_maker()


async def order(
    made: Bench201, maker: Maker, url: str, signed: bytes = IMAGE, number: int = 80, **more: Any
) -> str:
    """Ask for an update; None in ``more`` takes a field out."""
    root = {"action": "add", "usage": "maker", "pem": maker.root_pem}
    assert await made.app.api.answer("security", root)
    firmware = {
        "location": url,
        "retrieveDateTime": made.at(0),
        "signingCertificate": maker.certificate_pem,
        "signature": maker.sign(signed),
    } | more
    told = {name: value for name, value in firmware.items() if value is not None}
    asked = {"requestId": number, "retries": 0, "firmware": told}
    return await made.status_of("UpdateFirmware", asked)


def words(made: Bench201, action: str = FIRMWARE) -> list[str]:
    return [told["status"] for told in made.calls(action)]


async def until_word(made: Bench201, word: str, action: str = FIRMWARE) -> None:
    await made.until(lambda: word in words(made, action), 200)


def events(made: Bench201) -> list[str]:
    return [told["type"] for told in made.calls("SecurityEventNotification")]


def test_tc_l_01_a_signed_update_is_installed(
    bench: Bench201, web: WebServer, maker: Maker
) -> None:
    async def case(made: Bench201) -> None:
        assert await order(made, maker, web.url("/image")) == "Accepted"
        await until_word(made, "Installed")
        assert words(made) == BELIEVED + INSTALLED
        assert {told["requestId"] for told in made.calls(FIRMWARE)} == {80}
        boot = made.calls("BootNotification")[-1]
        assert (boot["reason"], boot["chargingStation"]["firmwareVersion"]) == (
            "FirmwareUpdate",
            "2.0.0",
        )
        await made.until(lambda: "FirmwareUpdated" in events(made))
        await made.wait_status("Available")

    bench.play(case)


def test_tc_l_02_it_is_installed_at_its_time(bench: Bench201, web: WebServer, maker: Maker) -> None:
    async def case(made: Bench201) -> None:
        later = made.at(20)
        assert await order(made, maker, web.url("/image"), installDateTime=later) == "Accepted"
        await until_word(made, "Installed")
        assert words(made) == [*BELIEVED, "InstallScheduled", *INSTALLED]

    bench.play(case)


def test_tc_l_03_it_is_fetched_at_its_time(bench: Bench201, web: WebServer, maker: Maker) -> None:
    async def case(made: Bench201) -> None:
        later = made.at(20)
        assert await order(made, maker, web.url("/image"), retrieveDateTime=later) == "Accepted"
        await until_word(made, "Installed")
        assert words(made) == ["DownloadScheduled", *BELIEVED, *INSTALLED]

    bench.play(case)


def test_tc_l_05_a_certificate_of_a_stranger_is_refused(
    bench: Bench201, web: WebServer, maker: Maker
) -> None:
    async def case(made: Bench201) -> None:
        other = make_maker("Stranger").certificate_pem
        word = await order(made, maker, web.url("/image"), signingCertificate=other)
        assert word == "InvalidCertificate"
        await made.until(lambda: "InvalidFirmwareSigningCertificate" in events(made))

    bench.play(case)


def test_tc_l_06_another_signature_is_told_and_the_update_left(
    bench: Bench201, web: WebServer, maker: Maker
) -> None:
    async def case(made: Bench201) -> None:
        assert await order(made, maker, web.url("/image"), IMAGE + b"!") == "Accepted"
        await until_word(made, "InvalidSignature")
        assert words(made) == ["Downloading", "Downloaded", "InvalidSignature"]
        await made.until(lambda: "InvalidFirmwareSignature" in events(made))

    bench.play(case)


def test_tc_l_07_a_download_that_fails_is_told(
    bench: Bench201, web: WebServer, maker: Maker
) -> None:
    async def case(made: Bench201) -> None:
        assert await order(made, maker, web.url("/nothing-here")) == "Accepted"
        await until_word(made, "DownloadFailed")
        assert words(made) == ["Downloading", "DownloadFailed"]

    bench.play(case)


def test_tc_l_08_an_installation_that_fails_is_told(
    bench: Bench201, web: WebServer, maker: Maker
) -> None:
    async def case(made: Bench201) -> None:
        web.files["/bad"] = bad = IMAGE[:-1] + b"x"  # not what its maker signed
        assert await order(made, maker, web.url("/bad"), bad) == "Accepted"
        await until_word(made, "InstallVerificationFailed")
        assert words(made) == [*BELIEVED, "Installing", "InstallVerificationFailed"]

    bench.play(case)


def test_tc_l_10_a_second_order_cancels_the_first(
    bench: Bench201, web: WebServer, maker: Maker
) -> None:
    async def case(made: Bench201) -> None:
        later = made.at(500)
        first = await order(made, maker, web.url("/image"), number=1, retrieveDateTime=later)
        second = await order(made, maker, web.url("/image"), number=2)
        assert (first, second) == ("Accepted", "AcceptedCanceled")
        await until_word(made, "Installed")
        assert made.calls(FIRMWARE)[-1]["requestId"] == 2

    bench.play(case)


def test_tc_l_18_without_a_signature_it_is_refused(
    bench: Bench201, web: WebServer, maker: Maker
) -> None:
    """Half of it is none either; none at all is taken where the charger permits that."""

    async def case(made: Bench201) -> None:
        for half in ("signature", "signingCertificate"):
            word = await order(made, maker, web.url("/image"), **{half: None})
            assert word == "InvalidCertificate"
        made.app.settings.learn("OCPP16.UnsignedUpdateAllowed", "false")
        plain: Payload = {"signature": None, "signingCertificate": None}
        assert await order(made, maker, web.url("/image"), **plain) == "InvalidCertificate"

    bench.play(case)


async def get_log(made: Bench201, url: str, kind: str = "DiagnosticsLog", number: int = 9) -> str:
    asked = {"logType": kind, "requestId": number, "retries": 0, "log": {"remoteLocation": url}}
    answer = await made.ask("GetLog", asked)
    assert answer["filename"]
    return str(answer["status"])


@pytest.mark.parametrize("kind", ["DiagnosticsLog", "SecurityLog"])
def test_tc_n_25_and_tc_n_35_a_log_is_uploaded(bench: Bench201, web: WebServer, kind: str) -> None:
    async def case(made: Bench201) -> None:
        assert await get_log(made, web.url("/log.zip"), kind) == "Accepted"
        await until_word(made, "Uploaded", LOG)
        told = [(one["status"], one["requestId"]) for one in made.calls(LOG)]
        assert told == [("Uploading", 9), ("Uploaded", 9)]
        assert len(web.files["/log.zip"]) > 100

    bench.play(case)


def test_tc_n_26_an_upload_that_fails_is_told(bench: Bench201, web: WebServer) -> None:
    async def case(made: Bench201) -> None:
        web.faults.statuses = [500] * 9
        assert await get_log(made, web.url("/log.zip")) == "Accepted"
        await made.until(lambda: len(words(made, LOG)) == 2, 200)
        assert words(made, LOG)[1] in (
            "UploadFailure",
            "BadMessage",
            "PermissionDenied",
            "NotSupportedOperation",
        )

    bench.play(case)


def test_tc_n_36_a_second_request_cancels_the_first(bench: Bench201, web: WebServer) -> None:
    async def case(made: Bench201) -> None:
        web.faults.statuses = [500]
        asked = {
            "logType": "DiagnosticsLog",
            "requestId": 1,
            "retries": 5,
            "retryInterval": 60,
            "log": {"remoteLocation": web.url("/one.zip")},
        }
        assert await made.status_of("GetLog", asked) == "Accepted"
        await until_word(made, "Uploading", LOG)
        assert await get_log(made, web.url("/two.zip"), number=2) == "AcceptedCanceled"
        await until_word(made, "Uploaded", LOG)
        told = [(one["status"], one["requestId"]) for one in made.calls(LOG)]
        assert told == [
            ("Uploading", 1),
            ("AcceptedCanceled", 1),
            ("Uploading", 2),
            ("Uploaded", 2),
        ]

    bench.play(case)


async def customer(made: Bench201, **more: Any) -> str:
    """What is told of the card's owner."""
    mark, name = made.mark(), "NotifyCustomerInformation"
    asked = {"requestId": 6, "report": True, "clear": False, "idToken": central(CARD)} | more
    assert await made.status_of("CustomerInformation", asked) == "Accepted"
    await made.until(lambda: any(not page["tbc"] for page in made.since(mark, name)))
    pages = made.since(mark, name)
    assert [page["seqNo"] for page in pages] == list(range(len(pages)))
    return "\n".join(page["data"] for page in pages)


async def known(made: Bench201) -> None:
    """The card is remembered."""
    made.swipe(CARD)
    await made.until(lambda: CARD in made.app.station.entrance.known)


def test_tc_n_27_what_is_known_of_a_customer_is_told(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await known(made)
        assert await customer(made) == "cache: Accepted, no group"

    bench.play(case)


def test_tc_n_28_nothing_is_told_of_a_stranger(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        assert await customer(made) == "no data"

    bench.play(case)


def test_tc_n_30_and_tc_n_31_it_is_told_and_forgotten(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await known(made)
        assert await customer(made, clear=True) == "cache: Accepted, no group"
        assert await customer(made, clear=True) == "no data"

    bench.play(case)


def test_tc_n_32_it_is_forgotten_untold(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await known(made)
        told = await customer(made, clear=True, report=False)
        assert "cache" not in told
        assert made.app.station.entrance.known == {}

    bench.play(case)
