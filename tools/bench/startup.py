"""Row: from the start of a process to a safe pilot, to drivable, to BootNotification.

On a device ring 1 starts by itself, and the station finds it there: that is the station alone.
An emulated charger first makes its world, whose pilot boards take 0.2 s to boot.
Where others keep the machine busy, the processor time says what the wall clock cannot.
"""

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

from tools.bench.alone import alone
from tools.bench.charger import charger
from tools.bench.csms import Csms
from tools.bench.result import Result, from_samples

ROW = "start"
REPEATS = 7
BOOT_S = 30.0
VERSION = "2.0.1"
# Ring 1 as a process of its own: the first tick commands +12 V and an open contactor.
SAFE = """
from ampkeeper.firmware.pilot import PilotBoard
from ampkeeper.firmware.safety.signals import Inputs, Settings
board = PilotBoard(Settings(), "bench", 1)
outputs = board.tick(10, Inputs())
assert not outputs.coil
print("safe", flush=True)
"""


def measure() -> Iterator[Result]:
    """Each from a fresh process; the first, cold one is left out."""
    bare = [_until_line("print('up', flush=True)") for _ in range(REPEATS + 1)][1:]
    yield from_samples(ROW, "bare interpreter", bare, "s")
    safe = [_until_line(SAFE) for _ in range(REPEATS + 1)][1:]
    yield from_samples(ROW, "ring 1 alone, to its first safe outputs", safe, "s", limit="≤ 0.3")
    times = [asyncio.run(_boot_alone()) for _ in range(REPEATS + 1)][1:]
    alone_s, cpu_s = zip(*times, strict=True)
    name = "station alone, to BootNotification received"
    yield from_samples(ROW, name, alone_s, "s", limit="≤ 1")
    yield from_samples(ROW, name, cpu_s, "s", note="processor time")
    times = [asyncio.run(_boot()) for _ in range(REPEATS + 1)][1:]
    ready, boot = zip(*times, strict=True)
    yield from_samples(ROW, "emulated charger, to drivable", ready, "s")
    name = "emulated charger, to BootNotification received"
    yield from_samples(ROW, name, boot, "s", limit="≤ 1")


def _until_line(program: str) -> float:
    """Seconds until the program has printed its line."""
    start = perf_counter()
    arguments = [sys.executable, "-c", program]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline(), "the program failed"
        return perf_counter() - start


async def _boot() -> tuple[float, float]:
    """Seconds to the ready line, and to the first BootNotification."""
    with tempfile.TemporaryDirectory() as folder:
        async with Csms() as csms, charger(Path(folder), csms.url, VERSION) as running:
            boot_s = await _boot_seen_s(csms)
            return running.ready_s - running.started_s, boot_s - running.started_s


async def _boot_alone() -> tuple[float, float]:
    """Seconds to the first BootNotification of a station whose world is there; of the processor."""
    with tempfile.TemporaryDirectory() as folder:
        async with Csms() as csms, alone(Path(folder), csms.url, VERSION) as running:
            boot_s = await _boot_seen_s(csms)
            return boot_s - running.started_s, running.cpu_s()


async def _boot_seen_s(csms: Csms) -> float:
    await csms.until(lambda: csms.seen.first_s("BootNotification") is not None, BOOT_S)
    boot_s = csms.seen.first_s("BootNotification")
    assert boot_s is not None
    return boot_s
