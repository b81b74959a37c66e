"""Fronted: a Pi in front of a bought pilot board, whichever it is.

What such boards share: the keys below ``[board.pilot]``, the check of a configuration against
``board.toml``, one bus where meter and pilot hang on one line, the guard beside the station, and
0 A at the end of each of its lives.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ampkeeper.board.host import keys
from ampkeeper.board.host.guarding import Guarding, LastOrder
from ampkeeper.board.host.installing import update_problems
from ampkeeper.board.host.keys import Key, Keys, ReaderSettings, Values, meter_of, reader_of
from ampkeeper.board.host.lease import SharedBus
from ampkeeper.board.host.life import live, stations
from ampkeeper.board.host.parts import (
    grid_line,
    grid_problems,
    guarded,
    indicators,
    mains_meter,
    mains_problems,
    part_problems,
    ports_of,
    problem,
    rating_problems,
    readers,
)
from ampkeeper.board.host.pins import facts_of, pin_problems
from ampkeeper.board.host.port_checks import SERIAL, is_path_of, is_same
from ampkeeper.board.host.trips import trips_of
from ampkeeper.firmware.app import Hardware
from ampkeeper.firmware.config import ConfigError
from ampkeeper.firmware.config.model import Config
from ampkeeper.firmware.config.problems import Problem
from ampkeeper.firmware.faces.cli.start import Start
from ampkeeper.hal.errors import HalError
from ampkeeper.hal.linux.clock import SystemClock
from ampkeeper.hal.linux.lines import Lines, load_lines
from ampkeeper.hal.linux.modbus import BusBook, serial_bus
from ampkeeper.hal.meters.make import MeterSettings, make_meter
from ampkeeper.hal.pilots.bought import BoughtPilot
from ampkeeper.hal.pilots.guarded import GuardedPilot
from ampkeeper.hal.pilots.warrant import Rating
from ampkeeper.hal.ports import Clock, ModbusBus

PILOT_TIMEOUT_S = 0.4  # on a line of its own; a meter's line keeps the meter's
REST_S = 5.0  # for the board to take 0 A at the end of a life
IS_OURS = "is the pilot board's line"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PilotSettings:
    """Where the pilot board is, and how it is spoken to."""

    port: str
    baud: int
    parity: str
    unit: int
    fallback_a: int


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that was connected."""

    pilot: PilotSettings
    meter: MeterSettings
    reader: ReaderSettings


class Line(Protocol):
    """Gives a driver its bus, when it asks for one."""

    def __call__(self) -> ModbusBus: ...


MakePilot = Callable[[PilotSettings, Line, Clock, Rating], BoughtPilot]
MakeOrder = Callable[[PilotSettings], LastOrder]


@dataclass(frozen=True, slots=True)
class Board:
    """One kind of bought board."""

    name: str
    file: Path  # board.toml
    keys: Keys
    is_on_bus: bool  # Modbus, so that a meter may be on its line
    make_pilot: MakePilot
    last_order: MakeOrder


def pilot_keys(port: str, baud: int, parity: str, fallback_a: int = 0) -> Keys:
    """The keys of a bought board; ``fallback_a`` 0: it has none to set."""
    own = {
        "pilot.port": Key(port),
        "pilot.baud": Key(baud, keys.BAUDS),
        "pilot.parity": Key(parity, keys.PARITIES),
        "pilot.unit": keys.UNIT,
    }
    if fallback_a:
        own["pilot.fallback_a"] = Key(fallback_a, low=6, high=16)
        del own["pilot.unit"], own["pilot.parity"]
    return {**own, **keys.HOST}


def run(board: Board, start: Start) -> int:
    """Run the charger as the configuration asks; the return value is the exit code."""
    lines, parts = check(board, start.config)
    start.state.mkdir(parents=True, exist_ok=True)
    return asyncio.run(_live(board, start, lines, parts))


def check(board: Board, config: Config) -> tuple[Lines, Parts]:
    """What the board's file and the keys say; raise ConfigError for what it cannot carry."""
    lines = facts_of(lambda: _lines_of(board.file))
    parts = parts_of(keys.values_of(board.keys, config.board.tables))
    check_fits(board, config, lines, parts)
    return lines, parts


def parts_of(values: Values) -> Parts:
    """What the keys say."""
    pilot = PilotSettings(
        port=str(values["pilot.port"]),
        baud=int(values["pilot.baud"]),
        parity=str(values.get("pilot.parity", "N")),
        unit=int(values.get("pilot.unit", 1)),
        fallback_a=int(values.get("pilot.fallback_a", 0)),
    )
    return Parts(pilot, meter_of(values), reader_of(values))


def check_fits(board: Board, config: Config, lines: Lines, parts: Parts) -> None:
    """Refuse a configuration that this board cannot carry; raise ConfigError."""
    problems = [*rating_problems(board.name, config.evse, lines.max_ma, lines.phases)]
    if config.evse[0].socket:
        wrong = problem(board.name, "evse[1].socket", "true", "must be false: it holds no plug")
        problems.append(wrong)
    problems += part_problems(board.name, parts.meter, parts.reader, SystemClock())
    taken = ports_of(parts.reader) if board.is_on_bus else ports_of(parts.reader, parts.pilot.port)
    problems += mains_problems(board.name, config, SystemClock(), *taken)
    problems += grid_problems(board.name, config, lines)
    problems += _line_problems(board, parts)
    problems += update_problems(board.name, config)
    problems += pin_problems(lines, ports_of(parts.reader, parts.meter.port, parts.pilot.port))
    if problems:
        raise ConfigError(problems)


def hardware(board: Board, start: Start, lines: Lines, parts: Parts, clock: Clock) -> Hardware:
    """The drivers, not open yet."""
    evse = start.config.evse[0]
    book = BusBook()
    shared: SharedBus | None = None
    if board.is_on_bus and is_same(parts.pilot.port, parts.meter.port):
        shared = SharedBus(book.bus(parts.pilot.port, parts.pilot.baud, parts.pilot.parity))

    def line() -> ModbusBus:
        if shared is not None:
            return shared.lease()
        pilot = parts.pilot
        return serial_bus(pilot.port, pilot.baud, pilot.parity, timeout_s=PILOT_TIMEOUT_S)

    buses = book if shared is None else Leases(shared)
    rating = Rating(min(lines.max_ma, round(evse.max_a * 1_000)), evse.phases)
    pilot = guarded(board.make_pilot(parts.pilot, line, clock, rating), lines, clock)
    meter = make_meter(parts.meter, buses, clock)
    return Hardware(
        {evse.id: pilot},
        {evse.id: meter},
        readers(parts.reader, clock),
        indicators(lines.panel, evse.id, clock),
        mains_meter(start.config, buses, clock),
        grid_line(start.config, lines),
    )


class Leases:
    """One bus for whoever asks."""

    def __init__(self, shared: SharedBus) -> None:
        self._shared = shared

    def bus(self, port: str, baud: int, parity: str, stop_bits: int) -> ModbusBus:
        """Return a hold of its own; the settings were compared at the start."""
        return self._shared.lease()


async def leave(hardware: Hardware) -> bool:
    """Set the boards to nothing at the end of a life, and say whether they were seen so.

    The guard tries on where they were not.
    """
    is_at_nothing = True
    for evse_id, pilot in bought(hardware).items():
        try:
            async with asyncio.timeout(REST_S):
                await pilot.rest()
        except (HalError, TimeoutError) as error:
            is_at_nothing = False
            log.error("evse %d: pilot was not set to 0 A: %s", evse_id, error or "no time left")
    return is_at_nothing


def bought(hardware: Hardware) -> dict[int, BoughtPilot]:
    """The drivers of bought boards, without what is put before them."""
    pilots = {
        evse_id: port.inner if isinstance(port, GuardedPilot) else port
        for evse_id, port in hardware.pilots.items()
    }
    return {each: pilot for each, pilot in pilots.items() if isinstance(pilot, BoughtPilot)}


def _lines_of(file: Path) -> Lines:
    """The board's lines, each of which means something here."""
    lines = load_lines(file)
    trips_of(lines)
    return lines


async def _live(board: Board, start: Start, lines: Lines, parts: Parts) -> int:
    clock = SystemClock()
    guarding = Guarding(board.last_order(parts.pilot).command())

    def begin() -> Hardware:
        made = hardware(board, start, lines, parts, clock)
        guarding.pilots, guarding.is_at_nothing = tuple(bought(made).values()), False
        return made

    async def end(made: Hardware) -> None:
        guarding.is_at_nothing = await leave(made)

    async with asyncio.TaskGroup() as group:
        guard = group.create_task(guarding.run(), name="guard")
        try:
            return await live({"station": stations(start, begin, clock, end)})
        finally:
            guard.cancel()  # after the station: both at once would fight for the line


def _line_problems(board: Board, parts: Parts) -> list[Problem]:
    """What does not go together on one line."""
    pilot, meter, reader = parts.pilot, parts.meter, parts.reader
    if not is_path_of(SERIAL, pilot.port):
        wrong = "must be a serial port of this computer: the guard has no other way to the board"
        return [problem(board.name, "board.pilot.port", repr(pilot.port), wrong)]
    if reader.kind != keys.NONE and is_same(pilot.port, reader.port):
        return [problem(board.name, "board.reader.port", reader.port, IS_OURS)]
    if not is_same(pilot.port, meter.port):
        return []
    if not board.is_on_bus:
        return [problem(board.name, "board.meter.port", meter.port, IS_OURS)]
    ours = (pilot.baud, pilot.parity, 1)
    theirs = (meter.baud, meter.parity, meter.stop_bits)
    if ours != theirs:
        wrong = f"must be as the meter's on the same line: {theirs}"
        return [problem(board.name, "board.pilot.baud, parity", ours, wrong)]
    if pilot.unit == meter.unit:
        wrong = "must be another than the meter's on the same line"
        return [problem(board.name, "board.pilot.unit", pilot.unit, wrong)]
    return []
