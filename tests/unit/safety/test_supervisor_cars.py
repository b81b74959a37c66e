"""Cars that sleep, call, hate F, need more than 6 A or read no duty: profiles in the whole ring."""

from safety_rig import LEVEL_A, LEVEL_B, LEVEL_C, LEVEL_D, Rig

from ampkeeper.firmware.safety import books, limit
from ampkeeper.firmware.safety import fault as f
from ampkeeper.firmware.safety import sequence as seq
from ampkeeper.firmware.safety.profile import WAKE_CP_OPEN, WAKE_LADDER, WAKE_NEVER, Profile
from ampkeeper.firmware.safety.signals import LOCK_REST


def profile(**values):
    made = Profile()
    for name in values:
        setattr(made, name, values[name])
    return made


def offered(car=None, **settings):
    """Return a rig with a car in B2 and the profile adopted."""
    rig = Rig(**settings)
    if car:
        assert rig.supervisor.adopt(car)
    rig.allow(16_000)
    rig.plug()
    rig.until("sequence", seq.OFFERED)
    rig.edges = []
    return rig


def test_tv_seq_12_a_sleepy_car_is_woken_once_by_four_seconds_of_f():
    """REQ: one wake-up, 4 s +-0.2 s, no second one until A or C."""
    rig = offered()
    start_ms = rig.now_ms
    rig.run(40_000)
    began_ms = rig.times_of("duty", 0)[0]
    rested_ms = rig.times_of("duty", 62_500)[0]
    assert 30_000 <= began_ms - start_ms <= 30_020
    assert 3_800 <= rested_ms - began_ms <= 4_200
    assert rig.out.sequence == seq.OFFERED
    assert rig.out.wake_count == 1
    rig.wait_for_nothing(600_000)
    assert len(rig.times_of("duty", 0)) == 1
    rig.unplug()
    rig.run(1_000)
    rig.plug()
    rig.run(40_000)
    assert len(rig.times_of("duty", 0)) == 2


def test_x1_between_f_and_pwm_lasts_half_a_second_to_one():
    rig = offered()
    rig.run(40_000)
    rested_ms = rig.times_of("duty", 62_500)[0]
    again_ms = next(at for at, what, to in rig.edges if what == "duty" and at > rested_ms)
    assert 500 <= again_ms - rested_ms <= 1_000


def test_a_woken_car_is_charged():
    rig = offered()
    rig.run(34_200)
    assert rig.out.sequence == seq.WAKING
    rig.level_mv = LEVEL_C
    rig.run(3_000)
    assert (rig.out.sequence, rig.out.coil, rig.out.wake_count) == (seq.CHARGING, 1, 0)


def test_a_car_that_hates_f_never_sees_it():
    """Older PHEV: state F makes the fault permanent."""
    rig = offered(profile(never_f=1, wake_method=WAKE_CP_OPEN))
    rig.run(200_000)
    assert rig.times_of("duty", 0) == []
    assert len(rig.times_of("cp", 0)) == 2
    rig.level_mv = LEVEL_C
    rig.run(1_000)
    rig.inputs.emergency_stop = 1
    rig.run(2_000)
    assert rig.out.sequence == seq.FAULTED
    assert rig.times_of("duty", 0) == []


def test_the_ladder_ends_with_thirty_seconds_without_a_pilot():
    rig = offered(profile(wake_method=WAKE_LADDER))
    rig.run(140_000)
    cuts = rig.times_of("cp", 0), rig.times_of("cp", 1)
    assert [cuts[1][n] - cuts[0][n] for n in range(2)] == [4_000, 30_000]
    assert rig.out.wake_count == 3


def test_a_cut_pilot_is_neither_an_unplugging_nor_a_fault():
    rig = offered(profile(wake_method=WAKE_CP_OPEN))
    rig.until("cp_connected", 0, 31_000)
    rig.run(3_000)
    assert (rig.out.sequence, rig.faults()) == (seq.WAKING, [])
    assert rig.supervisor.is_plugged


def test_a_car_that_leaves_during_a_cut_is_missed_right_after_it():
    rig = offered(profile(wake_method=WAKE_CP_OPEN))
    rig.until("cp_connected", 0, 31_000)
    rig.unplug()
    rig.run(4_100)
    assert rig.out.sequence == seq.IDLE


def test_a_wake_up_ends_with_the_permit():
    for run_ms in (30_500, 34_300):
        rig = offered()
        rig.run(run_ms)
        assert rig.out.sequence == seq.WAKING
        rig.allow(0)
        rig.run(20)
        assert (rig.out.sequence, rig.out.duty_ticks) == (seq.CONNECTED, 62_500)


def test_a_fault_during_a_wake_up_ends_it():
    rig = offered()
    rig.run(30_500)
    rig.inputs.emergency_stop = 1
    rig.run(20)
    assert (rig.out.sequence, rig.out.coil) == (seq.FAULTED, 0)


def test_a_car_that_ended_the_charge_itself_is_not_woken():
    rig = Rig()
    rig.charge()
    rig.level_mv = LEVEL_B
    rig.run(120_000)
    assert rig.out.sequence == seq.OFFERED
    assert rig.times_of("duty", 0) == []
    rig.allow(0)
    rig.run(1_000)
    rig.allow(16_000)
    rig.run(40_000)
    assert len(rig.times_of("duty", 0)) == 1


def test_a_car_that_shall_not_be_woken_is_not():
    rig = offered(profile(wake_method=WAKE_NEVER))
    rig.wait_for_nothing(200_000)
    assert rig.times_of("duty", 0) == rig.times_of("cp", 0) == []


def test_seq_11_a_bcb_toggle_is_heard_and_closes_nothing():
    rig = Rig()
    rig.allow(0)
    rig.plug()
    rig.run(1_000)
    for _ in range(3):
        rig.level_mv = LEVEL_C
        rig.run(300)
        rig.level_mv = LEVEL_B
        rig.run(300)
    assert rig.out.toggle_count == 3
    assert rig.times_of("coil", 1) == []


def test_a_simplified_car_is_offered_ten_amperes():
    """Seq. 1.2, A.2.3: from A to C without B; it reads no duty."""
    rig = Rig()
    rig.allow(16_000)
    rig.run(100)
    rig.plug(level_mv=LEVEL_C)
    rig.run(3_000)
    out = rig.out
    assert (out.sequence, out.simplified, out.limit_ma) == (seq.CHARGING, 1, 10_000)
    assert out.limited_by == limit.BY_CAR
    rig.level_mv = LEVEL_B
    rig.run(1_000)
    assert (rig.out.simplified, rig.out.limit_ma) == (0, 16_000)


def test_the_clamp_of_simplified_cars_can_be_switched_off():
    rig = Rig(simplified_ma=0)
    rig.allow(16_000)
    rig.run(100)
    rig.plug(level_mv=LEVEL_C)
    rig.run(3_000)
    assert (rig.out.simplified, rig.out.limit_ma) == (1, 16_000)


def test_a_car_that_was_in_c_when_the_power_came_is_not_simplified():
    rig = Rig()
    rig.allow(16_000)
    rig.level_mv = LEVEL_C
    rig.inputs.pp_ohm = 220
    rig.run(65_000)
    assert (rig.out.sequence, rig.out.simplified) == (seq.CHARGING, 0)


def test_a_simplified_car_may_ask_for_ventilation():
    rig = Rig(has_ventilation=1)
    rig.allow(16_000)
    rig.run(100)
    rig.plug(level_mv=LEVEL_D)
    rig.run(3_000)
    assert (rig.out.sequence, rig.out.simplified) == (seq.CHARGING, 1)
    rig.unplug()
    rig.run(100)
    assert rig.out.simplified == 0


def test_a_car_that_needs_eight_amperes_gets_eight_or_none():
    rig = Rig()
    rig.supervisor.adopt(profile(min_ma=8_000))
    rig.charge(8_000)
    rig.allow(7_900)
    rig.run(20)
    assert rig.out.sequence == seq.STOPPING
    rig.level_mv = LEVEL_B
    rig.run(100)
    assert rig.out.stop_reason == books.LIMITED
    assert rig.out.duty_ticks == 62_500


def test_a_profile_is_forgotten_with_the_car():
    rig = Rig()
    rig.supervisor.adopt(profile(min_ma=8_000, b_filter_ms=60))
    rig.allow(6_000)
    rig.plug()
    rig.run(2_000)
    assert rig.out.sequence == seq.CONNECTED
    rig.unplug()
    rig.run(100)
    rig.plug()
    rig.run(2_000)
    assert rig.out.sequence == seq.OFFERED


def test_a_profile_out_of_range_is_refused_and_changes_nothing():
    rig = Rig()
    before = rig.supervisor.profile
    assert not rig.supervisor.adopt(profile(min_ma=5_999))
    assert rig.supervisor.profile is before


def test_a_bouncing_car_may_have_a_longer_filter_within_the_tenth_of_a_second():
    """Leaf: contact bounce; seq. 8.1 still holds."""
    rig = Rig()
    rig.supervisor.adopt(profile(b_filter_ms=60))
    rig.charge()
    rig.level_mv = LEVEL_B
    rig.run(60)
    rig.level_mv = LEVEL_C
    rig.run(100)
    assert rig.times_of("coil", 0) == []
    rig.level_mv = LEVEL_B
    assert rig.until("coil", 0, 100) <= 100


def test_the_filter_does_not_delay_an_unplugging():
    rig = Rig()
    rig.supervisor.adopt(profile(b_filter_ms=60))
    rig.charge()
    rig.level_mv = LEVEL_A
    assert rig.until("coil", 0, 100) <= 50


def test_zoe_the_relay_never_moves_under_a_car_whose_profile_forbids_it():
    """REQ-SEQ-PH, deny list: first-generation Zoe."""
    rig = Rig()
    rig.supervisor.adopt(profile(may_switch_phases=0))
    rig.charge()
    rig.allow(16_000, 1)
    rig.run(200)
    rig.level_mv = LEVEL_B
    rig.wait_for_nothing(400_000)
    assert (rig.out.phases, rig.out.sequence) == (3, seq.CONNECTED)
    assert rig.times_of("cp", 0) == []
    rig.unplug()
    rig.run(600)
    assert rig.out.phases == 1


def test_zoe_on_one_phase_goes_on_when_three_are_allowed():
    rig = Rig()
    rig.supervisor.adopt(profile(may_switch_phases=0))
    rig.allow(16_000, 1)
    rig.plug()
    rig.run(1_500)
    rig.level_mv = LEVEL_C
    rig.run(2_000)
    rig.allow(16_000, 3)
    rig.run(5_000)
    assert (rig.out.sequence, rig.out.phases) == (seq.CHARGING, 1)


def test_after_a_fault_a_car_is_offered_nothing_for_thirty_seconds():
    """Section 3.2: WARP's 30 s before C is honored after D, E or F."""
    rig = Rig()
    rig.charge()
    rig.level_mv = 0
    rig.run(1_000)
    assert rig.faults() == [f.PILOT_SHORT]
    rig.level_mv = LEVEL_B
    rig.run(31_500)
    assert (rig.out.sequence, rig.faults()) == (seq.CONNECTED, [])
    rig.run(1_000)
    assert rig.out.sequence == seq.OFFERED


def test_another_plugging_ends_the_wait_after_a_fault():
    rig = Rig()
    rig.charge()
    rig.level_mv = 0
    rig.run(1_000)
    rig.unplug()
    rig.run(3_000)
    rig.plug()
    rig.run(2_000)
    assert rig.out.sequence == seq.OFFERED


def test_req_lck_04_the_bolt_is_not_driven_without_the_energy_to_draw_it():
    rig = Rig()
    rig.inputs.lock_charged = 0
    rig.allow(16_000)
    rig.plug()
    rig.run(4_900)
    assert (rig.out.lock_drive, rig.faults()) == (LOCK_REST, [])
    rig.run(1_000)
    assert rig.faults() == [f.LOCK_UNCHARGED]
    assert rig.out.sequence == seq.CONNECTED
    rig.inputs.lock_charged = 1
    rig.run(2_000)
    assert (rig.faults(), rig.out.sequence) == ([], seq.OFFERED)


def test_a_duty_may_step_down_at_once_where_the_installer_wants_it():
    for at_once, expected in ((0, 27_777), (1, 10_416)):
        rig = Rig(is_stepping_down_at_once=at_once)
        rig.charge(16_000)
        rig.run(5_000)
        rig.allow(26_666)
        rig.run(100)
        rig.allow(10_000)
        rig.run(100)
        assert rig.out.duty_ticks == expected
