"""A line that lets nothing through: an update is neither lost nor told in disorder, people charge.

``AMPKEEPER_SILENT_DAYS`` is how long the central system is away: 3 unless it is set.
"""

import asyncio
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.board.emulated.calm_charger import CalmCharger
from ampkeeper.board.emulated.virtual_time import run_virtual
from tests.support.file_servers import WebServer, web_server
from tests.support.images import factory_file, image_of

DAYS = float(os.environ.get("AMPKEEPER_SILENT_DAYS", "3"))
DAY_S = 86_400.0
STATION, STATUS = "AK0001", "FirmwareStatusNotification"
WHOLE = ["Downloading", "Downloaded", "Installing", "Installed"]
FREE = ("authorise.mode", "free")


def charger(folder: Path, *more: tuple[str, str]) -> CalmCharger:
    sets = [
        ("ocpp.versions", '["1.6"]'),
        ("update.factory_file", str(factory_file(folder / "made"))),
        ("update.allow_unsigned_orders", "true"),
        ("update.csms_within_s", "600"),
        *more,
    ]
    return CalmCharger(folder / "state", 1, sets)


def told(made: CalmCharger, action: str) -> list[dict[str, Any]]:
    frames = [fields["frame"] for fields in made.trace.of("ocpp")]
    return [frame[3] for frame in frames if frame[0] == 2 and frame[2] == action]


def is_accepted(made: CalmCharger) -> bool:
    return made.app.csms.view()["registration"] == "accepted"


async def order(made: CalmCharger, url: str, after_s: float, **more: Any) -> None:
    """Have the central system ask for it, later."""
    await made.until(lambda: is_accepted(made) and made.status() == "Available")
    at = made.app.clock.now() + timedelta(seconds=after_s)
    asked = {"location": url, "retrieveDate": at.isoformat()} | more
    assert (await made.csms.call(STATION, "UpdateFirmware", asked))[2] == {}


def drop(made: CalmCharger) -> None:
    """From now on nothing of the central system's comes through."""
    made.calm.stir()
    made.dialer.is_up = False
    made.app.csms.set_network(False)


async def charge(made: CalmCharger) -> None:
    """A session."""
    made.plug(soc_percent=10, capacity_wh=60_000)
    await made.until(lambda: made.status() == "Charging", 300)
    await asyncio.sleep(300)
    made.unplug()
    await made.until(lambda: made.status() == "Available", 300)


@pytest.mark.timeout(600)
def test_drop_request_an_update_goes_on_and_is_told_in_order_after_a_long_silence(
    tmp_path: Path,
) -> None:
    made = charger(tmp_path, FREE)

    async def story(server: WebServer) -> None:
        async with made.running():
            await order(made, server.url("/image"), DAY_S / 2)
            drop(made)
            await asyncio.sleep(DAYS * DAY_S / 2)
            assert made.launcher.launched.version == "2.0.0"
            assert made.trace.of("update_confirmed"), "good without a central system"
            await charge(made)
            await asyncio.sleep(DAYS * DAY_S / 2)
            assert told(made, STATUS) == []
            made.dialer.is_up = True
            made.app.csms.set_network(True)
            await made.until(lambda: len(told(made, STATUS)) >= len(WHOLE), 3_600)
            await made.until(lambda: made.app.task.owed.count == 0, 3_600)

    with web_server() as server:
        server.files["/image"] = image_of("2.0.0")
        run_virtual(story(server))
    assert [row["status"] for row in told(made, STATUS)] == WHOLE
    assert len(told(made, "StartTransaction")) == len(told(made, "StopTransaction")) == 1
    kinds = [row["type"] for row in told(made, "SecurityEventNotification")]
    assert kinds.count("FirmwareUpdated") == 1


def test_denial_of_service_a_server_that_answers_nobody_costs_a_few_attempts_and_no_session(
    tmp_path: Path,
) -> None:
    made = charger(tmp_path, FREE)

    async def story() -> None:
        async with made.running():
            nowhere = "http://127.0.0.1:9/image"
            await order(made, nowhere, 0, retries=5, retryInterval=600)
            await made.until(lambda: told(made, STATUS) != [], 60)
            await charge(made)
            assert told(made, STATUS)[-1]["status"] == "Downloading"
            await made.until(lambda: told(made, STATUS)[-1]["status"] == "DownloadFailed", DAY_S)

    run_virtual(story())
    assert [row["status"] for row in told(made, STATUS)] == ["Downloading", "DownloadFailed"]
    assert list((made.state_dir / "transfers").iterdir()) == []
