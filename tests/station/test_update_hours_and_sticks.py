"""When an update is installed, and images that somebody brings on a stick; in virtual time.

Virtual time begins on Thursday, 2026-01-01, 01:00 in Berlin.
"""

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.board.emulated.virtual_time import run_virtual
from tests.support.file_servers import WebServer, web_server
from tests.support.images import Maker, image_of, make_maker
from tests.support.virtual import STATION, Charger

BEGINS_S, ENDS_S = 120, 180  # the hours, in virtual time
IMAGE = image_of("2.0.0", filling=bytes(50_000))
SIGNED = "SignedFirmwareStatusNotification"
NIGHT = {
    "update__install_begin": "01:02",
    "update__install_end": "01:03",
    "energy__time_zone": "Europe/Berlin",
}


@pytest.fixture
def server() -> Iterator[WebServer]:
    with web_server() as running:
        running.files["/image"] = IMAGE
        yield running


@pytest.fixture(scope="module")
def maker() -> Maker:
    return make_maker()


def run(made: Charger, script: Callable[[], Any]) -> None:
    async def whole() -> None:
        async with made.running():
            await made.until(lambda: made.registered and made.status() == "Available")
            await script()

    run_virtual(whole())


async def order(made: Charger, maker: Maker, server: WebServer, **firmware: Any) -> None:
    root = {"action": "add", "usage": "maker", "pem": maker.root_pem}
    assert await made.app.api.answer("security", root)
    told = {
        "location": server.url("/image"),
        "retrieveDateTime": made.app.clock.now().isoformat(),
        "signingCertificate": maker.certificate_pem,
        "signature": maker.sign(IMAGE),
    }
    asked = {"requestId": 1, "retries": 0, "firmware": told | firmware}
    frame = await made.csms.call(STATION, "SignedUpdateFirmware", asked)
    assert frame[2] == {"status": "Accepted"}


def told(made: Charger) -> list[str]:
    return [row["status"] for row in made.watched.record.calls(SIGNED)]


def version(made: Charger) -> str:
    return str(made.watched.record.calls("BootNotification")[-1]["firmwareVersion"])


def running_s() -> float:
    return asyncio.get_running_loop().time()


def test_an_update_waits_for_the_hours_of_the_owner(
    tmp_path: Path, server: WebServer, maker: Maker
) -> None:
    made = Charger(tmp_path, "1.6", **NIGHT)

    async def script() -> None:
        await order(made, maker, server)
        await made.until(lambda: "InstallScheduled" in told(made), 60)
        await asyncio.sleep(BEGINS_S / 2)
        assert told(made)[-1] == "InstallScheduled"
        assert made.status() == "Available"
        await made.until(lambda: "Installing" in told(made), BEGINS_S)
        assert BEGINS_S <= running_s() < BEGINS_S + 60
        await made.until(lambda: version(made) == "2.0.0", 300)

    run(made, script)


def test_a_time_that_the_central_system_names_is_kept_to_hours_or_not(
    tmp_path: Path, server: WebServer, maker: Maker
) -> None:
    """L01.FR.16: at the specified installation time."""
    made = Charger(tmp_path, "1.6", **NIGHT)

    async def script() -> None:
        at = made.app.clock.now() + timedelta(seconds=30)
        await order(made, maker, server, installDateTime=at.isoformat())
        await made.until(lambda: version(made) == "2.0.0", 300)
        assert 30 <= running_s() < BEGINS_S

    run(made, script)


def test_what_waits_for_a_car_within_the_hours_goes_on_to_wait_after_them(
    tmp_path: Path, server: WebServer, maker: Maker
) -> None:
    made = Charger(tmp_path, "1.6", **NIGHT)

    async def script() -> None:
        await made.charge()
        await order(made, maker, server)
        await asyncio.sleep(ENDS_S + 30)
        assert told(made)[-1] == "InstallScheduled"
        assert made.status() == "Charging"
        made.unplug()
        await made.until(lambda: version(made) == "2.0.0", 300)

    run(made, script)


def test_a_power_cut_forgets_neither_the_update_nor_the_hours(
    tmp_path: Path, server: WebServer, maker: Maker
) -> None:
    made = Charger(tmp_path, "1.6", **NIGHT)

    async def whole() -> None:
        async with made.running():
            await made.until(lambda: made.registered and made.status() == "Available")
            await order(made, maker, server)
            await made.until(lambda: "InstallScheduled" in told(made), 60)
        async with made.running():
            await asyncio.sleep(BEGINS_S / 2)
            assert version(made) != "2.0.0"
            await made.until(lambda: version(made) == "2.0.0", BEGINS_S)
            assert running_s() >= BEGINS_S

    run_virtual(whole())


# Sticks


def stick(folder: Path, name: str, raw: bytes) -> None:
    """As if a system had mounted it."""
    (folder / "stick").mkdir(exist_ok=True)
    (folder / "stick" / name).write_bytes(raw)


def watching(folder: Path) -> Charger:
    return Charger(folder / "state", "1.6", update__stick_folder=str(folder / "stick"))


def heard(made: Charger, change: str) -> list[dict[str, Any]]:
    return [
        fields
        for _, kind, fields in made.trace.events
        if kind == "stick" and fields["change"] == change
    ]


def test_an_image_on_a_stick_is_installed_without_an_order(tmp_path: Path) -> None:
    made = watching(tmp_path)

    async def script() -> None:
        await asyncio.sleep(60)
        assert heard(made, "taken") == []
        stick(tmp_path, "new.image", IMAGE)
        await made.until(lambda: version(made) == "2.0.0", 300)
        assert told(made) == [], "the central system ordered nothing"
        assert (tmp_path / "stick" / "new.image").read_bytes() == IMAGE
        await asyncio.sleep(60)
        assert len(heard(made, "taken")) == 1, "what runs is left alone"

    run(made, script)


def test_an_image_on_a_stick_waits_for_the_car_and_not_for_the_hours(tmp_path: Path) -> None:
    made = Charger(tmp_path / "state", "1.6", update__stick_folder=str(tmp_path / "stick"), **NIGHT)

    async def script() -> None:
        await made.charge()
        stick(tmp_path, "new.image", IMAGE)
        await asyncio.sleep(60)
        assert made.status() == "Charging"
        made.unplug()
        await made.until(lambda: version(made) == "2.0.0", 300)
        assert running_s() < BEGINS_S

    run(made, script)


def test_a_bad_image_is_told_once_and_left_alone(tmp_path: Path) -> None:
    made = watching(tmp_path)

    async def script() -> None:
        stick(tmp_path, "bad.image", IMAGE.replace(b'"2.0.0"', b'"2.0.1"'))
        stick(tmp_path, "junk.image", b"junk" * 100)
        stick(tmp_path, "letter.txt", IMAGE)
        (tmp_path / "stick" / "link.image").symlink_to("/dev/zero")
        (tmp_path / "stick" / "folder.image").mkdir()
        await asyncio.sleep(60)
        refused = heard(made, "refused")
        assert [row["file"] for row in refused] == ["bad.image", "junk.image"]
        assert "was changed" in refused[0]["reason"]
        assert "no image" in refused[1]["reason"]
        rows = made.watched.record.calls("SecurityEventNotification")
        assert [row["type"] for row in rows].count("InvalidFirmwareSignature") == 1
        assert heard(made, "taken") == []
        stick(tmp_path, "bad.image", b"another")
        await asyncio.sleep(60)
        assert len(heard(made, "refused")) == 3

    run(made, script)


def test_software_that_did_not_prove_itself_is_not_installed_from_the_stick_again(
    tmp_path: Path,
) -> None:
    made = watching(tmp_path)
    made.launcher.broken.add("2.0.0")

    async def script() -> None:
        before = version(made)
        stick(tmp_path, "new.image", IMAGE)
        await made.until(lambda: len(heard(made, "taken")) == 1, 60)
        await asyncio.sleep(120)
        assert len(heard(made, "taken")) == 1
        assert version(made) == before
        assert made.status() == "Available"

    run(made, script)


def test_without_a_folder_nobody_looks(tmp_path: Path) -> None:
    made = Charger(tmp_path / "state", "1.6")

    async def script() -> None:
        stick(tmp_path, "new.image", IMAGE)
        await asyncio.sleep(60)
        assert version(made) != "2.0.0"

    run(made, script)
