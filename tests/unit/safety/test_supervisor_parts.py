"""Faults of cable, bolt, heat and contactor: what they stop, and how they go away."""

from safety_rig import LEVEL_B, LEVEL_C, Rig

from ampkeeper.firmware.safety import books, contactor, lock
from ampkeeper.firmware.safety import fault as f
from ampkeeper.firmware.safety import sequence as seq
from ampkeeper.firmware.safety.profile import WAKE_NEVER, Profile
from ampkeeper.firmware.safety.signals import DUTY_F, DUTY_X1


def charging(**changes):
    rig = Rig(**changes)
    rig.charge()
    return rig


def ends_normally(rig, code):
    """Run on; assert the pause-like end: X1 with the coil still driven, 6 s, no F."""
    rig.run(600)
    assert rig.faults() == [code]
    assert rig.out.sequence == seq.STOPPING
    assert rig.out.coil == 1
    rig.run(6_100)
    assert rig.out.coil == 0
    assert rig.out.sequence == seq.CONNECTED
    assert rig.out.stop_reason == books.BY_FAULT
    assert rig.times_of("duty", DUTY_F) == []


def test_a_cable_that_changes_ends_the_charge_normally_until_unplugged():
    for pp_ohm in (1_000_000, 680, 0):
        rig = charging()
        rig.inputs.pp_ohm = pp_ohm
        ends_normally(rig, f.PROXIMITY_FAULT)
        rig.inputs.pp_ohm = 220
        rig.run(5_000)
        assert rig.out.sequence == seq.CONNECTED
        rig.unplug()
        rig.run(100)
        assert rig.faults() == []


def test_a_lost_bolt_ends_the_charge_normally_until_it_is_back():
    rig = charging()
    rig.inputs.lock_closed = 0
    rig.is_bolt_jammed = True
    ends_normally(rig, f.LOCK_LOST)
    rig.is_bolt_jammed = False
    rig.run(12_000)
    assert rig.faults() == []
    assert rig.out.sequence == seq.CHARGING


def test_a_bolt_with_a_loose_switch_opens_under_load_three_times_and_no_more():
    rig = charging()
    supervisor = rig.supervisor
    for times in range(1, 4):
        rig.inputs.lock_closed = 0
        rig.is_bolt_jammed = True
        ends_normally(rig, f.LOCK_LOST)
        assert supervisor.books.under_load_count == times
        assert rig.out.stop_count == times
        rig.is_bolt_jammed = False
        rig.run(30_000)
    assert rig.out.lock == lock.UNLOCKED
    assert rig.faults() == [f.LOCK_LOST]
    rig.run(60_000)
    assert rig.out.sequence == seq.CONNECTED
    assert rig.out.closing_count == 3
    assert rig.out.stop_count == 3
    rig.unplug()
    rig.run(2_000)
    assert rig.faults() == []
    rig.charge()


def test_a_loss_of_the_bolt_that_stays_goes_under_its_own_name_when_a_person_asks():
    rig = charging()
    supervisor = rig.supervisor
    for _ in range(3):
        assert not supervisor.clear(f.LOCK_LOST), "it is not there"
        rig.inputs.lock_closed = 0
        rig.is_bolt_jammed = True
        ends_normally(rig, f.LOCK_LOST)
        rig.is_bolt_jammed = False
        is_last = rig.out.closing_count == 3
        assert supervisor.clear(f.LOCK_LOST) == is_last, "one that is not the third goes by itself"
        rig.run(30_000)
    assert rig.faults() == []
    assert rig.out.sequence == seq.CHARGING


def test_a_lost_bolt_is_forgotten_when_the_plug_is_out():
    rig = charging()
    rig.inputs.lock_closed = 0
    rig.is_bolt_jammed = True
    rig.run(1_000)
    assert rig.faults() == [f.LOCK_LOST]
    rig.unplug()
    rig.run(1_000)
    assert rig.faults() == []
    assert rig.out.sequence == seq.IDLE


def test_heat_ends_the_charge_normally_until_it_cooled_down():
    rig = charging()
    rig.inputs.temperature_dc = rig.inputs.plug_temperature_dc = 720
    rig.run(600)
    ends_normally(rig, f.OVER_TEMPERATURE)
    rig.inputs.temperature_dc = rig.inputs.plug_temperature_dc = 600
    rig.run(12_000)
    assert rig.faults() == []
    assert rig.out.sequence == seq.CHARGING


def test_a_jammed_lock_never_offers_and_ends_with_the_plug():
    rig = Rig()
    rig.is_bolt_jammed = True
    rig.allow(16_000)
    rig.plug(level_mv=LEVEL_C)
    rig.run(20_000)
    assert rig.faults() == [f.LOCK_FAILED]
    assert rig.times_of("duty", DUTY_X1) == []
    rig.is_bolt_jammed = False
    rig.unplug()
    rig.run(1_000)
    assert rig.faults() == []
    rig.charge()


def test_a_person_may_clear_a_jam():
    rig = Rig()
    rig.is_bolt_jammed = True
    rig.allow(16_000)
    rig.plug()
    rig.run(20_000)
    rig.is_bolt_jammed = False
    assert rig.supervisor.clear(f.LOCK_FAILED)
    rig.run(1_000)
    assert rig.out.lock == lock.LOCKED
    assert rig.faults() == []


def test_a_contactor_that_does_not_close_is_stuck_and_stays_so():
    rig = Rig()
    rig.is_stuck = True
    rig.allow(16_000)
    rig.plug(level_mv=LEVEL_C)
    rig.run(13_000)
    assert len(rig.times_of("coil", 1)) == 1
    assert rig.times_of("coil", 0)[0] - rig.times_of("coil", 1)[0] == 150
    assert rig.faults() == [f.CONTACTOR_STUCK]
    assert rig.out.stop_count == 1
    rig.is_stuck = False
    rig.run(13_000)
    assert rig.faults() == [f.CONTACTOR_STUCK]
    assert rig.supervisor.clear(f.CONTACTOR_STUCK)
    rig.run(32_000)
    assert rig.out.sequence == seq.CHARGING


def test_a_contactor_that_drops_out_is_stuck():
    rig = charging()
    rig.is_stuck = True
    rig.run(50)
    assert rig.out.coil == 0
    rig.run(300)
    assert rig.out.stop_reason == books.BY_FAULT
    assert rig.faults() == [f.CONTACTOR_STUCK]


def test_a_weld_is_found_after_opening_holds_the_plug_and_refuses_new_sessions():
    rig = charging()
    rig.is_welded = True
    rig.level_mv = LEVEL_B
    rig.run(300)
    assert rig.faults() == [f.CONTACTOR_WELDED]
    assert rig.out.stop_reason == books.EV_PAUSED
    rig.unplug()
    rig.run(5_000)
    assert rig.out.sequence == seq.FAULTED
    assert rig.out.lock == lock.LOCKED
    assert not rig.supervisor.clear(f.CONTACTOR_WELDED)
    rig.is_welded = False
    rig.run(100)
    assert rig.supervisor.clear(f.CONTACTOR_WELDED)
    rig.run(1_000)
    assert rig.out.sequence == seq.IDLE
    assert rig.out.lock == lock.UNLOCKED


def test_req_cnt_01_a_weld_shows_f_until_a_person_clears_it():
    rig = charging()
    rig.is_welded = True
    rig.inputs.emergency_stop = 1
    rig.run(30_000)
    assert rig.faults() == [f.CONTACTOR_WELDED, f.EMERGENCY_STOP]
    assert rig.out.duty_ticks == DUTY_F
    assert rig.out.sequence == seq.FAULTED
    rig.is_welded = False
    rig.inputs.emergency_stop = 0
    rig.run(100)
    assert rig.supervisor.clear(f.CONTACTOR_WELDED)
    rig.run(10)
    assert rig.out.duty_ticks == DUTY_X1
    assert rig.supervisor.clear(f.EMERGENCY_STOP)
    rig.run(31_000)
    assert rig.out.sequence == seq.CHARGING


def test_req_cnt_01_a_weld_that_is_found_when_x1_is_shown_brings_f_back():
    rig = Rig()
    rig.level_mv = 0
    rig.run(300)
    assert (rig.out.sequence, rig.out.duty_ticks) == (seq.FAULTED, DUTY_X1)
    rig.is_welded = True
    rig.run(300)
    assert f.CONTACTOR_WELDED in rig.faults()
    assert rig.out.duty_ticks == DUTY_F
    rig.run(60_000)
    assert rig.out.duty_ticks == DUTY_F


def test_a_weld_shows_no_f_to_a_car_that_does_not_bear_it():
    for settings, never_f in ({"pilot_f_ms": 0}, 0), ({}, 1):
        rig = charging(**settings)
        car = Profile()
        car.never_f = never_f
        car.wake_method = WAKE_NEVER
        assert rig.supervisor.adopt(car)
        rig.is_welded = True
        rig.level_mv = LEVEL_B
        rig.run(3_000)
        assert rig.faults() == [f.CONTACTOR_WELDED]
        assert rig.out.duty_ticks == DUTY_X1


def test_a_weld_known_before_a_restart_still_counts():
    rig = Rig()
    rig.supervisor.faults.restore(1 << f.CONTACTOR_WELDED)
    rig.allow(16_000)
    rig.plug(level_mv=LEVEL_C)
    rig.run(5_000)
    assert rig.out.sequence == seq.FAULTED
    assert rig.out.contactor == contactor.OPEN
    assert rig.supervisor.clear(f.CONTACTOR_WELDED)
    rig.run(31_000)
    assert rig.out.sequence == seq.CHARGING


def test_a_welded_contactor_is_found_at_power_up():
    rig = Rig()
    rig.is_welded = True
    rig.run(300)
    assert rig.faults() == [f.CONTACTOR_WELDED]
