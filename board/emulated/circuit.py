"""Circuit: the control pilot in volts, from resistors, as IEC 61851-1 draws it.

The charger feeds +-12 V through 1 kOhm; the car hangs a diode and resistors on it, the cable a
resistance in series and a capacitance across. A block of measurements is the mean of the high
and of the low level, sampled at the charger 30 us after each edge. The proximity contact is one
resistor in the cable's plug.
"""

import math
from random import Random

from ampkeeper.firmware.safety.signals import DUTY_F, DUTY_X1

SOURCE_MV = 12_000
SOURCE_OHM = 1_000
BASE_OHM = 2_740  # state B; always there
S2_OHM = 1_300  # in parallel: state C
S2_OHM_VENTILATION = 270  # in parallel: state D
DIODE_MV = 700
SAMPLE_US = 30  # after the edge; 28 to 45 us serve every duty from 5 to 96 %
# By cable_a; IEC 61851-1 Table B.2. 80 A is not in every edition.
PP_OHM = {13: 1_500, 20: 680, 32: 220, 63: 100, 80: 56}
SAMPLES_PER_LEVEL = 5  # per block of 10 ms at 1 kHz, both levels alternating
CLASS_FLOORS_MV = (("A", 10_500), ("B", 7_500), ("C", 4_500), ("D", 1_500), ("E", -3_000))

SHORT_NONE, SHORT_AT_PLUG, SHORT_AFTER_DIODE = range(3)


class Load:
    """What hangs on the pilot at this moment."""

    def __init__(self) -> None:
        self.is_connected = False
        self.is_s2_closed = False
        self.has_ventilation = False
        self.diode = "ok"
        self.diode_low_mv = -8_000  # what a leaky diode leaves of the lower half wave
        self.short = SHORT_NONE
        self.base_ohm = BASE_OHM
        self.s2_ohm = S2_OHM
        self.ventilation_ohm = S2_OHM_VENTILATION
        self.series_ohm = 0
        self.capacitance_nf: float = 0

    def ohm(self) -> float:
        """The car's resistance behind its diode, with the wire's."""
        if not self.is_s2_closed:
            return self.base_ohm + self.series_ohm
        parallel_ohm = self.ventilation_ohm if self.has_ventilation else self.s2_ohm
        return self.base_ohm * parallel_ohm / (self.base_ohm + parallel_ohm) + self.series_ohm


def levels_mv(load: Load, duty_ticks: int) -> tuple[int, int]:
    """Mean high and low level of one block; both the same while the pilot is constant."""
    high_mv = level_mv(load, SOURCE_MV)
    low_mv = level_mv(load, -SOURCE_MV)
    if duty_ticks >= DUTY_X1:
        return high_mv, high_mv
    if duty_ticks <= DUTY_F:
        return low_mv, low_mv
    if load.capacitance_nf:
        return _unsettled_mv(load, high_mv, low_mv)
    return high_mv, low_mv


def level_mv(load: Load, source_mv: int) -> int:
    """The voltage at the charger's end of the pilot wire for one source level."""
    if load.short == SHORT_AT_PLUG:
        return 0
    if load.short == SHORT_AFTER_DIODE:
        return min(source_mv, DIODE_MV)
    if not load.is_connected or load.diode == "open":
        return source_mv
    if load.diode == "short":
        return round(source_mv * load.ohm() / (SOURCE_OHM + load.ohm()))
    if load.diode == "reversed":
        return -_through_diode_mv(load, -source_mv)
    if load.diode == "leaky" and source_mv < 0:
        return load.diode_low_mv
    return _through_diode_mv(load, source_mv)


def _through_diode_mv(load: Load, source_mv: int) -> int:
    if source_mv <= DIODE_MV:
        return source_mv  # the diode blocks
    current_ma = (source_mv - DIODE_MV) / (SOURCE_OHM + load.ohm())
    return round(source_mv - current_ma * SOURCE_OHM)


def _unsettled_mv(load: Load, high_mv: int, low_mv: int) -> tuple[int, int]:
    """What a capacitance leaves of the step when the sample is taken."""
    parallel_ohm = SOURCE_OHM * load.ohm() / (SOURCE_OHM + load.ohm())
    is_loaded = load.is_connected and load.diode != "open"
    rise_us = (parallel_ohm if is_loaded else SOURCE_OHM) * load.capacitance_nf / 1_000
    fall_us = SOURCE_OHM * load.capacitance_nf / 1_000  # the diode blocks
    step_mv = high_mv - low_mv
    high_missing_mv = step_mv * math.exp(-SAMPLE_US / rise_us)
    low_missing_mv = step_mv * math.exp(-SAMPLE_US / fall_us)
    return round(high_mv - high_missing_mv), round(low_mv + low_missing_mv)


def with_noise(level: int, noise_mv: int, random: Random) -> int:
    """One block's mean of a level that carries white noise of this standard deviation."""
    return level + round(random.gauss(0, noise_mv / SAMPLES_PER_LEVEL**0.5))


def state_name(high_mv: int, duty_ticks: int) -> str:
    """What a voltmeter on the pilot would call this: "A1" to "D2", "E" or "F"."""
    for letter, floor_mv in CLASS_FLOORS_MV:
        if high_mv >= floor_mv:
            is_steady = duty_ticks <= DUTY_F or duty_ticks >= DUTY_X1
            return "E" if letter == "E" else letter + ("1" if is_steady else "2")
    return "F"
