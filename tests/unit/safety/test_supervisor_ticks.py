"""Single ticks of a whole ring: what one of them changes, forgets and reports."""

from safety_rig import settings
from ticks_rig import plugged, run, seen

from ampkeeper.firmware.safety import fault as f
from ampkeeper.firmware.safety import sequence as seq
from ampkeeper.firmware.safety.contactor import STUCK, WELDED
from ampkeeper.firmware.safety.pilot import INVALID, A, B, C
from ampkeeper.firmware.safety.signals import Inputs
from ampkeeper.firmware.safety.supervisor import Supervisor
from ampkeeper.firmware.safety.units import DRIVE_OPEN, DRIVE_PWM


def test_a_ring_that_starts_under_a_car_takes_it_for_one_that_was_charged():
    for was_dark, needs_cut in ((False, True), (True, False)):
        ring = Supervisor(settings(), was_dark)
        run(ring, 50, 9_000, current_ma=0)
        other = 4 - ring.phases.relay
        assert ring.phases.needs_cut(other, ring.profile) is needs_cut
    ring = Supervisor(settings())
    run(ring, 50, 9_000, current_ma=0)
    assert ring.phases.needs_cut(4 - ring.phases.relay, ring.profile)


def test_the_time_in_x1_counts_from_the_first_tick():
    ring = Supervisor(settings())
    ring.tick(10, Inputs())
    assert ring.x1_ms == 10


def test_the_car_is_not_reported_before_it_is_known():
    ring = Supervisor(settings())
    ring.tick(10, seen(ring, 9_000))
    assert ring.outputs.pilot == INVALID
    run(ring, 20, 9_000)
    assert ring.outputs.pilot == B
    ring.pilot.is_known = False
    ring.pilot.state = A
    ring.sequence.drive = DRIVE_OPEN  # nothing can be seen
    assert ring.tick(1, seen(ring, 9_000)).pilot == INVALID


def test_what_the_machines_count_is_reported():
    ring = Supervisor(settings())
    ring.toggle.count = 2
    ring.wake.call_count = 3
    ring.pilot.suppressed_count = 4
    ring.hang_count = 5
    ring.books.stop_reason, ring.books.stop_count = 6, 7
    ring.books.closing_count, ring.books.under_load_count = 8, 9
    out = ring.tick(10, Inputs())
    assert (out.toggle_count, out.wake_count, out.suppressed_count) == (2, 3, 4)
    assert (out.hang_count, out.stop_reason, out.stop_count) == (5, 6, 7)
    assert (out.closing_count, out.under_load_count) == (8, 9)


def test_a_stuck_and_a_welded_contactor_are_cleared_each_by_its_name():
    for state, code, other in (
        (STUCK, f.CONTACTOR_STUCK, f.CONTACTOR_WELDED),
        (WELDED, f.CONTACTOR_WELDED, f.CONTACTOR_STUCK),
    ):
        ring = run(Supervisor(settings()), 50, 12_000)
        ring.contactor.state = state
        ring.faults.raise_fault(code)
        assert not ring.clear(other)
        assert ring.contactor.state == state
        assert ring.clear(code)
        assert ring.contactor.can_close()
        assert not ring.faults.is_raised(code)


def test_the_first_code_can_be_cleared_too_and_none_beyond_the_table():
    ring = run(Supervisor(settings()), 50, 12_000)
    ring.protection.restore(1 << f.RCD_AC)
    ring.tick(10, Inputs())
    assert f.RCD_AC == 0
    assert ring.clear(f.RCD_AC)
    assert not ring.clear(-1)
    assert not ring.clear(f.CODE_COUNT)


def test_a_car_that_takes_current_is_awake():
    ring = plugged(seq.OFFERED, DRIVE_PWM, level_mv=6_000)
    ring.wake.call_count = 1
    run(ring, 10, 6_000)
    assert ring.pilot.state == C
    assert ring.outputs.wake_count == 0
    assert ring.sequence.state == seq.OFFERED


def test_a_car_that_ended_the_current_itself_sleeps_on():
    for state, calls in ((seq.CHARGING, 0), (seq.OFFERED, 1)):
        ring = plugged(state, DRIVE_PWM)
        ring.sequence.coil = int(state == seq.CHARGING)
        run(ring, 32_000, 9_000, 200)
        assert ring.outputs.wake_count == calls


def test_a_relay_in_the_pilot_is_used_although_x1_was_long():
    ring = plugged()
    ring.phases.note_power()
    run(ring, 60_000, 9_000, 200, current_ma=0)
    run(ring, 10, 9_000, phases=1)
    assert ring.phases.relay == 3
    assert (ring.sequence.state, ring.sequence.drive) == (seq.SWITCHING, DRIVE_OPEN)
