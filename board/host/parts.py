"""Parts: the drivers of what hangs on a Pi, and whether they can be made. Nothing is opened."""

from collections.abc import Iterator
from typing import Any

from ampkeeper.board.host.keys import NONE, ReaderSettings
from ampkeeper.board.host.port_checks import is_same, wrong_meter_port, wrong_reader_port
from ampkeeper.board.host.trips import trips_of
from ampkeeper.firmware.config.model import Config, Evse
from ampkeeper.firmware.config.model_energy import METER, Mains
from ampkeeper.firmware.config.model_grid import LINE
from ampkeeper.firmware.config.problems import Problem
from ampkeeper.hal.linux.contact import GpioContact
from ampkeeper.hal.linux.indicator import GpioIndicator
from ampkeeper.hal.linux.lines import Lines, PanelLines
from ampkeeper.hal.linux.modbus import BusBook
from ampkeeper.hal.linux.trips import TripLines
from ampkeeper.hal.meters.make import Buses, MeterSettings, make_meter
from ampkeeper.hal.pilots.guarded import GuardedPilot
from ampkeeper.hal.ports import Clock, Indicator, Meter, Pilot, Reader
from ampkeeper.hal.readers.make import make_reader

READER = 1
METER_PORT, READER_PORT = "board.meter.port", "board.reader.port"


def readers(settings: ReaderSettings, clock: Clock) -> dict[int, Reader]:
    """The reader that was connected, if any."""
    if settings.kind == NONE:
        return {}
    return {READER: make_reader(settings.kind, settings.port, clock, settings.options)}


def indicators(panel: PanelLines, evse_id: int, clock: Clock) -> dict[int, Indicator]:
    """Lamp, buzzer and button, if any is fitted."""
    return {evse_id: GpioIndicator(panel, _lgpio, clock)} if panel.is_fitted else {}


def mains_meter(config: Config, buses: Buses, clock: Clock) -> Meter | None:
    """The meter between house and grid, where one is configured."""
    if config.mains.source != METER:
        return None
    return make_meter(mains_settings(config.mains), buses, clock)


def mains_settings(mains: Mains) -> MeterSettings:
    """What [mains] says of it."""
    line = (mains.baud, mains.parity, mains.stop_bits)
    return MeterSettings(mains.map, mains.port, mains.unit, *line)


def mains_problems(board: str, config: Config, clock: Clock, *taken: str) -> Iterator[Problem]:
    """What cannot be made of the mains meter; ``taken`` are ports of parts that share none."""
    if config.mains.source != METER:
        return
    port = config.mains.port
    try:
        if wrong := wrong_meter_port(port):
            yield problem(board, "mains.port", port, wrong)
        mains_meter(config, BusBook(), clock)
    except (ValueError, OSError) as error:
        yield problem(board, "mains.map", config.mains.map, str(error))
    if any(is_same(port, other) for other in taken):
        yield problem(board, "mains.port", port, "is the line of another part")


def grid_line(config: Config, lines: Lines) -> GpioContact | None:
    """The contact of the grid operator's control box, where the configuration wants it."""
    if config.grid.input != LINE or lines.grid_relay is None:
        return None
    return GpioContact("the grid operator's line", lines.grid_relay, _lgpio)


def grid_problems(board: str, config: Config, lines: Lines) -> Iterator[Problem]:
    """A line that is wanted and not wired."""
    if config.grid.input == LINE and lines.grid_relay is None:
        yield problem(board, "grid.input", LINE, "board.toml has no [grid_relay]: wire it there")


def guarded(pilot: Pilot, lines: Lines, clock: Clock) -> Pilot:
    """The pilot, held at nothing by an emergency stop and its like where one is wired."""
    trips = trips_of(lines)
    return GuardedPilot(pilot, TripLines(trips, _lgpio), clock) if trips else pilot


def ports_of(reader: ReaderSettings, *ports: str) -> list[str]:
    """The ports in use: those of the reader, if there is one, and others."""
    return [*ports, reader.port] if reader.kind != NONE else list(ports)


def rating_problems(
    board: str, evses: tuple[Evse, ...], max_ma: int, phases: int
) -> Iterator[Problem]:
    """What of the EVSEs this board cannot carry."""
    evse = evses[0]
    if len(evses) > 1:
        yield problem(board, "evse", len(evses), "this board has one EVSE")
    if evse.max_a * 1_000 > max_ma:
        allowed = f"must be at most {max_ma / 1_000:g} A, what this board is rated for"
        yield problem(board, "evse[1].max_a", f"{evse.max_a:g}", allowed)
    if evse.phases > phases:
        allowed = f"must be at most {phases}, what this board switches"
        yield problem(board, "evse[1].phases", evse.phases, allowed)


def part_problems(
    board: str, meter: MeterSettings, reader: ReaderSettings, clock: Clock
) -> Iterator[Problem]:
    """What cannot be made of meter and reader as they are configured."""
    try:
        if wrong := wrong_meter_port(meter.port):
            yield problem(board, METER_PORT, meter.port, wrong)
        make_meter(meter, BusBook(), clock)
    except (ValueError, OSError) as error:
        key = METER_PORT if meter.port and meter.port in str(error) else "board.meter.map"
        value = meter.port if key == METER_PORT else meter.map
        yield problem(board, key, value, str(error))
    if reader.kind == NONE:
        return
    if is_same(reader.port, meter.port):
        yield problem(board, READER_PORT, reader.port, "is the meter's line")
    try:
        readers(reader, clock)
        if wrong := wrong_reader_port(reader.kind, reader.port):
            yield problem(board, READER_PORT, reader.port, wrong)
    except ValueError as error:
        yield problem(board, READER_PORT, reader.port, str(error))


def problem(board: str, key: str, value: object, allowed: str) -> Problem:
    """What is wrong with a configuration that this board cannot carry."""
    return Problem(f"board {board}", 0, key, str(value), allowed)


def _lgpio() -> Any:
    from gpiozero.pins.lgpio import LGPIOFactory  # slow, and only there on a Pi

    return LGPIOFactory()
