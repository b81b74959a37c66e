"""Station and pilot board move together, by an update with a part for both; in virtual time."""

from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.board.emulated.pilot_machine import BROKEN, PilotMachine
from ampkeeper.board.emulated.virtual_time import run_virtual
from ampkeeper.firmware.station.seen import seen
from ampkeeper.hal.link.flash_programs import Programs
from ampkeeper.hal.link.flash_slots import GOOD, Slots
from ampkeeper.hal.micro.files import Files
from tests.support.file_servers import WebServer, web_server
from tests.support.images import image_of
from tests.support.virtual import STATION, Charger

STATUS = "FirmwareStatusNotification"
SECOND = image_of("2.0.0", counter=2, pilot=b"second program" * 150)
THIRD = image_of("3.0.0", counter=3, pilot=BROKEN + bytes(900))


@pytest.fixture
def server() -> Iterator[WebServer]:
    with web_server() as running:
        running.files.update({"/second": SECOND, "/third": THIRD})
        yield running


def machine(made: Charger) -> PilotMachine:
    return made.bench.rings[1].machine


def slots(made: Charger) -> Slots:
    """As they lie in the board's flash."""
    return Programs(Files(f"{made.state_dir}/flash/pilot-1/"), "emulated").slots


def told(made: Charger) -> list[str]:
    return [str(row["status"]) for row in made.watched.record.calls(STATUS)]


def problem(made: Charger) -> str:
    """What `ampkeeper status` says in the place of the pilot."""
    return str(seen(made.app.station.evses[1])["pilot_problem"])


async def order(made: Charger, url: str) -> None:
    await made.until(lambda: made.registered and STATION in made.csms.links)
    asked = {"location": url, "retrieveDate": made.app.clock.now().isoformat()}
    await made.csms.call(STATION, "UpdateFirmware", asked)


def run(made: Charger, script: Coroutine[Any, Any, None]) -> None:
    async def whole() -> None:
        async with made.running():
            await made.until(lambda: made.registered and made.status() == "Available")
            await script

    run_virtual(whole())


def test_both_move_and_from_an_image_whose_pilot_part_never_starts_both_go_back(
    tmp_path: Path, server: WebServer
) -> None:
    made = Charger(tmp_path, "1.6", update__confirm_within_s="30")

    async def script() -> None:
        assert machine(made).board.image == 1, "good, what it came with"
        await order(made, server.url("/second"))
        await made.until(lambda: "Installed" in told(made), 600)
        assert made.launcher.launched.version == "2.0.0"
        await made.until(lambda: slots(made).state == GOOD, 60)
        assert slots(made).counter_min == 2, "confirmed after the station"
        await made.until(lambda: made.status() == "Available", 60)
        made.plug()
        made.swipe()
        await made.until(lambda: made.status() == "Charging", 120)
        made.unplug()
        await made.until(lambda: made.status() == "Available", 120)
        await order(made, server.url("/third"))
        await made.until(lambda: "another version" in problem(made), 600)
        await made.until(lambda: "InstallationFailed" in told(made), 3_600)
        assert made.launcher.launched.version == "2.0.0"
        await made.until(lambda: made.status() == "Available", 120)
        assert slots(made).counter_min == 2
        assert machine(made).board.image >> 2, "its second program, not what it came with"

    run(made, script())
