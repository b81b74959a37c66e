"""Clocks that leap, stand or hang under a whole ring, and settings that come late."""

from safety_rig import LEVEL_B, LEVEL_C, Rig, settings

from ampkeeper.firmware.safety import books, fault
from ampkeeper.firmware.safety import sequence as seq


def test_new_settings_keep_a_lock_that_is_the_same():
    rig = Rig()
    rig.run(100)
    before = rig.supervisor.lock
    assert rig.supervisor.apply(settings())
    assert rig.supervisor.lock is before


def test_settings_are_refused_before_the_contactor_is_proven_open():
    assert not Rig().supervisor.apply(settings())


# -- time


def test_a_hang_costs_the_permit():
    rig = Rig()
    rig.charge()
    rig.is_host_alive = False
    rig.step(10, told_ms=251)
    assert rig.out.sequence == seq.STOPPING
    assert rig.supervisor.hang_count == 1
    rig.level_mv = LEVEL_B
    rig.run(1_000)
    assert rig.out.stop_reason == books.PERMIT_EXPIRED


def test_a_quarter_of_a_second_is_no_hang():
    rig = Rig()
    rig.charge()
    rig.step(10, told_ms=250)
    assert rig.out.sequence == seq.CHARGING


def test_a_leaping_clock_opens_sooner_never_later():
    rig = Rig()
    rig.charge()
    rig.allow(0)
    rig.step(10)
    assert rig.out.sequence == seq.STOPPING
    rig.step(10, told_ms=2_000_000_000)
    assert rig.out.coil == 0


def test_a_leaping_clock_proves_nothing():
    rig = Rig()
    rig.is_host_alive = False
    rig.plug(level_mv=LEVEL_C)
    for _ in range(10):
        rig.allow(16_000)
        rig.step(10, told_ms=2_000_000_000)
    assert rig.out.coil == 0
    assert rig.out.sequence == seq.CONNECTED


def test_a_clock_that_stands_ends_the_charge():
    for told_ms in (0, -5):
        rig = Rig()
        rig.charge()
        rig.is_host_alive = False
        for _ in range(5):
            rig.step(10, told_ms=told_ms)
        assert rig.out.sequence == seq.CHARGING
        rig.step(10, told_ms=told_ms)
        assert rig.out.sequence == seq.STOPPING
        for _ in range(600):
            rig.step(10, told_ms=told_ms)
        assert rig.out.coil == 0


def test_a_clock_that_stands_for_a_moment_costs_nothing():
    rig = Rig()
    rig.charge()
    for _ in range(30):
        rig.step(10, told_ms=0)
        rig.step(10, told_ms=20)
    assert rig.out.sequence == seq.CHARGING


def test_the_same_outputs_object_is_returned_each_time():
    rig = Rig()
    assert rig.supervisor.tick(10, rig.inputs) is rig.out
    assert rig.supervisor.tick(10, rig.inputs) is rig.out


def test_no_fault_is_in_force_on_a_healthy_board():
    rig = Rig()
    rig.run(12_000)
    assert rig.faults() == []
    assert rig.supervisor.faults.bitmap() == 0
    assert not rig.supervisor.clear(fault.RCD_AC)
