"""Contact: one wired contact as it is now, on a pin of the Pi, through ``gpiozero``.

By levels read now; edges come from another thread and are not asked for. It bounces, as contacts
do: who asks decides for how long a level must stay.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ampkeeper.hal.errors import AbsentError
from ampkeeper.hal.linux.gpio import InputPin, Pins
from ampkeeper.hal.linux.lines import InputLine


class GpioContact:
    """The contact on ``line``; ``make_factory`` makes gpiozero's pin factory."""

    def __init__(self, name: str, line: InputLine, make_factory: Callable[[], Any]) -> None:
        self._name = name
        self._line = line
        self._make_factory = make_factory
        self._pins: Pins | None = None
        self._pin: InputPin | None = None

    def open(self) -> None:
        """Claim the pin; raise AbsentError if it cannot be had."""
        self.close()
        line = self._line
        try:
            self._pins = Pins(self._make_factory())
            self._pin = self._pins.input(line.gpio, line.is_active_high, line.pull)
        except Exception as error:  # gpiozero and lgpio share no root
            self.close()
            raise AbsentError(f"{self._name}: {error}") from error

    def is_made(self) -> bool:
        """True while the pin is at its active level, now; raise AbsentError if it is unknown."""
        if self._pin is None:
            raise AbsentError(f"{self._name}: the pin is not open")
        try:
            return bool(self._pin.read())
        except Exception as error:  # gpiozero and lgpio share no root
            raise AbsentError(f"{self._name}: {error}") from error

    def close(self) -> None:
        """Release; safe twice."""
        pins, self._pins, self._pin = self._pins, None, None
        if pins is not None:
            with suppress(Exception):  # a pin that is gone is released
                pins.close()
