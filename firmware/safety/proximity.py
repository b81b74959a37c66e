"""Proximity: the current that the cable's plug codes, read once per session. Socket only.

Windows are geometric midpoints of IEC 61851-1 Table B.2's resistors. The coding is latched at
the first five equal readings after plugging in; a loss or another class later, or half a second
without five readings that equal it, is a fault that only unplugging clears (REQ-PP-01).
"""

from ampkeeper.firmware.safety.level import Level
from ampkeeper.firmware.safety.units import const

UNREADABLE = const(-1)  # below every cable: a short
NO_CABLE = const(0)
_NONE_OHM_MIN = const(3_000)
_CABLE_13_OHM_MIN = const(1_010)
_CABLE_20_OHM_MIN = const(387)
_CABLE_32_OHM_MIN = const(148)
_CABLE_63_OHM_MIN = const(75)

_EQUAL_BLOCKS = const(5)
_LATCH_MS = const(100)
_FAULT_MS = const(500)  # without a cable that can be read steadily, although the car is there


def cable_of(pp_ohm: int) -> int:
    """Return the cable's mA per phase, ``NO_CABLE`` or ``UNREADABLE``."""
    if pp_ohm > _NONE_OHM_MIN:
        return NO_CABLE
    if pp_ohm >= _CABLE_13_OHM_MIN:
        return 13_000
    if pp_ohm >= _CABLE_20_OHM_MIN:
        return 20_000
    if pp_ohm >= _CABLE_32_OHM_MIN:
        return 32_000
    if pp_ohm >= _CABLE_63_OHM_MIN:
        return 63_000
    return UNREADABLE


class Proximity:
    """The session's cable. ``cable_ma`` is 0 until it is latched."""

    def __init__(self) -> None:
        self.cable_ma = 0
        self.is_faulty = False
        self._seen = Level(NO_CABLE)
        self._missing_ms = 0

    def tick(self, elapsed_ms: int, pp_ohm: int, is_plugged: bool) -> None:
        """Take one reading; ``is_plugged`` is the control pilot's word."""
        if not is_plugged:
            self.reset()
            return
        self._seen.tick(elapsed_ms, cable_of(pp_ohm))
        if self.cable_ma == 0:
            self._read(elapsed_ms)
        else:
            self._watch(elapsed_ms)

    def is_empty(self) -> bool:
        """Tell whether a cable that was there is steadily gone from the socket."""
        is_gone = self._seen.value == NO_CABLE and self.cable_ma != 0
        return is_gone and self._seen.is_held(_EQUAL_BLOCKS, _FAULT_MS)

    def reset(self) -> None:
        """Forget the session's cable."""
        self.cable_ma = 0
        self.is_faulty = False
        self._seen.reset(NO_CABLE)
        self._missing_ms = 0

    def _read(self, elapsed_ms: int) -> None:
        self._missing_ms = min(self._missing_ms + elapsed_ms, _FAULT_MS)
        if self._seen.value > NO_CABLE and self._seen.is_held(_EQUAL_BLOCKS, _LATCH_MS):
            if not self.is_faulty:
                self.cable_ma = self._seen.value
                self._missing_ms = 0
        elif self._missing_ms >= _FAULT_MS:
            self.is_faulty = True

    def _watch(self, elapsed_ms: int) -> None:
        is_other = self._seen.value != self.cable_ma
        if is_other or self._seen.blocks < _EQUAL_BLOCKS:
            self._missing_ms = min(self._missing_ms + elapsed_ms, _FAULT_MS)
        else:
            self._missing_ms = 0
        is_lost = is_other and self._seen.is_held(_EQUAL_BLOCKS, _LATCH_MS)
        if is_lost or self._missing_ms >= _FAULT_MS:
            self.is_faulty = True
