"""Main: one emulated charger as a process: world, drivers, station and control API.

Starts them in that order, says on stdout when it can be driven, and takes them down in reverse
order on SIGTERM. A cut of the power is a SIGKILL to itself: what survives is what was written.
The station is imported while the pilot boards boot, the control API while the station connects.
"""

import asyncio
import json
import logging
import os
import resource
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ampkeeper.board.emulated.bench import (
    Bench,
    Hardware,
    Lines,
    MemoryLines,
    PilotWiring,
    PtyLines,
    world_of,
)
from ampkeeper.board.emulated.card import HOLD_MS
from ampkeeper.board.emulated.events import EventLog
from ampkeeper.board.emulated.nonvolatile import Nonvolatile
from ampkeeper.board.emulated.panel_twin import PanelTwin
from ampkeeper.board.emulated.pilot_machine import NAME as PILOT_BOARD
from ampkeeper.board.emulated.ring import STEP_MS, epoch_of_boot
from ampkeeper.board.emulated.virtual_time import LoopClock, ScaledLoop
from ampkeeper.board.emulated.world import World
from ampkeeper.board.host.installing import update_problems
from ampkeeper.board.host.pairing import SlotWants
from ampkeeper.firmware.config import ConfigError
from ampkeeper.firmware.config.model import Config
from ampkeeper.firmware.faces.cli.start import EMULATED, Start
from ampkeeper.firmware.faces.http.door import listen, name_of
from ampkeeper.firmware.update.launch import RESTART_CODE, RESTART_KIND, launched_of
from ampkeeper.hal.ports import Clock

if TYPE_CHECKING:
    from ampkeeper.board.emulated.control import Control
    from ampkeeper.board.emulated.state import StationView
    from ampkeeper.firmware.faces.http.serve import HttpServer

WORLD_FILE = "world.bin"
FLASH_FOLDER = "flash"  # of the pilot boards
FLUSH_S = 1.0
END_S = 4.0  # real time for an orderly end; then the process ends anyway
HOLD_REAL_MS = 100  # a card is held for this long at least, however fast time runs
SETTLE_S = 3.0  # for ring 1 and the meter to answer for the first time
KEPT_UTC_STEP = timedelta(seconds=1)  # whole seconds are kept: time goes on from the next one
RESTART_S = 0.5  # a station that restarts itself is not there for this long

log = logging.getLogger(__name__)


class RunningStation(Protocol):
    """The station as this board runs it."""

    @property
    def view(self) -> "StationView":
        """What the control API shows and asks."""

    @property
    def is_settled(self) -> bool:
        """True once ring 1 and the meter of every EVSE have answered."""

    def show(self, world: World) -> None:
        """Let the station's page drive this world too."""

    async def run(self) -> str:
        """Work until cancelled; return, and say why, when it wants to be started again."""


MakeStation = Callable[[Config, Path, Hardware, Clock, EventLog], RunningStation]
LoadStation = Callable[[], MakeStation]  # run in a thread


@dataclass(frozen=True, slots=True)
class Options:
    """How to emulate. ``speed`` is the speed of the running loop, 1 for real time."""

    state_dir: Path
    control: str = "127.0.0.1:0"
    speed: float = 1.0
    seed: int = 1


class Emulator:
    """Everything that runs in the process."""

    def __init__(self, config: Config, options: Options, load_station: LoadStation) -> None:
        self._config = config
        self._options = options
        self._load_station = load_station
        options.state_dir.mkdir(parents=True, exist_ok=True)
        self._memory = _open_memory(options.state_dir)
        self._door = listen(options.control, "control API", is_counted=False)
        self._world = world_of(config, options.seed)
        self._boots = 1
        self._clock = LoopClock(self._restore())
        self._events = EventLog(self._clock.now)
        self._is_disk_full = False
        self._file_bytes_max = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
        self._saved: object = None
        self._control: Control | None = None
        self._station: RunningStation | None = None
        self.code = 0  # of the end of the process
        self._settled = asyncio.Event()
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Run until SIGTERM or SIGINT."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        lines: Lines = PtyLines() if self._options.speed <= 1 else MemoryLines()
        state = self._options.state_dir
        wants = SlotWants(state, partial(launched_of, os.environ), PILOT_BOARD)
        wiring = PilotWiring(state / FLASH_FOLDER, wants)
        bench = Bench(self._world, self._clock, lines, epoch_of_boot(self._boots), wiring)
        hardware = await bench.build(self._config, self._events.publish)
        if self._options.speed <= 1:  # nobody sees a lamp blink faster
            twins = {evse.id: PanelTwin(self._clock) for evse in self._config.evse}
            hardware = replace(hardware, indicators=twins)
        bench.after_step = self._after_step
        async with asyncio.TaskGroup() as group:
            world_task = group.create_task(bench.run(), name="bench")
            make_station = await asyncio.to_thread(self._load_station)
            station = self._make(make_station, hardware)
            await bench.is_running.wait()  # ended by its first step, or by its failure
            flush_task = group.create_task(self._flush(), name="flush")
            run_station = self._run_station(station, make_station, hardware)
            station_task = group.create_task(run_station, name="station")
            server = await self._serve(group)
            await self._settle()
            say_ready(name_of(self._door))
            await self._stop.wait()  # ended by a signal, or for other software
            end = threading.Timer(END_S, _end_now)
            end.daemon = True
            end.start()
            await _cancel(station_task)
            self._events.close()
            server.stop()
            await _cancel(world_task)
            await _cancel(flush_task)

    def close(self) -> None:
        """Write down the world and release what is held."""
        self._memory.write(self._kept())
        self._memory.flush()
        self._memory.close()
        self._door.close()

    async def _settle(self) -> None:
        """Wait until ring 1 and the meter have answered; a broken one is waited for no longer."""
        try:
            async with asyncio.timeout(SETTLE_S):
                await self._settled.wait()
        except TimeoutError:
            log.warning("ring 1 or the meter does not answer; starting all the same")

    async def _serve(self, group: asyncio.TaskGroup) -> "HttpServer":
        """Serve the control API; return when it answers."""
        make_control, make_server = await asyncio.to_thread(_load_control)
        assert self._station is not None, "made before it is served"
        view = self._station.view
        self._control = make_control(self._world, view, self._events, self._clock, cut_power)
        server = make_server(self._door)
        group.create_task(server.run(self._control.app, self._options.speed), name="control")
        await server.is_serving.wait()  # ended by the server, or by its failure
        return server

    def _make(self, make_station: MakeStation, hardware: Hardware) -> RunningStation:
        station = make_station(
            self._config, self._options.state_dir, hardware, self._clock, self._events
        )
        station.show(self._world)
        station.view.set_network(self._world.is_network_up)
        self._station = station
        return station

    async def _run_station(
        self, station: RunningStation, make_station: MakeStation, hardware: Hardware
    ) -> None:
        """Run the station, and again each time that it asks for it; other software is no matter."""
        while True:
            if await station.run() == RESTART_KIND:
                self.code = RESTART_CODE
                self._stop.set()
                return
            self._events.publish("station_restarts")
            await asyncio.sleep(RESTART_S)
            station = self._make(make_station, hardware)
            if self._control is not None:
                self._control.view = station.view

    def _restore(self) -> datetime:
        """Put the world back as the last power cut left it; return what time it is."""
        for slot in self._world.cards.values():
            slot.hold_ms = max(HOLD_MS, round(HOLD_REAL_MS * self._options.speed))
        now = datetime.now(UTC)
        kept = self._memory.read()
        if kept is None:
            return now
        self._world.load(kept["world"])
        self._boots = int(kept["boots"]) + 1
        return max(now, datetime.fromisoformat(kept["utc"]) + KEPT_UTC_STEP) if kept["utc"] else now

    def _kept(self) -> dict[str, object]:
        """What survives; where time runs faster, also the time, which must not run back."""
        return {"boots": self._boots, "utc": self._kept_utc(), "world": self._world.save()}

    def _kept_utc(self) -> str | None:
        if self._options.speed <= 1:
            return None
        return self._clock.now().isoformat(timespec="seconds")

    def _after_step(self) -> None:
        if self._control is not None:
            self._control.step(STEP_MS)
        if self._station is not None and self._station.is_settled:
            self._settled.set()
        if self._world.is_disk_full != self._is_disk_full:
            self._is_disk_full = self._world.is_disk_full
            _limit_files(0 if self._is_disk_full else self._file_bytes_max)
        newest = (self._events.newest_id, self._world.moving(), self._kept_utc())
        if newest != self._saved:  # whatever is asked for is an event
            self._saved = newest
            self._memory.write(self._kept())

    async def _flush(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_S * self._options.speed)
            await asyncio.to_thread(self._memory.flush)


async def emulate(config: Config, options: Options, load_station: LoadStation) -> int:
    """Emulate one charger until SIGTERM; raise OSError if port or state are taken."""
    emulator = Emulator(config, options, load_station)
    try:
        await emulator.run()
    finally:
        emulator.close()
    return emulator.code


def main(start: Start) -> int:
    """Emulate as the command line asks; the return value is the exit code."""
    for chatty in ("uvicorn", "pymodbus"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    check(start.config)
    options = Options(start.state, start.control, start.speed, start.seed)
    with asyncio.Runner(loop_factory=lambda: ScaledLoop(start.speed)) as runner:
        config = start.config if start.speed == 1 else _with_own_time(start.config)
        return runner.run(emulate(config, options, _load_station))


def check(config: Config) -> None:
    """Refuse what would reach out of the emulation; raise ConfigError."""
    problems = list(update_problems(EMULATED, config, has_rauc=False))
    if problems:
        raise ConfigError(problems)


def _with_own_time(config: Config) -> Config:
    """Where time runs at another speed, the station does not take it from a central system."""
    variables = {"ClockCtrlr.TimeSource": "NTP"} | dict(config.ocpp.variables)
    return replace(config, ocpp=replace(config.ocpp, variables=variables))


def _load_station() -> MakeStation:
    """Import the station, which takes as long as pilot boards take to boot."""
    from ampkeeper.board.emulated.station import EmulatedStation

    return EmulatedStation


def _load_control() -> "tuple[type[Control], type[HttpServer]]":
    """Import the control API and its HTTP server, which no charge waits for."""
    from ampkeeper.board.emulated.control import Control
    from ampkeeper.firmware.faces.http.serve import HttpServer

    return Control, HttpServer


def cut_power() -> None:
    """End the process as a power cut does: nothing is flushed, nothing is said."""
    os.kill(os.getpid(), signal.SIGKILL)


def say_ready(address: str) -> None:
    """Tell whoever started the process where it can be driven."""
    sys.stdout.write(json.dumps({"event": "ready", "control": address}) + "\n")
    sys.stdout.flush()


def _open_memory(state_dir: Path) -> Nonvolatile:
    try:
        return Nonvolatile(state_dir / WORLD_FILE)
    except BlockingIOError:
        raise OSError(f"{state_dir}: another emulated charger runs on this state") from None


async def _cancel(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.wait({task})  # ended by the task, or by ``_end_now``


def _end_now() -> None:
    log.error("the end took longer than %s s", END_S)
    os._exit(1)


def _limit_files(bytes_max: int) -> None:
    """Let no file be written beyond ``bytes_max``: 0 is what a full disk is to a process."""
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_max, hard))
