"""Trips: input lines each of which stands for a fault while it is at one level.

Through ``gpiozero``, by levels read now; edges come from another thread and are not asked for.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from ampkeeper.hal.errors import AbsentError
from ampkeeper.hal.linux.gpio import InputPin, Pins
from ampkeeper.hal.linux.lines import InputLine


class Trip(NamedTuple):
    """One line: ``fault`` is there while the line reads ``level``."""

    fault: int
    level: int
    line: InputLine


class TripLines:
    """The lines of one EVSE; ``make_factory`` makes gpiozero's pin factory."""

    def __init__(self, trips: Sequence[Trip], make_factory: Callable[[], Any]) -> None:
        self._trips = trips
        self._make_factory = make_factory
        self._pins: Pins | None = None
        self._read: list[tuple[Trip, InputPin]] = []

    @property
    def watched(self) -> frozenset[int]:
        """The faults that have a line."""
        return frozenset(trip.fault for trip in self._trips)

    def open(self) -> None:
        """Claim the pins; raise AbsentError if one cannot be had."""
        self.close()
        try:
            self._pins = Pins(self._make_factory())
            for trip in self._trips:
                made = self._pins.input(trip.line.gpio, trip.line.is_active_high, trip.line.pull)
                self._read.append((trip, made))
        except Exception as error:  # gpiozero and lgpio share no root
            self.close()
            raise AbsentError(f"lines of the emergency stop and its like: {error}") from error

    def tripped(self) -> frozenset[int]:
        """The faults whose lines say so now; raise AbsentError if they cannot be read."""
        if self._pins is None:
            raise AbsentError("the lines are not open")
        try:
            return frozenset(trip.fault for trip, pin in self._read if pin.read() == trip.level)
        except Exception as error:  # gpiozero and lgpio share no root
            raise AbsentError(f"lines of the emergency stop and its like: {error}") from error

    def close(self) -> None:
        """Release; safe twice."""
        pins, self._pins = self._pins, None
        self._read = []
        if pins is not None:
            with suppress(Exception):  # a pin that is gone is released
                pins.close()
