"""``ampkeeper run`` in front of a twin: it charges, and its death ends the current by the guard."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from ampkeeper.board.emulated.meter_twin import MeterTwin
from ampkeeper.firmware.faces.cli.client import NotReachableError, ask
from tests.support.bought import KINDS, OPENEVSE, bought

WAIT_S = 40.0
LOOK_S = 0.1
CONFIG = """
[station]
vendor = "Ampkeeper"
model = "Fronted"
serial = "AK-0001"
[board]
name = "{kind}"
[board.pilot]
port = "{pilot}"
{parity}
[board.meter]
port = "{meter}"
unit = 2
[authorise]
mode = "free"
[[evse]]
id = 1
max_a = 16
phases = {phases}
socket = false
"""

pytestmark = pytest.mark.process


@pytest.mark.parametrize("kind", KINDS)
async def test_a_killed_station_leaves_no_current(tmp_path: Path, kind: str) -> None:
    async with bought(kind, is_pty=True) as rig:
        loop = asyncio.get_running_loop()
        phases = rig.car.phases = 1 if kind == OPENEVSE else 3
        meter = MeterTwin(lambda: rig.car.reading(rig.board.current_ma, loop.time()), unit=2)
        config = tmp_path / "charger.toml"
        port = await meter.start()
        parity = "" if kind == OPENEVSE else 'parity = "N"'  # a pty knows no other
        told = {"kind": kind, "pilot": rig.path, "parity": parity, "meter": port, "phases": phases}
        config.write_text(CONFIG.format(**told))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "ampkeeper.firmware.faces.cli", "run"),
            *("--config", str(config), "--state", str(tmp_path / "state")),
        )
        rig.car.plug()
        try:
            evse = await charging(tmp_path / "state")
            assert evse["faults"] == []
            assert evse["board"]["cannot"]
            await until(lambda: rig.board.current_ma > 0)
            os.kill(process.pid, signal.SIGKILL)
            await until(lambda: not rig.board.is_on)
            assert rig.board.offered_ma == 0
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            await meter.stop()


async def until(is_so: Callable[[], bool]) -> None:
    for _ in range(round(WAIT_S / LOOK_S)):
        if is_so():
            return
        await asyncio.sleep(LOOK_S)
    raise AssertionError(f"not so within {WAIT_S} s")


async def charging(state: Path) -> dict:
    """Ask the station at its local door until it charges."""
    said: object = None
    for _ in range(round(WAIT_S / LOOK_S)):
        with suppress(NotReachableError):
            said = await asyncio.to_thread(ask, state, "status")
            if said["evses"][0]["status"] == "Charging":
                return said["evses"][0]
        await asyncio.sleep(LOOK_S)
    raise AssertionError(f"not within {WAIT_S} s: {said}")
