"""Thousands of random events from a seed, and what must hold in each tick (section 8.2).

The numbers come from a generator of our own, so that both interpreters draw the same ones.
"""

import sys

from safety_rig import LEVEL_A, LEVEL_B, LEVEL_C, LEVEL_D, LEVEL_E, Rig

from ampkeeper.firmware.safety import fault as f
from ampkeeper.firmware.safety import sequence as seq
from ampkeeper.firmware.safety.contactor import CLOSED, CLOSING
from ampkeeper.firmware.safety.duty import current_of
from ampkeeper.firmware.safety.lock import LOCKED, UNLOCKED
from ampkeeper.firmware.safety.pilot import A, C
from ampkeeper.firmware.safety.signals import PERIOD_TICKS

IS_FAST = sys.implementation.name == "cpython"
EVENTS = 500 if IS_FAST else 60
SEEDS = (1, 2, 3) if IS_FAST else (1,)
LEVELS = (LEVEL_A, LEVEL_B, LEVEL_B, LEVEL_C, LEVEL_C, LEVEL_C, LEVEL_C, LEVEL_D, LEVEL_E, 14_000)
CURRENTS = (0, 6_000, 10_000, 16_000, 16_000, 32_000, 32_000, 5_000)


class Dice:
    def __init__(self, seed):
        self.state = seed

    def throw(self, sides):
        self.state = (self.state * 75 + 74) % 65_537  # small enough for 31 bits
        return self.state * sides // 65_537


class Watch:
    """What was true before, for the rules that look back."""

    def __init__(self, rig):
        self.rig = rig
        self.coil = 0
        self.opened_ms = -10_000
        self.stop_count = 0
        self.high_ms = 0
        self.lost_lock_ms = 0

    def check(self):
        rig, out = self.rig, self.rig.out
        supervisor = rig.supervisor
        if out.coil:
            assert out.sequence in (seq.CHARGING, seq.STOPPING), rig.describe()
            assert out.contactor in (CLOSING, CLOSED), rig.describe()
            assert supervisor.faults.high_count == 0, rig.describe()
            assert out.pilot == C, rig.describe()  # I1
            assert not supervisor.pilot.has_diode_fault
            is_held = out.lock == LOCKED or supervisor.faults.is_raised(f.LOCK_LOST)
            assert is_held, rig.describe()
        if 0 < out.duty_ticks < PERIOD_TICKS:  # I2, I3
            assert supervisor.faults.high_count == 0, rig.describe()
            assert supervisor.permit.current_ma >= 6_000, rig.describe()
            assert current_of(out.duty_ticks) <= supervisor.limit.safe_ma, rig.describe()
        if out.coil and not self.coil:
            assert rig.now_ms - self.opened_ms >= 10_000, rig.describe()  # I4
        if self.coil and not out.coil:
            self.opened_ms = rig.now_ms
            assert out.stop_count == self.stop_count + 1, rig.describe()  # I6
            assert out.stop_reason != 0
        else:
            assert out.stop_count == self.stop_count
        self.stop_count = out.stop_count
        self.coil = out.coil
        if out.lock == UNLOCKED and not supervisor.faults.is_raised(f.LOCK_LOST):
            assert not out.coil, rig.describe()


def disturb(rig, dice):
    what = dice.throw(50)
    if what >= 44:
        heal(rig)
    elif what >= 20:
        mend(rig)
        rig.plug(level_mv=LEVEL_C)
        rig.allow(16_000)
    elif what < 8:
        rig.level_mv = LEVELS[dice.throw(len(LEVELS))]
        rig.inputs.pp_ohm = 220 if rig.level_mv < LEVEL_A else 1_000_000
    elif what < 12:
        rig.allow(CURRENTS[dice.throw(len(CURRENTS))])
    elif what == 12:
        rig.is_host_alive = not rig.is_host_alive
    elif what == 13:
        rig.inputs.cp_noise_mv = 500 * dice.throw(2)
    elif what == 14:
        rig.inputs.lock_closed = dice.throw(2)
    elif what == 15:
        rig.inputs.temperature_dc = 400 + 100 * dice.throw(4)
    elif what == 16:
        rig.inputs.supply_ok = dice.throw(8) > 0
    elif what == 17:
        rig.inputs.pe_ok = dice.throw(8) > 0
    elif what == 18:
        rig.has_diode = dice.throw(4) > 0
    else:
        rig.inputs.pp_ohm = (220, 220, 680, 0)[dice.throw(4)]


def mend(rig):
    """Undo every disturbance."""
    rig.is_host_alive = True
    rig.has_diode = True
    rig.inputs.cp_noise_mv = 0
    rig.inputs.temperature_dc = 250
    rig.inputs.supply_ok = 1
    rig.inputs.pe_ok = 1
    rig.inputs.lock_closed = 1 if rig.out.lock == LOCKED else 0


def heal(rig):
    """Undo every disturbance and unplug."""
    mend(rig)
    rig.unplug()
    rig.allow(0)


def run(rig, watch, ticks):
    for _ in range(ticks):
        rig.step(10)
        watch.check()


def goes_home(rig, watch):
    """Heal all; assert that unplugging leads back to where a new session can start."""
    heal(rig)
    run(rig, watch, 1_300)
    rig.supervisor.clear(f.PE_LOST)
    run(rig, watch, 1)
    assert rig.out.sequence == seq.IDLE, rig.describe()  # I7
    assert rig.out.pilot == A
    assert rig.out.lock == UNLOCKED, rig.describe()
    rig.edges = []


def soak(seed):
    dice = Dice(seed)
    rig = Rig()
    watch = Watch(rig)
    for number in range(EVENTS):
        disturb(rig, dice)
        run(rig, watch, 1 + dice.throw(120))
        if number % 50 == 49:
            goes_home(rig, watch)
    return rig.out.closing_count


def test_the_invariants_hold_whatever_happens_and_unplugging_always_leads_home():
    for seed in SEEDS:
        closing_count = soak(seed)
        assert closing_count > 8 or not IS_FAST, (seed, closing_count)
