"""The station of board pi_rp2040 as a process, and the pilot's own program under MicroPython.

The board comes with another program than the station's slot brought: it is flashed over the line,
loses its power midway, goes on, is tried and confirmed; and only then a car charges.
"""

import asyncio
import io
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from ampkeeper.board.emulated.meter_twin import MeterTwin
from ampkeeper.board.host.pairing import PAIR_FOLDER
from ampkeeper.board.pi_rp2040.main import BOARD, PILOT_BOARD
from ampkeeper.firmware.faces.cli.client import NotReachableError, ask
from ampkeeper.firmware.update.factory import machine_of
from ampkeeper.firmware.update.folders import Folders
from ampkeeper.firmware.update.launch import SLOT, SLOTS_FOLDER, VERSION
from ampkeeper.firmware.update.pilot_image import KEY_FILE
from ampkeeper.hal.link.flash import BLOCK_BYTES
from ampkeeper.hal.link.flash_programs import KEYS, Programs, key_file_of
from ampkeeper.hal.link.flash_slots import GOOD, Slots
from ampkeeper.hal.linux.files import FolderDisk
from ampkeeper.hal.micro.files import Files
from ampkeeper.hal.ports import MeterReading
from tests.support.images import SINCE, factory_file, image_of
from tests.unit.pi_rp2040.pilot_twin import UNIX, PilotTwin, program

WAIT_S = 100.0  # a busy machine; nothing here is timed
LOOK_S = 0.1
BLOCKS = 20  # of the image, when the board's power goes
READING = MeterReading(0.0, 1_000, 0.0, (0.0,) * 3, (230.0,) * 3)
NEW = "9.0.0"
COUNTER = 4
CONFIG = """
[station]
vendor = "Ampkeeper"
model = "Pair"
serial = "AK-0001"
[board]
name = "pi_rp2040"
[board.pilot]
port = "{pilot}"
[board.meter]
port = "{meter}"
[authorise]
mode = "free"
[[evse]]
id = 1
max_a = 16
phases = 1
socket = false
"""

pytestmark = pytest.mark.process


class Bench:
    """A station that runs from slot ``a``, and its pilot board. The state folder is ``state``."""

    def __init__(self, folder: Path, twin: PilotTwin, config: Path) -> None:
        self.twin = twin
        self.state = folder / "state"
        self.flash = folder / "flash"
        self._config = config
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        words = ("-m", "ampkeeper.firmware.faces.cli", "run")
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, *words, "--config", str(self._config), "--state", str(self.state)),
            env={**os.environ, SLOT: "a", VERSION: NEW},
            stderr=asyncio.subprocess.DEVNULL,
        )

    async def end(self) -> None:
        assert self.process is not None
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGKILL)
        await self.process.wait()

    def slots(self) -> Slots:
        return Programs(Files(f"{self.flash}/"), PILOT_BOARD).slots

    async def until(self, what: str, is_so: Callable[[], bool]) -> None:
        for _ in range(round(WAIT_S / LOOK_S)):
            if is_so():
                return
            await asyncio.sleep(LOOK_S)
        raise AssertionError(f"{what}: not within {WAIT_S} s: {self.twin.said[-20:]}")

    async def until_evse(self, is_so: Callable[[dict], bool]) -> dict:
        said: object = None
        for _ in range(round(WAIT_S / LOOK_S)):
            with suppress(NotReachableError):
                said = await asyncio.to_thread(ask, self.state, "status")
                if is_so(said["evses"][0]):
                    return said["evses"][0]
            await asyncio.sleep(LOOK_S)
        raise AssertionError(f"not so within {WAIT_S} s: {said} {self.twin.said[-20:]}")


def installed(folder: Path) -> None:
    """The station's slots, with an image that is good and brought a program for its board."""
    machine = machine_of(factory_file(folder / "made", board=BOARD).read_text())
    slots = Folders(FolderDisk(folder / "state" / SLOTS_FOLDER), machine)
    image = image_of(NEW, counter=COUNTER, pilot=program(), board=BOARD, pilot_board=PILOT_BOARD)
    slots.install(io.BytesIO(image), SINCE, lambda _: None)
    assert slots.start() == "a"
    slots.confirm()


@asynccontextmanager
async def bench(folder: Path) -> AsyncIterator[Bench]:
    if not UNIX.exists():
        pytest.skip("no unix port of MicroPython here")
    meter = MeterTwin(lambda: READING)
    twin = await asyncio.to_thread(PilotTwin, folder / "flash")
    config = folder / "charger.toml"
    config.write_text(CONFIG.format(pilot=twin.path, meter=await meter.start()))
    await asyncio.to_thread(installed, folder)
    made = Bench(folder, twin, config)
    twin.start()
    try:
        await made.start()
        yield made
    finally:
        await made.end()
        await asyncio.to_thread(twin.stop)
        await meter.stop()


def before(said: list[str], line: str) -> list[str]:
    """What of it drove the coil, or offered a current, before that line."""
    resting = ("coil 0 duty 62500", "coil 0 duty 0")
    known = said[: said.index(line)]
    return [each for each in known if each.startswith("coil") and each not in resting]


async def test_a_board_is_flashed_over_a_cut_confirmed_and_only_then_charges(
    tmp_path: Path,
) -> None:
    async with bench(tmp_path) as made:
        twin, image = made.twin, made.flash / "a/image.mpy"
        await made.until("the first start", lambda: "runs ampkeeper" in twin.said)
        twin.car("B")
        some = BLOCKS * BLOCK_BYTES
        await made.until("blocks", lambda: image.exists() and image.stat().st_size >= some)
        twin.cut()
        await made.until("a cut", lambda: "end -9" in twin.said)
        await made.until("the new program", lambda: "runs a" in twin.said)
        twin.car("A")
        await made.until("the word of the pair", lambda: made.slots().counter_min == COUNTER)
        assert made.slots().state == GOOD
        assert image.read_bytes() == program()
        key = made.state / PAIR_FOLDER / KEY_FILE
        assert {(made.flash / name).read_bytes() for name in KEYS} == {
            key_file_of(key.read_bytes())
        }
        evse = await made.until_evse(lambda evse: evse["board"] is not None)
        assert (evse["board"]["name"], evse["pilot_problem"]) == (PILOT_BOARD, None)
        twin.car("B")
        await made.until_evse(lambda evse: evse["pilot"] and evse["pilot"]["state"] == "B2")
        twin.car("C")
        await made.until("the coil", lambda: any(each.startswith("coil 1") for each in twin.said))
        assert before(twin.said, "runs a") == []
        await made.end()
        await made.until("the end", lambda: twin.said[-1] == "coil 0 duty 62500")
