"""PWM: the control pilot's 1 kHz, in the 62,500 ticks that ring 1 counts in.

Part: RP2040, section 4.5. ``machine.PWM`` would choose 64,516 steps for 1 kHz; the slice is set
here so that one tick is 16 ns. A new duty is taken over by the hardware at the next rising edge
(CC is double-buffered), never in mid-period. 62,500 ticks of 62,500: +12 V without a gap.
"""

from ampkeeper.hal.micro import registers as r
from ampkeeper.hal.micro.windows import PERIOD_TICKS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

DIV_2 = 2 * r.DIV_1  # 125 MHz / 2


class PilotPwm:
    """The pilot's generator on channel A of its slice. ``ticks`` is what it was told last."""

    def __init__(self, chip: "Any", gpio: int) -> None:
        assert gpio % 2 == 0, f"GPIO {gpio} is no channel A"
        self.ticks = PERIOD_TICKS
        self._chip = chip
        self._mem = chip.mem32
        self._gpio = gpio
        base = r.slice_address(gpio)
        self._csr = base + r.PWM_CSR
        self._div = base + r.PWM_DIV
        self._ctr = base + r.PWM_CTR
        self._cc = base + r.PWM_CC
        self._top = base + r.PWM_TOP

    def open(self) -> None:
        """Start at +12 V steady, X1; until here the pin's pull-up has held the same."""
        assert self._chip.freq() == r.CLK_SYS_HZ, f"clk_sys is {self._chip.freq()} Hz"
        mem = self._mem
        mem[self._csr] = 0
        mem[self._div] = DIV_2
        mem[self._top] = PERIOD_TICKS - 1
        mem[self._ctr] = 0
        mem[self._cc] = self.ticks = PERIOD_TICKS
        mem[self._csr] = r.CSR_EN
        pin = self._chip.Pin
        pin(self._gpio, pin.ALT, alt=pin.ALT_PWM)

    def set(self, ticks: int) -> None:
        """Drive ``ticks`` of 62,500 high from the next rising edge on. Allocates nothing."""
        assert 0 <= ticks <= PERIOD_TICKS
        if ticks != self.ticks:
            self.ticks = ticks
            self._mem[self._cc] = ticks

    def is_right(self) -> bool:
        """True if the hardware holds what it was told."""
        mem = self._mem
        return bool(
            mem[self._cc] == self.ticks
            and mem[self._top] == PERIOD_TICKS - 1
            and mem[self._div] == DIV_2
            and mem[self._csr] & r.CSR_EN
        )

    def close(self) -> None:
        """Go to X1; safe twice."""
        self._mem[self._cc] = self.ticks = PERIOD_TICKS
