"""Metered: currents and voltages, from the board's own sensors or else from the station's meter.

It is chosen for each phase: the board's own reading wins and needs no meter. The station's
values grow old: where it has a meter, 5 s without a current of every phase in use leave 6 A,
and 15 s are the fault MeterStale (section 5.6 of the requirements). What is too old, or was
never told, is UNKNOWN.
"""

from ampkeeper.firmware.safety.signals import NO, UNKNOWN, Inputs
from ampkeeper.firmware.safety.units import CURRENT_MA_MAX, CURRENT_MA_MIN, const

_CLAMP_MS = const(5_000)
_STALE_MS = const(15_000)
_PHASES = const(3)
_READINGS_MAX = const(255)  # then from 0 again


class Metered:
    """What flows and what is there, per phase; an item of each list is UNKNOWN or a value."""

    def __init__(self) -> None:
        self.currents_ma = [UNKNOWN] * _PHASES
        self.voltages_mv = [UNKNOWN] * _PHASES
        self.is_own = False  # no current of a phase in use is the station's
        self.age_ms = _CLAMP_MS  # of the last complete currents; at start none is known, or late
        self.readings = 0  # of the station with a current; only its changes mean anything
        self.has_moved = False  # a current that the station told differs from the one before
        self._station_ma = [UNKNOWN] * _PHASES
        self._station_mv = [UNKNOWN] * _PHASES
        self._station_ms = _CLAMP_MS  # age of both

    def take(self, l1_ma: int, l2_ma: int, l3_ma: int, l1_mv: int, l2_mv: int, l3_mv: int) -> None:
        """Take what the station's meter shows; UNKNOWN where it shows nothing."""
        told = self._station_ma
        if _is_new(l1_ma, told[0]) or _is_new(l2_ma, told[1]) or _is_new(l3_ma, told[2]):
            self.has_moved = True
        _put(told, l1_ma, l2_ma, l3_ma)
        _put(self._station_mv, l1_mv, l2_mv, l3_mv)
        self._station_ms = 0
        self.readings = (self.readings + 1) & _READINGS_MAX

    def tick(self, passed_ms: int, inputs: Inputs, phases: int) -> None:
        """Let time pass, and choose; ``phases`` are in use, 1 or 3."""
        self._station_ms = min(self._station_ms + passed_ms, _CLAMP_MS)
        is_fresh = self._station_ms < _CLAMP_MS
        own = self.currents_ma
        _put(own, inputs.current_l1_ma, inputs.current_l2_ma, inputs.current_l3_ma)
        is_complete = _is_known(own, phases)
        self.is_own = self.highest_ma() != UNKNOWN
        self.age_ms = 0 if is_complete else min(self.age_ms + passed_ms, _STALE_MS)
        if is_fresh and _complete(own, self._station_ma) and not is_complete:
            self.is_own = False
            if _is_known(own, phases):
                self.age_ms = self._station_ms
        own = self.voltages_mv
        _put(own, inputs.voltage_l1_mv, inputs.voltage_l2_mv, inputs.voltage_l3_mv)
        if is_fresh:
            _complete(own, self._station_mv)

    def highest_ma(self) -> int:
        """Return the highest current of a phase, or UNKNOWN."""
        return max(self.currents_ma[0], self.currents_ma[1], self.currents_ma[2])

    def is_stale(self, has_meter: int) -> bool:
        """Tell whether nobody has known the current for too long."""
        return has_meter != NO and self.age_ms >= _STALE_MS

    def limit_ma(self, has_meter: int) -> int:
        """Return what may be offered with a current of this age."""
        is_clamped = has_meter != NO and self.age_ms >= _CLAMP_MS
        return CURRENT_MA_MIN if is_clamped else CURRENT_MA_MAX


def _put(values: "list[int]", first: int, second: int, third: int) -> None:
    values[0] = first
    values[1] = second
    values[2] = third


def _complete(own: "list[int]", told: "list[int]") -> bool:
    """Put what was told where there is no own reading; return True if there was such a place."""
    is_needed = False
    for phase in range(_PHASES):
        if own[phase] == UNKNOWN and told[phase] != UNKNOWN:
            own[phase] = told[phase]
            is_needed = True
    return is_needed


def _is_new(value: int, before: int) -> bool:
    return value != before and value != UNKNOWN and before != UNKNOWN


def _is_known(values: "list[int]", phases: int) -> bool:
    is_known = True
    for phase in range(phases):
        is_known = is_known and values[phase] != UNKNOWN
    return is_known
