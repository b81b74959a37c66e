"""Phases: moves the relay between one and three phases, never under power (REQ-SEQ-PH).

Under a car that was charged it moves only while the pilot is cut, or, on a board that cannot cut
it, after a long X1; and never if the vehicle's profile forbids it. Cars were destroyed by less
(section 3.4 of the requirements).
"""

from ampkeeper.firmware.safety.profile import Profile
from ampkeeper.firmware.safety.signals import NO
from ampkeeper.firmware.safety.units import DRIVE_OPEN, DRIVE_X1, const

_CP_LEAD_MS = const(100)  # the pilot is cut this long before the relay moves
_UNDER_LOAD_MS_MIN = const(60_000)  # after an opening under load; Polestar hangs
_GAP_MS_MAX = const(300_000)


class Phases:
    """The phase relay of one outlet."""

    def __init__(self) -> None:
        self.relay = 1
        self.has_moved = False  # in the present cut of the pilot
        self._gap_left_ms = 0  # after a move under a charged car
        self._was_powered = False  # this car
        self._was_under_load = False
        self._cut_ms = 0  # the pilot has been cut for
        self._x1_ms = 0

    def note_power(self) -> None:
        """The contactor closed on the car that is plugged in."""
        self._was_powered = True
        self._was_under_load = False

    def note_under_load(self) -> None:
        """The contactor opened while the car still drew current."""
        self._was_under_load = True

    def note_unplugged(self) -> None:
        """The car is gone: nothing is there that a move could harm."""
        self._was_powered = False
        self._was_under_load = False
        self._gap_left_ms = 0

    def tick(self, elapsed_ms: int, drive: int) -> None:
        """Let time pass; ``drive`` is what the pilot was driven to."""
        self._gap_left_ms = max(0, self._gap_left_ms - elapsed_ms)
        self._cut_ms = min(self._cut_ms + elapsed_ms, _CP_LEAD_MS) if drive == DRIVE_OPEN else 0
        self._x1_ms = min(self._x1_ms + elapsed_ms, _GAP_MS_MAX) if drive == DRIVE_X1 else 0
        if drive != DRIVE_OPEN:
            self.has_moved = False

    def needs_cut(self, wanted: int, profile: Profile) -> bool:
        """Tell whether the pilot must be cut before the relay may move to ``wanted``."""
        return wanted != self.relay and self._was_powered and profile.may_switch_phases != NO

    def move(self, wanted: int, profile: Profile, has_cp_relay: int) -> None:
        """Move to ``wanted`` if that is safe now; call only with the contactor proven open."""
        if wanted == self.relay:
            return
        if not self._was_powered:
            self.relay = wanted
        elif profile.may_switch_phases == NO:
            return
        elif self._cut_ms >= _CP_LEAD_MS:
            self.relay = wanted
            self.has_moved = True
            self._gap_left_ms = self._gap_ms(profile)
        elif not has_cp_relay and self._x1_ms >= self._gap_ms(profile):
            self.relay = wanted

    def is_settled(self) -> bool:
        """Tell whether the car has had its time since the relay moved under it."""
        return self._gap_left_ms == 0

    def is_right(self, wanted: int, profile: Profile) -> bool:
        """Tell whether the relay carries what the permit allows.

        A car under which the relay may not move takes fewer phases than allowed, never more.
        """
        if self._was_powered and profile.may_switch_phases == NO:
            return self.relay <= wanted
        return self.relay == wanted and self._gap_left_ms == 0

    def _gap_ms(self, profile: Profile) -> int:
        gap_ms = profile.phase_gap_ms
        return max(gap_ms, _UNDER_LOAD_MS_MIN) if self._was_under_load else gap_ms
