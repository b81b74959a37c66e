"""A car, a pilot circuit, a contactor, a bolt and a host round one Supervisor, in integers.

Time is an argument: ``run(ms)`` lets it pass in blocks of ``tick_ms`` and measures means over
each block, so an event may fall inside a block. Runs on both interpreters.
"""

import sys

from ampkeeper.firmware.safety.permit import IN_SERVICE, KEEP_LOCKED
from ampkeeper.firmware.safety.signals import (
    LOCK_DRIVE,
    PERIOD_TICKS,
    PP_OPEN_OHM,
    UNLOCK_DRIVE,
    Inputs,
    Settings,
)
from ampkeeper.firmware.safety.supervisor import Supervisor

LEVEL_A, LEVEL_B, LEVEL_C, LEVEL_D, LEVEL_E = 12_000, 9_000, 6_000, 3_000, 0
MIRROR_MS = 20  # the contactor's own time, both ways
BOLT_MS = 300
SHARE_ON_MICRO = 4  # of a long wait for nothing: slow there, and shown whole on CPython


def settings(**changes):
    made = Settings()
    made.max_ma = 32_000
    made.phases = 3
    made.has_cp_relay = 1
    for name in changes:
        setattr(made, name, changes[name])
    return made


class Rig:
    def __init__(self, tick_ms=10, **changes):
        self.supervisor = Supervisor(settings(**changes))
        self.inputs = Inputs()
        self.tick_ms = tick_ms
        self.now_ms = 0
        self.level_mv = LEVEL_A
        self.has_diode = True
        self.later = []  # (at_ms, level_mv), ascending
        self.edges = []  # (at_ms, what, value)
        self.out = self.supervisor.outputs
        self.is_stuck = False
        self.is_welded = False
        self.is_bolt_jammed = False
        self.host_ma = 0
        self.host_phases = 3
        self.host_flags = IN_SERVICE | KEEP_LOCKED
        self.is_host_alive = True
        self._mirror_ms = 0
        self._bolt_ms = 0
        self._since_grant_ms = 0

    # -- the far side

    def plug(self, pp_ohm=220, level_mv=LEVEL_B):
        """A car comes; ring 1 has seen that none was there."""
        if self.now_ms == 0:
            self.run(100)
        self.level_mv = level_mv
        self.inputs.pp_ohm = pp_ohm

    def unplug(self):
        self.level_mv = LEVEL_A
        self.inputs.pp_ohm = PP_OPEN_OHM

    def at(self, after_ms, level_mv):
        self.later.append((self.now_ms + after_ms, level_mv))

    def allow(self, current_ma, phases=3):
        self.host_ma = current_ma
        self.host_phases = phases
        self.grant()

    def grant(self):
        self._since_grant_ms = 0
        self.supervisor.permit.grant(self.host_ma, self.host_phases, self.host_flags)

    def charge(self, current_ma=16_000):
        """Plug, allow, S2, and wait until the contactor is closed and all is quiet."""
        self.allow(current_ma)
        self.plug()
        self.run(1_500)
        self.level_mv = LEVEL_C
        self.run(2_000)
        assert self.out.coil == 1, self.describe()
        self.edges = []

    # -- time

    def run(self, ms):
        end_ms = self.now_ms + ms
        while self.now_ms < end_ms:
            self.step(self.tick_ms)

    def wait_for_nothing(self, ms):
        """Run for so long that what must not come would have come; on MicroPython less long."""
        self.run(ms // SHARE_ON_MICRO if sys.implementation.name == "micropython" else ms)

    def step(self, elapsed_ms, told_ms=None):
        """Let one block pass; ``told_ms`` is what a broken clock says instead."""
        self._world(elapsed_ms)
        self._measure(elapsed_ms)
        self.now_ms += elapsed_ms
        before = (self.out.coil, self.out.duty_ticks, self.out.lock_drive, self.out.cp_connected)
        self.supervisor.tick(elapsed_ms if told_ms is None else told_ms, self.inputs)
        self._note("coil", before[0], self.out.coil)
        self._note("duty", before[1], self.out.duty_ticks)
        self._note("lock", before[2], self.out.lock_drive)
        self._note("cp", before[3], self.out.cp_connected)
        if self.is_host_alive:
            self._since_grant_ms += elapsed_ms
            if self._since_grant_ms >= 500:
                self.grant()

    def until(self, what, value, limit_ms=20_000):
        """Run until the output ``what`` becomes ``value``; return the ms that took."""
        start_ms = self.now_ms
        while getattr(self.out, what) != value:
            assert self.now_ms - start_ms < limit_ms, self.describe()
            self.step(self.tick_ms)
        return self.now_ms - start_ms

    def times_of(self, what, value):
        return [at for at, name, to in self.edges if name == what and to == value]

    def faults(self):
        bits = self.supervisor.faults.bitmap()
        return [code for code in range(30) if bits >> code & 1]

    def describe(self):
        out = self.out
        numbers = (out.sequence, out.pilot, out.contactor, out.lock, out.duty_ticks)
        return f"at {self.now_ms} ms: {numbers}, faults {self.faults()}, edges {self.edges[-8:]}"

    # -- the circuit

    def _note(self, what, before, after):
        if before != after:
            self.edges.append((self.now_ms, what, after))

    def _world(self, elapsed_ms):
        is_made = self.inputs.mirror == 1
        wants = self.out.coil == 1
        if self.is_welded:
            self.inputs.mirror = 1
        elif self.is_stuck:
            self.inputs.mirror = 0
        elif is_made == wants:
            self._mirror_ms = 0
        else:
            self._mirror_ms += elapsed_ms
            if self._mirror_ms >= MIRROR_MS:
                self.inputs.mirror = 1 if wants else 0
                self._mirror_ms = 0
        if self.out.lock_drive in (LOCK_DRIVE, UNLOCK_DRIVE) and not self.is_bolt_jammed:
            self._bolt_ms += elapsed_ms
            if self._bolt_ms >= BOLT_MS:
                self.inputs.lock_closed = 1 if self.out.lock_drive == LOCK_DRIVE else 0
        else:
            self._bolt_ms = 0

    def _measure(self, elapsed_ms):
        mean_mv = self._mean_mv(elapsed_ms)
        duty = self.out.duty_ticks
        if not self.out.cp_connected:
            self.inputs.cp_high_mv = self.inputs.cp_low_mv = LEVEL_A
        elif duty == 0:
            self.inputs.cp_high_mv = -12_000 if mean_mv else 0
            self.inputs.cp_low_mv = self.inputs.cp_high_mv
        elif duty == PERIOD_TICKS:
            self.inputs.cp_high_mv = self.inputs.cp_low_mv = mean_mv
        else:
            self.inputs.cp_high_mv = mean_mv
            low_mv = -12_000 if self.has_diode else -mean_mv
            self.inputs.cp_low_mv = low_mv if mean_mv else 0

    def _mean_mv(self, elapsed_ms):
        if not self.later or self.later[0][0] >= self.now_ms + elapsed_ms:
            return self.level_mv
        total_mv = 0
        for ms in range(self.now_ms, self.now_ms + elapsed_ms):
            while self.later and self.later[0][0] <= ms:
                self.level_mv = self.later.pop(0)[1]
            total_mv += self.level_mv
        return total_mv // elapsed_ms


def a_quarter_less(show, limit_ms, bad, good):
    """Show ``bad`` for ``limit_ms``, less what 1 ms of ``good`` takes back; end with ``bad``."""
    for _ in range(limit_ms // 10 - 1):
        show(10, bad)
    show(9, bad)
    show(1, good)
    show(1, bad)
