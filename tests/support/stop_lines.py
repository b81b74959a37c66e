"""Stop lines: an emergency stop on gpiozero's mock pins, and a pilot that it guards."""

import tomllib
from typing import Any

from gpiozero.pins.mock import MockFactory

from ampkeeper.board.host.trips import trips_of
from ampkeeper.hal.linux.lines import read_lines
from ampkeeper.hal.linux.trips import TripLines
from ampkeeper.hal.meters.checked import Table
from ampkeeper.hal.pilots.guarded import GuardedPilot
from ampkeeper.hal.ports import Clock, Pilot

STOP = 21
BOARD = f"""
[ratings]
max_ma = 32000
phases = 3
[inputs.emergency_stop]
gpio = {STOP}
active = "high"
pull = "none"  # a resistor pulls it up; the closed contact holds it low
"""


class StopLines:
    """An emergency stop, not pressed at first."""

    def __init__(self) -> None:
        self._pins: Any = MockFactory()
        table = Table("board.toml", "", tomllib.loads(BOARD))
        self._trips = trips_of(read_lines(table, "board.toml", has_outputs=False))

    def guarding(self, inner: Pilot, clock: Clock) -> GuardedPilot:
        """The pilot behind this stop."""
        return GuardedPilot(inner, TripLines(self._trips, lambda: self._pins), clock)

    def press(self, is_pressed: bool = True) -> None:
        """Press it, or release it."""
        pin = self._pins.pin(STOP)
        if is_pressed:
            pin.drive_high()
        else:
            pin.drive_low()
