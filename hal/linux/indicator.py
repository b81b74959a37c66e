"""Indicator: lamp, buzzer and button on pins of the Pi, through ``gpiozero``.

A lamp of one to three colors, dimmed by PWM or on and off (then a color is on from ``ON_FROM``);
with one color that is the brightest of the three that were asked for. The button is looked at
every ``LOOK_S``: edges come from another thread, and bounce. Wiring: board/host/README.md.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from ampkeeper.hal.errors import AbsentError
from ampkeeper.hal.linux.button import Button
from ampkeeper.hal.linux.gpio import DimmedPin, InputPin, OutputPin, Pins
from ampkeeper.hal.linux.lines import PanelLines
from ampkeeper.hal.ports import Clock, Light, Press

COLORS = ("red", "green", "blue")
ON_FROM = 0.3  # the green of orange is on too: red alone would be another color
LOOK_S = 0.03
OFF: Light = (0.0, 0.0, 0.0)

Got = TypeVar("Got")


class GpioIndicator:
    """The ``Indicator`` port over ``lines``; ``make_factory`` makes gpiozero's pin factory."""

    def __init__(self, lines: PanelLines, make_factory: Callable[[], Any], clock: Clock) -> None:
        self._lines = lines
        self._make_factory = make_factory
        self._clock = clock
        self._pins: Pins | None = None
        self._lamp: dict[str, OutputPin | DimmedPin] = {}
        self._buzzer: OutputPin | None = None
        self._contact: InputPin | None = None
        self._button = Button()

    async def open(self) -> None:
        """Claim the pins, lamp and buzzer off; raise AbsentError if one cannot be had."""
        self.close()
        try:
            self._pins = Pins(self._make_factory())
            self._claim(self._pins)
        except Exception as error:  # gpiozero, lgpio and colorzero share no root
            self.close()
            raise AbsentError(f"pins of the panel: {error}") from error

    def show(self, light: Light) -> None:
        """Light the lamp like this until told otherwise."""
        self._check_open()
        only = max(light) if len(self._lamp) == 1 else None
        for color, part in zip(COLORS, light, strict=True):
            pin = self._lamp.get(color)
            wanted = part if only is None else only
            if isinstance(pin, DimmedPin):
                _used(partial(pin.dim, wanted))
            elif pin is not None:
                _used(partial(pin.drive, wanted >= ON_FROM * max(light) > 0))

    def sound(self, is_on: bool) -> None:
        """Let the buzzer sound until told otherwise."""
        self._check_open()
        if self._buzzer is not None:
            _used(partial(self._buzzer.drive, is_on))

    async def next_press(self) -> Press:
        """Wait for a new press; ended by the one who waits where there is no button."""
        if self._check_open() is None:
            await asyncio.Event().wait()
        while True:
            contact = self._check_open()
            is_down = contact is not None and bool(_used(contact.read))
            press = self._button.feed(is_down, self._clock.now_s())
            if press is not None:
                return press
            await asyncio.sleep(LOOK_S)

    def close(self) -> None:
        """Lamp and buzzer off; release; safe twice."""
        pins, self._pins = self._pins, None
        self._lamp, self._buzzer, self._contact = {}, None, None
        if pins is not None:
            with suppress(Exception):  # a pin that is gone cannot be put off; the others were
                pins.close()

    def _claim(self, pins: Pins) -> None:
        lamp, buzzer, button = self._lines
        if lamp is not None:
            make = pins.dimmed if lamp.is_dimmed else pins.output
            self._lamp = {
                color: make(gpio, lamp.is_active_high) for color, gpio in lamp.gpios.items()
            }
        if buzzer is not None:
            self._buzzer = pins.output(buzzer.gpio, buzzer.is_active_high)
        if button is not None:
            self._contact = pins.input(button.gpio, button.is_active_high, button.pull)
        self._button = Button()

    def _check_open(self) -> InputPin | None:
        if self._pins is None:
            raise AbsentError("the panel is not open")
        return self._contact


def _used(use: Callable[[], Got]) -> Got:
    """Use a pin; raise AbsentError if it cannot be used any more: no charge depends on a lamp."""
    try:
        return use()
    except Exception as error:  # gpiozero and lgpio share no root
        raise AbsentError(f"pins of the panel: {error}") from error
