"""Ear: what a car makes of the duty on its pilot, and how long it takes over it.

IEC 61851-1 gives it 5 s to follow a lower duty and 3 s to end the charge after X1; cars take
their own time, round as they like, and some talk digitally first.
"""

from ampkeeper.board.emulated.car_settings import CarSettings
from ampkeeper.firmware.safety.signals import DUTY_F

STOP_MS = 2_000  # from X1 to S2 open; Table A.6 seq. 10.1 allows 3 s
AMPERE_MA = 1_000


def current_ma_allowed(duty_ticks: int) -> int:
    """What a car may draw at this duty; 0 where charging is not allowed (IEC 61851-1 A.7)."""
    if duty_ticks < 5_000 or duty_ticks > 60_625:  # below 8 %, above 97 %
        return 0
    if duty_ticks < 6_250:  # 8 to 10 %
        return 6_000
    if duty_ticks <= 53_125:  # to 85 %: 0.6 A per percent
        return duty_ticks * 24 // 25
    if duty_ticks <= 60_000:  # to 96 %: 2.5 A per percent above 64 %
        return duty_ticks * 4 - 160_000
    return 80_000


def rounded_ma(offered_ma: int, rounding: str) -> int:
    """What a car that thinks in whole amperes takes for the offer."""
    if rounding == "floor":
        return offered_ma // AMPERE_MA * AMPERE_MA
    if rounding == "nearest":
        return (offered_ma + AMPERE_MA // 2) // AMPERE_MA * AMPERE_MA
    return offered_ma


def stop_ms_of(car: CarSettings) -> int:
    """How long after X1 the car opens S2."""
    own_ms = max(STOP_MS, car.reaction_ms) if car.stop_ms is None else car.stop_ms
    return own_ms + car.stubborn_ms


class Ear:
    """What was heard. ``step`` it with every duty that reaches the car."""

    def __init__(self) -> None:
        self.heard_ma = 0  # the offer that the car follows
        self.is_offered = False
        self.was_offered = False  # before the last step
        self.quiet_ms = 0  # since the offer ended, up to the time to stop
        self._wait_ms = 0
        self._talk_ms = 0

    def forget(self) -> None:
        """The car was unplugged."""
        self.pause()
        self.quiet_ms = 0
        self.is_offered = False
        self._talk_ms = 0

    def pause(self) -> None:
        """Nothing is heard for the moment; what was talked about still counts."""
        self.heard_ma = 0
        self._wait_ms = 0

    def step(self, elapsed_ms: int, duty_ticks: int, car: CarSettings) -> None:
        """Hear ``duty_ticks`` for ``elapsed_ms``."""
        offered_ma = rounded_ma(current_ma_allowed(duty_ticks), car.rounding)
        if offered_ma < round(car.min_a * AMPERE_MA):
            offered_ma = 0
        self.was_offered = self.is_offered
        self.is_offered = offered_ma > 0
        if self.is_offered:
            self.quiet_ms = 0
            self._follow(elapsed_ms, offered_ma, car)
            return
        self._wait_ms = 0
        stop_ms = stop_ms_of(car)
        self.quiet_ms = min(self.quiet_ms + elapsed_ms, stop_ms)
        if duty_ticks == DUTY_F or self.quiet_ms == stop_ms:
            self.heard_ma = 0  # a lost pilot counts at once, X1 after the car's own time

    def _follow(self, elapsed_ms: int, offered_ma: int, car: CarSettings) -> None:
        if self._talk_ms < car.hlc_ms:
            self._talk_ms += elapsed_ms
            return
        if offered_ma == self.heard_ma:
            self._wait_ms = 0
            return
        self._wait_ms += elapsed_ms
        if self._wait_ms >= car.reaction_ms:
            self.heard_ma = offered_ma
            self._wait_ms = 0
