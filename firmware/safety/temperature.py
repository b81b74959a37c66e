"""Temperature: derates in two steps and then stops, each with 3 K of hysteresis.

A derate is an entry among the limits; the last step is the fault OverTemperature. Values as in
OpenEVSE. Of two sensors the hotter counts; a board may have one, two or none of them.

A sensor that is open or shorted, or gone after it was there, or that leaps by more than 10 K
within a second and stays there, is the fault TemperatureSensor, unless the other sensor shows
the same: that is heat. So is one that does any of this for a second in all, without a whole
second between. What may be a sensor's fault still counts as heat too.
"""

from ampkeeper.firmware.safety.level import Level
from ampkeeper.firmware.safety.signals import NO, NO_SENSOR, UNKNOWN, YES
from ampkeeper.firmware.safety.timers import hold, leak
from ampkeeper.firmware.safety.units import CURRENT_MA_MIN, const

COOL, HALF, QUARTER, STOP = range(4)
STEP_DC = (0, 650, 680, 710)  # the step is entered here
_HYSTERESIS_DC = const(30)
_CONFIRM_MS = const(1_000)  # section 5.6: detected within 1 s
_CONFIRM_BLOCKS = const(2)
_HOTTER_QUARTERS = const(4_000)  # 1 s; a reading that is now above the step, now below, is above
PLAUSIBLE_DC_MIN = const(-500)  # outside: sensor open or shorted
_PLAUSIBLE_DC_MAX = const(1_500)
_LEAP_DC = const(100)  # metal does not heat faster in a second
_SENSORS = const(2)
_BY_SECOND = const(2)  # timer; 0 and 1 are of the sensors


class Temperature:
    """The step in force and the current that it leaves."""

    def __init__(self) -> None:
        self.step = COOL
        self.worst_dc = NO_SENSOR  # of the sensors in order
        self.is_sensor_faulty = False
        self.is_odd = False  # a sensor shows what may be its fault, for however short a time
        self._cooler = Level(NO)  # than the step in force
        self._hotter = [0]  # quarters of a ms
        self._before_dc = [NO_SENSOR] * _SENSORS  # what each showed up to a second ago
        self._timers = [0] * (_SENSORS + 1)
        self._odd_bits = 0  # bit n: sensor n was odd in this second

    def tick(self, elapsed_ms: int, temperature_dc: int, other_dc: int = NO_SENSOR) -> None:
        """Take a reading of each sensor in tenths of a degree; NO_SENSOR: there is none."""
        is_second_over = hold(self._timers, _BY_SECOND, elapsed_ms, YES) >= _CONFIRM_MS
        if is_second_over:
            self._timers[_BY_SECOND] = 0
        self.worst_dc = NO_SENSOR
        self.is_sensor_faulty = False
        self.is_odd = False
        self._take(0, elapsed_ms, temperature_dc, other_dc, is_second_over)
        self._take(1, elapsed_ms, other_dc, temperature_dc, is_second_over)
        if self.worst_dc == NO_SENSOR:
            return
        wanted = self._step_of(self.worst_dc)
        self._cooler.tick(elapsed_ms, YES if wanted < self.step else NO)
        if leak(self._hotter, 0, elapsed_ms, wanted > self.step, _HOTTER_QUARTERS):
            self.step = wanted
            self._hotter[0] = 0
        elif self._cooler.value == YES and self._cooler.is_held(_CONFIRM_BLOCKS, _CONFIRM_MS):
            self.step = wanted

    def limit_ma(self, board_ma: int) -> int:
        """Return what the step leaves of ``board_ma``; never 1 to 5 A, heat falls with I^2."""
        if self.step == STOP:
            return 0
        if self.step == COOL:
            return board_ma
        return max(CURRENT_MA_MIN, board_ma // (2 if self.step == HALF else 4))

    def _take(
        self, sensor: int, elapsed_ms: int, dc: int, other_dc: int, is_second_over: bool
    ) -> None:
        before_dc = self._before_dc[sensor]
        if before_dc == NO_SENSOR:
            if dc == NO_SENSOR:
                return
            before_dc = dc
        is_in_range = PLAUSIBLE_DC_MIN <= dc <= _PLAUSIBLE_DC_MAX
        is_leap = abs(dc - before_dc) > _LEAP_DC and abs(dc - other_dc) > _LEAP_DC
        is_odd = is_leap or not is_in_range
        told = self._told(sensor, is_odd, is_second_over)
        if hold(self._timers, sensor, elapsed_ms, told) >= _CONFIRM_MS:
            self.is_sensor_faulty = True
            if is_in_range:
                before_dc = dc
        if is_in_range:
            self.worst_dc = max(self.worst_dc, dc)
        if is_second_over and not is_odd:
            before_dc = dc
        self._before_dc[sensor] = before_dc

    def _told(self, sensor: int, is_odd: bool, is_second_over: bool) -> int:
        """Only a whole second without anything odd takes back what was: a wire may be loose."""
        bit = 1 << sensor
        if is_odd:
            self.is_odd = True
            self._odd_bits |= bit
            return YES
        was_odd = self._odd_bits & bit
        if is_second_over:
            self._odd_bits &= ~bit
        is_over = self._timers[sensor] >= _CONFIRM_MS or (is_second_over and not was_odd)
        return NO if is_over else UNKNOWN

    def _step_of(self, temperature_dc: int) -> int:
        if self._is_in(STOP, temperature_dc):
            return STOP
        if self._is_in(QUARTER, temperature_dc):
            return QUARTER
        return HALF if self._is_in(HALF, temperature_dc) else COOL

    def _is_in(self, step: int, temperature_dc: int) -> bool:
        if step <= self.step:
            return temperature_dc > STEP_DC[step] - _HYSTERESIS_DC
        return temperature_dc >= STEP_DC[step]
