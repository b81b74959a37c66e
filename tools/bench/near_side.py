"""Near side: the station alone in its process, on the shipped drivers, for ``alone.py``.

Put together as a board's ``main`` does it for a charger with ring 1, meter and reader on serial
ports. Runs until it is killed.
"""

import asyncio
import json
import logging
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from ampkeeper.board.host.broker import mqtt_bus
from ampkeeper.firmware.app import App, Hardware, Surroundings
from ampkeeper.firmware.config import Config, load
from ampkeeper.firmware.faces.cli.start import LOG_FORMAT, checkers
from ampkeeper.firmware.ocpp.dialer import Access, Dialer
from ampkeeper.firmware.safety.signals import Settings
from ampkeeper.hal.linux.modbus import serial_bus
from ampkeeper.hal.linux.stream import SerialStream
from ampkeeper.hal.linux.websocket import WebSocketDialer, WebSocketSettings
from ampkeeper.hal.meters import registers
from ampkeeper.hal.meters.map_file import load_map
from ampkeeper.hal.meters.modbus_meter import ModbusMeter
from ampkeeper.hal.pilots.linked import LinkedPilot
from ampkeeper.hal.readers.pn532 import Pn532Reader

SDM630 = Path(registers.__file__).with_name("sdm630.toml")
METER_UNIT = 1


class MachineClock:
    """The ``Clock`` port on the machine's own clocks."""

    def now(self) -> datetime:
        """Aware UTC."""
        return datetime.now(UTC)

    def now_s(self) -> float:
        """Monotonic seconds."""
        return time.monotonic()


def hardware(config: Config, paths: dict[str, str], clock: MachineClock) -> Hardware:
    """The drivers of one EVSE, on the lines at ``paths``; not open yet."""
    evse = config.evse[0]
    settings = Settings()
    settings.max_ma = round(evse.max_a * 1_000)
    settings.phases = evse.phases
    settings.is_socket = int(evse.socket)
    pilot = LinkedPilot(SerialStream(paths["pilot"]), clock, settings)
    meter = ModbusMeter(serial_bus(paths["meter"]), METER_UNIT, load_map(SDM630), clock)
    reader = Pn532Reader(SerialStream(paths["reader"]), clock)
    return Hardware({evse.id: pilot}, {evse.id: meter}, {1: reader})


def dialer(access: Access) -> Dialer:
    """The real way to the central system, without TLS."""
    return WebSocketDialer(WebSocketSettings())


async def run(config: Config, state: Path, paths: dict[str, str]) -> None:
    """Be a station until killed."""
    clock = MachineClock()
    around = Surroundings(make_dialer=dialer, make_bus=mqtt_bus)
    await App(config, state, hardware(config, paths, clock), clock, around).run()


def main(config_file: str, state: str, paths: str) -> None:
    """Load, log and run as the command line does."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format=LOG_FORMAT)
    Path(state).mkdir(parents=True, exist_ok=True)
    config = load(config_file, (), checkers())
    asyncio.run(run(config, Path(state), json.loads(paths)))


if __name__ == "__main__":
    main(*sys.argv[1:])
