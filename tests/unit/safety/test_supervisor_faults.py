"""What each fault does to the contactor, the pilot and the bolt, and how it goes away."""

from safety_rig import LEVEL_A, LEVEL_C, LEVEL_D, LEVEL_E, Rig

from ampkeeper.firmware.safety import books, lock
from ampkeeper.firmware.safety import fault as f
from ampkeeper.firmware.safety import sequence as seq
from ampkeeper.firmware.safety.permit import IN_SERVICE
from ampkeeper.firmware.safety.signals import DUTY_F, DUTY_X1


def charging(**changes):
    rig = Rig(**changes)
    rig.charge()
    return rig


def opened_at_once(rig, limit_ms, shows_f=True):
    """Run on; assert that the coil fell in time, once, by a fault, and F was shown or not."""
    start_ms = rig.now_ms
    rig.run(limit_ms + 500)
    assert rig.times_of("coil", 0)[0] - start_ms <= limit_ms, rig.describe()
    assert rig.out.stop_reason == books.BY_FAULT
    assert rig.out.stop_count == 1
    assert rig.out.sequence == seq.FAULTED
    assert len(rig.times_of("duty", DUTY_F)) == shows_f
    assert rig.out.duty_ticks == DUTY_X1


def test_residual_current_opens_at_once_and_waits_for_a_person():
    for name, code in (("rcd_ac", f.RCD_AC), ("rcd_dc", f.RCD_DC)):
        rig = charging()
        setattr(rig.inputs, name, 1)
        opened_at_once(rig, 10)
        assert not rig.supervisor.clear(code)
        setattr(rig.inputs, name, 0)
        rig.unplug()
        rig.run(12_000)
        assert rig.faults() == [code]
        assert rig.supervisor.clear(code)
        rig.run(10)
        assert rig.out.sequence == seq.IDLE


def test_the_emergency_stop_opens_within_twenty_milliseconds():
    rig = charging()
    rig.inputs.emergency_stop = 1
    opened_at_once(rig, 20)
    rig.inputs.emergency_stop = 0
    rig.run(5_000)
    assert rig.supervisor.clear(f.EMERGENCY_STOP)
    rig.run(32_000)
    assert rig.out.sequence == seq.CHARGING


def test_a_lost_earth_opens_within_a_quarter_of_a_second():
    rig = charging()
    rig.inputs.pe_ok = 0
    opened_at_once(rig, 250)
    rig.inputs.pe_ok = 1
    rig.run(9_900)
    assert rig.faults() == [f.PE_LOST]
    rig.run(200)
    assert rig.faults() == []


def test_the_third_lost_earth_waits_for_a_person():
    rig = Rig()
    for _ in range(3):
        rig.inputs.pe_ok = 0
        rig.run(100)
        rig.inputs.pe_ok = 1
        rig.run(11_000)
    assert rig.faults() == [f.PE_LOST]
    assert rig.supervisor.clear(f.PE_LOST)
    rig.run(100)
    assert rig.out.sequence == seq.IDLE


def test_a_glitch_of_the_earth_or_supply_monitor_is_none():
    rig = charging()
    for name in ("pe_ok", "supply_ok"):
        setattr(rig.inputs, name, 0)
        rig.run(10)
        setattr(rig.inputs, name, 1)
        rig.run(100)
    assert rig.out.sequence == seq.CHARGING
    assert rig.faults() == []


def test_a_lost_supply_opens_and_gives_the_plug_back():
    rig = charging()
    rig.inputs.supply_ok = 0
    opened_at_once(rig, 50, shows_f=False)
    rig.run(1_000)
    assert rig.out.lock == lock.UNLOCKED
    rig.inputs.supply_ok = 1
    rig.run(40_000)
    assert rig.out.sequence == seq.CHARGING
    assert rig.out.lock == lock.LOCKED


def test_over_current_opens_at_once_and_ends_with_the_plug():
    rig = charging()
    rig.inputs.over_current = 1
    opened_at_once(rig, 10, shows_f=False)
    rig.inputs.over_current = 0
    rig.run(12_000)
    assert rig.faults() == [f.OVER_CURRENT_FAST]
    rig.unplug()
    rig.run(100)
    assert rig.faults() == []
    assert rig.out.sequence == seq.IDLE


def test_a_shorted_pilot_opens_within_a_tenth_of_a_second():
    for level_mv in (LEVEL_E, 700):
        rig = charging()
        rig.level_mv = level_mv
        opened_at_once(rig, 100, shows_f=False)
        assert rig.faults() == [f.PILOT_SHORT]
        rig.level_mv = LEVEL_C
        rig.run(2_100)
        assert rig.faults() == []
        rig.run(32_000)
        assert rig.out.sequence == seq.CHARGING


def test_an_unreadable_pilot_opens_after_a_tenth_of_a_second_and_recovers_after_two():
    rig = charging()
    rig.inputs.cp_noise_mv = 900
    start_ms = rig.now_ms
    rig.run(90)
    assert rig.out.coil == 1
    rig.run(110)
    assert rig.times_of("coil", 0)[0] - start_ms <= 150
    assert rig.faults() == [f.PILOT_FAULT]
    rig.run(5_000)
    rig.inputs.cp_noise_mv = 0
    rig.run(1_900)
    assert rig.faults() == [f.PILOT_FAULT]
    rig.run(300)
    assert rig.faults() == []
    rig.run(32_000)
    assert rig.out.sequence == seq.CHARGING


def test_two_seconds_of_good_pilot_must_be_without_any_bad_block():
    rig = charging()
    rig.inputs.cp_noise_mv = 900
    rig.run(300)
    for _ in range(10):
        rig.inputs.cp_noise_mv = 0
        rig.run(1_500)
        rig.inputs.cp_noise_mv = 900
        rig.run(10)
    assert rig.faults() == [f.PILOT_FAULT]


def test_noise_shorter_than_a_tenth_of_a_second_costs_nothing():
    rig = charging()
    rig.inputs.cp_noise_mv = 900
    rig.run(90)
    rig.inputs.cp_noise_mv = 0
    rig.run(1_000)
    assert rig.out.sequence == seq.CHARGING


def test_a_missing_diode_opens_within_a_tenth_of_a_second_until_unplugged():
    rig = charging()
    rig.has_diode = False
    opened_at_once(rig, 100, shows_f=False)
    assert rig.faults() == [f.DIODE_FAULT]
    rig.has_diode = True
    rig.run(13_000)
    assert rig.faults() == [f.DIODE_FAULT]
    assert not rig.supervisor.clear(f.DIODE_FAULT)
    rig.unplug()
    rig.run(100)
    assert rig.faults() == []
    rig.edges = []
    rig.charge()


def test_req_cp_05_a_diode_that_is_missing_half_of_the_time_opens_and_stays_a_fault():
    for good in (1, 2):
        rig = charging()
        for count in range(50):
            rig.has_diode = count % (good + 1) != 0
            rig.run(10)
        assert rig.faults() == [f.DIODE_FAULT]
        assert rig.out.coil == 0
        assert rig.out.stop_count == 1
        rig.has_diode = True
        rig.run(60_000)
        assert rig.faults() == [f.DIODE_FAULT]
        assert rig.out.closing_count == 1


def test_a_car_without_a_diode_is_never_powered():
    rig = Rig()
    rig.has_diode = False
    rig.allow(16_000)
    rig.plug(level_mv=LEVEL_C)
    rig.run(10_000)
    assert rig.times_of("coil", 1) == []
    assert rig.faults() == [f.DIODE_FAULT]


def test_tv_cp_15_ventilation_that_is_not_there_never_closes():
    rig = Rig()
    rig.allow(16_000)
    rig.plug()
    rig.run(1_500)
    rig.level_mv = 2_930
    rig.run(10_000)
    assert rig.times_of("coil", 1) == []
    assert rig.faults() == [f.VENTILATION_NOT_AVAILABLE]


def test_ventilation_asked_for_while_charging_opens():
    rig = charging()
    rig.level_mv = LEVEL_D
    opened_at_once(rig, 100, shows_f=False)
    rig.level_mv = LEVEL_C
    rig.run(36_000)
    assert rig.out.sequence == seq.CHARGING


def test_tv_cp_14_a_wrong_rail_is_a_pilot_fault_even_without_a_car():
    rig = Rig()
    rig.level_mv = 13_200
    rig.run(1_000)
    assert rig.faults() == [f.PILOT_FAULT]
    assert rig.out.sequence == seq.FAULTED
    rig.level_mv = LEVEL_A
    rig.run(2_200)
    assert rig.out.sequence == seq.IDLE


def test_nothing_is_cleared_while_the_coil_is_driven_or_for_codes_of_others():
    rig = charging()
    assert not rig.supervisor.clear(f.LOCK_FAILED)
    rig = Rig()
    rig.run(100)
    for code in (-1, f.CODE_COUNT, f.OWN_COUNT, 1_000, f.PILOT_FAULT, f.OVER_VOLTAGE):
        assert not rig.supervisor.clear(code)


def test_in_a_fault_the_plug_is_held_only_as_long_as_the_station_asks():
    rig = charging()
    rig.inputs.rcd_ac = 1
    rig.run(2_000)
    assert rig.out.lock == lock.LOCKED
    rig.host_flags = IN_SERVICE
    rig.grant()
    rig.run(2_000)
    assert rig.out.lock == lock.UNLOCKED


def test_unplugging_in_a_fault_frees_the_plug_and_the_fault_stays():
    rig = charging()
    rig.inputs.rcd_ac = 1
    rig.run(2_000)
    rig.unplug()
    rig.run(2_000)
    assert rig.out.lock == lock.UNLOCKED
    assert rig.out.sequence == seq.FAULTED


def test_a_second_fault_while_stopping_opens_at_once():
    rig = charging()
    rig.inputs.pp_ohm = 0
    rig.run(600)
    assert rig.out.sequence == seq.STOPPING
    rig.inputs.emergency_stop = 1
    rig.run(20)
    assert rig.out.coil == 0
    assert rig.out.stop_count == 1


def test_without_f_and_without_a_wish_to_hold_all_follows_in_one_tick():
    rig = charging(pilot_f_ms=0)
    rig.host_flags = IN_SERVICE
    rig.grant()
    rig.inputs.emergency_stop = 1
    rig.step(10)
    assert rig.out.coil == 0
    assert rig.out.duty_ticks == DUTY_X1
    rig.run(1_000)
    assert rig.out.lock == lock.UNLOCKED
