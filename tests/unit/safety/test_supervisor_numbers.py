"""What a tick hands on: limits and their owners, the context of the protection, times, faults."""

from safety_rig import settings
from ticks_rig import plugged, run, seen

from ampkeeper.firmware.safety import fault as f
from ampkeeper.firmware.safety import sequence as seq
from ampkeeper.firmware.safety.contactor import CLOSED
from ampkeeper.firmware.safety.limit import (
    BY_BOARD,
    BY_CABLE,
    BY_CAR,
    BY_METER,
    BY_PERMIT,
    BY_TEMPERATURE,
)
from ampkeeper.firmware.safety.permit import IN_SERVICE
from ampkeeper.firmware.safety.pilot import C
from ampkeeper.firmware.safety.profile import Profile
from ampkeeper.firmware.safety.signals import NO, YES, Inputs
from ampkeeper.firmware.safety.supervisor import Supervisor
from ampkeeper.firmware.safety.temperature import HALF
from ampkeeper.firmware.safety.units import DRIVE_PWM, DRIVE_X1


def limits(ring, current_ma=80_000):
    run(ring, 10, 9_000, current_ma=current_ma)
    return ring.outputs.limit_ma, ring.outputs.limited_by


def test_each_limit_is_reported_with_its_owner():
    assert limits(plugged(max_ma=13_000)) == (13_000, BY_BOARD)
    assert limits(plugged()) == (20_000, BY_CABLE)
    assert limits(plugged(), 8_000) == (8_000, BY_PERMIT)
    ring = plugged()
    ring.protection.temperature.step = HALF
    assert limits(ring) == (16_000, BY_TEMPERATURE)
    ring = plugged(has_meter=1)
    assert limits(ring) == (6_000, BY_METER)
    ring = plugged()
    ring.pilot.state = ring.pilot.raw = C
    ring.pilot.is_simplified = True
    ring.tick(1, seen(ring, 6_000))
    ring.permit.grant(80_000, 3, IN_SERVICE)
    ring.tick(1, seen(ring, 6_000))
    assert (ring.outputs.limit_ma, ring.outputs.limited_by) == (10_000, BY_CAR)


def test_a_cable_that_is_not_read_yet_and_a_captive_one_are_no_limit():
    ring = plugged()
    ring.proximity.reset()
    assert limits(ring) == (32_000, BY_BOARD)
    ring = plugged(is_socket=0)
    ring.proximity.cable_ma = 13_000
    assert limits(ring) == (32_000, BY_BOARD)
    assert ring.outputs.cable_ma == 0


def test_the_protection_is_told_what_is_so_in_this_tick():
    ring = plugged()
    run(ring, 10, 9_000)
    context = ring.protection.context
    assert (context.is_open, context.is_closed, context.is_testable) == (True, False, True)
    assert (context.coil, context.offered_ma, context.drive) == (0, 0, DRIVE_X1)
    assert context.is_linked == YES
    run(ring, 1_000, 9_000)
    assert ring.sequence.state == seq.OFFERED
    run(ring, 10, 9_000)
    assert (context.is_open, context.is_testable, context.drive) == (True, False, DRIVE_PWM)
    assert 15_900 <= context.offered_ma <= 16_000
    ring.reclose_left_ms = 0
    run(ring, 1_000, 6_000)
    assert ring.outputs.contactor == ring.contactor.state == CLOSED
    assert (context.is_open, context.is_closed, context.coil) == (False, True, 1)
    assert 300 <= context.coil_ms <= 500
    ring.permit.lose()
    run(ring, 10, 6_000, current_ma=0)
    run(ring, 10, 6_000, current_ma=0)
    assert context.drive == DRIVE_X1
    assert context.offered_ma >= 15_900  # until it opens


def test_a_clock_that_stands_is_borne_for_five_ticks():
    ring = Supervisor(settings())
    for ms, hangs in ((0, 0), (0, 0), (0, 0), (0, 0), (0, 0), (0, 1)):
        ring.tick(ms, Inputs())
        assert ring.outputs.hang_count == hangs
    ring = Supervisor(settings())
    for ms in (0, 0, 0, 0, 1, 0, 0, 0, 0, 0):
        ring.tick(ms, Inputs())
    assert ring.outputs.hang_count == 0


def test_a_quarter_of_a_second_counts_whole_and_more_of_it_as_one_block():
    ring = Supervisor(settings())
    for ms, x1_ms, hangs in ((250, 250, 0), (251, 260, 1), (1, 261, 1), (-5, 271, 1)):
        for _ in range(6 if ms < 0 else 1):
            ring.tick(ms, Inputs())
        assert ring.x1_ms >= x1_ms
        assert ring.outputs.hang_count >= hangs
        if ms > 0:
            assert (ring.x1_ms, ring.outputs.hang_count) == (x1_ms, hangs)


def test_faults_of_pilot_plug_and_bolt_go_when_they_may_and_not_before():
    for code, after_ms in (
        (f.PILOT_FAULT, 2_000),
        (f.PILOT_SHORT, 2_000),
        (f.VENTILATION_NOT_AVAILABLE, 2_000),
        (f.DIODE_FAULT, 10),
        (f.PROXIMITY_FAULT, 10),
        (f.LOCK_FAILED, 10),
        (f.LOCK_UNCHARGED, 10),
    ):
        ring = plugged()
        ring.faults.raise_fault(code)
        run(ring, after_ms - 10, 9_000)
        assert ring.faults.is_raised(code)
        run(ring, 10, 9_000)
        assert not ring.faults.is_raised(code)


def test_a_pilot_is_good_in_d_too_and_not_in_a_block_that_cannot_be_read():
    ring = plugged(level_mv=3_000, has_ventilation=1)
    ring.faults.raise_fault(f.PILOT_FAULT)
    run(ring, 2_000, 3_000)
    assert not ring.faults.is_raised(f.PILOT_FAULT)
    ring = plugged()
    ring.faults.raise_fault(f.PILOT_FAULT)
    run(ring, 1_990, 9_000)
    run(ring, 10, -5_000)
    run(ring, 1_990, 9_000)
    assert ring.faults.is_raised(f.PILOT_FAULT)


def test_a_car_is_unknown_until_a_profile_is_adopted():
    ring = Supervisor(settings())
    assert ring.has_unknown_car()
    assert ring.adopt(Profile())
    assert not ring.has_unknown_car()


def test_the_test_input_of_the_monitor_and_a_cut_pilot_are_driven():
    ring = Supervisor(settings(has_rcd_test=1))
    driven = set()
    for _ in range(60):
        run(ring, 10, 12_000, current_ma=0)
        driven.add(ring.outputs.rcd_test)
        assert ring.outputs.rcd_test == ring.protection.rcd_test
    assert driven == {NO, YES}
    ring = plugged()
    ring.phases.note_power()
    run(ring, 10, 9_000, phases=1)
    assert (ring.sequence.state, ring.outputs.cp_connected) == (seq.SWITCHING, NO)
