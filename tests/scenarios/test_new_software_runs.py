"""New software over the whole way, as processes: built, signed, ordered, started, tried, kept.

The launcher starts what lies in the slots, so what runs after a restart is not this tree but the
one that was in the image; a line that only that one says shows it.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.firmware.faces.cli.client import ask
from ampkeeper.firmware.faces.cli.run import run
from ampkeeper.firmware.update.launch import ENTRY
from ampkeeper.firmware.update.slots import APP
from tests.support.emulator import LOOK_S, WAIT_S, State
from tests.support.file_servers import WebServer, web_server
from tests.support.images import Maker, archive_of, make_maker
from tests.support.rig import CAR, CARD, OTHER_CARD, Rig, rig
from tests.support.software import signed_image, software
from tests.support.transactions import MOST, Transaction, transactions

pytestmark = pytest.mark.process

STATUS = "FirmwareStatusNotification"
SECOND = "\n[[evse]]\nid = 2\nmax_a = 32\nphases = 3\nsocket = true\n"
FETCHED = ["Downloading", "Downloaded", "SignatureVerified"]
NEXT = {"firmware/station/security_log.py": ('f"firmware {version}"', 'f"the next, {version}"')}
PACKAGES = [f"ampkeeper/firmware{name}/__init__.py" for name in ("", "/faces", "/faces/cli")]
BROKEN = dict.fromkeys(PACKAGES, b"") | {ENTRY.removeprefix(f"{APP}/"): b"raise SystemExit(1)"}
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


def is_the_next(told: str) -> bool:
    return told == "the next, 9.0.0"


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
    """Somebody plugs in, and may charge."""
    await made.charger.ask("PATCH", f"/v1/evses/{evse_id}/ev", {"plugged": True, "ready": True})
    assert await asked_to_start(made, evse_id) == "Accepted"


async def asked_to_start(made: Rig, evse_id: int) -> str:
    """What the station says to the central system's wish."""
    token = {"idToken": CARD if evse_id == 1 else OTHER_CARD, "type": "ISO14443"}
    asked = {"evseId": evse_id, "remoteStartId": evse_id, "idToken": token}
    return str((await made.call("RequestStartTransaction", asked))["status"])


async def stop(made: Rig, evse_id: int) -> None:
    """The session ends, and the car stays where it is."""
    (running,) = [
        each
        for each in transactions(made.csms.record)
        if evse_of(each) == evse_id and not each.is_over
    ]
    answer = await made.call("RequestStopTransaction", {"transactionId": running.key})
    assert answer["status"] == "Accepted"


def evse_of(transaction: Transaction) -> int:
    return int(transaction.told[0].payload["evse"]["id"])


async def until_evse(made: Rig, evse_id: int, what: str, is_so: Callable[[State], bool]) -> None:
    loop = asyncio.get_running_loop()
    deadline_s = loop.time() + WAIT_S
    while not is_so((await made.charger.state())["evses"][evse_id - 1]):
        assert loop.time() < deadline_s, f"{what}\n{made.charger.said()}"
        await asyncio.sleep(LOOK_S)


async def until_status(made: Rig, evse_id: int, status: str) -> None:
    await until_evse(made, evse_id, status, lambda evse: evse["status"] == status)


async def until_charged(made: Rig, evse_id: int, energy_wh: int) -> None:
    """So much comes from now on."""
    end_wh = (await made.charger.state())["evses"][evse_id - 1]["energy_wh"] + energy_wh
    await until_evse(made, evse_id, f"{end_wh} Wh", lambda evse: evse["energy_wh"] >= end_wh)


async def statuses(made: Rig) -> list[str]:
    return [evse["status"] for evse in (await made.charger.state())["evses"]]


async def billed_is_metered(made: Rig, before: list[State], billed: list[Transaction]) -> None:
    """On each EVSE what was told as energy is what its meter counted."""
    for was, now in zip(before, (await made.charger.state())["evses"], strict=True):
        here = [each for each in billed if evse_of(each) == now["id"]]
        metered_wh = now["energy_wh"] - was["energy_wh"]
        billed_wh = [each.energy_wh for each in here]
        assert abs(metered_wh - sum(billed_wh)) <= MOST * len(here), (metered_wh, billed_wh)
        assert min(billed_wh) > 0, (metered_wh, billed_wh)


async def until_the_next_is_due(made: Rig, web: WebServer, maker: Maker, image: bytes) -> None:
    """It comes while both charge; one of them goes, and nobody else is let in."""
    web.files["/next"] = image
    web.faults.holds_after = len(image) // 2
    await order(made, maker, web.url("/next"), image, 1)
    await until(made, "the way", lambda: web.log != [])
    assert await statuses(made) == ["Charging", "Charging"]
    web.faults.holds_after = None
    web.release.set()
    await until(made, "the wait", lambda: "InstallScheduled" in told(made, 1))
    assert await statuses(made) == ["Charging", "Charging"]
    await made.charger.ask("PATCH", "/v1/evses/1/ev", {"plugged": False})
    await until_status(made, 1, "Unavailable")
    assert await asked_to_start(made, 1) == "Rejected"
    await until_charged(made, 2, 5)
    assert told(made, 1) == [*FETCHED, "InstallScheduled"]
    assert len(made.csms.record.calls("BootNotification")) == 1


async def until_the_next_is_good(made: Rig) -> None:
    """It charges the car that is still there, and goes on with that when the power was away."""
    await made.charger.relaunched()
    await until(made, "the next", lambda: is_booted(made, "9.0.0"))
    assert made.csms.record.calls("BootNotification")[-1]["reason"] == "FirmwareUpdate"
    await made.registered()
    assert await asked_to_start(made, 2) == "Accepted"
    await until_status(made, 2, "Charging")
    began = (await made.charger.state())["evses"][1]["session"]["id"]
    await made.cut()
    await made.charger.start()
    await until_status(made, 2, "Charging")
    assert (await made.charger.state())["evses"][1]["session"]["id"] == began
    await until(made, "the end", lambda: "Installed" in told(made, 1))
    steps = ["InstallScheduled", "Installing", "InstallRebooting", "Installed"]
    assert told(made, 1) == FETCHED + steps
    assert {is_the_next(each) for each in noted(made, "StartupOfTheDevice")[1:]} == {True}
    await until(made, "the event", lambda: noted(made, "FirmwareUpdated") != [])


async def until_the_broken_one_went(made: Rig, web: WebServer, maker: Maker, image: bytes) -> None:
    """The one before starts again by itself, and says why."""
    web.files["/broken"] = image
    await order(made, maker, web.url("/broken"), image, 2)
    await made.charger.relaunched()
    await until(made, "the end", lambda: "InstallationFailed" in told(made, 2))
    assert told(made, 2) == [*FETCHED, "Installing", "InstallRebooting", "InstallationFailed"]
    assert is_the_next(noted(made, "StartupOfTheDevice")[-1])
    assert len(noted(made, "FirmwareUpdated")) == 1
    why = "it started 3 times and never said that it works"
    found = await asyncio.to_thread(ask, made.charger.state_dir, "image", action="status")
    assert (found["version"], found["state"], found["reason"]) == ("9.0.0", "idle", why)
    assert f"reason={why}" in log_of(made)


async def test_an_update_over_ocpp_from_charging_on_two_evses_to_a_broken_one_that_goes_back(
    tmp_path: Path,
) -> None:
    """The whole way: whoever charges goes on, the rest is kept free, and each Wh is billed once."""
    maker = make_maker()
    following = signed_image(tmp_path / "made", "9.0.0", software(NEXT))
    broken = signed_image(tmp_path / "made", "9.1.0", archive_of(BROKEN))
    with web_server() as web:
        async with rig(tmp_path, "2.0.1", more=SECOND, has_launcher=True) as made:
            await asyncio.to_thread(_trust, made, maker)
            before = (await made.charger.state())["evses"]
            await asyncio.gather(start(made, 1), start(made, 2))
            await until_status(made, 2, "Charging")
            await until_charged(made, 1, 2)

            await until_the_next_is_due(made, web, maker, following)
            await stop(made, 2)  # and the car stays where it is
            await until_the_next_is_good(made)
            await made.charger.ask("PATCH", "/v1/evses/2/ev", {"plugged": False})
            await until_status(made, 2, "Available")

            await until_the_broken_one_went(made, web, maker, broken)
            await start(made, 1)
            await until_charged(made, 1, 2)
            await made.charger.ask("PATCH", "/v1/evses/1/ev", {"plugged": False})
            await billed_is_metered(made, before, await made.over(4))


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
        await until(made, "its code", lambda: is_the_next(noted(made, "StartupOfTheDevice")[-1]))
        await until_status(made, 1, "Charging")
        assert (await made.charger.evse())["session"]["id"] == began
        await until(made, "its trial", lambda: "update_confirmed" in log_of(made))
        await until_status(made, 1, "Charging")
        await made.charger.ask("PATCH", "/v1/evses/1/ev", {"plugged": False})
        await made.only(before)


def log_of(made: Rig) -> str:
    return (made.charger.folder / "log").read_text()
