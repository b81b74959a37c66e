"""Used phases: how many of the phases that it is given a car really takes. Pure, over readings.

A charger on three phases may feed a car that takes one: its watts are a third, its share of a
limit in W is one phase's. What is not known counts as all phases, so that a limit in W holds.
More phases than believed count at once, fewer only when it stays so: cars ramp phase by phase,
and some let phases go when they are nearly full.
"""

from ampkeeper.hal.ports import PerPhase

USED_A_MIN = 0.5  # of a phase that a car charges with; a meter may show less where none flows
LOADED_A_MIN = 4.0  # on the phase with most: the car charges, and a phase without is not used
FEWER_S = 30.0  # WARP takes as long before it believes that two phases are not used


class UsedPhases:
    """What is known of the car that is plugged in, at an outlet with ``wired`` phases."""

    def __init__(self, wired: int) -> None:
        self._wired = wired
        self.count = wired  # believed of the car when it is given all phases
        self.is_known = False
        self.now = 0  # phases that carried current in the newest reading
        self.which = tuple(range(wired))  # of its own L1, L2, L3 the car is believed to load
        self._fewer_since_s: float | None = None
        self._meanwhile: frozenset[int] = frozenset()  # loaded since then

    def forget(self) -> None:
        """The car is gone."""
        self.count, self.is_known, self.now = self._wired, False, 0
        self.which, self._fewer_since_s = tuple(range(self._wired)), None

    def feed(self, current_a: PerPhase, given: int, taken_s: float) -> None:
        """Take a reading while ``given`` phases were switched on; one that is not whole is none."""
        known = [amps for amps in current_a[: self._wired] if amps is not None]
        if len(known) < self._wired:
            self._fewer_since_s = None
            return
        loaded = frozenset(phase for phase, amps in enumerate(known) if amps >= USED_A_MIN)
        self.now = len(loaded)
        self.which = tuple(sorted(loaded.union(self.which)))
        if given < self._wired:
            self._fewer_since_s = None  # what it would take of more cannot be seen
            return
        if self.now >= self.count:
            self.is_known = self.is_known or self.now == self._wired or self.now > self.count
            self.count, self._fewer_since_s = self.now, None
            return
        if max(known) < LOADED_A_MIN:
            self._fewer_since_s = None
            return
        if self._fewer_since_s is None:
            self._fewer_since_s, self._meanwhile = taken_s, loaded
        self._meanwhile |= loaded
        if taken_s - self._fewer_since_s >= FEWER_S:
            self.count, self.is_known = self.now, True
            self.which, self._fewer_since_s = tuple(sorted(self._meanwhile)), None
