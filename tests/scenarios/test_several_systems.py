"""A charger as a process, and three central systems on loopback: fall-back, change, power cut."""

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.csms import WatchedCsms
from tests.support.emulator import LOOK_S, WAIT_S, Emulator
from tests.support.rig import CAR, CARD, CONFIG, STATION

pytestmark = pytest.mark.process

SETS = (
    "ocpp.variables.OCPPCommCtrlr.RetryBackOffWaitMinimum=1",
    "ocpp.variables.OCPPCommCtrlr.RetryBackOffRandomRange=0",
    "ocpp.variables.OCPPCommCtrlr.NetworkProfileConnectionAttempts=1",
    "ocpp.variables.RouteCtrlr.ReturnTime=5",
)


class Scene:
    """One charger, and central systems that can be stopped and started at their ports."""

    def __init__(self, folder: Path) -> None:
        self.systems = [WatchedCsms() for _ in range(3)]
        self.urls: list[str] = []
        self.folder = folder

    async def open(self) -> None:
        """Start everything."""
        self.urls = [await each.start() for each in self.systems]
        config = CONFIG.format(url=self.urls[0], version="1.6")
        config += f'[[fallback]]\nurl = "{self.urls[1]}"\n'
        self.charger = Emulator(self.folder, config, 5.0, 1, SETS)
        await self.charger.start()

    async def close(self) -> None:
        """Take everything away."""
        await self.charger.kill()
        for each in self.systems:
            await each.stop()

    async def at(self, number: int) -> None:
        """Wait until the station is at one of them."""
        await self.until(f"it is at {number}", lambda: STATION in self.systems[number].links)

    async def until(self, what: str, is_so: Callable[[], Any]) -> None:
        """Wait until it is so."""
        loop = asyncio.get_running_loop()
        deadline_s = loop.time() + WAIT_S
        while not is_so():
            assert loop.time() < deadline_s, f"{what}: not in {WAIT_S} s\n{self.charger.said()}"
            await asyncio.sleep(LOOK_S)

    async def command(self, *words: str) -> dict[str, Any]:
        """The command line at the station."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "ampkeeper.firmware.faces.cli", "csms", *words, "--json",
            "--state", str(self.charger.state_dir), stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        text = (await process.communicate())[0].decode()
        assert process.returncode == 0, text
        return dict(json.loads(text))


async def test_a_session_falls_back_a_change_is_kept_and_each_hears_its_own(tmp_path: Path) -> None:
    made = Scene(tmp_path)
    try:
        await made.open()
        charger, (first, second, third) = made.charger, made.systems
        await made.at(0)
        await charger.car(plugged=True, **CAR)
        await charger.swipe(CARD)
        await charger.until_status("Charging")
        await made.until("the begin is told", lambda: first.record.calls("StartTransaction") != [])
        await first.stop()
        await made.at(1)
        await charger.cut()
        await charger.start()
        await made.at(1)
        await charger.until_status("Charging")
        await charger.car(plugged=False)
        await charger.until_status("Available")
        assert second.record.calls("StopTransaction") == []
        await first.start(int(made.urls[0].rpartition(":")[2].partition("/")[0]))
        await made.at(0)
        await made.until("the end is told", lambda: first.record.calls("StopTransaction") != [])

        asked = await made.command("set", "--url", made.urls[2], "--id", "AK2")
        assert "is tried" in asked["result"]
        await made.until("it is at the new one", lambda: "AK2" in third.links)
        await made.until("it is kept", lambda: third.record.calls("StatusNotification") != [])
        await charger.cut()
        await charger.start()
        await made.until("it is there again", lambda: len(third.record.lives) == 2)
        shown = await made.command("show")
        assert shown["systems"][0]["url"] == made.urls[2]
        assert shown["last"]["text"].endswith("is in use")
        assert await charger.end() == 0, charger.said()
    finally:
        await made.close()
    (booked,) = first.books.transactions.values()
    assert (booked.starts, booked.stops) == (1, 1)
    assert second.books.transactions == third.books.transactions == {}
    assert [each.rejected for each in made.systems] == [[], [], []]
