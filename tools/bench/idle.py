"""Row: memory and processor time of a station with no car, connected to a central system.

The budget is for the station as a device runs it: ring 1, meter and reader are elsewhere, at the
other end of serial lines, and what they report comes in at the rate that it does there. An
emulated charger, whose world and ring 1 share the process, is measured besides.
"""

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from tools.bench.alone import Alone, alone
from tools.bench.charger import Charger, charger, rss_mb
from tools.bench.csms import Csms
from tools.bench.result import Result
from tools.bench.startup import SAFE

ROW = "idle station, one EVSE, OCPP connected"
SETTLE_S = 5.0
WATCH_S = 20.0
BOOT_S = 30.0
STAY = SAFE + "\nimport sys\nsys.stdin.read()\n"

Begin = Callable[[Path, str, str], AbstractAsyncContextManager[Alone | Charger]]


def measure() -> Iterator[Result]:
    """Ring 1 alone, the station alone on both versions, and both with their world."""
    yield Result(ROW, "ring 1 in a process of its own", _ring_1_mb(), "MB", None, "≤ 26")
    for version in ("2.0.1", "1.6"):
        resident_mb, percent = asyncio.run(_idle(alone, version))
        name = f"station alone, OCPP {version}"
        yield Result(ROW, f"{name}, resident", resident_mb, "MB", None, "≤ 56")
        yield Result(ROW, f"{name}, of one core", percent, "%", None, "≤ 1")
    resident_mb, percent = asyncio.run(_idle(charger, "2.0.1"))
    name, note = "emulated charger, OCPP 2.0.1", "with its world and ring 1"
    yield Result(ROW, f"{name}, resident", resident_mb, "MB", note=note)
    yield Result(ROW, f"{name}, of one core", percent, "%", note=note)


async def _idle(begin: Begin, version: str) -> tuple[float, float]:
    """Resident MB, and percent of a core."""
    with tempfile.TemporaryDirectory() as folder:
        async with Csms() as csms, begin(Path(folder), csms.url, version) as running:
            await csms.until(lambda: csms.seen.first_s("StatusNotification") is not None, BOOT_S)
            await asyncio.sleep(SETTLE_S)
            before_s = running.cpu_s()
            await asyncio.sleep(WATCH_S)
            return running.rss_mb(), (running.cpu_s() - before_s) / WATCH_S * 100


def _ring_1_mb() -> float:
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", STAY], stdin=pipe, stdout=pipe) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline(), "the program failed"
        used_mb = rss_mb(process.pid)
        process.stdin.close()
    return used_mb
