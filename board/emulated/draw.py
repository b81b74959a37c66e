"""Draw: the current that a car takes, per phase, and how it comes and goes.

Near the end of charge it backs off; it ramps rather than jumps; it may take more than it was
offered, or less on some phases than on others. Integers: mA, permille.
"""

from ampkeeper.board.emulated.car_settings import CarSettings
from ampkeeper.board.emulated.ear import Ear, stop_ms_of

RAMP_MS = 1_000  # from nothing to the most the car can take
FULL_PERMILLE = 1_000
TAPER_PERMILLE = 950  # from here the charger on board backs off, linearly, down to TAPER_MA
TAPER_MA = 6_000
SIMPLIFIED_MA = 10_000  # a car that does not read the duty limits itself; IEC 61851-1 A.2.3
COUNT_MS_MAX = 100_000_000


class Draw:
    """``current_ma`` is what flows on L1."""

    def __init__(self) -> None:
        self.current_ma = 0
        self._over_ms = 0

    def forget(self) -> None:
        """The car was unplugged."""
        self.current_ma = 0
        self._over_ms = 0

    def step(
        self, elapsed_ms: int, car: CarSettings, ear: Ear, is_flowing: bool, soc_permille: int
    ) -> None:
        """Let time pass; ``is_flowing``: S2 is closed and the inlet live."""
        if not is_flowing:
            self.current_ma = 0
            return
        if car.overdraw_percent:
            self._over_ms = min(self._over_ms + elapsed_ms, COUNT_MS_MAX)
        else:
            self._over_ms = 0
        target_ma = self._target_ma(car, ear, soc_permille)
        step_ma = max(1, _ramp_ma(car, elapsed_ms))
        if self.current_ma < target_ma:
            self.current_ma = min(target_ma, self.current_ma + step_ma)
        else:
            self.current_ma = max(target_ma, self.current_ma - step_ma)

    def on(self, phases: int, imbalance_percent: int) -> tuple[int, int, int]:
        """What flows on L1, L2 and L3 with so many phases."""
        first_ma = other_ma = self.current_ma
        if imbalance_percent:
            other_ma = first_ma * (100 - imbalance_percent) // 100
        return first_ma, other_ma if phases > 1 else 0, other_ma if phases > 2 else 0

    def _target_ma(self, car: CarSettings, ear: Ear, soc_permille: int) -> int:
        ma_max = round(car.max_a * 1_000)
        if car.simplified:
            ma_max = min(ma_max, SIMPLIFIED_MA)
        elif car.obeys_limit:
            is_stopping = not ear.is_offered and ear.quiet_ms >= _ramp_down_ms(car)
            ma_max = 0 if is_stopping else min(ma_max, ear.heard_ma)
        if self._is_over(car) and ma_max:
            may_ma = ear.heard_ma or ma_max  # more than it may, whatever it otherwise takes
            ma_max = max(ma_max, may_ma * (100 + car.overdraw_percent) // 100)
        return min(ma_max, _taper_ma(ma_max, soc_permille))

    def _is_over(self, car: CarSettings) -> bool:
        is_in_time = car.overdraw_ms == 0 or self._over_ms <= car.overdraw_ms
        return car.overdraw_percent > 0 and is_in_time


def _ramp_ma(car: CarSettings, elapsed_ms: int) -> int:
    """How far the current moves in this time: 1 A/s is 1 mA/ms."""
    if car.ramp_a_s is None:
        return round(car.max_a * 1_000) * elapsed_ms // RAMP_MS
    return round(car.ramp_a_s * elapsed_ms)


def _ramp_down_ms(car: CarSettings) -> int:
    """When, after X1, the current starts to fall, so that S2 opens without any."""
    ramp_ms = RAMP_MS if car.ramp_a_s is None else round(car.max_a * 1_000 / car.ramp_a_s)
    return max(0, min(car.reaction_ms + car.stubborn_ms, stop_ms_of(car) - ramp_ms))


def _taper_ma(ma_max: int, soc_permille: int) -> int:
    if soc_permille < TAPER_PERMILLE:
        return ma_max
    left_ma = (FULL_PERMILLE - soc_permille) * ma_max // (FULL_PERMILLE - TAPER_PERMILLE)
    return max(TAPER_MA, left_ma)
