"""Board: how the OpenEVSE controller is reached, made and put to sleep."""

from pathlib import Path

from ampkeeper.board.host.fronted import Board, Line, PilotSettings, pilot_keys
from ampkeeper.board.host.guarding import LastOrder
from ampkeeper.hal.linux.usb import AdapterStream
from ampkeeper.hal.pilots.openevse import OpenEvsePilot
from ampkeeper.hal.pilots.rapi import encode
from ampkeeper.hal.pilots.warrant import Rating
from ampkeeper.hal.ports import Clock

LAST_SEQUENCE = 0xFF
ASLEEP = b"$OK fe "  # how the answer to GS begins


def make_pilot(settings: PilotSettings, line: Line, clock: Clock, rating: Rating) -> OpenEvsePilot:
    """The driver, not open yet; it has a line of its own."""
    stream = AdapterStream(settings.port, settings.baud)
    return OpenEvsePilot(stream, clock, rating, settings.fallback_a)


def last_order(settings: PilotSettings) -> LastOrder:
    """Sleep, confirmed with the order's sequence id; and shown."""
    return LastOrder(
        settings.port,
        settings.baud,
        parity="N",
        request=encode("FS", LAST_SEQUENCE),
        answer=encode("OK", LAST_SEQUENCE),
        question=encode("GS", LAST_SEQUENCE),
        shown=ASLEEP,
    )


BOARD = Board(
    name="openevse",
    file=Path(__file__).with_name("board.toml"),
    keys=pilot_keys("/dev/ttyUSB1", 115_200, "N", fallback_a=6),
    is_on_bus=False,
    make_pilot=make_pilot,
    last_order=last_order,
)
