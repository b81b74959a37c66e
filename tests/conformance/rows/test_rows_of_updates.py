"""Row 38 of the behaviors often got wrong, and a probe that real central systems send."""

import asyncio
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.board.emulated.virtual_time import run_virtual
from tests.support.file_servers import web_server
from tests.support.images import image_of
from tests.support.virtual import STATION, Charger

STATUS = "FirmwareStatusNotification"
WHOLE = ["Downloading", "Downloaded", "Installing", "Installed"]


@pytest.fixture
def url() -> Iterator[str]:
    with web_server() as server:
        server.files["/image"] = image_of("2.0.0")
        yield server.url("/image")


@pytest.fixture
def made(tmp_path: Path) -> Charger:
    return Charger(tmp_path, "1.6")


def run(made: Charger, script: Coroutine[Any, Any, None]) -> None:
    async def whole() -> None:
        async with made.running():
            await made.until(lambda: made.registered and made.status() == "Available")
            await script

    run_virtual(whole())


async def call(made: Charger, action: str, payload: dict[str, Any]) -> Any:
    return (await made.csms.call(STATION, action, payload))[2]


async def update(made: Charger, url: str) -> None:
    order = {"location": url, "retrieveDate": made.app.clock.now().isoformat()}
    assert await call(made, "UpdateFirmware", order) == {}


def told(made: Charger) -> list[str]:
    return [row["status"] for row in made.watched.record.calls(STATUS)]


def test_row_38_installed_is_told_once_and_idle_only_when_asked(made: Charger, url: str) -> None:
    async def script() -> None:
        await update(made, url)
        await made.until(lambda: "Installed" in told(made), 120)
        known = len(made.watched.record.lives)
        made.app.csms.set_network(False)
        await asyncio.sleep(10)
        made.app.csms.set_network(True)
        await made.until(lambda: len(made.watched.record.lives) > known and made.registered, 60)
        await asyncio.sleep(30)
        assert told(made) == WHOLE
        await call(made, "TriggerMessage", {"requestedMessage": STATUS})
        await made.until(lambda: told(made) == [*WHOLE, "Idle"])

    run(made, script())


def test_row_38_a_transaction_is_waited_for_and_nobody_new_is_let_in(
    made: Charger, url: str
) -> None:
    async def script() -> None:
        await made.charge()
        await update(made, url)
        await made.until(lambda: "Downloaded" in told(made), 60)
        await asyncio.sleep(60)
        assert made.status() == "Charging"
        assert told(made)[-1] == "Downloaded"
        made.unplug()
        await made.until(lambda: made.status() == "Unavailable")
        await made.until(lambda: "Installed" in told(made), 120)

    run(made, script())


def test_a_probe_with_a_dummy_address_is_answered_and_starts_nothing(made: Charger) -> None:
    async def script() -> None:
        await update(made, "dummy://dummy")
        await made.until(lambda: told(made) == ["DownloadFailed"])
        assert await call(made, "GetDiagnostics", {"location": "dummy://dummy"}) == {}
        await asyncio.sleep(10)
        assert made.watched.record.calls("DiagnosticsStatusNotification") == []
        assert made.status() == "Available"

    run(made, script())
