"""Watchdog: resets the processor, and lets the coil's supply go, when nobody feeds it.

Part: RP2040 watchdog (section 4.7), and a retriggerable monostable outside that is fed by edges
of one pin and gates the coil's supply without any processor. Also: why the last boot happened.
"""

from ampkeeper.hal.link.messages import BOOT_POWER, BOOT_SOFTWARE, BOOT_UNKNOWN, BOOT_WATCHDOG
from ampkeeper.hal.micro import registers as r

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TIMEOUT_MS = 250  # requirements 7.3
STOPPED = 0x0A57D09  # in SCRATCH1: a person stopped the program; what follows is no accident
HANGS_MAX = 3  # resets by the watchdog in a row, each before the program was proven
PROVEN_MS = 10_000  # running for so long proves it


class Watchdog:
    """Feed it once a turn, and only when the turn was right."""

    def __init__(self, chip: "Any", kick_gpio: int) -> None:
        self._chip = chip
        self._mem = chip.mem32
        self._kick_gpio = kick_gpio
        self._kick: "Any" = None
        self._wdt: "Any" = None
        self._proven_ms = 0

    def boot_reason(self) -> int:
        """Why this boot happened. Reads only.

        MicroPython says "power" of a button at RUN too, which leaves the car its pilot.
        """
        if self._chip.reset_cause() != self._chip.WDT_RESET:
            had = self._mem[r.CHIP_RESET] & (r.HAD_POWER_ON_RESET | r.HAD_RUN_RESET)
            return BOOT_POWER if had == r.HAD_POWER_ON_RESET else BOOT_UNKNOWN
        return BOOT_SOFTWARE if self._mem[r.WATCHDOG_SCRATCH1] == STOPPED else BOOT_WATCHDOG

    def may_start(self) -> bool:
        """False after ``HANGS_MAX`` hangs in a row: then rest, safe and within reach, in the REPL.

        Else a program that hangs at once would reset the processor for ever, too fast for USB.
        """
        mem = self._mem
        hangs = mem[r.WATCHDOG_SCRATCH0] & 0xFF if self.boot_reason() == BOOT_WATCHDOG else 0
        if hangs >= HANGS_MAX:
            mem[r.WATCHDOG_SCRATCH1] = STOPPED
            return False
        mem[r.WATCHDOG_SCRATCH0] = hangs + 1
        mem[r.WATCHDOG_SCRATCH1] = 0
        return True

    def open(self) -> None:
        """Start both; from here on silence of 250 ms is a reset."""
        pin = self._chip.Pin
        self._kick = pin(self._kick_gpio, pin.OUT, value=0)
        self._wdt = self._chip.WDT(timeout=TIMEOUT_MS)

    def feed(self, elapsed_ms: int) -> None:
        """The turn was right. Allocates nothing."""
        self._wdt.feed()
        self._kick.toggle()
        if self._proven_ms < PROVEN_MS:
            self._proven_ms += elapsed_ms
            if self._proven_ms >= PROVEN_MS:
                self._mem[r.WATCHDOG_SCRATCH0] = 0

    def stop(self) -> None:
        """For a person at the console, with all outputs safe: no reset. The monostable runs out."""
        self._mem[r.WATCHDOG_CTRL + r.CLEAR_ALIAS] = r.WATCHDOG_ENABLE
        self._mem[r.WATCHDOG_SCRATCH1] = STOPPED
