"""Row: memory and processor time of each charger of a fleet that charges, and of bare clients.

Both send a heartbeat and meter values every 10 s to the same central system. What a charger costs
is what a larger fleet costs more than a smaller one; processor time is that of the fleet's own
seconds, which a machine that cannot keep up makes longer.
"""

import asyncio
import contextlib
import json
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

from tools.bench.charger import rss_mb
from tools.bench.csms import Csms
from tools.bench.errors import CannotMeasureError
from tools.bench.result import Result

ROW = "fleet, OCPP 1.6, charging, a heartbeat and meter values every 10 s"
FEW, MANY = 5, 50
EVERY_S = 10
WAIT_S = 600.0
BARE_WATCH_S = 20.0
PROFILE = """
url = "{url}"
versions = ["1.6"]
[visits]
first_s = 2
gap_s = 1
stay_s = [80000, 86000]
card_s = [2, 4]
soc_percent = [1, 2]
[mishaps]
share = 0
[set]
"ocpp.keys.MeterValueSampleInterval" = 10
"""


def measure() -> Iterator[Result]:
    """A small fleet, a larger one, and as many bare clients."""
    few_mb, _, _ = asyncio.run(_fleet(FEW))
    many_mb, many_percent, booted_s = asyncio.run(_fleet(MANY))
    each_mb, each = (many_mb - few_mb) / (MANY - FEW), many_percent / MANY
    note = f"of {MANY}"
    yield Result(ROW, "each charger beyond the first", each_mb, "MB", None, "≤ 0.2", note)
    yield Result(ROW, "1,000 chargers, of one core", each * 1_000, "%", None, "≤ 12", note)
    yield Result(ROW, "all accepted after", booted_s, "s", note=note)
    bare_few_mb, _ = asyncio.run(_bare(FEW))
    bare_mb, bare_percent = asyncio.run(_bare(MANY))
    bare_each_mb, bare_each = (bare_mb - bare_few_mb) / (MANY - FEW), bare_percent / MANY
    yield Result(ROW, "each bare client beyond the first", bare_each_mb, "MB", note=note)
    yield Result(ROW, "1,000 bare clients, of one core", bare_each * 1_000, "%", note=note)


async def _fleet(count: int) -> tuple[float, float, float]:
    """Resident MB, percent of a core while all charge, seconds to the last Boot accepted."""
    with tempfile.TemporaryDirectory() as folder:
        async with Csms(EVERY_S) as csms:
            file = Path(folder) / "fleet.toml"
            file.write_text(PROFILE.format(url=csms.url), encoding="utf-8")
            words = ("fleet", "--chargers", str(count), "--profile", str(file), "--json")
            async with _running("-m", "ampkeeper.firmware.faces.cli", *words) as process:
                return await _watched(process, count)


async def _watched(process: Process, count: int) -> tuple[float, float, float]:
    """The same of a fleet that has begun."""
    async with asyncio.timeout(WAIT_S):
        before = await _next(process)
        while before["statuses"] != {"Charging": count}:
            before = await _next(process)
        await _next(process)
        before, after = await _next(process), await _next(process)
    if after["errors"]:
        raise CannotMeasureError(f"{after['errors']} calls of the fleet failed")
    percent = 100 * (after["cpu_s"] - before["cpu_s"]) / (_own_s(after) - _own_s(before))
    return rss_mb(process.pid), percent, float(after["booted_after_s"])


async def _bare(count: int) -> tuple[float, float]:
    """Resident MB and percent of a core."""
    async with Csms(EVERY_S) as csms:
        words = (csms.url, str(count), str(EVERY_S))
        async with _running("-m", "tools.bench.fleet_bare", *words) as process:
            before_s = await _used_s(process)
            await asyncio.sleep(BARE_WATCH_S)
            used_s = await _used_s(process) - before_s
            return rss_mb(process.pid), used_s / BARE_WATCH_S * 100


@contextlib.asynccontextmanager
async def _running(*words: str) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(sys.executable, *words, stdin=PIPE, stdout=PIPE)
    try:
        yield process
    finally:
        process.terminate()
        await process.wait()


async def _next(process: Process) -> dict[str, Any]:
    """The fleet's next report."""
    assert process.stdout is not None
    line = await process.stdout.readline()
    if not line:
        raise CannotMeasureError("the fleet ended")
    told = json.loads(line)
    assert isinstance(told, dict)
    return told


async def _used_s(process: Process) -> float:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"\n")
    return float(await process.stdout.readline())


def _own_s(told: dict[str, Any]) -> float:
    """The fleet's own time."""
    return float(told["seconds"]) - float(told["lag_s"])
