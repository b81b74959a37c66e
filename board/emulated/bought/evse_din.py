"""EVSE-DIN twin: registers 1000 to 1009 and 2000 to 2017, and the machine behind them.

Modeled: 1 A and 0.01 A, state 5, the RCD test of 30 s, the wait for the pilot's release, the
EEPROM, power-up with the current of 2000. As on the real one nothing ends a current when nobody
asks any more. Times marked (m) are guesses; nothing in the driver relies on them.
"""

from ampkeeper.board.emulated.bought.car import Car
from ampkeeper.board.emulated.bought.rtu import ILLEGAL_ADDRESS, ILLEGAL_FUNCTION

HOLDING = 3
TEST_MS = 30_000
RELEASE_MS = 6_000  # (m) for the car to open S2 before the relay opens under load
CLOSE_MS, OPEN_MS = 500, 80  # (m)
AUTO_CLEAR_MS = 30_000
AMPS = (6, 10, 16, 25, 32, 48, 63, 80)


class EvseDin:
    """The board, its car, and what a test does to them. ``firmware`` below 17: whole amperes."""

    def __init__(self, car: Car, firmware: int = 18, unit: int = 1) -> None:
        self.car = car
        self.firmware = firmware
        self.unit = unit
        self.is_leaking = False  # residual current while the relay is closed, or all the time
        self.is_test_broken = False  # the monitor does not react to its test
        self.is_rcd_wired = False
        self.bits_kept = 0xFFFF  # of 2005: some revisions do not keep all
        self.lost_count = 0  # so many set-points are still confirmed and not taken
        self.memory = [13, 1, 6, 0, 0, 0, 0, 32, 0, 0, *AMPS]  # 2000 to 2017, EEPROM
        self.writes = 0  # of the EEPROM
        self.power_up()

    def power_up(self) -> None:
        """Start with the current of 2000."""
        self.set_point = self.memory[0] * (100 if self._is_fine else 1)
        self.is_on = False  # relay
        self.rcd_error = False
        self.error = ""  # "diode", "vent"
        self._test_ms = 0
        self._release_ms = 0
        self._c_ms = self._b_ms = self._bad_ms = 0

    @property
    def _is_fine(self) -> bool:
        return self.firmware >= 17 and bool(self.memory[5] & 1 << 7)

    @property
    def told_ma(self) -> int:
        """The set-point in mA."""
        return self.set_point * (10 if self._is_fine else 1_000)

    @property
    def offered_ma(self) -> int:
        """What PWM says; 0: steady."""
        is_stopped = self._test_ms or self.is_failed or not self.car.is_plugged
        if is_stopped or self.memory[5] & 1 << 14 or self.told_ma < self.memory[2] * 1_000:
            return 0
        return min(self.told_ma, self.memory[7] * 1_000)

    @property
    def is_failed(self) -> bool:
        """Vehicle state 5."""
        return self.rcd_error or bool(self.error)

    @property
    def current_ma(self) -> int:
        """What flows in each phase."""
        return self.car.current_ma(self.offered_ma, self.is_on)

    def step(self, elapsed_ms: int) -> None:
        """Let time pass."""
        self.car.step(elapsed_ms, self.offered_ma, self.is_on)
        self._pass_test(elapsed_ms)
        self._judge(elapsed_ms)
        self._switch(elapsed_ms)

    def _pass_test(self, elapsed_ms: int) -> None:
        if self._test_ms:
            self._test_ms = max(0, self._test_ms - elapsed_ms)
            if self._test_ms == 0 and self.is_test_broken:
                self.rcd_error = True

    def _judge(self, elapsed_ms: int) -> None:
        if self.is_leaking and self.is_on:
            self.rcd_error = True
        wants_air = self.car.state == "D" and not self.memory[5] & 1 << 3
        if self.car.state in "CD" and not self.car.has_diode:
            self.error = "diode"
        elif wants_air:
            self.error = "vent"
        elif self.car.state == "A":
            self.error = ""
        self._bad_ms = self._bad_ms + elapsed_ms if self.rcd_error else 0
        if self.memory[5] & 1 << 5 and self._bad_ms >= AUTO_CLEAR_MS and not self.is_leaking:
            self.rcd_error = False

    def _switch(self, elapsed_ms: int) -> None:
        is_c = self.car.state in "CD"
        self._c_ms = self._c_ms + elapsed_ms if is_c and self.offered_ma else 0
        self._b_ms = self._b_ms + elapsed_ms if not is_c else 0
        is_waiting = self.is_on and is_c and not self.offered_ma
        self._release_ms = self._release_ms + elapsed_ms if is_waiting else 0
        is_over = self._b_ms >= OPEN_MS or self._release_ms >= RELEASE_MS
        if self.is_failed or self._test_ms or is_over:
            self.is_on = False
        elif self._c_ms >= CLOSE_MS:
            self.is_on = True

    # the wire

    def read(self, function: int, address: int, count: int) -> tuple[int, ...] | int:
        """Answer function 3."""
        if function != HOLDING:
            return ILLEGAL_FUNCTION
        for first, block in ((1000, self._status()), (2000, tuple(self.memory))):
            if first <= address and address + count <= first + len(block):
                return block[address - first : address - first + count]
        return ILLEGAL_ADDRESS

    def write(self, address: int, values: tuple[int, ...]) -> int:
        """Take functions 6 and 16."""
        for at, value in enumerate(values, address):
            if at == 1000 and self.lost_count:
                self.lost_count -= 1
            elif at == 1000:
                self.set_point = value
            elif at == 1004:
                self._command(value)
            elif 2000 <= at <= 2017:
                self._keep(at - 2000, value)
            else:
                return ILLEGAL_ADDRESS
        return 0

    def _status(self) -> tuple[int, ...]:
        state = 5 if self.is_failed else "ABCD".index(self.car.state) + 1
        scale = 10 if self._is_fine else 1_000
        is_waiting = self.is_on and not self.offered_ma
        is_testing = self._test_ms > 0
        bits = (
            int(self.is_on)
            | (self.error == "diode") << 1
            | (self.error == "vent") << 2
            | is_waiting << 3
            | (is_testing if self.firmware >= 17 else self.rcd_error) << 4
            | self.rcd_error << 5
        )
        pwm = 2 if self.offered_ma else 1
        seconds = -(-self._test_ms // 1_000)
        output = self.offered_ma // scale
        return (self.set_point, output, state, 32, 0, self.firmware, pwm, bits, 0, seconds)

    def _command(self, bits: int) -> None:
        if bits & 1:
            self.is_on = False
            self.set_point = 0
        if bits & 2:
            self.is_on = False
            self._test_ms = TEST_MS
        if bits & 4 and not self.is_leaking:
            self.rcd_error = False

    def _keep(self, at: int, value: int) -> None:
        if at == 5:
            value &= self.bits_kept
        if self.memory[at] != value:
            self.memory[at] = value
            self.writes += 1
