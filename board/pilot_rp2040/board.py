"""Board: the drivers of this board in one place, opened in the order that is safe.

The coil first, so that it is low by its own register before anything can fail; then the pilot
at X1; then what is read; the watchdog last, when the loop is about to run.
"""

from ampkeeper.board.pilot_rp2040 import wiring as w
from ampkeeper.board.pilot_rp2040.lines import Lines
from ampkeeper.hal.micro.adc import BlockAdc
from ampkeeper.hal.micro.coil import Coil
from ampkeeper.hal.micro.edges import WINDOW_MS
from ampkeeper.hal.micro.pwm import PilotPwm
from ampkeeper.hal.micro.slow import SlowChannels
from ampkeeper.hal.micro.uart import LinkUart
from ampkeeper.hal.micro.watchdog import Watchdog
from ampkeeper.hal.micro.windows import Levels

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

WARM_STEP_MS = 5


class Board:
    """Everything that the loop reads and drives."""

    def __init__(self, chip: "Any", rp2: "Any") -> None:
        self.coil = Coil(chip, w.COIL)
        self.pwm = PilotPwm(chip, w.CP_PWM)
        self.adc = BlockAdc(chip, rp2, w.CP_ADC, w.CP_PWM)
        self.levels = Levels(w.CP_SPAN_MV, w.CP_ZERO_MV)
        self.slow = SlowChannels(chip, w.SLOW_ADC, w.SELECT, w.SLOW_INPUTS)
        self.lines = Lines(chip, self.slow, self.coil)
        self.uart = LinkUart(chip, w.UART_NUMBER, w.UART_TX, w.UART_RX)
        self.watchdog = Watchdog(chip, w.KICK)
        pin = chip.Pin
        self.cp_open = pin(w.CP_OPEN, pin.OUT, value=0)
        self.phases_3 = pin(w.PHASES_3, pin.OUT, value=0)
        self.lock_in = pin(w.LOCK_IN, pin.OUT, value=0)
        self.lock_out = pin(w.LOCK_OUT, pin.OUT, value=0)
        self.rcd_test = pin(w.RCD_TEST, pin.OUT, value=0)

    def open(self) -> None:
        """Open all but the watchdog."""
        self.coil.open()
        self.pwm.open()
        self.adc.open()
        self.slow.open()
        self.lines.open()
        self.uart.open()

    def warm_up(self, sleep_ms: "Any") -> None:
        """Read every slow channel, and count mains edges for a full window.

        Else ring 1 would start with an earth and a supply that are only not known yet.
        """
        for _ in range(WINDOW_MS // WARM_STEP_MS + 1):
            sleep_ms(WARM_STEP_MS)
            self.lines.read_analog()
            self.lines.read(WARM_STEP_MS)
        assert self.slow.is_known()

    def make_safe(self) -> None:
        """Coil low, pilot at X1, everything else at rest. Safe at any time, and twice."""
        self.coil.close()
        self.pwm.close()
        for pin in (self.cp_open, self.phases_3, self.lock_in, self.lock_out, self.rcd_test):
            pin.value(0)
