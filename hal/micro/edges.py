"""Edges: mains voltage told by an optocoupler, its edges counted by a PWM slice.

Part: RP2040, section 4.5.2.5: with DIVMODE the slice counts falling edges of its pin B, without
an interrupt. The optocoupler gives one edge a period. What counts as present is decided per
window of 100 ms: 5 edges at 50 Hz, 6 at 60.
"""

from ampkeeper.hal.micro import registers as r

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

WINDOW_MS = 100
PRESENT_MIN = 3
PRESENT_MAX = 12  # more is interference on an open input, and proves no earth
COUNTER_MASK = 0xFFFF


class EdgeCounter:
    """One optocoupler. ``edges`` are those of the last full window; -1 before the first."""

    def __init__(self, chip: "Any", gpio: int) -> None:
        assert gpio % 2 == 1, f"GPIO {gpio} is no channel B"
        self.edges = -1
        self._chip = chip
        self._mem = chip.mem32
        self._gpio = gpio
        self._base = r.slice_address(gpio)
        self._ctr = self._base + r.PWM_CTR
        self._since_ms = 0
        self._count = 0

    def open(self) -> None:
        """Let the slice count."""
        mem = self._mem
        mem[self._base + r.PWM_CSR] = 0
        mem[self._base + r.PWM_DIV] = r.DIV_1
        mem[self._base + r.PWM_TOP] = COUNTER_MASK
        mem[self._ctr] = 0
        mem[self._base + r.PWM_CSR] = r.CSR_COUNT_FALLS | r.CSR_EN
        pin = self._chip.Pin
        pin(self._gpio, pin.ALT, pull=pin.PULL_UP, alt=pin.ALT_PWM)

    def tick(self, elapsed_ms: int) -> None:
        """Let time pass. Allocates nothing."""
        self._since_ms += elapsed_ms
        if self._since_ms < WINDOW_MS:
            return
        count = self._mem[self._ctr]
        edges = (count - self._count) & COUNTER_MASK
        self._count = count
        self.edges = edges * WINDOW_MS // self._since_ms
        self._since_ms = 0

    def is_present(self) -> bool:
        """True if it is proven that the voltage is there; silence and noise prove nothing."""
        return PRESENT_MIN <= self.edges <= PRESENT_MAX

    def is_absent(self) -> bool:
        """True if it is proven that there is none."""
        return self.edges == 0
