"""Slow channels: what changes slowly, one after the other through a 16-way multiplexer.

Part: 74HC4067 before ADC1, with the proximity contact on ADC2 beside it. Each call reads the
input that was selected in the call before, 10 ms ago, and selects the next: it has settled.
Call only while no block of pilot samples is taken.
"""

from array import array

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

UNREAD = 0xFFFF
SELECT_PINS = 4


class SlowChannels:
    """``counts[n]`` is the last reading of input ``n``, 0 to 4,095; ``UNREAD`` before."""

    def __init__(self, chip: "Any", gpio: int, select: "tuple[int, ...]", inputs: int) -> None:
        assert len(select) == SELECT_PINS
        assert 0 < inputs <= 1 << SELECT_PINS
        self.counts = array("H", (UNREAD for _ in range(inputs)))
        self._chip = chip
        self._gpio = gpio
        self._select_gpios = select
        self._select: "tuple[Any, ...]" = ()
        self._adc: "Any" = None
        self._input = 0

    def open(self) -> None:
        """Select input 0."""
        pin = self._chip.Pin
        self._select = tuple(pin(gpio, pin.OUT, value=0) for gpio in self._select_gpios)
        self._adc = self._chip.ADC(self._gpio)
        self._input = 0

    def step(self) -> None:
        """Read the selected input, select the next. Allocates nothing."""
        self.counts[self._input] = self._adc.read_u16() >> 4
        self._input = self._input + 1 if self._input + 1 < len(self.counts) else 0
        bits = self._input
        for pin in self._select:
            pin.value(bits & 1)
            bits >>= 1

    def is_known(self) -> bool:
        """True when every input has been read at least once."""
        return self.counts[len(self.counts) - 1] != UNREAD
