"""Main: the station on a Pi whose ring 1 runs on our RP2040 pilot board, on a serial line.

The pilot board is one of a pair: it runs what the station's software brought for it, and nothing
is charged until it does (``board/host/paired.py``). A reset begins the station anew; the pilot
board is not touched by it.
"""

import asyncio

from ampkeeper.board.host.installing import update_problems
from ampkeeper.board.host.life import live, stations
from ampkeeper.board.host.paired import PairedPilot
from ampkeeper.board.host.pairing import wants_of
from ampkeeper.board.host.parts import (
    grid_line,
    grid_problems,
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
from ampkeeper.board.pi_rp2040.config_keys import Keys, read_keys
from ampkeeper.board.pi_rp2040.facts import Facts, load_facts
from ampkeeper.firmware import __version__
from ampkeeper.firmware.app import Hardware
from ampkeeper.firmware.config import ConfigError
from ampkeeper.firmware.config.model import Config, Evse, Protection
from ampkeeper.firmware.config.problems import Problem
from ampkeeper.firmware.faces.cli.start import Start
from ampkeeper.firmware.safety.signals import YES, Settings
from ampkeeper.firmware.station.ring_one import settings_of
from ampkeeper.hal.linux.clock import SystemClock
from ampkeeper.hal.linux.modbus import BusBook
from ampkeeper.hal.linux.usb import AdapterStream
from ampkeeper.hal.meters.make import make_meter
from ampkeeper.hal.pilots.linked import LinkedPilot
from ampkeeper.hal.ports import Clock

BOARD = "pi_rp2040"
PILOT_BOARD = "pilot_rp2040"  # as the pilot board calls itself
BAUD = 115_200  # hal/micro/uart.py
PORT = "board.pilot.port"
IS_PILOTS = "is the pilot board's line"


def main(start: Start) -> int:
    """Run the charger as the configuration asks; the return value is the exit code."""
    facts, keys = check(start.config)
    start.state.mkdir(parents=True, exist_ok=True)
    return asyncio.run(_live(start, facts, keys))


def check(config: Config) -> tuple[Facts, Keys]:
    """What board.toml and the keys say; raise ConfigError for what this board cannot carry."""
    facts = facts_of(load_facts)
    keys = read_keys(config.board.tables)
    check_fits(config, facts, keys)
    return facts, keys


async def _live(start: Start, facts: Facts, keys: Keys) -> int:
    clock = SystemClock()
    return await live(
        {"station": stations(start, lambda: hardware(start, facts, keys, clock), clock)}
    )


def hardware(start: Start, facts: Facts, keys: Keys, clock: Clock) -> Hardware:
    """The drivers, not open yet."""
    evse = start.config.evse[0]
    stream = AdapterStream(keys.pilot_port, BAUD)
    settings = pilot_settings(evse, facts, start.config.protection)
    linked = LinkedPilot(stream, clock, settings, __version__, facts.has_stop)
    wants = wants_of(start.config, start.state, PILOT_BOARD)
    book = BusBook()
    return Hardware(
        {evse.id: PairedPilot(linked, clock, wants)},
        {evse.id: make_meter(keys.meter, book, clock)},
        readers(keys.reader, clock),
        indicators(facts.lines.panel, evse.id, clock),
        mains_meter(start.config, book, clock),
        grid_line(start.config, facts.lines),
    )


def pilot_settings(evse: Evse, facts: Facts, protection: Protection) -> Settings:
    """What the station tells ring 1 about this EVSE and its circuit."""
    settings = settings_of(evse, protection)
    settings.has_meter = YES
    settings.has_phase_relay = int("phase_relay" in facts.parts)
    settings.has_rcd_test = int("rcd" in facts.parts)
    settings.has_cp_relay = int("cp_relay" in facts.parts)
    return settings


def check_fits(config: Config, facts: Facts, keys: Keys) -> None:
    """Refuse a configuration that this board cannot carry; raise ConfigError."""
    clock = SystemClock()
    problems = [*rating_problems(BOARD, config.evse, facts.lines.max_ma, facts.lines.phases)]
    if config.evse[0].socket and "lock" not in facts.parts:
        allowed = "must be false: board.toml has no lock among its [parts]"
        problems.append(problem(BOARD, "evse[1].socket", "true", allowed))
    problems += _line_problems(keys)
    problems += part_problems(BOARD, keys.meter, keys.reader, clock)
    problems += mains_problems(BOARD, config, clock, *ports_of(keys.reader, keys.pilot_port))
    problems += grid_problems(BOARD, config, facts.lines)
    problems += update_problems(BOARD, config)
    ports = ports_of(keys.reader, keys.meter.port, keys.pilot_port)
    problems += pin_problems(facts.lines, ports)
    if problems:
        raise ConfigError(problems)


def _line_problems(keys: Keys) -> list[Problem]:
    """Nothing else hangs on the pilot board's line."""
    port = keys.pilot_port
    if not is_path_of(SERIAL, port):
        wrong = "must be a serial port of this computer, such as /dev/serial0 or /dev/ttyUSB0"
        return [problem(BOARD, PORT, repr(port), wrong)]
    problems = []
    if is_same(port, keys.meter.port):
        problems.append(problem(BOARD, "board.meter.port", keys.meter.port, IS_PILOTS))
    if any(is_same(port, other) for other in ports_of(keys.reader)):
        problems.append(problem(BOARD, "board.reader.port", keys.reader.port, IS_PILOTS))
    return problems
