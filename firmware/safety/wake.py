"""Wake: calls a car that sleeps although current is offered, and hears one that calls us.

The standard foresees one state F of 4 s (A.5.3); real cars need the pilot cut for 4 s, some for
30 s (section 3.3 of the requirements). Each call ends with a short X1, then PWM again. After
the last call there is no other until the car has been in C or has left (TV-SEQ-12). A car calls
a sleeping charger by toggling B-C-B (seq. 11).
"""

from ampkeeper.firmware.safety.pilot import B, C
from ampkeeper.firmware.safety.profile import Profile
from ampkeeper.firmware.safety.units import (
    COUNT_MAX,
    DRIVE_F,
    DRIVE_OPEN,
    DRIVE_PWM,
    DRIVE_X1,
    const,
)

_AGAIN_MS = const(30_000)  # between two calls
_REST_MS = const(750)  # X1 after a call: 500 to 1,000
_TOGGLE_MS_MIN = const(200)  # a pulse of C: ISO 15118-3 EV validation
_TOGGLE_MS_MAX = const(400)

# fmt: off
CALLS = (
    # drive      for ms
    (DRIVE_F,    4_000),   # A.5.3
    (DRIVE_OPEN, 4_000),   # the same without a pilot: Ioniq 5
    (DRIVE_OPEN, 30_000),  # VW
)
_F_CALLS = const(1)  # the first of them need no relay in the pilot
CALLS_OF = (
    # from, to: which of CALLS a method makes
    (0, 0),  # WAKE_NEVER
    (0, 1),  # WAKE_F
    (1, 3),  # WAKE_CP_OPEN
    (0, 3),  # WAKE_LADDER
)
# fmt: on


class Wake:
    """The calls to one car; ``drive`` is what the pilot should be driven to now."""

    def __init__(self) -> None:
        self.drive = DRIVE_PWM
        self.call_count = 0  # to this car since it was last in C
        self._next = -1  # of CALLS; -1: no car waited yet
        self._left_ms = 0

    def reset(self) -> None:
        """The car is awake, or gone, or nothing is offered."""
        self.drive = DRIVE_PWM
        self.call_count = 0
        self._next = -1

    def stop(self) -> None:
        """Nothing is offered now; calls made so far count."""
        self.drive = DRIVE_PWM
        if self._next >= 0:
            self._left_ms = _AGAIN_MS

    def tick(self, elapsed_ms: int, profile: Profile, can_cut: int) -> None:
        """Let time pass while current is offered and the car does not take it."""
        first, end = CALLS_OF[profile.wake_method]
        if not can_cut:
            end = min(end, _F_CALLS)
        if self._next < 0:
            self._next = first
            self._left_ms = profile.wake_after_ms
        self._left_ms = max(0, self._left_ms - elapsed_ms)
        if self._left_ms > 0:
            return
        if self.drive == DRIVE_PWM:
            if first <= self._next < end:
                self.drive, self._left_ms = CALLS[self._next]
                self._next += 1
                self.call_count += 1
        elif self.drive == DRIVE_X1:
            self.drive = DRIVE_PWM
            self._left_ms = _AGAIN_MS
        else:
            self.drive = DRIVE_X1
            self._left_ms = _REST_MS


class Toggle:
    """Counts the car's calls: pulses B-C-B while nothing is offered."""

    def __init__(self) -> None:
        self.count = 0
        self._c_ms = -1  # in C since B; -1: not after B
        self._was = C

    def tick(self, elapsed_ms: int, pilot_class: int) -> bool:
        """Take the class that counts; return True at the end of a pulse."""
        was_pulse = False
        goes_on = self._was == B or (self._was == C and self._c_ms >= 0)
        if pilot_class == C and goes_on:
            self._c_ms = min(max(self._c_ms, 0) + elapsed_ms, _TOGGLE_MS_MAX + 1)
        else:
            was_pulse = pilot_class == B and _TOGGLE_MS_MIN <= self._c_ms <= _TOGGLE_MS_MAX
            self._c_ms = -1
        self._was = pilot_class
        if was_pulse:
            self.count = min(self.count + 1, COUNT_MAX)
        return was_pulse
