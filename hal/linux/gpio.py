"""GPIO: pins of the Pi's header as plain levels, through ``gpiozero``; no callbacks.

gpiozero delivers edges from a thread of lgpio's, in an order and at a time of its own; nothing
is decided by them, so none is asked for. Outputs are claimed off and put off again at the end.
A released pin is an input and floats (gpiozero issue 1146), and so does every pin before it is
claimed: whatever must be off then has a resistor on the board that keeps it off.
"""

from contextlib import ExitStack
from typing import Any, TypeVar

PULLS = {"up": True, "down": False, "none": None}
DIM_HZ = 200  # no lamp flickers at that


class OutputPin:
    """One output. Made by ``Pins``."""

    def __init__(self, device: Any) -> None:
        self._device = device
        self.level = 0  # as last driven

    def drive(self, level: int) -> None:
        """Drive the pin on (1) or off (0)."""
        self.level = int(level != 0)
        self._device.value = self.level

    def toggle(self) -> None:
        """Drive the other level."""
        self.drive(1 - self.level)


class DimmedPin:
    """One output that is dimmed by PWM. Made by ``Pins``."""

    def __init__(self, device: Any) -> None:
        self._device = device

    def dim(self, part: float) -> None:
        """Drive the pin on for this part of the time, 0 to 1."""
        self._device.value = part

    def drive(self, level: int) -> None:
        """Drive the pin on (1) or off (0)."""
        self.dim(float(level != 0))


class InputPin:
    """One input. Made by ``Pins``."""

    def __init__(self, device: Any, is_active_high: bool) -> None:
        self._device = device
        self._active = is_active_high

    def read(self) -> int:
        """Return 1 while the pin is at its active level, now."""
        return int(bool(self._device.pin.state) == self._active)


Output = TypeVar("Output", OutputPin, DimmedPin)


class Pins:
    """The pins in use; ``factory`` is gpiozero's pin factory: lgpio's on a Pi."""

    def __init__(self, factory: Any) -> None:
        self.factory = factory
        self._outputs: list[OutputPin | DimmedPin] = []
        self._devices: list[Any] = []

    def output(self, gpio: int, is_active_high: bool = True) -> OutputPin:
        """Claim an output and drive it off."""
        from gpiozero import OutputDevice  # slow, and many stations claim no pin

        device = OutputDevice(
            gpio, active_high=is_active_high, initial_value=False, pin_factory=self.factory
        )
        return self._kept(device, OutputPin(device))

    def dimmed(self, gpio: int, is_active_high: bool) -> DimmedPin:
        """Claim an output with PWM and drive it off."""
        from gpiozero import PWMOutputDevice

        device = PWMOutputDevice(
            gpio, active_high=is_active_high, frequency=DIM_HZ, pin_factory=self.factory
        )
        return self._kept(device, DimmedPin(device))

    def input(self, gpio: int, is_active_high: bool, pull: str) -> InputPin:
        """Claim an input with a pull "up", "down" or "none"."""
        from gpiozero import InputDevice

        pull_up = PULLS[pull]
        active_state = True if pull_up is None else None  # gpiozero asks for one or the other
        device = InputDevice(
            gpio, pull_up=pull_up, active_state=active_state, pin_factory=self.factory
        )
        self._devices.append(device)
        return InputPin(device, is_active_high)

    def close(self) -> None:
        """Drive every output off, the first claimed first; then release all. Safe twice.

        One that fails does not keep the others from their turn.
        """
        devices, outputs = self._devices, self._outputs
        self._devices, self._outputs = [], []
        with ExitStack() as stack:
            for device in devices:
                stack.callback(device.close)
            for pin in reversed(outputs):
                stack.callback(pin.drive, 0)

    def _kept(self, device: Any, pin: Output) -> Output:
        self._devices.append(device)
        self._outputs.append(pin)
        return pin
