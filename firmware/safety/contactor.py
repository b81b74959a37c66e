"""Contactor: closes and opens the output, and proves from the mirror contact that it did.

A driven coil whose mirror does not follow means stuck, a mirror that stays made means welded;
both stay until a person clears them, and only an open mirror lets them go (REQ-CNT-01 to 03).
One that drops out is stuck too, unless the mains was gone: a coil without power holds nothing.
No I/O and no clock: the caller feeds the mirror's level and the milliseconds that passed.
"""

from ampkeeper.firmware.safety import signals
from ampkeeper.firmware.safety.level import Level
from ampkeeper.firmware.safety.timers import leak
from ampkeeper.firmware.safety.units import const

OPEN, CLOSING, CLOSED, OPENING, STUCK, WELDED = range(6)  # states
CLOSE, RELEASE, MADE, BROKE, LATE, RESET, DROPPED = range(7)
# MADE, BROKE: the mirror, debounced; DROPPED: it broke by itself, with mains all the while
_NOTHING = const(-1)

_CLOSE_MS = const(150)  # REQ-CNT-02: from coil on to mirror made
_BREAK_MS = const(200)  # REQ-CNT-01: from coil off to mirror open
_SETTLE_MS = const(60)  # a coil released while pulling in may still reach the contacts
_STABLE_BLOCKS = const(2)
_STABLE_MS = const(20)  # contact bounce
_FLAP_QUARTERS = const(320)  # 80 ms open while closed, as much as of a missing diode
_WELD_QUARTERS = const(800)  # 200 ms made with the coil off: longer than any interference
_DIP_MS = const(300)  # the mains may be missed this long before or after a dropout

# A pair without a row changes nothing; tests/tables lists each of them.
# fmt: off
TABLE = bytes([
    # state   event    next     coil
    OPEN,     CLOSE,   CLOSING, 1,  # offered only while the mirror is proven open, REQ-CNT-01
    OPEN,     MADE,    WELDED,  0,  # REQ-CNT-01: mirror made with the coil off
    CLOSING,  MADE,    CLOSED,  1,
    CLOSING,  RELEASE, OPENING, 0,
    CLOSING,  LATE,    STUCK,   0,  # REQ-CNT-02
    CLOSED,   RELEASE, OPENING, 0,
    CLOSED,   BROKE,   OPENING, 0,  # dropped out: never drive it again, whatever the cause
    OPENING,  BROKE,   OPEN,    0,
    OPENING,  DROPPED, STUCK,   0,
    OPENING,  LATE,    WELDED,  0,  # REQ-CNT-01
    STUCK,    MADE,    WELDED,  0,  # it did close, only far too late
    STUCK,    RESET,   OPEN,    0,  # a person asked, and the mirror is open
    WELDED,   RESET,   OPEN,    0,
])
# fmt: on
ROW_BYTES = const(4)
AT_REST = (OPEN, STUCK)  # made here once: building a tuple in the tick allocates


class Contactor:
    """One contactor. After each call, drive the relay from ``coil``."""

    def __init__(self) -> None:
        self.state = OPEN
        self.coil = 0
        self._mirror = Level(signals.OPEN)
        self._against = [0]  # quarters of a ms of a mirror that contradicts OPEN, STUCK or CLOSED
        self._left_ms = 0
        self._state_ms = 0
        self._is_dropped = False  # not released: the mirror broke by itself
        self._is_wanted = 0  # the coil, by the last command
        self._mains_ms = 0  # without a break

    def feed(self, event: int) -> bool:
        """Apply ``event``; return True if it moved the state."""
        for row in range(0, len(TABLE), ROW_BYTES):
            if TABLE[row] == self.state and TABLE[row + 1] == event:
                self.state = TABLE[row + 2]
                self.coil = TABLE[row + 3]
                self._left_ms = self._deadline_ms()
                self._state_ms = 0
                self._against[0] = 0
                self._is_dropped = event == BROKE and self.state == OPENING
                return True
        return False

    def tick(self, elapsed_ms: int, mirror: int, has_mains: bool = True) -> bool:
        """Take the mirror's level; return True if it, or its absence, moved the state.

        A mirror that is UNKNOWN proves nothing, so it counts as what contradicts the coil.
        """
        if mirror == signals.UNKNOWN:
            mirror = signals.OPEN if self.coil else signals.MADE
        self._mirror.tick(elapsed_ms, mirror)
        self._left_ms = max(0, self._left_ms - elapsed_ms)
        self._state_ms = min(_DIP_MS, self._state_ms + elapsed_ms)
        self._mains_ms = min(2 * _DIP_MS, self._mains_ms + elapsed_ms) if has_mains else 0
        event = self._event(elapsed_ms)
        return event != _NOTHING and self.feed(event)

    def command(self, coil: int) -> bool:
        """Want the coil driven or not; return True if that moved the state."""
        self._is_wanted = coil
        if coil == self.coil:
            return False
        return self.feed(CLOSE if coil else RELEASE)

    def is_open(self) -> bool:
        """Tell whether the outlet is proven dead."""
        return self.state in AT_REST and self._is_steadily(signals.OPEN)

    def can_close(self) -> bool:
        """Tell whether the coil may be driven now: verified before each closing, REQ-CNT-01."""
        return self.state == OPEN and self._is_steadily(signals.OPEN)

    def reset(self) -> bool:
        """Let go of stuck or welded, if the mirror is open; return True if it did."""
        return self._is_steadily(signals.OPEN) and self.feed(RESET)

    def _deadline_ms(self) -> int:
        """Return the time that the mirror has, in a state that waits for it."""
        if self.state == CLOSING:
            return _CLOSE_MS
        return _BREAK_MS if self.state == OPENING else 0

    def _is_steadily(self, level: int) -> bool:
        return self._mirror.value == level and self._mirror.is_held(_STABLE_BLOCKS, _STABLE_MS)

    def _event(self, elapsed_ms: int) -> int:
        """Decide the guards. A mirror on its way is given time; a wrong one at the end is not."""
        is_made = self._mirror.value == signals.MADE
        if self.state in AT_REST:
            is_welded = leak(self._against, 0, elapsed_ms, is_made, _WELD_QUARTERS)
            return MADE if is_made and is_welded else _NOTHING
        if self.state == CLOSED:
            has_flapped = leak(self._against, 0, elapsed_ms, not is_made, _FLAP_QUARTERS)
            return BROKE if has_flapped or self._is_steadily(signals.OPEN) else _NOTHING
        if self.state == CLOSING:
            if self._mirror.value == signals.OPEN:
                return LATE if self._left_ms == 0 else _NOTHING
            return MADE if self._is_steadily(signals.MADE) else _NOTHING
        if self.state == OPENING:
            if self._mirror.value == signals.MADE:
                return LATE if self._left_ms == 0 else _NOTHING
            return self._event_of_opening() if self._is_steadily(signals.OPEN) else _NOTHING
        return _NOTHING

    def _event_of_opening(self) -> int:
        """Decide, with an open mirror, whether it was released or dropped out."""
        if not self._is_dropped:
            return BROKE if self._state_ms >= _SETTLE_MS else _NOTHING
        if self._state_ms < _DIP_MS:
            return _NOTHING
        # who still wants the coil has not seen the mains fail, and would close at once
        has_dipped = self._mains_ms < 2 * _DIP_MS and not self._is_wanted
        return BROKE if has_dipped else DROPPED
