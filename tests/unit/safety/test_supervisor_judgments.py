"""What clears a fault of car or plug, to the block; what limits; when the bolt moves."""

from safety_rig import LEVEL_B, LEVEL_C, LEVEL_D, LEVEL_E, Rig, settings

from ampkeeper.firmware.safety import fault as f
from ampkeeper.firmware.safety import limit, lock
from ampkeeper.firmware.safety import sequence as seq
from ampkeeper.firmware.safety.permit import IN_SERVICE
from ampkeeper.firmware.safety.signals import LOCK_REST, NO, UNKNOWN, UNLOCK_DRIVE
from ampkeeper.firmware.safety.supervisor import Supervisor

NOISY_MV = 20_000  # no class at all


def shorted(**changes):
    """Make a rig whose pilot was shorted under a car."""
    rig = Rig(**changes)
    rig.plug()
    rig.run(500)
    rig.level_mv = LEVEL_E
    rig.run(100)
    assert rig.faults() == [f.PILOT_SHORT]
    return rig


def test_a_short_goes_after_two_seconds_of_any_car():
    for level_mv in (LEVEL_B, LEVEL_D):
        rig = shorted(has_ventilation=1)
        rig.level_mv = level_mv
        rig.run(1_900)
        assert rig.faults() == [f.PILOT_SHORT]
        rig.run(200)
        assert rig.faults() == []


def test_a_block_that_cannot_be_read_starts_the_two_seconds_anew():
    rig = shorted()
    rig.level_mv = LEVEL_B
    for _ in range(5):
        rig.run(1_500)
        rig.level_mv = NOISY_MV
        rig.run(10)
        rig.level_mv = LEVEL_B
        assert rig.faults() == [f.PILOT_SHORT]
    rig.run(2_100)
    assert rig.faults() == []


def test_a_car_that_needs_air_is_good_again_two_seconds_after_it_needs_none():
    rig = Rig()
    rig.plug(level_mv=LEVEL_D)
    rig.run(500)
    assert rig.faults() == [f.VENTILATION_NOT_AVAILABLE]
    rig.level_mv = LEVEL_B
    rig.run(1_900)
    assert rig.faults() == [f.VENTILATION_NOT_AVAILABLE]
    rig.run(200)
    assert rig.faults() == []


def test_a_missing_diode_is_forgotten_with_the_car():
    rig = Rig()
    rig.has_diode = False
    rig.allow(16_000)
    rig.plug()
    rig.run(2_000)
    assert rig.faults() == [f.DIODE_FAULT]
    rig.unplug()
    rig.run(100)
    assert rig.faults() == []


def test_a_cable_that_cannot_be_read_is_forgotten_with_the_car():
    rig = Rig()
    rig.plug(pp_ohm=0)
    rig.run(1_000)
    assert rig.faults() == [f.PROXIMITY_FAULT]
    rig.unplug()
    rig.run(100)
    assert rig.faults() == []


def test_a_jam_is_forgotten_with_the_car():
    rig = Rig()
    rig.is_bolt_jammed = True
    rig.allow(16_000)
    rig.plug()
    rig.run(13_000)
    assert rig.faults() == [f.LOCK_FAILED]
    rig.is_bolt_jammed = False
    rig.unplug()
    rig.run(500)
    assert rig.faults() == []


def test_a_lock_that_waits_for_its_energy_says_so_until_it_has_it():
    rig = Rig()
    rig.inputs.lock_charged = 0
    rig.allow(16_000)
    rig.plug()
    rig.run(6_000)
    assert rig.faults() == [f.LOCK_UNCHARGED]
    rig.inputs.lock_charged = 1
    rig.run(100)
    assert rig.faults() == []


def test_one_block_of_another_class_starts_the_wait_before_the_closing_anew():
    rig = Rig(ready_ms=2_000)
    rig.allow(16_000)
    rig.plug()
    rig.run(3_000)
    rig.level_mv = LEVEL_C
    rig.run(1_000)
    assert rig.supervisor.ready_ms > 0
    rig.level_mv = LEVEL_B
    rig.run(10)
    assert rig.out.sequence == seq.OFFERED
    assert rig.supervisor.ready_ms == 0


# -- the limits


def test_heat_is_named_as_what_limits():
    rig = Rig()
    rig.allow(32_000)
    rig.inputs.temperature_dc = 660
    rig.run(3_000)
    assert (rig.out.limited_by, rig.out.limit_ma) == (limit.BY_TEMPERATURE, 16_000)


def test_an_old_meter_is_named_as_what_limits():
    rig = Rig(has_meter=1)
    rig.allow(32_000)
    rig.supervisor.protection.metered.take(0, 0, 0, 230_000, 230_000, 230_000)
    rig.run(12_000)
    assert rig.out.limited_by == limit.BY_METER


def test_a_lower_duty_waits_for_its_time_unless_the_board_is_set_otherwise():
    for at_once, is_early in ((0, False), (1, True)):
        rig = Rig(is_stepping_down_at_once=at_once)
        rig.charge(16_000)
        rig.allow(20_000)
        rig.run(12_000)
        before = rig.out.duty_ticks
        rig.allow(24_000)
        rig.run(100)
        higher = rig.out.duty_ticks
        assert higher > before
        rig.allow(10_000)
        rig.run(100)
        assert (rig.out.duty_ticks < higher) == is_early
        rig.run(6_000)
        assert rig.out.duty_ticks < before


# -- time


def test_the_relay_of_the_phases_moves_once_the_pilot_was_cut_for_its_time():
    rig = Rig()
    rig.charge()
    rig.allow(16_000, phases=1)
    rig.run(100)
    rig.level_mv = LEVEL_B
    rig.until("cp_connected", 0, 5_000)
    assert rig.out.phases == 3
    assert rig.until("phases", 1, 5_000) == 100


def test_the_times_at_start_are_whole_and_begin_to_run():
    ring = Supervisor(settings())
    rig = Rig()
    assert ring.boot_left_ms == 10_000
    rig.run(10)
    assert rig.supervisor.boot_left_ms == 9_990
    assert (rig.supervisor.ready_ms, rig.supervisor.x1_ms) == (0, 10)


def test_a_clock_that_stands_lets_no_time_pass():
    rig = Rig()
    rig.run(10)
    for _ in range(5):
        rig.step(10, told_ms=0)
        assert rig.supervisor.boot_left_ms == 9_990
    assert rig.out.hang_count == 0


def test_a_fault_under_a_car_keeps_the_offer_away_for_30_s():
    rig = shorted()
    assert rig.supervisor.offer_left_ms == 30_000


def test_no_time_of_x1_counts_while_current_is_offered():
    rig = Rig()
    rig.charge()
    assert rig.supervisor.x1_ms == 0


def revoked_after_resuming(resumed_ms):
    """End a charge, take that back, and end it again so long after; return what is left."""
    rig = Rig()
    rig.charge()
    rig.allow(0)
    rig.run(1_000)
    assert rig.out.sequence == seq.STOPPING
    rig.allow(16_000)
    rig.until("sequence", seq.CHARGING)
    rig.run(4_900)
    rig.tick_ms = 1
    rig.run(resumed_ms - 4_901)
    rig.allow(0)
    rig.run(1)
    assert rig.out.sequence == seq.STOPPING
    return rig.supervisor.stop_left_ms


def test_an_end_soon_after_another_was_taken_back_goes_on_with_the_time_of_the_first():
    assert revoked_after_resuming(4_999) < 100
    assert revoked_after_resuming(5_000) == 6_000


# -- the bolt


def drawn_after_ms(outlet_live):
    """Pull the plug out of a charge; return the ms from the coil to the bolt."""
    rig = Rig()
    rig.charge()
    rig.tick_ms = 1
    rig.unplug()
    rig.until("coil", 0)
    rig.inputs.outlet_live = outlet_live
    return rig.until("lock_drive", UNLOCK_DRIVE)


def test_the_bolt_waits_until_a_sensor_had_the_time_to_show_a_weld():
    assert drawn_after_ms(NO) == 301
    assert drawn_after_ms(UNKNOWN) < 200


def test_an_outlet_that_was_live_holds_the_bolt_until_a_person_clears_it():
    rig = Rig()
    rig.allow(16_000)
    rig.plug()
    rig.run(1_500)
    assert rig.out.lock == lock.LOCKED
    rig.allow(0)
    rig.inputs.outlet_live = 1
    rig.run(1_000)
    assert rig.faults() == [f.OUTLET_LIVE]
    rig.inputs.outlet_live = 0
    rig.unplug()
    rig.run(10_000)
    assert rig.out.lock == lock.LOCKED
    assert rig.supervisor.clear(f.OUTLET_LIVE)
    rig.run(2_000)
    assert rig.out.lock == lock.UNLOCKED


def test_a_bolt_is_drawn_again_only_while_a_plug_is_in():
    for pp_ohm, tries in ((1_000_000, 1), (220, 3)):
        rig = Rig()
        rig.host_flags = IN_SERVICE
        rig.inputs.pp_ohm = pp_ohm
        rig.run(18_000)
        assert rig.out.lock_drive == LOCK_REST
        assert len(rig.times_of("lock", UNLOCK_DRIVE)) == tries


def test_a_socket_that_was_a_cable_has_a_bolt():
    rig = Rig(is_socket=0)
    rig.run(100)
    ring = rig.supervisor
    assert ring.lock.state == lock.NO_LOCK
    assert ring.apply(settings(is_socket=1))
    assert ring.lock.state == lock.UNLOCKED


# -- a contactor that drops out of a charge that ends


def test_a_dropout_is_no_fault_of_the_contactor_if_the_mains_was_gone():
    for cause, value, faults in (
        ("emergency_stop", 1, [f.CONTACTOR_STUCK, f.EMERGENCY_STOP]),
        ("supply_ok", 0, [f.SUPPLY_LOST]),
    ):
        rig = Rig()
        rig.charge()
        rig.is_stuck = True
        rig.run(20)
        setattr(rig.inputs, cause, value)
        rig.run(1_000)
        assert rig.faults() == faults
