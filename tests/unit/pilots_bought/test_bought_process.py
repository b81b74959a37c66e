"""``ampkeeper run`` in front of a twin: it charges, and its end, of any kind, ends the current."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from ampkeeper.board.emulated.meter_twin import MeterTwin
from ampkeeper.board.host.guard import HANG_S
from ampkeeper.firmware.faces.cli.client import NotReachableError, ask
from tests.support.bought import EVSE_DIN, KINDS, OPENEVSE, Bought, bought

WAIT_S = 40.0
LOOK_S = 0.05
END_S = 3.0  # for the guard to be heard by the board, on a busy machine
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


@asynccontextmanager
async def charger(folder: Path, kind: str) -> AsyncIterator[tuple[Bought, Process]]:
    """A station of its own that charges a car; what it says is in ``folder / "said"``."""
    async with bought(kind, is_pty=True) as rig:
        loop = asyncio.get_running_loop()
        phases = rig.car.phases = 1 if kind == OPENEVSE else 3
        meter = MeterTwin(lambda: rig.car.reading(rig.board.current_ma, loop.time()), unit=2)
        config = folder / "charger.toml"
        port = await meter.start()
        parity = "" if kind == OPENEVSE else 'parity = "N"'  # a pty knows no other
        told = {"kind": kind, "pilot": rig.path, "parity": parity, "meter": port, "phases": phases}
        config.write_text(CONFIG.format(**told))
        with (folder / "said").open("wb") as said:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "ampkeeper.firmware.faces.cli", "run"),
                *("--config", str(config), "--state", str(folder / "state")),
                stderr=said,
            )
        rig.car.plug()
        try:
            evse = await charging(folder / "state")
            assert evse["faults"] == []
            assert evse["board"]["cannot"]
            await until(lambda: rig.board.current_ma > 0)
            yield rig, process
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            await meter.stop()


def said_of(folder: Path) -> str:
    return (folder / "said").read_text()


@pytest.mark.parametrize("kind", KINDS)
async def test_a_killed_station_leaves_no_current(tmp_path: Path, kind: str) -> None:
    async with charger(tmp_path, kind) as (rig, process):
        process.kill()
        await until(lambda: not rig.board.is_on)
        assert rig.board.offered_ma == 0
        await until(lambda: "guard: " in said_of(tmp_path))
        assert "set to 0 A" in said_of(tmp_path)


def children_of(process: Process) -> list[int]:
    """Its processes: the guard."""
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    return [int(number) for number in listed.split()]


async def test_a_guard_that_is_told_to_end_with_all_others_stays_for_the_last_order(
    tmp_path: Path,
) -> None:
    """As systemd does, and a terminal that hangs up."""
    async with charger(tmp_path, EVSE_DIN) as (rig, process):
        guards = children_of(process)
        assert len(guards) == 1
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            os.kill(guards[0], number)
        await asyncio.sleep(0.5)
        assert children_of(process) == guards
        process.kill()
        await until(lambda: rig.board.offered_ma == 0)


@pytest.mark.parametrize("kind", [EVSE_DIN, OPENEVSE])
async def test_a_station_that_hangs_is_killed_and_leaves_no_current(
    tmp_path: Path, kind: str, record_property: Callable[[str, object], None]
) -> None:
    async with charger(tmp_path, kind) as (rig, process):
        process.send_signal(signal.SIGSTOP)
        took_s = await until(lambda: rig.board.offered_ma == 0)
        assert took_s < HANG_S + END_S
        assert await process.wait() == -signal.SIGKILL
        assert f"gave no sign for {HANG_S:g} s: it is killed" in said_of(tmp_path)
        await until(lambda: not rig.board.is_on)
        record_property("covered", f"{kind}: hung, nothing offered after {took_s:.1f} s")


@pytest.mark.parametrize("kind", KINDS)
async def test_a_station_told_to_end_sets_the_board_to_nothing_and_needs_no_guard(
    tmp_path: Path, kind: str, record_property: Callable[[str, object], None]
) -> None:
    async with charger(tmp_path, kind) as (rig, process):
        process.send_signal(signal.SIGTERM)
        took_s = await until(lambda: rig.board.offered_ma == 0)
        assert await process.wait() == 0
        said = said_of(tmp_path)
        assert ("guard:" in said, " ERROR " in said) == (False, False), said[-2000:]
        record_property("covered", f"{kind}: told to end, nothing offered after {took_s:.2f} s")


async def until(is_so: Callable[[], bool]) -> float:
    """Wait until ``is_so``; return how long it took."""
    began_s = asyncio.get_running_loop().time()
    for _ in range(round(WAIT_S / LOOK_S)):
        if is_so():
            return asyncio.get_running_loop().time() - began_s
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
