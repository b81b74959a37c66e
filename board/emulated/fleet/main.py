"""Main of ``ampkeeper fleet``: N whole chargers in one process at one central system."""

import asyncio
import logging
import resource
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path
from shutil import copyfile
from typing import TypeVar, TypeVarTuple, Unpack

from ampkeeper.board.emulated.fleet.charger import FleetCharger, config_of
from ampkeeper.board.emulated.fleet.metrics import MetricsFace
from ampkeeper.board.emulated.fleet.numbers import Numbers
from ampkeeper.board.emulated.fleet.profile import Profile, ProfileError, load
from ampkeeper.board.emulated.fleet.table import Table
from ampkeeper.board.emulated.virtual_time import ScaledLoop, at_once
from ampkeeper.firmware.config import ConfigError
from ampkeeper.firmware.faces.cli import codes
from ampkeeper.firmware.faces.http.door import listen
from ampkeeper.firmware.store.store import STORE_FILE, Store

MEMORY = Path("/dev/shm")  # noqa: S108 - the books of a fleet need to outlive nothing
FILES_EACH = 6  # books, journal, lock, connection
FILES_MORE = 64
LOOK_S = 2.0  # between two reports on a terminal
LINE_S = 10.0  # elsewhere

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class FleetLoop(ScaledLoop):
    """Real time, but for what a machine that cannot keep up makes of it: nothing is missed then.

    Work for a charger's own thread is done at once: its books are memory, its threads too many.
    """

    def __init__(self) -> None:
        super().__init__(1.0, may_lag=True)

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[Unpack[Ts]], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """In a thread where no executor is named; time goes on meanwhile."""
        if executor is None:
            return asyncio.SelectorEventLoop.run_in_executor(self, None, func, *args)
        return at_once(self, func, *args)


class Fleet:
    """All of them."""

    def __init__(self, count: int, profile: Profile, seed: int, folder: Path) -> None:
        self.numbers = Numbers(count, time.monotonic())
        self._profile = profile
        self._seed = seed
        self._folder = folder

    async def run(self) -> None:
        """Live until cancelled; the first charger that fails ends all."""
        config, books = config_of(self._profile), self._blank_books()
        async with asyncio.TaskGroup() as group:
            for number in range(1, self.numbers.chargers + 1):
                folder = self._folder / f"{number:05}"
                folder.mkdir()
                copyfile(books, folder / STORE_FILE)
                about = (number, self._profile, config, self._seed)
                made = FleetCharger(*about, folder, self.numbers)
                group.create_task(made.live(), name=f"charger {number}")
                await asyncio.sleep(0)

    def _blank_books(self) -> Path:
        """Empty books of the newest schema, as a disk has them on which a station has run once."""
        path = self._folder / "blank.db"
        Store(path).close()
        return path


def main(
    count: int,
    url: str | None,
    profile_file: Path | None,
    seed: int,
    seconds: float | None,
    as_json: bool,
    metrics: str | None = None,
) -> int:
    """Run a fleet; ``metrics`` is where Prometheus asks. The return value is the exit code."""
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr)
    try:
        profile = load(profile_file) if profile_file is not None else Profile()
        if url is not None:
            profile = replace(profile, url=url)
        _check(profile)
        _make_room(count)
        door = listen(metrics, "metrics") if metrics is not None else None
    except (ProfileError, ConfigError, OSError) as error:
        print(f"ampkeeper: fleet: {error}", file=sys.stderr)
        return codes.BAD_USAGE
    folder = MEMORY if MEMORY.is_dir() else None
    with (
        tempfile.TemporaryDirectory(prefix="ampkeeper-fleet-", dir=folder) as state,
        asyncio.Runner(loop_factory=FleetLoop) as runner,
    ):
        fleet = Fleet(count, profile, seed, Path(state))
        return runner.run(_run(fleet, seconds, as_json, door))


def _check(profile: Profile) -> None:
    if not profile.url:
        raise ProfileError("no central system: give --csms URL, or url in the profile")
    if not profile.url.startswith(("ws://", "wss://")):
        raise ProfileError(f"central system {profile.url!r}: must begin with ws:// or wss://")


def _make_room(count: int) -> None:
    """Let the process hold so many files open."""
    needed = count * FILES_EACH + FILES_MORE
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and needed > hard:
        most = (hard - FILES_MORE) // FILES_EACH
        raise OSError(f"{count} chargers need {needed} open files; {hard} allow {most} chargers")
    if needed > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


async def _run(
    fleet: Fleet, seconds: float | None, as_json: bool, door: socket.socket | None
) -> int:
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(fleet.run(), name="fleet")]
            if door is not None:
                tasks.append(group.create_task(_serve(fleet, door), name="metrics"))
            await _report(fleet, seconds, as_json)  # ended by a signal, or by the fleet's failure
            for task in tasks:
                task.cancel()
    except ExceptionGroup as failed:
        error: BaseException = failed
        while isinstance(error, ExceptionGroup):
            error = error.exceptions[0]
        print(f"ampkeeper: fleet: {error or type(error).__name__}", file=sys.stderr)
        return codes.BAD_USAGE if isinstance(error, ConfigError) else codes.NO
    return codes.OK


async def _serve(fleet: Fleet, door: socket.socket) -> None:
    from ampkeeper.firmware.faces.http.serve import HttpServer  # only where somebody asks

    with door:
        await HttpServer(door).run(MetricsFace(fleet.numbers.told))


async def _report(fleet: Fleet, seconds: float | None, as_json: bool) -> None:
    """Show what the fleet does until it is to end."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    began_s, is_over = fleet.numbers.began_s, False
    lag_s = began_s - loop.time()
    with Table(as_json) as table:
        while not is_over:
            left_s = None if seconds is None else began_s + seconds - time.monotonic()
            is_over = await _wait(stop, LOOK_S if table.is_live else LINE_S, left_s)
            lag = {"lag_s": round(time.monotonic() - loop.time() - lag_s, 1)}
            passed_s = time.monotonic() - began_s
            table.show(fleet.numbers.told() | lag, passed_s, time.process_time())


async def _wait(stop: asyncio.Event, look_s: float, left_s: float | None) -> bool:
    """Until the next report; True when it is the last."""
    wait_s = look_s if left_s is None else min(look_s, max(0.0, left_s))
    try:
        async with asyncio.timeout(wait_s):
            await stop.wait()
    except TimeoutError:
        return left_s is not None and left_s <= look_s
    return True
