"""Row: from an edge on the simulated pilot to the contactor command, in real time.

Ring 1 as a process of its own beside a whole station, with and without real-time priority, and
in one process with the station; each with nothing else to do, and with two programs that take
all they get and a central system that asks without end. A loop that does nothing runs beside each:
what it was late by is the machine's own.
``LATENCY_EVENTS=10000 make bench BENCH_ARGS=latency`` is the budget's number of edges.
"""

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from websockets.exceptions import ConnectionClosed

from tools.bench.charger import COMMAND, end
from tools.bench.csms import Csms
from tools.bench.errors import CannotMeasureError
from tools.bench.machine import ROOT
from tools.bench.result import Result

EVENTS = int(os.environ.get("LATENCY_EVENTS", "400"))
ROW = f"unplugged to contactor command, worst of {EVENTS:,} (from: p50, to: p99.9)"
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
STEAL_FIELD = 8  # of the first line of /proc/stat
HOG = "while True: pass"
HOGS = 2
BOOT_S = 30.0
SETTLE_S = 2.0
ASK_S = 0.02
REPORT_EVERY = 10  # calls: one of them asks for the whole device model
RUN_S_MAX = 3_600.0
PRIORITY_REFUSED = 2
LIMIT = "≤ 100"  # IEC 61851-1 Table A.6
VARIABLES = (
    "HeartbeatInterval",
    "WebSocketPingInterval",
    "OfflineThreshold",
    "RetryBackOffRepeatTimes",
)
CASES = (  # name, program, its last argument, what may come on top of the debounce
    ("own process, SCHED_FIFO", "latency_own", "realtime", "≤ 5"),
    ("own process, ordinary priority", "latency_own", "ordinary", "≤ 45"),
    ("in one process with OCPP", "latency_in", "", ""),
)
LOADS = (("idle", False), ("two hogs, OCPP busy", True))
CONFIG = """\
[station]
vendor = "Ampkeeper"
model = "Bench"
serial = "AK-0001"

[board]
name = "pi_peak"

[board.ring]
starts = false
socket = "{socket}"

[[evse]]
id = 1
max_a = 16
phases = 3
socket = true

[ocpp]
url = "{url}"
id = "AK0001"
versions = ["2.0.1"]
"""


def measure() -> Iterator[Result]:
    """Each case alone, one after the other."""
    for load, is_busy in LOADS:
        for name, program, argument, limit in CASES:
            before = stolen_ticks()
            said = asyncio.run(_run(program, argument, is_busy))
            stolen_ms = (stolen_ticks() - before) * 1_000 / TICKS_PER_S
            note = f"the host took {stolen_ms:,.0f} ms"
            yield _result(f"{name}, {load}", said["latency_us"], LIMIT, note)
            yield _result("  of it beyond the debounce", said["beyond_us"], limit, "")
            bare_ms = said["bare_us"][0] / 1_000
            yield Result(ROW, "  a bare loop at SCHED_FIFO beside it, worst", bare_ms, "ms")


def stolen_ticks() -> int:
    """What the machine under a virtual one took for itself so far; nobody can be on time then."""
    return int(Path("/proc/stat").read_text().split(maxsplit=10)[STEAL_FIELD])


def quantile(ordered: list[int], per_mille: int) -> int:
    """The value that so many of a thousand do not exceed."""
    return ordered[min(len(ordered) - 1, len(ordered) * per_mille // 1_000)]


def _result(what: str, values_us: list[int], limit: str, note: str) -> Result:
    ordered = sorted(values_us)
    spread = (quantile(ordered, 500) / 1_000, quantile(ordered, 999) / 1_000)
    return Result(ROW, what, ordered[-1] / 1_000, "ms", spread, limit, note)


async def _run(program: str, argument: str, is_busy: bool) -> dict[str, list[int]]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with Csms() as csms:
            text = CONFIG.format(socket=folder / "ring.sock", url=csms.url)
            (folder / "charger.toml").write_text(text)
            return await _run_in(folder, csms, program, argument, is_busy)


async def _run_in(
    folder: Path, csms: Csms, program: str, argument: str, is_busy: bool
) -> dict[str, list[int]]:
    """Ring 1, and the station where it is not in the same process."""
    async with AsyncExitStack() as stack:
        if program == "latency_own":
            arguments = [str(folder / "ring.sock"), str(EVENTS), argument]
            ring = await stack.enter_async_context(_ring(program, arguments))
            await stack.enter_async_context(_station(folder))
        else:
            arguments = [str(folder / "charger.toml"), str(folder / "state"), str(EVENTS)]
            ring = await stack.enter_async_context(_ring(program, arguments))
        return await _time(ring, csms, is_busy)


async def _time(
    ring: asyncio.subprocess.Process, csms: Csms, is_busy: bool
) -> dict[str, list[int]]:
    """Let it begin when the station is connected and the load is there."""
    await csms.until(lambda: csms.seen.first_s("BootNotification") is not None, BOOT_S)
    async with _load(csms, is_busy), _ring("latency_bare", []) as bare:
        await asyncio.sleep(SETTLE_S)
        async with asyncio.timeout(RUN_S_MAX):
            said, _ = await ring.communicate(b"\n")
        lateness, _ = await bare.communicate(b"")  # the end of its stdin
    if ring.returncode == PRIORITY_REFUSED:
        raise CannotMeasureError("this machine does not grant SCHED_FIFO")
    if ring.returncode:
        raise CannotMeasureError(f"the program ended with {ring.returncode}")
    values: dict[str, list[int]] = json.loads(said)
    return values | {"bare_us": [int(lateness)]}


@asynccontextmanager
async def _ring(program: str, arguments: list[str]) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"tools.bench.{program}", *arguments),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        await end(process)


@asynccontextmanager
async def _station(folder: Path) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        *(COMMAND, "run", "--config", str(folder / "charger.toml")),
        *("--state", str(folder / "state")),
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        await end(process)


@asynccontextmanager
async def _load(csms: Csms, is_busy: bool) -> AsyncIterator[None]:
    if not is_busy:
        yield
        return
    hogs = [await asyncio.create_subprocess_exec(sys.executable, "-c", HOG) for _ in range(HOGS)]
    try:
        async with asyncio.TaskGroup() as group:
            asking = group.create_task(_ask_without_end(csms))
            yield
            asking.cancel()
    finally:
        for hog in hogs:
            hog.kill()
            await hog.wait()


async def _ask_without_end(csms: Csms) -> None:
    """Fifty calls a second, five of them for the whole device model; ended by cancellation."""
    number = 0
    while True:
        number += 1
        if number % REPORT_EVERY == 0:
            action = "GetBaseReport"
            payload: object = {"requestId": number, "reportBase": "FullInventory"}
        else:
            action, payload = "GetVariables", {"getVariableData": _variables()}
        assert csms.connection is not None
        try:
            await csms.connection.send(json.dumps([2, str(number), action, payload]))
        except ConnectionClosed:  # the station in whose process the edges were timed has ended
            return
        await asyncio.sleep(ASK_S)


def _variables() -> list[dict[str, object]]:
    component = {"name": "OCPPCommCtrlr"}
    return [{"component": component, "variable": {"name": name}} for name in VARIABLES]
