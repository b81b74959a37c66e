"""The power goes before or after any one access to the disk; an update ends all the same.

What is accessed are the books and the file, in the order in which the station does it. Some
accesses spread over a whole update are cut here; ``AMPKEEPER_UPDATE_CUTS`` above their number cuts
at each of them.
"""

import asyncio
import os
from pathlib import Path

import pytest

from tests.station.test_software_updates import call, plain_order, told, until_told, version
from tests.support.file_servers import web_server
from tests.support.images import image_of
from tests.support.virtual import Charger, CuttingLoop, run_cutting

PLAIN = "FirmwareStatusNotification"
IMAGE = image_of("2.0.0", filling=bytes(100_000))
ACCESSES = 60  # of a whole update, or a little more
CUTS = max(1, int(os.environ.get("AMPKEEPER_UPDATE_CUTS", "6")))
ALL = [(number, is_before) for number in range(1, ACCESSES + 1) for is_before in (True, False)]
SOME = ALL[:: max(1, len(ALL) // CUTS)]


@pytest.mark.parametrize(("number", "is_before"), SOME)
def test_the_update_ends_and_is_told_in_order(tmp_path: Path, number: int, is_before: bool) -> None:
    made = Charger(tmp_path, "1.6")

    async def script(loop: CuttingLoop) -> None:
        async with made.running():
            await made.until(lambda: made.registered and made.status() == "Available")
            order = plain_order(made, url, retries=9)
            assert await call(made, "UpdateFirmware", order) == {}
            loop.cut_after(number, is_before)
            await made.until(lambda: loop.has_cut.is_set() or "Installed" in told(made, PLAIN), 120)
        loop.power_on()
        async with made.running():
            await until_told(made, "Installed", PLAIN)
            await asyncio.sleep(20)
            assert version(made) == "2.0.0"
            await made.until(lambda: made.status() == "Available")
        seen = list(dict.fromkeys(told(made, PLAIN)))
        assert seen == ["Downloading", "Downloaded", "Installing", "Installed"]
        assert told(made, PLAIN)[-1] == "Installed"

    with web_server() as server:
        server.files["/image"] = IMAGE
        url = server.url("/image")
        run_cutting(script)
