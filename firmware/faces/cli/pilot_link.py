"""Pilot link: greets a pilot board over its own UART, as the station does at its start."""

import time
from typing import Protocol

from ampkeeper.firmware.faces.cli.errors import RefusedError
from ampkeeper.firmware.faces.cli.pilot_flash import check_greeting, greeter
from ampkeeper.hal.link.host import GREETING, SILENT

BAUD = 115_200
TURN_S = 0.05
GREET_S = 8.0  # a board that boots checks its files first, which takes some seconds


class Line(Protocol):
    """What is needed of a serial line whose reads return after ``TURN_S``."""

    def read(self, size: int) -> bytes:
        """What has come, perhaps nothing."""
        ...

    def write(self, data: bytes, /) -> object:
        """Send."""
        ...


def greet(line: Line, greet_s: float = GREET_S) -> None:
    """Wait for a board of our own kind and version; RefusedError if another or none answers."""
    link = greeter()
    begin_s = time.monotonic()
    while link.state in (GREETING, SILENT) and time.monotonic() - begin_s < greet_s:
        now_ms = int((time.monotonic() - begin_s) * 1_000)
        link.tick(now_ms)
        line.write(link.to_send())
        link.feed(line.read(256), now_ms)
    check_greeting(link)


def greet_at(device: str) -> None:
    """The same on a serial device, such as ``/dev/serial0``."""
    import serial

    try:
        with serial.Serial(device, BAUD, timeout=TURN_S) as line:
            greet(line)
    except serial.SerialException as error:
        raise RefusedError(f"{device}: {error}") from error
