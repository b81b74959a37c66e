"""Board: how the EVSE-DIN is reached, made and set to nothing."""

from pathlib import Path

from ampkeeper.board.host.fronted import Board, Line, PilotSettings, pilot_keys
from ampkeeper.board.host.guarding import LastOrder
from ampkeeper.hal.linux.modbus_sift import crc
from ampkeeper.hal.pilots.evse_din import STATUS, EvseDinPilot
from ampkeeper.hal.pilots.warrant import Rating
from ampkeeper.hal.ports import Clock


def make_pilot(settings: PilotSettings, line: Line, clock: Clock, rating: Rating) -> EvseDinPilot:
    """The driver, not open yet."""
    return EvseDinPilot(line(), settings.unit, clock, rating)


def last_order(settings: PilotSettings) -> LastOrder:
    """Register 1000 = 0 by function 16, whose confirmation has no value; so it is read back."""
    one_register = STATUS.to_bytes(2) + (1).to_bytes(2)
    head = bytes((settings.unit, 16)) + one_register
    order = head + bytes((2, 0, 0))
    question, shown = bytes((settings.unit, 3)) + one_register, bytes((settings.unit, 3, 2, 0, 0))
    frames = (each + crc(each) for each in (order, head, question, shown))
    return LastOrder(settings.port, settings.baud, settings.parity, *frames)


BOARD = Board(
    name="evse_din",
    file=Path(__file__).with_name("board.toml"),
    keys=pilot_keys("/dev/ttyUSB1", 9_600, "N"),
    is_on_bus=True,
    make_pilot=make_pilot,
    last_order=last_order,
)
