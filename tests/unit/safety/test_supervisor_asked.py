"""What a person, the station or a plug asks of a whole ring, each in a few ticks."""

from safety_rig import settings
from ticks_rig import plugged, run, seen

from ampkeeper.firmware.safety import fault as f
from ampkeeper.firmware.safety import sequence as seq
from ampkeeper.firmware.safety.contactor import OPEN, STUCK
from ampkeeper.firmware.safety.lock import JAMMED, LOCKED, STAY, UNLOCKED
from ampkeeper.firmware.safety.profile import Profile
from ampkeeper.firmware.safety.signals import LOCK_REST, NO, PP_OPEN_OHM, UNLOCK_DRIVE, YES, Inputs
from ampkeeper.firmware.safety.supervisor import Supervisor
from ampkeeper.firmware.safety.units import DRIVE_OPEN


def empty():
    """Return what a ring sees whose socket is empty, with the bolt out."""
    inputs = Inputs()
    inputs.cp_high_mv = inputs.cp_low_mv = 12_000
    inputs.pp_ohm = PP_OPEN_OHM
    inputs.lock_closed = NO
    return inputs


def test_a_person_may_clear_a_jam_and_the_bolt_is_tried_again():
    ring = plugged()
    ring.lock.state = JAMMED
    assert ring.clear(f.LOCK_FAILED)
    assert ring.lock.state == UNLOCKED


def test_a_person_may_clear_the_third_loss_of_a_bolt_under_its_own_name_req_lck_03():
    ring = plugged()
    for losses, is_cleared in ((2, False), (3, True)):
        for _ in range(losses):
            ring.lock.state = LOCKED
            for bolt in [YES] * 10 + [NO] * 10:
                ring.lock.tick(10, STAY, False, bolt)
        assert ring.lock.is_lost
        assert ring.clear(f.LOCK_LOST) is is_cleared
        assert ring.lock.is_lost is not is_cleared
        ring.lock.reset()


def test_a_jam_that_came_out_ends_where_no_car_is():
    ring = Supervisor(settings())
    out, still_in = empty(), empty()
    still_in.lock_closed = YES
    for inputs, is_jammed in ((still_in, True), (out, False)):
        ring.lock.state, ring.lock.drive = JAMMED, LOCK_REST
        for _ in range(20):
            ring.tick(10, inputs)
        assert (ring.lock.state == JAMMED) is is_jammed


def starts(ring, inputs, ms, step_ms=10):
    """Let time pass; return how often the bolt was begun to be drawn."""
    count = 0
    for _ in range(ms // step_ms):
        before = ring.lock.drive
        ring.tick(step_ms, inputs)
        count += before != ring.lock.drive and ring.lock.drive == UNLOCK_DRIVE
    return count


def test_a_jam_that_ends_where_no_car_is_leaves_the_bolt_its_count():
    ring = Supervisor(settings())
    out, back_in = empty(), empty()
    back_in.lock_closed = YES
    starts(ring, out, 12_000, 100)  # then the bolt may go
    for _ in range(3):
        assert starts(ring, back_in, 700) == 1
        assert starts(ring, out, 100) == 0
    for _ in range(2):
        assert starts(ring, back_in, 700) == 0
        assert ring.lock.state == JAMMED
        starts(ring, out, 100)
        assert ring.lock.state == UNLOCKED


def test_a_bolt_is_drawn_two_times_more_only_where_a_plug_is():
    for pp_ohm, count in ((PP_OPEN_OHM, 1), (220, 3)):
        ring = Supervisor(settings())
        inputs = empty()
        inputs.pp_ohm = pp_ohm
        assert starts(ring, inputs, 16_000, 100) == count


def test_a_contactor_that_drops_out_is_stuck_unless_the_mains_was_missed_req_cnt_02():
    for supply_ok, state in ((YES, STUCK), (NO, OPEN)):
        ring = plugged()
        ring.contactor.command(1)
        for mirror in [YES] * 3 + [NO] * 3:
            ring.contactor.tick(10, mirror)
        inputs = seen(ring, 9_000)
        inputs.mirror, inputs.supply_ok = NO, supply_ok
        for _ in range(31):
            ring.tick(10, inputs)
        assert ring.contactor.state == state


def test_the_first_settings_are_taken_under_a_car_too():
    ring = plugged()
    assert not ring.apply(settings(max_ma=10_000))
    assert ring.begin_with(settings(max_ma=10_000))
    assert ring.settings.max_ma == 10_000


def test_no_first_settings_are_taken_while_the_coil_is_driven_or_if_out_of_range():
    ring = plugged()
    before = ring.settings
    assert not ring.begin_with(settings(phases=2))
    ring.sequence.coil = 1
    assert not ring.begin_with(settings())
    assert ring.settings is before


def test_a_profile_out_of_range_does_not_replace_the_one_in_force():
    ring = plugged()
    before = ring.profile
    wrong = Profile()
    wrong.min_ma = 5_999
    assert not ring.adopt(wrong)
    assert ring.profile is before


def test_an_empty_socket_under_a_cut_pilot_is_a_car_that_left():
    ring = plugged()
    inputs = seen(ring, 9_000)
    inputs.pp_ohm = PP_OPEN_OHM
    for _ in range(100):
        ring.tick(10, inputs)
    assert ring.is_plugged  # the pilot, while it is shown, is believed
    ring.sequence.state, ring.sequence.drive = seq.SWITCHING, DRIVE_OPEN
    ring.tick(10, inputs)
    assert not ring.is_plugged


def test_without_a_phase_relay_there_are_the_phases_that_are_wired():
    for phases in (1, 3):
        ring = plugged(phases=phases, has_phase_relay=0)
        run(ring, 10, 9_000, phases=4 - phases)
        assert ring.phases.relay == phases
