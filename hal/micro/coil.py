"""Coil: the contactor's magnet, pulled in at full current and held at less, and let go at once.

Part: RP2040 PWM slice at 20 kHz (section 4.5) into a low-side switch. Whether the coil may be
on is ring 1's decision alone; this file only makes it so. ``trip`` is for interrupts: it drives
the pin low in the pad itself (OUTOVER, section 2.19.6), whatever the slice or the main loop do,
and only ``acknowledge`` ends that.
"""

from ampkeeper.hal.micro import registers as r

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PERIOD = 6_250  # 125 MHz / 20 kHz: above hearing, far below what the magnet follows
PULL_IN_MS = 100  # requirements 7.5
HOLD = PERIOD * 30 // 100
ON = r.FUNCTION_PWM
OFF = r.FUNCTION_PWM | r.OUTPUT_LOW


class Coil:
    """One coil on channel A of its slice. ``is_tripped``: an interrupt let it go."""

    def __init__(self, chip: "Any", gpio: int) -> None:
        assert gpio % 2 == 0, f"GPIO {gpio} is no channel A"
        self.is_on = False
        self.is_tripped = False
        self._mem = chip.mem32
        self._ctrl = r.ctrl_address(gpio)
        self._base = r.slice_address(gpio)
        self._cc = self._base + r.PWM_CC
        self._pull_in_ms = 0

    def open(self) -> None:
        """Take the pin over, low."""
        mem = self._mem
        mem[self._ctrl] = OFF
        mem[self._base + r.PWM_CSR] = 0
        mem[self._base + r.PWM_DIV] = r.DIV_1
        mem[self._base + r.PWM_TOP] = PERIOD - 1
        mem[self._cc] = 0
        mem[self._base + r.PWM_CSR] = r.CSR_EN

    def drive(self, elapsed_ms: int, coil: int) -> None:
        """Follow ring 1. Allocates nothing."""
        if not coil or self.is_tripped:
            self.release()
            return
        if not self.is_on:
            self.is_on = True
            self._pull_in_ms = PULL_IN_MS
            self._mem[self._cc] = PERIOD
            self._mem[self._ctrl] = ON
            self._heed_trip()
            return
        if self._pull_in_ms > 0:
            self._pull_in_ms -= elapsed_ms
            if self._pull_in_ms <= 0:
                self._mem[self._cc] = HOLD

    def release(self) -> None:
        """Low, now; safe at any time."""
        self._mem[self._ctrl] = OFF
        self._mem[self._cc] = 0
        self.is_on = False

    def trip(self, _pin: object) -> None:
        """Handler of a hard interrupt (REQ-RCD-02): low, and low it stays. Allocates nothing."""
        self._mem[self._ctrl] = OFF
        self.is_tripped = True
        self.is_on = False  # else ring 1, which goes on after interference, would drive in vain

    def acknowledge(self) -> None:
        """Ring 1 has seen the trip, or there is none; the pin stays low until it is driven."""
        self.is_tripped = False

    def close(self) -> None:
        """Low; safe twice."""
        self.release()

    def _heed_trip(self) -> None:
        """An interrupt may have come between the decision to drive and the driving."""
        if self.is_tripped:
            self.release()
