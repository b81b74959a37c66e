"""Voltage: is the mains within its band, and is the outlet live when, and only when, it should be?

Bands of section 5.6 (OVE R37): below 0.8 pu for 3 s, above 1.15 pu for 1 s, and good again
between 0.9 and 1.1 pu. What is not measured is not judged.
"""

from ampkeeper.firmware.safety.signals import NO, UNKNOWN, YES
from ampkeeper.firmware.safety.timers import hold, leak
from ampkeeper.firmware.safety.units import const

UNDER_PERCENT = const(80)
OVER_PERCENT = const(115)
_BAND_PERCENT_MIN = const(90)
_BAND_PERCENT_MAX = const(110)
_UNDER_MS = const(3_000)
_OVER_MS = const(1_000)
_LIVE_MS = const(200)  # like the mirror after opening, REQ-CNT-01
_LIVE_QUARTERS = const(800)  # the same of a sensor that may flap
_DEAD_QUARTERS = const(4_000)  # 1 s; OpenEVSE: missing 1,000 ms after closing
_LAG_MS = const(15_000)  # a meter shows a current up to 10 s after it ended (section 8.2)
_PHASES = const(3)
_LIVE = const(6)  # timers; 0 to 2 are for a low voltage of each phase, 3 to 5 for a high one
_DEAD = const(7)
_FLOW = const(8)
_TIMERS = const(9)


class Voltage:
    """The judgement on the mains and on what is behind the contactor."""

    def __init__(self) -> None:
        self.is_under = False
        self.is_over = False
        self.is_in_band = False  # measured, and all phases well inside
        self.worst_mv = UNKNOWN  # of the phase farthest from nominal
        self.is_outlet_live = False  # although the contactor is proven open
        self.is_outlet_dead = False  # although the contactor is closed
        self._timers = [0] * _TIMERS

    def tick(self, passed_ms: int, voltages_mv: "list[int]", nominal_mv: int, phases: int) -> None:
        """Take the voltages to neutral ahead of the contactor; ``phases`` are wired, 1 or 3."""
        self.is_under = self.is_over = False
        self.is_in_band = False
        self.worst_mv = UNKNOWN
        percent_mv = nominal_mv // 100
        for phase in range(_PHASES):
            mv = voltages_mv[phase] if phase < phases else UNKNOWN
            is_low = is_high = UNKNOWN
            if mv != UNKNOWN:
                is_low = YES if mv < percent_mv * UNDER_PERCENT else NO
                is_high = YES if mv > percent_mv * OVER_PERCENT else NO
                if self.worst_mv == UNKNOWN or _is_worse(mv, self.worst_mv, nominal_mv):
                    self.worst_mv = mv
            if hold(self._timers, phase, passed_ms, is_low) >= _UNDER_MS:
                self.is_under = True
            if hold(self._timers, _PHASES + phase, passed_ms, is_high) >= _OVER_MS:
                self.is_over = True
        if self.worst_mv != UNKNOWN:
            is_below = self.worst_mv < percent_mv * _BAND_PERCENT_MIN
            self.is_in_band = not is_below and self.worst_mv <= percent_mv * _BAND_PERCENT_MAX

    def tick_outlet(self, passed_ms: int, live: int, is_open: int, is_expected: int) -> None:
        """Take the sensor behind the contactor.

        ``is_open``: the contactor is proven open. ``is_expected``: it is closed, and there is
        mains ahead of it.
        """
        if not is_open:
            self._timers[_LIVE] = 0
        if not is_expected:
            self._timers[_DEAD] = 0
        seen = live if is_open else NO
        self.is_outlet_live = leak(self._timers, _LIVE, passed_ms, seen, _LIVE_QUARTERS)
        missing = NO
        if is_expected:
            missing = UNKNOWN if live == UNKNOWN else 1 - live
        self.is_outlet_dead = leak(self._timers, _DEAD, passed_ms, missing, _DEAD_QUARTERS)

    def tick_flow(self, passed_ms: int, flows: int, is_late: bool) -> None:
        """Take current through the open contactor as evidence; ``is_late``: a meter told it."""
        held_ms = hold(self._timers, _FLOW, passed_ms, flows)
        if held_ms >= (_LAG_MS if is_late else _LIVE_MS):
            self.is_outlet_live = True


def _is_worse(mv: int, worst_mv: int, nominal_mv: int) -> bool:
    return abs(mv - nominal_mv) > abs(worst_mv - nominal_mv)
