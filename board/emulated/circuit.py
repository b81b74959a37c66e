"""Circuit: the control pilot in volts, from resistors, as IEC 61851-1 draws it.

The charger feeds +-12 V through 1 kOhm; the car hangs a diode and resistors on it. A block of
measurements is the mean of the high and of the low level, seen at the charger. The proximity
contact is one resistor in the cable's plug.
"""

from random import Random

from ampkeeper.firmware.safety.signals import DUTY_F, DUTY_X1, PP_OPEN_OHM

SOURCE_MV = 12_000
SOURCE_OHM = 1_000
BASE_OHM = 2_740  # state B; always there
S2_OHM = 1_300  # in parallel: state C
S2_OHM_VENTILATION = 270  # in parallel: state D
DIODE_MV = 700
PP_OHM = {13: 1_500, 20: 680, 32: 220, 63: 100}  # by cable_a; IEC 61851-1 Table B.2
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
        self.short = SHORT_NONE

    def ohm(self) -> float:
        """The car's resistance behind its diode."""
        if not self.is_s2_closed:
            return BASE_OHM
        parallel_ohm = S2_OHM_VENTILATION if self.has_ventilation else S2_OHM
        return BASE_OHM * parallel_ohm / (BASE_OHM + parallel_ohm)


def levels_mv(load: Load, duty_ticks: int) -> tuple[int, int]:
    """Mean high and low level of one block; both the same while the pilot is constant."""
    high_mv = level_mv(load, SOURCE_MV)
    low_mv = level_mv(load, -SOURCE_MV)
    if duty_ticks >= DUTY_X1:
        return high_mv, high_mv
    if duty_ticks <= DUTY_F:
        return low_mv, low_mv
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
    if source_mv <= DIODE_MV:
        return source_mv  # the diode blocks
    current_ma = (source_mv - DIODE_MV) / (SOURCE_OHM + load.ohm())
    return round(source_mv - current_ma * SOURCE_OHM)


def with_noise(level: int, noise_mv: int, random: Random) -> int:
    """One block's mean of a level that carries white noise of this standard deviation."""
    return level + round(random.gauss(0, noise_mv / SAMPLES_PER_LEVEL**0.5))


def pp_ohm(cable_a: int | None, is_shorted: bool) -> int:
    """Resistance from proximity contact to earth; ``cable_a`` None: nothing in the socket."""
    if is_shorted:
        return 0
    return PP_OPEN_OHM if cable_a is None else PP_OHM[cable_a]


def state_name(high_mv: int, duty_ticks: int) -> str:
    """What a voltmeter on the pilot would call this: "A1" to "D2", "E" or "F"."""
    for letter, floor_mv in CLASS_FLOORS_MV:
        if high_mv >= floor_mv:
            is_steady = duty_ticks <= DUTY_F or duty_ticks >= DUTY_X1
            return "E" if letter == "E" else letter + ("1" if is_steady else "2")
    return "F"
