"""An emulated charger as a child process, driven and watched from outside; reads /proc."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from tools.bench.errors import CannotMeasureError

COMMAND = Path(sys.executable).parent / "ampkeeper"
READY_S = 30.0
END_S = 10.0
COMPILES_ALWAYS = "PYTHONDONTWRITEBYTECODE"  # images of containers set it
CONFIG = """\
[station]
vendor = "Ampkeeper"
model = "Bench"
serial = "AK-0001"

[board]
name = "emulated"

[[evse]]
id = 1
max_a = 32
phases = 3
socket = true

[ocpp]
url = "{url}"
id = "AK0001"
versions = ["{version}"]
"""


@dataclass(slots=True)
class Charger:
    """A running one. ``started_s`` and ``ready_s`` are on the clock of ``perf_counter``."""

    pid: int
    control: str
    started_s: float
    ready_s: float

    def rss_mb(self) -> float:
        """Resident memory now."""
        return rss_mb(self.pid)

    def cpu_s(self) -> float:
        """Processor time used so far."""
        return cpu_s(self.pid)


def compiled() -> dict[str, str]:
    """The environment of what runs as installed: compiled, and not anew with each start."""
    return {name: value for name, value in os.environ.items() if name != COMPILES_ALWAYS}


def cpu_s(pid: int) -> float:
    """Processor time of a process and its threads so far, in steps of 10 ms."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rss_mb(pid: int) -> float:
    """Resident memory of a process in MB of 10**6."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        raise CannotMeasureError("memory is read from /proc, which is not here")
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
    return int(lines["VmRSS"].split()[0]) * 1024 / 1e6


@asynccontextmanager
async def charger(folder: Path, url: str, version: str) -> AsyncIterator[Charger]:
    """Start one with its state under ``folder``; it is drivable inside the block."""
    config = folder / "charger.toml"
    config.write_text(CONFIG.format(url=url, version=version))
    log = folder / "charger.log"
    arguments = ["emulate", "--config", str(config), "--state", str(folder / "state")]
    with log.open("wb") as stderr:
        started_s = perf_counter()
        process = await asyncio.create_subprocess_exec(
            COMMAND,
            *arguments,
            "--control",
            "127.0.0.1:0",
            stdout=asyncio.subprocess.PIPE,
            stderr=stderr,
            env=compiled(),
        )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(READY_S):
            line = await process.stdout.readline()
        ready_s = perf_counter()
        if not line:
            raise CannotMeasureError(f"the charger did not start: {log.read_text()[-1_000:]}")
        yield Charger(process.pid, json.loads(line)["control"], started_s, ready_s)
    finally:
        await end(process)


async def end(process: asyncio.subprocess.Process) -> None:
    """End a process orderly, and after a while anyway."""
    if process.returncode is None:
        process.terminate()
    try:
        async with asyncio.timeout(END_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
