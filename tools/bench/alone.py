"""A station alone in its process, and the world that it is wired to in another; reads /proc.

As on a device: ring 1, meter and reader are reached over serial ports, here pseudo-terminals.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from tools.bench.charger import CONFIG, READY_S, compiled, cpu_s, end, rss_mb
from tools.bench.errors import CannotMeasureError

PIPE = asyncio.subprocess.PIPE


@dataclass(slots=True)
class Alone:
    """A running one. ``started_s`` is on the clock of ``perf_counter``."""

    pid: int
    started_s: float
    state: Path

    def rss_mb(self) -> float:
        """Resident memory now."""
        return rss_mb(self.pid)

    def cpu_s(self) -> float:
        """Processor time used so far."""
        return cpu_s(self.pid)


@asynccontextmanager
async def alone(folder: Path, url: str, version: str, more: str = "") -> AsyncIterator[Alone]:
    """Start a station with its state under ``folder``; what it is wired to is up before it.

    ``more`` is put at the end of its configuration.
    """
    config = folder / "alone.toml"
    config.write_text(CONFIG.format(url=url, version=version) + more)
    far = await start_far(config)
    near = None
    try:
        paths = await paths_of(far)
        arguments = ("-m", "tools.bench.near_side", config, folder / "state", paths)
        with (folder / "alone.log").open("wb") as stderr:
            started_s = perf_counter()
            near = await asyncio.create_subprocess_exec(
                sys.executable, *arguments, stderr=stderr, env=compiled()
            )
        yield Alone(near.pid, started_s, folder / "state")
    finally:
        for process in filter(None, (near, far)):
            await end(process)


async def start_far(config: Path) -> asyncio.subprocess.Process:
    """Start what a charger is wired to, as a process of its own."""
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tools.bench.far_side", config, stdin=PIPE, stdout=PIPE
    )


async def paths_of(far: asyncio.subprocess.Process) -> str:
    """What the far side says of its lines, as JSON."""
    assert far.stdout is not None
    async with asyncio.timeout(READY_S):
        line = await far.stdout.readline()
    if not line:
        raise CannotMeasureError("the far side did not start")
    assert json.loads(line), "it has lines"
    return line.decode()
