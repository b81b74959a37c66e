"""Permit: what the station allows, for a short time. It is never "on".

Ring 2 grants it again and again; silence, a crash or a lost link lets it run out.
"""

from ampkeeper.firmware.safety.signals import NO, UNKNOWN, YES
from ampkeeper.firmware.safety.units import CURRENT_MA_MAX, CURRENT_MA_MIN, const

KEEP_LOCKED = const(1)  # flags: hold the plug although nothing is offered
_KEPT_MS = const(60_000)  # a station that starts anew takes less; nobody is locked in for ever
IN_SERVICE = const(2)  # flags: without it nothing is offered
_FLAGS_ALL = const(3)
_REFUSED_MAX = const(1_000_000)  # the count stops here


class Permit:
    """The permit in force; all zero once it ran out."""

    def __init__(self, permit_ms: int) -> None:
        self.permit_ms = permit_ms
        self.current_ma = 0  # usable: 0 or 6,000 to 80,000
        self.phases = 1
        self.flags = 0
        self.has_expired = False  # the last one ran out and no other came
        self.refused_count = 0
        self._left_ms = 0
        self._kept_ms = 0

    def grant(self, current_ma: int, phases: int, flags: int) -> bool:
        """Take a permit; refuse and count what is out of range, leaving the old one to expire."""
        if not 0 <= current_ma <= CURRENT_MA_MAX or phases not in (1, 3) or flags & ~_FLAGS_ALL:
            self.refused_count = min(self.refused_count + 1, _REFUSED_MAX)
            return False
        is_usable = current_ma >= CURRENT_MA_MIN and flags & IN_SERVICE
        self.current_ma = current_ma if is_usable else 0  # there is no 1 to 5 A
        self.phases = phases
        self.flags = flags
        self.has_expired = False
        self._left_ms = self.permit_ms
        return True

    def tick(self, elapsed_ms: int) -> None:
        """Let ``elapsed_ms`` pass; a plug that was to be held is held a minute longer."""
        if self._left_ms == 0:
            self._kept_ms = max(0, self._kept_ms - elapsed_ms)
            if self._kept_ms == 0:
                self.flags = 0
            return
        self._left_ms = max(0, self._left_ms - elapsed_ms)
        if self._left_ms == 0:
            self.lose()

    def lose(self) -> None:
        """Forget the permit, as if it had run out."""
        self.has_expired = True
        self.current_ma = 0
        self.flags &= KEEP_LOCKED
        self._left_ms = 0
        self._kept_ms = _KEPT_MS

    def forget_car(self) -> None:
        """What was permitted was for the car that has left."""
        self.current_ma = 0
        self.flags &= ~KEEP_LOCKED

    def linked(self) -> int:
        """Return YES while the station is heard, NO once it fell silent, UNKNOWN before."""
        if self.has_expired:
            return NO
        return YES if self._left_ms > 0 else UNKNOWN

    def keeps_locked(self) -> bool:
        """Tell whether the station asks to hold the plug."""
        return self.flags & KEEP_LOCKED != 0
