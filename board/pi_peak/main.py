"""Main: the station on a Pi whose ring 1 is a process of its own beside it.

Starts ring 1 (or expects it from systemd), connects to it, to the meter and to the reader, and
runs the station until SIGTERM. A reset begins the station anew; ring 1 is not touched by it.
"""

import asyncio
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from ampkeeper.board.pi_peak.config_keys import NONE, PN532, Keys, read_keys
from ampkeeper.board.pi_peak.facts import Facts, load_facts
from ampkeeper.board.pi_peak.keeper import RingKeeper
from ampkeeper.firmware import __version__
from ampkeeper.firmware.app import App, Hardware, Surroundings
from ampkeeper.firmware.config import ConfigError
from ampkeeper.firmware.config.model import Config, Evse, Protection
from ampkeeper.firmware.config.problems import Problem
from ampkeeper.firmware.faces.cli.start import Start
from ampkeeper.firmware.ocpp.dialer import Access, Dialer
from ampkeeper.firmware.safety.signals import YES, Settings
from ampkeeper.firmware.station.ring_one import settings_of
from ampkeeper.hal.linux.clock import SystemClock
from ampkeeper.hal.linux.modbus import serial_bus
from ampkeeper.hal.linux.stream import SerialStream
from ampkeeper.hal.linux.unix_stream import UnixStream
from ampkeeper.hal.linux.websocket import WebSocketDialer, WebSocketSettings
from ampkeeper.hal.meters import registers
from ampkeeper.hal.meters.checked import MapError
from ampkeeper.hal.meters.map_file import load_map
from ampkeeper.hal.meters.modbus_meter import ModbusMeter
from ampkeeper.hal.pilots.linked import LinkedPilot
from ampkeeper.hal.ports import Clock, Reader
from ampkeeper.hal.readers.pn532 import Pn532Reader
from ampkeeper.hal.readers.text import TextReader

SOCKET = "ring.sock"  # in the state folder
MAPS = Path(registers.__file__).parent
READER = 1
RESTART_S = 0.5  # a station that restarts itself is not there for this long

log = logging.getLogger(__name__)


def main(start: Start) -> int:
    """Run the charger as the configuration asks; the return value is the exit code."""
    facts = load_facts()
    keys = read_keys(start.config.board.tables)
    check_fits(start.config, facts, keys)
    start.state.mkdir(parents=True, exist_ok=True)
    asyncio.run(live(start, facts, keys, ring_command(start.state, keys)))
    return 0


async def live(start: Start, facts: Facts, keys: Keys, command: Sequence[str]) -> None:
    """Run until SIGTERM or SIGINT; ``command`` starts ring 1."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_stations(start, facts, keys), name="station")]
        if keys.ring_starts:
            tasks.append(group.create_task(RingKeeper(command).run(), name="ring 1"))
        await stop.wait()  # ended by a signal
        for task in tasks:
            task.cancel()


async def _stations(start: Start, facts: Facts, keys: Keys) -> None:
    """One life of the station after another, for as long as it asks for the next."""
    clock = SystemClock()
    around = Surroundings(make_dialer=websocket_dialer)
    while True:
        parts = hardware(start, facts, keys, clock)
        kind = await App(start.config, start.state, parts, clock, around).run()
        log.info("the station begins anew after a %s reset", kind)
        await asyncio.sleep(RESTART_S)


def hardware(start: Start, facts: Facts, keys: Keys, clock: Clock) -> Hardware:
    """The drivers, not open yet."""
    evse = start.config.evse[0]
    stream = UnixStream(socket_path(start.state, keys))
    settings = pilot_settings(evse, facts, start.config.protection)
    pilot = LinkedPilot(stream, clock, settings, __version__)
    bus = serial_bus(keys.meter_port, keys.meter_baud, keys.meter_parity)
    register_map = load_map(MAPS / f"{keys.meter_map}.toml")
    meter = ModbusMeter(bus, keys.meter_unit, register_map, clock)
    return Hardware({evse.id: pilot}, {evse.id: meter}, readers(keys, clock))


def readers(keys: Keys, clock: Clock) -> dict[int, Reader]:
    """The reader that was connected, if any."""
    if keys.reader_kind == NONE:
        return {}
    stream = SerialStream(keys.reader_port)
    is_pn532 = keys.reader_kind == PN532
    return {READER: Pn532Reader(stream, clock) if is_pn532 else TextReader(stream, clock)}


def pilot_settings(evse: Evse, facts: Facts, protection: Protection) -> Settings:
    """What the station tells ring 1 about this EVSE and its circuit board."""
    settings = settings_of(evse, protection)
    settings.has_meter = YES
    settings.has_phase_relay = int("phase_relay" in facts.outputs)
    settings.has_rcd_test = int("rcd_test" in facts.outputs)
    settings.has_cp_relay = int("cp_disconnect" in facts.outputs)
    return settings


def ring_command(state: Path, keys: Keys) -> list[str]:
    """How to start ring 1."""
    module = "ampkeeper.board.pi_peak.ring"
    command = [sys.executable, "-m", module, "--socket", str(socket_path(state, keys))]
    return [*command, "--watchdog", keys.ring_watchdog] if keys.ring_watchdog else command


def socket_path(state: Path, keys: Keys) -> Path:
    """Where ring 1 listens."""
    return Path(keys.ring_socket) if keys.ring_socket else state / SOCKET


def check_fits(config: Config, facts: Facts, keys: Keys) -> None:
    """Refuse a configuration that this circuit board cannot carry; raise ConfigError."""
    evse = config.evse[0]
    problems = []
    if len(config.evse) > 1:
        problems.append(_problem("evse", len(config.evse), "this board has one EVSE"))
    if evse.max_a * 1_000 > facts.max_ma:
        allowed = f"must be at most {facts.max_ma / 1_000:g} A, what this board is rated for"
        problems.append(_problem("evse[1].max_a", evse.max_a, allowed))
    if evse.phases > facts.phases:
        allowed = f"must be at most {facts.phases}, what this board switches"
        problems.append(_problem("evse[1].phases", evse.phases, allowed))
    has_lock = "lock_in" in facts.outputs and "pp" in facts.channels
    if evse.socket and not has_lock:
        allowed = "must be false: this board has no lock or no proximity channel"
        problems.append(_problem("evse[1].socket", "true", allowed))
    try:
        load_map(MAPS / f"{keys.meter_map}.toml")
    except MapError as error:
        problems.append(_problem("board.meter.map", keys.meter_map, str(error)))
    if problems:
        raise ConfigError(problems)


def websocket_dialer(access: Access) -> Dialer:
    """The way to the central system."""
    settings = WebSocketSettings(
        ping_interval_s=access.ping_interval_s,
        user=access.user,
        password=access.password,
        ca_file=access.ca_file,
        certificate_file=access.certificate_file,
        key_file=access.key_file,
    )
    return WebSocketDialer(settings)


def _problem(key: str, value: object, allowed: str) -> Problem:
    return Problem("board pi_peak", 0, key, str(value), allowed)
