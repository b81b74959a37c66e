"""Wired pins: gpiozero's mock pins, wired to a simulated charger as a rig's relays would be.

Time is the twin's: ``sleep`` lets it pass, and the coil and the pilot's comparator move the
input pins at their own instants, with stamps, as lgpio delivers them.
"""

from typing import Any

from gpiozero.pins.mock import MockFactory, MockPin

from tools.hil import bench as b
from tools.hil import pins
from tools.hil.record import COIL, DUTY
from tools.hil.rigfile import Rig
from tools.hil.twin import StationTwin

PERIOD_US = 1_000


class WiredPin(MockPin):  # type: ignore[misc]
    """A pin that tells the wiring when it is driven, and is stamped in the twin's time."""

    outside = False  # what the wire holds against the pin's own pull

    def _set_pull(self, value: str) -> None:
        super()._set_pull(value)
        if self.outside:
            self.drive_high()

    def _change_state(self, value: Any) -> bool:
        has_changed = bool(super()._change_state(value))
        self._last_change = self.factory.ticks()
        if has_changed and self.function == "output":
            self.factory.driven(self._number, bool(value))
        return has_changed


class Wiring(MockFactory):  # type: ignore[misc]
    """gpiozero's factory; ``sleep`` is how time passes; ``cut_at_us`` presses the E-stop."""

    def __init__(self, rig: Rig, twin: StationTwin) -> None:
        super().__init__(pin_class=WiredPin)
        self.rig = rig
        self.twin = twin
        self.now_us = 0
        self.cut_at_us: int | None = None
        self.driven_log: list[tuple[str, bool]] = []
        self._names = {pin: name for name, pin in rig.outputs.items()}
        self._levels = dict.fromkeys(rig.outputs.values(), False)
        self._comparator = self.pin(rig.inputs[pins.PWM_IN])
        self._coil = self.pin(rig.inputs[pins.COIL_IN])
        self.estop = self.pin(rig.estop_pin)
        self.estop.outside = True

    def ticks(self) -> float:
        """Seconds of the twin's time."""
        return self.now_us / 1e6

    def driven(self, gpio: int, level: bool) -> None:
        """A relay moves, and with it the car's side of the twin."""
        name = self._names.get(gpio)
        if name is None:
            return
        is_on = level != self.rig.is_active_low
        self.driven_log.append((name, is_on))
        self._levels[gpio] = is_on
        if name in b.SWITCHES:
            self.twin.set(name, is_on)
        if name in pins.CABLES:
            self._code()

    def is_on(self, name: str) -> bool:
        """Whether a relay is driven."""
        return self._levels[self.rig.outputs[name]]

    def sleep(self, seconds: float) -> None:
        """Let time pass, in milliseconds of pilot."""
        for _ in range(max(1, round(seconds * 1_000))):
            self._pass_ms()

    def _code(self) -> None:
        """The coding resistor that is connected; none is an open contact."""
        closed = [amp for name, amp in pins.CABLES.items() if self.is_on(name)]
        assert len(closed) <= 1, "two coding resistors at once"
        if closed:
            self.twin.set_cable(closed[0])
        self.twin.set(b.PROXIMITY_OPEN, not closed)

    def _pass_ms(self) -> None:
        start_us = self.now_us
        duty = self.twin.seen()[DUTY]
        if duty > 0:
            self._comparator.drive_high()
        if 0 < duty < PERIOD_US:
            self.now_us = start_us + duty
        if duty < PERIOD_US:
            self._comparator.drive_low()
        self.now_us = start_us + PERIOD_US
        self.twin.pass_ms(1)
        _drive(self._coil, self.twin.seen()[COIL])
        if self.cut_at_us is not None and self.now_us >= self.cut_at_us:
            self.estop.drive_low()


def _drive(pin: Any, level: int) -> None:
    if level:
        pin.drive_high()
    else:
        pin.drive_low()
