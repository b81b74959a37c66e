"""Files over the whole way, with processes, sockets and cuts: updates and diagnostics."""

import asyncio
import io
import json
import socket
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.emulator import LOOK_S, WAIT_S
from tests.support.file_servers import FtpServer, WebServer, ftp_server, web_server
from tests.support.images import image_of
from tests.support.rig import CAR, CARD, Rig, rig

pytestmark = pytest.mark.process

FIRMWARE, DIAGNOSTICS = "FirmwareStatusNotification", "DiagnosticsStatusNotification"
IMAGE = image_of("2.0.0", filling=bytes(range(256)) * 8_000)  # 2 MB
HELD_AFTER = 500_000


@pytest.fixture
def web() -> Iterator[WebServer]:
    """It gives a part of the image, and the rest once it is released."""
    with web_server() as running:
        running.files["/image"] = IMAGE
        running.faults.holds_after = HELD_AFTER
        yield running


@pytest.fixture
def ftp() -> Iterator[FtpServer]:
    with ftp_server() as running:
        yield running


def told(made: Rig, action: str) -> list[str]:
    return [row["status"] for row in made.csms.record.calls(action)]


async def until(made: Rig, what: str, is_so: Any) -> None:
    loop = asyncio.get_running_loop()
    deadline_s = loop.time() + WAIT_S
    while not is_so():
        assert loop.time() < deadline_s, f"{what}\n{made.csms.record.tail()}\n{made.charger.said()}"
        await asyncio.sleep(LOOK_S)


async def until_told(made: Rig, action: str, status: str) -> None:
    await until(made, f"{action} {status}", lambda: status in told(made, action))


async def order(made: Rig, url: str, **fields: Any) -> None:
    now = datetime.now(UTC).isoformat()
    payload = {"location": url, "retrieveDate": now, "retries": 9, "retryInterval": 2} | fields
    assert await made.call("UpdateFirmware", payload) == {}


def part(made: Rig) -> Path:
    return made.charger.state_dir / "transfers" / "update.part"


async def until_begun(made: Rig) -> None:
    """Some of the file is here, and not all of it."""
    await until(made, "a part", lambda: part(made).exists() and part(made).stat().st_size > 100_000)
    assert part(made).stat().st_size < len(IMAGE)


def version(made: Rig) -> str:
    return str(made.csms.record.calls("BootNotification")[-1]["firmwareVersion"])


async def test_power_cut_while_fetching_goes_on_where_it_was(
    tmp_path: Path, web: WebServer
) -> None:
    async with rig(tmp_path, "1.6") as made:
        await order(made, web.url("/image"))
        await until_begun(made)
        await made.cut()
        here = part(made).stat().st_size
        web.release.set()
        await made.charger.start()
        await made.charger.restarted("a", "2.0.0")
        await until_told(made, FIRMWARE, "Installed")
        assert version(made) == "2.0.0"
        assert told(made, FIRMWARE).count("Installed") == 1
        first = int(web.log[-1][2]["Range"].removeprefix("bytes=").rstrip("-"))
        assert 0 < first <= here


async def test_a_network_cut_while_fetching_costs_an_attempt_and_nothing_else(
    tmp_path: Path, web: WebServer
) -> None:
    async with rig(tmp_path, "1.6") as made:
        await made.charger.car(plugged=True, **CAR)
        await made.charger.swipe(CARD)
        await made.charger.until_status("Charging")
        await order(made, web.url("/image"), retryInterval=10)
        await until_begun(made)
        known = len(made.csms.record.lives)
        await made.charger.network(False)
        await made.charger.until_passed(20)
        web.release.set()
        await made.charger.network(True)
        await made.reconnected(known)
        await until_told(made, FIRMWARE, "Downloaded")
        assert len(web.log) >= 2
        assert "Range" in web.log[-1][2]
        await made.charger.until_status("Charging")
        await made.charger.car(plugged=False)
        await made.charger.restarted("a", "2.0.0")
        await until_told(made, FIRMWARE, "Installed")
        assert version(made) == "2.0.0"
        found = await made.over()
        assert len(found) == 1
        assert found[0].reason == "EVDisconnected"


async def test_a_server_that_says_nothing_does_not_keep_the_station_from_ending(
    tmp_path: Path,
) -> None:
    silent = socket.create_server(("127.0.0.1", 0))
    try:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/image"
        async with rig(tmp_path, "1.6", speed=1.0) as made:
            await order(made, url)
            await made.call("GetDiagnostics", {"location": url})
            await until_told(made, FIRMWARE, "Downloading")
            await until_told(made, DIAGNOSTICS, "Uploading")
            assert await made.charger.end() == 0
    finally:
        silent.close()


async def test_diagnostics_hold_the_log_of_the_process(tmp_path: Path, ftp: FtpServer) -> None:
    async with rig(tmp_path, "1.6") as made:
        answer = await made.call("GetDiagnostics", {"location": ftp.url("/in/")})
        await until_told(made, DIAGNOSTICS, "Uploaded")
        archive = zipfile.ZipFile(io.BytesIO(ftp.files["/in/" + answer["fileName"]]))
        assert archive.testzip() is None
        assert "csms_registration" in archive.read("log/ampkeeper.log").decode()
        assert json.loads(archive.read("station.json"))["problems_of_the_books"] == []
        said = made.charger.said() + archive.read("log/ampkeeper.log").decode()
        assert "secret" not in said
