"""Row: memory and processor time of a station with no car, connected to a central system.

The simulated world runs in the same process and counts too, so a device needs less.
"""

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tools.bench.charger import charger, rss_mb
from tools.bench.csms import Csms
from tools.bench.result import Result
from tools.bench.startup import SAFE

ROW = "idle station, one EVSE, OCPP connected"
SETTLE_S = 5.0
WATCH_S = 20.0
BOOT_S = 30.0
STAY = SAFE + "\nimport sys\nsys.stdin.read()\n"


def measure() -> Iterator[Result]:
    """Ring 1 alone, then a whole station on both versions."""
    yield Result(ROW, "ring 1 in a process of its own", _ring_1_mb(), "MB", None, "≤ 26")
    for version in ("2.0.1", "1.6"):
        yield from asyncio.run(_idle(version))


async def _idle(version: str) -> list[Result]:
    with tempfile.TemporaryDirectory() as folder:
        async with Csms() as csms, charger(Path(folder), csms.url, version) as running:
            await csms.until(lambda: csms.seen.first_s("StatusNotification") is not None, BOOT_S)
            await asyncio.sleep(SETTLE_S)
            before_s = running.cpu_s()
            await asyncio.sleep(WATCH_S)
            percent = (running.cpu_s() - before_s) / WATCH_S * 100
            name, note = f"OCPP {version}", "with the simulated world"
            return [
                Result(ROW, f"{name}, resident", running.rss_mb(), "MB", None, "≤ 56", note),
                Result(ROW, f"{name}, of one core", percent, "%", None, "≤ 1", note),
            ]


def _ring_1_mb() -> float:
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", STAY], stdin=pipe, stdout=pipe) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline(), "the program failed"
        used_mb = rss_mb(process.pid)
        process.stdin.close()
    return used_mb
