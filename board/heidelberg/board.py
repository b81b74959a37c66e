"""Board: how the Energy Control is reached, made and set to nothing."""

from pathlib import Path

from ampkeeper.board.host.fronted import Board, Line, PilotSettings, pilot_keys
from ampkeeper.board.host.guarding import LastOrder
from ampkeeper.hal.linux.modbus_sift import crc
from ampkeeper.hal.pilots.heidelberg import LIMIT, HeidelbergPilot
from ampkeeper.hal.pilots.warrant import Rating
from ampkeeper.hal.ports import Clock


def make_pilot(
    settings: PilotSettings, line: Line, clock: Clock, rating: Rating
) -> HeidelbergPilot:
    """The driver, not open yet."""
    return HeidelbergPilot(line(), settings.unit, clock, rating)


def last_order(settings: PilotSettings) -> LastOrder:
    """Register 261 = 0 by function 6, whose confirmation repeats it; and read back."""
    order = bytes((settings.unit, 6)) + LIMIT.to_bytes(2) + bytes(2)
    question = bytes((settings.unit, 3)) + LIMIT.to_bytes(2) + (1).to_bytes(2)
    shown = bytes((settings.unit, 3, 2, 0, 0))
    frames = (each + crc(each) for each in (order, order, question, shown))
    return LastOrder(settings.port, settings.baud, settings.parity, *frames)


BOARD = Board(
    name="heidelberg",
    file=Path(__file__).with_name("board.toml"),
    keys=pilot_keys("/dev/ttyUSB1", 19_200, "E"),
    is_on_bus=True,
    make_pilot=make_pilot,
    last_order=last_order,
)
