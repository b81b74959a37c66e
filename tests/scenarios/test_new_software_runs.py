"""New software over the whole way, as processes: built, signed, ordered, started, tried, kept.

The launcher starts what lies in the slots, so what runs after a restart is not this tree but the
one that was in the image; a line that only that one says shows it.
"""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.firmware.faces.cli.client import ask
from ampkeeper.firmware.faces.cli.run import run
from tests.support.emulator import LOOK_S, WAIT_S
from tests.support.file_servers import web_server
from tests.support.images import Maker, make_maker
from tests.support.rig import CAR, CARD, Rig, rig
from tests.support.software import signed_image, software

pytestmark = pytest.mark.process

STATUS = "FirmwareStatusNotification"
SECOND = "\n[[evse]]\nid = 2\nmax_a = 32\nphases = 3\nsocket = true\n"
FETCHED = ["Downloading", "Downloaded", "SignatureVerified"]
NEXT = {"firmware/station/security_log.py": ('f"firmware {version}"', 'f"the next, {version}"')}
BROKEN = {"firmware/faces/cli/__main__.py": ("import", "raise SystemExit('broken')\nimport")}
FAILS_WITH_A_CAR = {
    "firmware/station/checkup.py": (
        "is_other = bool(serial)",
        "is_other = self._evses[evse_id].is_busy or bool(serial)",
    ),
    "firmware/station/examine.py": ("FIRST_S = 15.0", "FIRST_S = 600.0"),
}


async def until(made: Rig, what: str, is_so: Any) -> None:
    loop = asyncio.get_running_loop()
    deadline_s = loop.time() + WAIT_S
    while not is_so():
        assert loop.time() < deadline_s, f"{what}\n{made.csms.record.tail()}\n{made.charger.said()}"
        await asyncio.sleep(LOOK_S)


def told(made: Rig, number: int) -> list[str]:
    rows = made.csms.record.calls(STATUS)
    return [row["status"] for row in rows if row.get("requestId") == number]


def noted(made: Rig, kind: str) -> list[str]:
    rows = made.csms.record.calls("SecurityEventNotification")
    return [row.get("techInfo", "") for row in rows if row["type"] == kind]


def _trust(made: Rig, maker: Maker) -> None:
    """Somebody at the station brings the root of those who sign for OCPP."""
    ask(made.charger.state_dir, "security", action="add", usage="maker", pem=maker.root_pem)


def is_booted(made: Rig, version: str) -> bool:
    """The newest boot is of that version."""
    boot = made.csms.record.calls("BootNotification")[-1]
    return bool(boot["chargingStation"]["firmwareVersion"] == version)


async def order(made: Rig, maker: Maker, url: str, image: bytes, number: int) -> None:
    firmware = {
        "location": url,
        "retrieveDateTime": "2026-01-01T00:00:00Z",
        "signingCertificate": maker.certificate_pem,
        "signature": maker.sign(image),
    }
    answer = await made.call("UpdateFirmware", {"requestId": number, "firmware": firmware})
    assert answer["status"] == "Accepted"


async def start(made: Rig, evse_id: int) -> None:
    await made.charger.ask("PATCH", f"/v1/evses/{evse_id}/ev", {"plugged": True, "ready": True})
    token = {"idToken": CARD, "type": "ISO14443"}
    asked = {"evseId": evse_id, "remoteStartId": evse_id, "idToken": token}
    assert (await made.call("RequestStartTransaction", asked))["status"] == "Accepted"


async def until_status(made: Rig, evse_id: int, status: str) -> None:
    loop = asyncio.get_running_loop()
    deadline_s = loop.time() + WAIT_S
    while (await made.charger.state())["evses"][evse_id - 1]["status"] != status:
        assert loop.time() < deadline_s, f"{status}\n{made.charger.said()}"
        await asyncio.sleep(LOOK_S)


async def test_the_next_version_runs_after_the_session_and_a_broken_one_goes_back(
    tmp_path: Path,
) -> None:
    maker = make_maker()
    images = {
        "/next": signed_image(tmp_path / "made", "9.0.0", software(NEXT)),
        "/broken": signed_image(tmp_path / "made", "9.1.0", software(BROKEN)),
    }
    with web_server() as web:
        web.files.update(images)
        async with rig(tmp_path, "2.0.1", more=SECOND, has_launcher=True) as made:
            await asyncio.to_thread(_trust, made, maker)
            await made.charger.ask("PATCH", "/v1/evses/2/ev", CAR)
            await start(made, 2)
            await until_status(made, 2, "Charging")

            await order(made, maker, web.url("/next"), images["/next"], 1)
            await until(made, "the way", lambda: "InstallScheduled" in told(made, 1))
            await until_status(made, 1, "Unavailable")
            await until_status(made, 2, "Charging")
            await made.charger.ask("PATCH", "/v1/evses/2/ev", {"plugged": False})
            await made.charger.relaunched()
            await until(made, "the end", lambda: "Installed" in told(made, 1))
            steps = ["InstallScheduled", "Installing", "InstallRebooting", "Installed"]
            assert told(made, 1) == FETCHED + steps
            boot = made.csms.record.calls("BootNotification")[-1]
            assert boot["chargingStation"]["firmwareVersion"] == "9.0.0"
            assert boot["reason"] == "FirmwareUpdate"
            assert noted(made, "StartupOfTheDevice")[-1] == "the next, 9.0.0"
            await until(made, "the event", lambda: noted(made, "FirmwareUpdated") != [])
            await until_status(made, 2, "Available")

            await order(made, maker, web.url("/broken"), images["/broken"], 2)
            await made.charger.relaunched()
            await until(made, "the end", lambda: "InstallationFailed" in told(made, 2))
            steps = ["Installing", "InstallRebooting", "InstallationFailed"]
            assert told(made, 2) == FETCHED + steps
            assert noted(made, "StartupOfTheDevice")[-1] == "the next, 9.0.0"
            assert len(noted(made, "FirmwareUpdated")) == 1
            log = (made.charger.folder / "log").read_text()
            assert "reason=it started 3 times and never said that it works" in log
            await start(made, 1)
            await until_status(made, 1, "Charging")


async def test_what_fails_its_self_test_goes_back_and_the_session_goes_on(tmp_path: Path) -> None:
    """The meter's test of the new version fails for whoever charges, and comes late without."""
    maker = make_maker()
    image = signed_image(tmp_path / "made", "9.0.0", software(FAILS_WITH_A_CAR))
    with web_server() as web:
        web.files["/fails"] = image
        async with rig(tmp_path, "2.0.1", has_launcher=True) as made:
            await asyncio.to_thread(_trust, made, maker)
            await made.charger.ask("PATCH", "/v1/evses/1/ev", CAR)
            await order(made, maker, web.url("/fails"), image, 1)
            await made.charger.relaunched()
            await until(made, "the new one", lambda: is_booted(made, "9.0.0"))
            await start(made, 1)
            await made.until_books("it charges", lambda found: len(found) == 1)
            await made.charger.relaunched()
            await until(made, "the end", lambda: "InstallationFailed" in told(made, 1))
            assert told(made, 1)[-2:] == ["InstallRebooting", "InstallationFailed"]
            assert not is_booted(made, "9.0.0")
            assert noted(made, "FirmwareUpdated") == []
            await until_status(made, 1, "Charging")
            await made.charger.ask("PATCH", "/v1/evses/1/ev", {"plugged": False})
            (found,) = await made.over(1)
            assert found.is_over
            log = (made.charger.folder / "log").read_text()
            assert "self-test failed: meter of EVSE 1" in log


async def test_the_next_version_goes_on_with_a_session_that_the_one_before_began(
    tmp_path: Path,
) -> None:
    """The power goes while somebody charges; who comes to look brings new software along."""
    image = tmp_path / "next.image"
    image.write_bytes(signed_image(tmp_path / "made", "9.0.0", software(NEXT)))
    async with rig(tmp_path, "2.0.1", has_launcher=True) as made:
        await made.charger.ask("PATCH", "/v1/evses/1/ev", CAR)
        before = await made.charger.evse()
        await start(made, 1)
        await until_status(made, 1, "Charging")
        await made.until_books("it charges", lambda found: len(found) == 1)
        began = (await made.charger.evse())["session"]["id"]
        await made.cut()
        config = ["--state", str(made.charger.state_dir), "--config", str(made.charger.config_file)]
        config_text = made.charger.config_file.read_text()
        told = f'[update]\nfactory_file = "{made.charger.factory_file}"'
        made.charger.config_file.write_text(config_text.replace("[update]", told))
        assert await asyncio.to_thread(run, ["image", "install", str(image), *config]) == 0
        made.charger.config_file.write_text(config_text)
        await made.charger.start()
        await until(made, "the new one", lambda: is_booted(made, "9.0.0"))
        assert noted(made, "StartupOfTheDevice")[-1] == "the next, 9.0.0"
        await until_status(made, 1, "Charging")
        assert (await made.charger.evse())["session"]["id"] == began
        await until(made, "its trial", lambda: "update_confirmed" in log_of(made))
        await until_status(made, 1, "Charging")
        await made.charger.ask("PATCH", "/v1/evses/1/ev", {"plugged": False})
        await made.only(before)


def log_of(made: Rig) -> str:
    return (made.charger.folder / "log").read_text()
