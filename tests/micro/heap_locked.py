"""A whole charge with the heap locked during each tick: nothing may be allocated there.

Runs on MicroPython only. The rig's own work between two ticks may allocate.
"""

import gc

import micropython
from safety_rig import LEVEL_B, LEVEL_C, LEVEL_D, LEVEL_E, Rig

from ampkeeper.firmware.safety import sequence as seq


class Locked:
    """A supervisor whose tick runs with the heap locked."""

    def __init__(self, supervisor):
        self.supervisor = supervisor
        self.permit = supervisor.permit
        self.faults = supervisor.faults
        self.outputs = supervisor.outputs
        self.ticks = 0

    def tick(self, elapsed_ms, inputs):
        self.ticks += 1
        micropython.heap_lock()
        try:
            return self.supervisor.tick(elapsed_ms, inputs)
        finally:
            micropython.heap_unlock()


def rig():
    made = Rig()
    made.supervisor = Locked(made.supervisor)
    return made


def test_the_lock_of_the_heap_is_real():
    micropython.heap_lock()
    try:
        kept = [gc, micropython]
    except MemoryError:
        kept = None
    finally:
        micropython.heap_unlock()
    assert kept is None


def test_a_charge_from_plug_to_unplug_allocates_nothing():
    made = rig()
    made.charge(32_000)
    made.run(6_000)
    made.allow(10_000)
    made.run(6_000)
    made.inputs.temperature_dc = made.inputs.plug_temperature_dc = 690
    made.run(2_000)
    made.allow(0)
    made.run(3_000)
    made.allow(16_000)
    made.run(1_000)
    assert made.out.sequence == seq.CHARGING
    made.level_mv = LEVEL_B
    made.run(500)
    made.level_mv = LEVEL_C
    made.run(11_000)
    assert made.out.sequence == seq.CHARGING
    made.is_host_alive = False
    made.run(9_000)
    assert made.out.under_load_count == 1
    made.unplug()
    made.run(2_000)
    assert made.out.sequence == seq.IDLE
    assert made.supervisor.ticks > 4_000


def test_faults_allocate_nothing():
    for name, value in (
        ("rcd_ac", 1),
        ("emergency_stop", 1),
        ("pe_ok", 0),
        ("supply_ok", 0),
        ("over_current", 1),
        ("cp_noise_mv", 900),
        ("pp_ohm", 0),
        ("temperature_dc", 900),
        ("lock_closed", 0),
    ):
        made = rig()
        made.charge()
        before = getattr(made.inputs, name)
        setattr(made.inputs, name, value)
        made.is_bolt_jammed = True
        made.run(7_500)
        assert made.out.coil == 0, name
        setattr(made.inputs, name, before)
        made.run(1_000)


def test_a_bad_car_and_a_bad_contactor_allocate_nothing():
    for level_mv in (LEVEL_D, LEVEL_E, 13_500, -5_000):
        made = rig()
        made.charge()
        made.level_mv = level_mv
        made.run(1_000)
        assert made.out.coil == 0, level_mv
    made = rig()
    made.charge()
    made.has_diode = False
    made.run(1_000)
    assert made.out.coil == 0
    made = rig()
    made.is_stuck = True
    made.allow(16_000)
    made.plug(level_mv=LEVEL_C)
    made.run(5_000)
    assert made.out.sequence == seq.FAULTED
    made = rig()
    made.charge()
    made.is_welded = True
    made.unplug()
    made.run(5_000)
    assert made.out.sequence == seq.FAULTED


def test_a_broken_clock_allocates_nothing():
    made = rig()
    made.charge()
    for told_ms in (0, -1, 251, 1_000_000_000):
        for _ in range(30):
            made.step(10, told_ms=told_ms)
    assert made.out.coil == 0
