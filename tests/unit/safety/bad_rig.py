"""A rig whose sensors may be stuck, flap or stand on their heads. Runs on both interpreters."""

import sys

from safety_rig import LEVEL_C, Rig

IS_FAST = sys.implementation.name == "cpython"
RAIL_MV = 13_200  # where the converter's scale ends, both ways
NO_FAULTS = []
LONG_MS = 15_000 if IS_FAST else 3_000  # for which a car asks in vain


def some(cases):
    """All cases; where the interpreter is slow, the first and the last."""
    return cases if IS_FAST else (cases[0], cases[-1])


class BadRig(Rig):
    """``stuck`` holds inputs at a value, ``flaps`` gives them two in turn."""

    def __init__(self, **changes):
        super().__init__(**changes)
        self.stuck = {}
        self.flaps = {}
        self.is_swapped = False  # the mirror shows the opposite
        self.ticks = 0

    def step(self, elapsed_ms, told_ms=None):
        self.ticks += 1
        super().step(elapsed_ms, told_ms)

    def _measure(self, elapsed_ms):
        super()._measure(elapsed_ms)
        for name in self.stuck:
            setattr(self.inputs, name, self.stuck[name])
        for name in self.flaps:
            setattr(self.inputs, name, self.flaps[name][self.ticks % 2])
        if self.is_swapped:
            self.inputs.mirror = 1 - self.out.coil

    def opens_within(self, limit_ms):
        """Run until the coil is off; fail if that takes longer, and return how long it took."""
        return self.until("coil", 0, limit_ms)

    def never_closes(self, ms=LONG_MS):
        """A car asks for current, with a permit: nothing closes."""
        self.allow(16_000)
        self.plug(level_mv=LEVEL_C)
        self.edges = []
        self.run(ms)
        assert self.times_of("coil", 1) == [], self.describe()
        return self.faults()


def charging(**changes):
    rig = BadRig(**changes)
    rig.charge()
    assert rig.faults() == NO_FAULTS
    return rig
