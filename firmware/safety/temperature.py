"""Temperature: derates in two steps and then stops, each with 3 K of hysteresis.

A derate is an entry among the limits; the last step is the fault OverTemperature. Values as in
OpenEVSE. A reading that no sensor in order gives is treated as too hot.
"""

from ampkeeper.firmware.safety.level import Level
from ampkeeper.firmware.safety.units import CURRENT_MA_MIN, const

COOL, HALF, QUARTER, STOP = range(4)
STEP_DC = (0, 650, 680, 710)  # the step is entered here
_HYSTERESIS_DC = const(30)
_CONFIRM_MS = const(1_000)  # section 5.6: detected within 1 s
_CONFIRM_BLOCKS = const(2)
_PLAUSIBLE_DC_MIN = const(-500)  # outside: sensor open or shorted
_PLAUSIBLE_DC_MAX = const(1_500)


class Temperature:
    """The step in force and the current that it leaves."""

    def __init__(self) -> None:
        self.step = COOL
        self._way = Level(0)  # 1: should be higher, -1: lower

    def tick(self, elapsed_ms: int, temperature_dc: int) -> None:
        """Take one reading in tenths of a degree."""
        wanted = self._step_of(temperature_dc)
        self._way.tick(elapsed_ms, (wanted > self.step) - (wanted < self.step))
        if self._way.is_held(_CONFIRM_BLOCKS, _CONFIRM_MS):
            self.step = wanted

    def limit_ma(self, board_ma: int) -> int:
        """Return what the step leaves of ``board_ma``; never 1 to 5 A, heat falls with I^2."""
        if self.step == STOP:
            return 0
        if self.step == COOL:
            return board_ma
        return max(CURRENT_MA_MIN, board_ma // (2 if self.step == HALF else 4))

    def _step_of(self, temperature_dc: int) -> int:
        if not _PLAUSIBLE_DC_MIN <= temperature_dc <= _PLAUSIBLE_DC_MAX:
            return STOP
        if self._is_in(STOP, temperature_dc):
            return STOP
        if self._is_in(QUARTER, temperature_dc):
            return QUARTER
        return HALF if self._is_in(HALF, temperature_dc) else COOL

    def _is_in(self, step: int, temperature_dc: int) -> bool:
        if step <= self.step:
            return temperature_dc > STEP_DC[step] - _HYSTERESIS_DC
        return temperature_dc >= STEP_DC[step]
