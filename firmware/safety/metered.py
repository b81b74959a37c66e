"""Metered: currents and voltages, from the board's own sensors or else from the station's meter.

The station's values grow old. Where it has a meter, 5 s without one leave 6 A, and 15 s are the
fault MeterStale (section 5.6 of the requirements). What is too old, or was never told, is
UNKNOWN. The board's own transformers win, and need no meter.
"""

from ampkeeper.firmware.safety.signals import NO, UNKNOWN, Inputs
from ampkeeper.firmware.safety.units import CURRENT_MA_MAX, CURRENT_MA_MIN, const

_CLAMP_MS = const(5_000)
_STALE_MS = const(15_000)
_PHASES = const(3)


class Metered:
    """What flows and what is there, per phase; an item of each list is UNKNOWN or a value."""

    def __init__(self) -> None:
        self.currents_ma = [UNKNOWN] * _PHASES
        self.voltages_mv = [UNKNOWN] * _PHASES
        self.is_own = False  # the currents are the board's
        self.age_ms = _CLAMP_MS  # of the last current; nothing is known at start, nor is it late
        self._station_ma = [UNKNOWN] * _PHASES
        self._station_mv = [UNKNOWN] * _PHASES

    def take(self, l1_ma: int, l2_ma: int, l3_ma: int, l1_mv: int, l2_mv: int, l3_mv: int) -> None:
        """Take what the station's meter shows; UNKNOWN where it shows nothing."""
        _put(self._station_ma, l1_ma, l2_ma, l3_ma)
        _put(self._station_mv, l1_mv, l2_mv, l3_mv)
        if _is_any_known(self._station_ma):
            self.age_ms = 0

    def tick(self, passed_ms: int, inputs: Inputs) -> None:
        """Let time pass, and choose."""
        self.age_ms = min(self.age_ms + passed_ms, _STALE_MS)
        if self.age_ms >= _CLAMP_MS:
            _put(self._station_ma, UNKNOWN, UNKNOWN, UNKNOWN)
            _put(self._station_mv, UNKNOWN, UNKNOWN, UNKNOWN)
        own = self.currents_ma
        _put(own, inputs.current_l1_ma, inputs.current_l2_ma, inputs.current_l3_ma)
        self.is_own = _is_any_known(own)
        if self.is_own:
            self.age_ms = 0
        else:
            _copy(self._station_ma, own)
        own = self.voltages_mv
        _put(own, inputs.voltage_l1_mv, inputs.voltage_l2_mv, inputs.voltage_l3_mv)
        if not _is_any_known(own):
            _copy(self._station_mv, own)

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


def _copy(source: "list[int]", values: "list[int]") -> None:
    _put(values, source[0], source[1], source[2])


def _is_any_known(values: "list[int]") -> bool:
    return values[0] != UNKNOWN or values[1] != UNKNOWN or values[2] != UNKNOWN
