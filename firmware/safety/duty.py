"""Duty: the current as a pilot duty cycle, both ways, and when it may change.

IEC 61851-1 Table A.8 and the traps of its step at 85 %. Ticks are 16 ns (``signals``).
"""

from ampkeeper.firmware.safety.signals import DUTY_F, DUTY_X1, PERIOD_TICKS
from ampkeeper.firmware.safety.units import (
    CURRENT_MA_MAX,
    CURRENT_MA_MIN,
    DRIVE_F,
    DRIVE_PWM,
    const,
)

_DUTY_DIGITAL = const(3_125)  # 5 %: the car shall talk ISO 15118
_DUTY_MIN = const(6_250)  # 10 %: 6 A
_DUTY_MAX = const(60_000)  # 96 %: 80 A
STEADY_TICKS = (DUTY_F, _DUTY_DIGITAL, DUTY_X1)
_LOW_MA_MAX = const(50_700)  # above, +5 us of error could reach the other formula ...
_LOW_TICKS_MAX = const(52_812)  # ... so stay at 84.5 %, rounded down ...
_HIGH_MA_MIN = const(52_500)  # ... up to here

_PERCENT_3 = const(1_875)
_PERCENT_7 = const(4_375)
_PERCENT_8 = const(5_000)
_PERCENT_85 = const(53_125)
_PERCENT_97 = const(60_625)


def duty_of(current_ma: int) -> int:
    """Return the ticks that offer at most ``current_ma`` (6,000 to 80,000). REQ-PWM-01."""
    assert CURRENT_MA_MIN <= current_ma <= CURRENT_MA_MAX
    if current_ma >= _HIGH_MA_MIN:
        return current_ma // 4 + 40_000  # D = I / 2.5 A + 64 %
    if current_ma > _LOW_MA_MAX:
        return _LOW_TICKS_MAX
    return current_ma * 25 // 24  # D = I / 0.6 A


def current_of(ticks: int) -> int:
    """Return the mA that a car reads from ``ticks``; 0 where it may not charge by the pilot."""
    if ticks < _PERCENT_8 or ticks > _PERCENT_97:
        return 0  # includes 3 to 7 %, where the digital link decides
    if ticks < _DUTY_MIN:
        return CURRENT_MA_MIN
    if ticks <= _PERCENT_85:
        return ticks * 24 // 25
    if ticks <= _DUTY_MAX:
        return (ticks - 40_000) * 4
    return CURRENT_MA_MAX


def is_digital(ticks: int) -> bool:
    """Tell whether a car reads ``ticks`` as "talk first": 3 to 7 %."""
    return _PERCENT_3 <= ticks <= _PERCENT_7


def is_allowed(ticks: int) -> bool:
    """Tell whether ``ticks`` may be driven: 0, 5 %, 10 to 96 %, 100 %. REQ-PWM-02."""
    if _DUTY_MIN <= ticks <= _DUTY_MAX:
        return True
    return ticks in STEADY_TICKS


class Pacer:
    """The duty that is driven. It changes at most every ``gap_ms``, or at once for safety."""

    def __init__(self) -> None:
        self.ticks = DUTY_X1
        self._most = DUTY_X1  # with which PWM that ended may come back before ``gap_ms`` is over
        self._wait_ms = 0

    def tick(self, elapsed_ms: int) -> None:
        """Let ``elapsed_ms`` pass."""
        self._wait_ms = max(0, self._wait_ms - elapsed_ms)
        if self._wait_ms == 0:
            self._most = DUTY_X1

    def steer(self, drive: int, limit_ma: int, safe_ma: int, gap_ms: int) -> bool:
        """Drive ``limit_ma``; return True if PWM runs with another duty than before.

        That includes its start: a car under power may have been told X1. REQ-CP-07.

        ``safe_ma`` is the limit without the permit: the duty never stays above it, while the
        host's own steps wait (Table A.6 seq. 6). Starting and ending PWM is never delayed, but a
        pause is no way round: PWM that soon comes back offers no more than when it ended.
        """
        before = self.ticks
        was_pwm = DUTY_F < before < PERIOD_TICKS
        if drive == DRIVE_F:
            self.ticks = DUTY_F
        elif drive != DRIVE_PWM:
            self.ticks = DUTY_X1  # also where the pilot is cut: nothing is offered there
        elif not was_pwm:
            self.ticks = min(duty_of(limit_ma), self._most)
        elif self._wait_ms == 0 or duty_of(safe_ma) < before:
            self.ticks = duty_of(limit_ma)
        assert is_allowed(self.ticks)
        is_pwm = DUTY_F < self.ticks < PERIOD_TICKS
        if self.ticks != before:
            self._wait_ms = gap_ms
        if is_pwm:
            self._most = DUTY_X1
        elif was_pwm:
            self._most = before
        return is_pwm and self.ticks != before
