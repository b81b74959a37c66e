"""Residual: current that leaves by the earth, and the monitor that watches for it.

The monitor trips at once at its thresholds and recovers when the current is gone; its test
input sends a current of its own through it, as the self-test before each session does.
"""

from ampkeeper.board.emulated.car import Car

DC_MA_TRIP = 6  # IEC 62955
AC_MA_TRIP = 30
TEST_MS = 20  # from the test input to the monitor's answer, either way


class Leakage:
    """What leaks in the installation, in the car, and through the test winding."""

    def __init__(self) -> None:
        self.dc_ma = 0.0  # of the installation
        self.ac_ma = 0.0
        self.is_monitor_dead = False  # it answers to nothing
        self.car_dc_ma = 0.0
        self.car_ac_ma = 0.0
        self.is_testing = False  # the test current is seen
        self._turning_ms = 0

    @property
    def is_dc_tripped(self) -> bool:
        return not self.is_monitor_dead and (
            self.is_testing or abs(self.dc_ma + self.car_dc_ma) >= DC_MA_TRIP
        )

    @property
    def is_ac_tripped(self) -> bool:
        return not self.is_monitor_dead and (
            self.is_testing or abs(self.ac_ma) + abs(self.car_ac_ma) >= AC_MA_TRIP
        )

    def step(self, elapsed_ms: int, car: Car, is_test_driven: bool) -> None:
        """Let time pass with the test input driven or not."""
        permille = car.leaking_permille
        self.car_dc_ma = car.leak_dc_ma * permille / 1_000 if permille else 0.0
        self.car_ac_ma = car.leak_ac_ma * permille / 1_000 if permille else 0.0
        if is_test_driven == self.is_testing:
            self._turning_ms = 0
            return
        self._turning_ms += elapsed_ms
        if self._turning_ms >= TEST_MS:
            self.is_testing = is_test_driven
            self._turning_ms = 0
