"""Ring 1 and the station of board pi_peak as processes: a session, and the end of either."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from ampkeeper.board.emulated.meter_twin import MeterTwin
from ampkeeper.board.pi_peak.facts import FILE, load_facts
from ampkeeper.board.pi_peak.keeper import RingKeeper
from ampkeeper.board.pi_peak.main import pilot_settings
from ampkeeper.board.pi_peak.ring import ABSENT, BAD_BOARD, TAKEN, main
from ampkeeper.firmware.config.model import Evse, Protection
from ampkeeper.firmware.faces.cli.client import NotReachableError, ask
from ampkeeper.firmware.safety.contactor import CLOSED
from ampkeeper.hal.errors import AbsentError
from ampkeeper.hal.linux.clock import SystemClock
from ampkeeper.hal.linux.unix_stream import UnixStream
from ampkeeper.hal.pilots.linked import LinkedPilot
from ampkeeper.hal.ports import MeterReading, Permit, PilotStatus

ROOT = Path(__file__).resolve().parents[3]
WAIT_S = 40.0  # a busy machine; nothing here is timed
LOOK_S = 0.1
PERIOD_NS = 1_000_000
PERMIT = Permit(16.0, 1, keep_locked=False)  # no phases to switch under a car that was there
CONFIG = """
[station]
vendor = "Ampkeeper"
model = "Peak"
serial = "AK-0001"
[board]
name = "pi_peak"
[board.ring]
starts = false
socket = "{socket}"
[board.meter]
port = "{meter}"
[authorise]
mode = "free"
[[evse]]
id = 1
max_a = 16
phases = 1
socket = true
"""

pytestmark = pytest.mark.process


class Ring:
    """The process, and what it says."""

    def __init__(self, process: asyncio.subprocess.Process, folder: Path) -> None:
        self.process = process
        self.folder = folder

    async def line(self) -> str:
        assert self.process.stdout is not None
        async with asyncio.timeout(WAIT_S):
            return (await self.process.stdout.readline()).decode().strip()

    async def end(self, number: int = signal.SIGTERM) -> int:
        with suppress(ProcessLookupError):
            self.process.send_signal(number)
        async with asyncio.timeout(WAIT_S):
            return await self.process.wait()

    def duty_ns(self) -> int:
        return int((self.folder / "pwmchip0" / "pwm0" / "duty_cycle").read_text().split()[0])


async def begin(socket: Path, folder: Path, program: str = "peak_program") -> Ring:
    os.makedirs(folder, exist_ok=True)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"tests.unit.pi_peak.{program}", str(socket), str(folder)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    return Ring(process, folder)


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Ring]:
    ring = await begin(folder / "s", folder / "world")
    try:
        yield ring
    finally:
        await ring.end(signal.SIGKILL)


def station(folder: Path) -> LinkedPilot:
    settings = pilot_settings(
        Evse(id=1, max_a=16.0, phases=1, socket=True), load_facts(), Protection()
    )
    settings.has_meter = 0  # nothing is measured here
    return LinkedPilot(UnixStream(folder / "s"), SystemClock(), settings)


async def charge(pilot: LinkedPilot) -> PilotStatus:
    """Permit until the contactor is closed."""
    await opened(pilot)
    async with asyncio.timeout(WAIT_S):
        while True:
            pilot.permit(PERMIT)
            status = await pilot.next_status()
            if status.contactor == CLOSED:
                return status


async def hear_all(pilot: LinkedPilot) -> None:
    """Take reports for as long as there are any."""
    async with asyncio.timeout(WAIT_S):
        while True:
            await pilot.next_status()


async def opened(pilot: LinkedPilot) -> None:
    async with asyncio.timeout(WAIT_S):
        while True:
            try:
                await pilot.open()
            except AbsentError:
                await asyncio.sleep(LOOK_S)
            else:
                pilot.restore_faults(())
                return


async def test_a_session_over_the_socket_and_an_orderly_end(tmp_path: Path) -> None:
    async with running(tmp_path) as ring:
        pilot = station(tmp_path)
        status = await charge(pilot)
        assert (status.phases, status.limit_a, status.faults) == (1, 16.0, ())
        assert await ring.line() == "coil 1"
        assert await ring.end() == 0
        assert await ring.line() == "coil 0"
        assert await ring.line() == f"left coil 0 duty {PERIOD_NS}"
        pilot.close()


async def test_a_station_that_goes_leaves_ring_1_to_end_the_charge(tmp_path: Path) -> None:
    async with running(tmp_path) as ring:
        pilot = station(tmp_path)
        await charge(pilot)
        assert await ring.line() == "coil 1"
        pilot.close()
        assert await ring.line() == "coil 0"
        again = station(tmp_path)
        await opened(again)
        again.close()


async def test_a_killed_ring_1_leaves_its_duty_behind_and_the_next_one_takes_it_away(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as ring:
        pilot = station(tmp_path)
        await charge(pilot)
        await ring.end(signal.SIGKILL)
        assert 0 < ring.duty_ns() < PERIOD_NS
        with pytest.raises(AbsentError):
            await hear_all(pilot)
        after = await begin(tmp_path / "s", ring.folder)
        try:
            await opened(pilot)
            assert after.duty_ns() == PERIOD_NS
            assert not (await pilot.next_status()).is_coil_on
        finally:
            await after.end(signal.SIGKILL)
            pilot.close()


async def test_a_second_ring_1_ends_before_it_has_touched_anything(tmp_path: Path) -> None:
    async with running(tmp_path):
        pilot = station(tmp_path)
        await opened(pilot)
        second = await begin(tmp_path / "s", tmp_path / "second")
        assert await second.process.wait() == TAKEN
        assert list((tmp_path / "second").iterdir()) == []
        pilot.close()


async def test_a_board_without_its_pwm_is_absent_and_says_so_in_one_line(tmp_path: Path) -> None:
    board = tmp_path / "board.toml"
    board.write_text(FILE.read_text().replace("/sys/class/pwm/pwmchip0", f"{tmp_path}/pwmchip0"))
    words = ("--socket", str(tmp_path / "s"), "--board", str(board))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ampkeeper.board.pi_peak.ring", *words),
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(WAIT_S):
        _, said = await process.communicate()
    assert process.returncode == ABSENT
    assert said.decode() == (
        f"ring 1: ended: PWM {tmp_path}/pwmchip0/pwm0: No such file or directory\n"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [(None, "No such file or directory"), ("[ratings]\nmax_ma = 5\n", "max_ma is 5, allowed is")],
)
def test_a_board_that_cannot_be_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str | None, said: str
) -> None:
    board = tmp_path / "board.toml"
    if text is not None:
        board.write_text(text)
    assert main(["--socket", str(tmp_path / "s"), "--board", str(board)]) == BAD_BOARD
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("ring 1: ")
    assert "board.toml: " in line
    assert said in line


async def test_only_the_standard_library_and_gpiozero_are_in_the_process(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tools.bench.peak_alone", str(tmp_path / "s"), str(tmp_path)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(WAIT_S):
        assert await process.stdout.readline() == b"safe\n"
        process.terminate()
        modules, ours, _ = (await process.stdout.read()).decode().splitlines()
        assert await process.wait() == 0
    brought_by_gpiozero = {"colorzero", "importlib_metadata", "pkg_resources", "setuptools"}
    of_the_test = {"tools", "__main__", "_distutils_hack"}
    strange = set(modules.split()) - set(sys.stdlib_module_names) - {"ampkeeper", "gpiozero"}
    assert strange <= brought_by_gpiozero | of_the_test
    ring_1 = ("firmware.safety", "firmware.pilot", "hal.link", "hal.linux", "board.pi_peak")
    besides = {"board", "firmware", "hal", "hal.errors", "hal.meters", "hal.meters.checked"}
    for name in ours.split():
        short = name.removeprefix("ampkeeper.")
        assert short in besides or short.startswith(ring_1), name
    for name in ("asyncio", "ssl", "sqlite3", "logging"):
        assert name not in modules.split()


async def test_the_keeper_starts_it_again_and_lets_it_end(tmp_path: Path) -> None:
    note = tmp_path / "starts"
    dies = f"open({str(note)!r}, 'a').write('x'); import sys; sys.exit(1)"
    keeper = RingKeeper([sys.executable, "-c", dies])
    task = asyncio.ensure_future(keeper.run())
    for _ in range(round(WAIT_S / LOOK_S)):
        await asyncio.sleep(LOOK_S)
        if keeper.start_count >= 2:
            break
    task.cancel()
    await asyncio.wait([task])
    assert keeper.start_count >= 2
    assert note.read_text().startswith("x")


async def test_the_keepers_ring_1_ends_in_order_when_the_station_does(tmp_path: Path) -> None:
    program = "tests.unit.pi_peak.peak_program"
    command = [sys.executable, "-m", program, str(tmp_path / "s"), str(tmp_path)]
    keeper = RingKeeper(command)
    task = asyncio.ensure_future(keeper.run())
    pilot = station(tmp_path)
    await opened(pilot)
    task.cancel()
    await asyncio.wait([task])
    duty = (tmp_path / "pwmchip0" / "pwm0" / "duty_cycle").read_text().split()[0]
    assert duty == str(PERIOD_NS)
    assert not (tmp_path / "s").exists()
    pilot.close()


async def until(state: Path, is_so: Callable[[dict], bool]) -> dict:
    """Ask the station at its local door until it says so."""
    said: object = None
    for _ in range(round(WAIT_S / LOOK_S)):
        with suppress(NotReachableError):
            said = await asyncio.to_thread(ask, state, "status")
            if is_so(said["evses"][0]):
                return said["evses"][0]
        await asyncio.sleep(LOOK_S)
    raise AssertionError(f"not so within {WAIT_S} s: {said}")


async def test_ampkeeper_run_charges_and_its_death_ends_the_charge(tmp_path: Path) -> None:
    meter = MeterTwin(lambda: MeterReading(0.0, 1_000, 0.0, (0.0,) * 3, (230.0,) * 3))
    config = tmp_path / "charger.toml"
    config.write_text(CONFIG.format(socket=tmp_path / "s", meter=await meter.start()))
    async with running(tmp_path) as ring:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "ampkeeper.firmware.faces.cli", "run"),
            *("--config", str(config), "--state", str(tmp_path / "state")),
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            evse = await until(tmp_path / "state", lambda evse: evse["status"] == "Charging")
            assert evse["faults"] == []
            assert await ring.line() == "coil 1"
            os.kill(process.pid, signal.SIGKILL)
            assert await ring.line() == "coil 0"
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            await meter.stop()
