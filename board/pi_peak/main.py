"""Main: the station on a Pi whose ring 1 is a process of its own beside it.

Starts ring 1 (or expects it from systemd), connects to it, to the meter and to the reader, and
runs the station until SIGTERM. A reset begins the station anew; ring 1 is not touched by it.
"""

import asyncio
import sys
from pathlib import Path

from ampkeeper.board.host.installing import update_problems
from ampkeeper.board.host.life import live, stations
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
from ampkeeper.board.pi_peak.config_keys import Keys, read_keys
from ampkeeper.board.pi_peak.facts import Facts, load_facts
from ampkeeper.board.pi_peak.keeper import RingKeeper
from ampkeeper.firmware import __version__
from ampkeeper.firmware.app import Hardware
from ampkeeper.firmware.config import ConfigError
from ampkeeper.firmware.config.model import Config, Evse, Protection
from ampkeeper.firmware.faces.cli.start import Start
from ampkeeper.firmware.safety.signals import YES, Settings
from ampkeeper.firmware.station.ring_one import settings_of
from ampkeeper.hal.linux.clock import SystemClock
from ampkeeper.hal.linux.modbus import BusBook
from ampkeeper.hal.linux.unix_stream import UnixStream
from ampkeeper.hal.meters.make import make_meter
from ampkeeper.hal.pilots.linked import LinkedPilot
from ampkeeper.hal.ports import Clock

BOARD = "pi_peak"
STOPS = frozenset(("emergency_stop", "supply_ok"))  # of the inputs in board.toml
SOCKET = "ring.sock"  # in the state folder


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
    works = {"station": stations(start, lambda: hardware(start, facts, keys, clock), clock)}
    if keys.ring_starts:
        works["ring 1"] = RingKeeper(ring_command(start.state, keys)).run()
    return await live(works)


def hardware(start: Start, facts: Facts, keys: Keys, clock: Clock) -> Hardware:
    """The drivers, not open yet."""
    evse = start.config.evse[0]
    stream = UnixStream(socket_path(start.state, keys))
    settings = pilot_settings(evse, facts, start.config.protection)
    pilot = LinkedPilot(stream, clock, settings, __version__, has_stop(facts))
    book = BusBook()
    meter = make_meter(keys.meter, book, clock)
    mains = mains_meter(start.config, book, clock)
    panel = indicators(facts.lines.panel, evse.id, clock)
    cards = readers(keys.reader, clock)
    relay = grid_line(start.config, facts.lines)
    return Hardware({evse.id: pilot}, {evse.id: meter}, cards, panel, mains, relay)


def has_stop(facts: Facts) -> bool:
    """Whether an emergency stop or a supply monitor is fitted: else nobody can say it is well."""
    return not facts.lines.inputs.keys().isdisjoint(STOPS)


def pilot_settings(evse: Evse, facts: Facts, protection: Protection) -> Settings:
    """What the station tells ring 1 about this EVSE and its circuit board."""
    settings = settings_of(evse, protection)
    settings.has_meter = YES
    settings.has_phase_relay = int("phase_relay" in facts.lines.outputs)
    settings.has_rcd_test = int("rcd_test" in facts.lines.outputs)
    settings.has_cp_relay = int("cp_disconnect" in facts.lines.outputs)
    return settings


def ring_command(state: Path, keys: Keys) -> list[str]:
    """How to start ring 1."""
    module = "ampkeeper.board.pi_peak.ring"
    socket = str(socket_path(state, keys))
    command = [sys.executable, "-P", "-m", module, "--socket", socket]
    return [*command, "--watchdog", keys.ring_watchdog] if keys.ring_watchdog else command


def socket_path(state: Path, keys: Keys) -> Path:
    """Where ring 1 listens."""
    return Path(keys.ring_socket) if keys.ring_socket else state / SOCKET


def check_fits(config: Config, facts: Facts, keys: Keys) -> None:
    """Refuse a configuration that this circuit board cannot carry; raise ConfigError."""
    problems = [*rating_problems(BOARD, config.evse, facts.lines.max_ma, facts.lines.phases)]
    has_lock = "lock_in" in facts.lines.outputs and "pp" in facts.channels
    if config.evse[0].socket and not has_lock:
        allowed = "must be false: this board has no lock or no proximity channel"
        problems.append(problem(BOARD, "evse[1].socket", "true", allowed))
    problems += part_problems(BOARD, keys.meter, keys.reader, SystemClock())
    problems += mains_problems(BOARD, config, SystemClock(), *ports_of(keys.reader))
    problems += grid_problems(BOARD, config, facts.lines)
    problems += update_problems(BOARD, config)
    problems += pin_problems(facts.lines, ports_of(keys.reader, keys.meter.port), facts.own_pins)
    if problems:
        raise ConfigError(problems)
