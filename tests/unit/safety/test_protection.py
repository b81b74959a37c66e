"""Earth, mains, leakage and current as faults in force: from measurement to fault, and back.

Section 5.6 of the requirements, in a Protection alone; what the sequence makes of a fault is
tested with the supervisor.
"""

from protection_rig import Ring, charging

from ampkeeper.firmware.safety import fault as f
from ampkeeper.firmware.safety.signals import REGION_US, UNKNOWN, Settings
from ampkeeper.firmware.safety.units import CURRENT_MA_MAX


def test_a_board_without_any_sensor_protects_by_what_it_has():
    ring = charging()
    assert ring.run(60_000, 100) == []
    assert ring.protection.may_offer()
    assert ring.protection.meter_limit_ma() == CURRENT_MA_MAX
    assert ring.protection.temperature_limit_ma(32_000) == 32_000
    assert ring.protection.rcd_test == 0


# -- lines


def test_earth_and_mains_count_after_20_ms_and_come_back_after_their_time():
    for name, code, after_ms in (
        ("pe_ok", f.PE_LOST, 10_000),
        ("supply_ok", f.SUPPLY_LOST, 5_000),
    ):
        ring = charging()
        setattr(ring.inputs, name, 0)
        assert ring.run(10) == []
        assert ring.run(10) == [code]
        setattr(ring.inputs, name, 1)
        assert ring.run(after_ms - 10) == [code]
        assert ring.run(10) == []


def test_a_glitch_of_earth_starts_its_good_time_again():
    ring = charging()
    ring.inputs.pe_ok = 0
    ring.run(20)
    ring.inputs.pe_ok = 1
    ring.run(9_000)
    ring.inputs.pe_ok = 0
    ring.run(10)
    ring.inputs.pe_ok = 1
    assert ring.run(9_990) == [f.PE_LOST]
    assert ring.run(10) == []


def test_an_emergency_stop_counts_at_once_and_waits_for_a_person():
    ring = charging()
    ring.inputs.emergency_stop = 1
    assert ring.run(10) == [f.EMERGENCY_STOP]
    assert not ring.protection.clear(f.EMERGENCY_STOP)
    ring.inputs.emergency_stop = 0
    assert ring.run(60_000, 100) == [f.EMERGENCY_STOP]
    assert ring.protection.clear(f.EMERGENCY_STOP)
    assert ring.run(10) == []


# -- residual current


def test_a_trip_is_a_fault_at_once_req_rcd_02():
    for name, code in (("rcd_ac", f.RCD_AC), ("rcd_dc", f.RCD_DC)):
        ring = charging()
        setattr(ring.inputs, name, 1)
        assert ring.run(10) == [code]
        setattr(ring.inputs, name, 0)
        assert ring.run(3_600_000, 10_000) == [code]
        assert ring.protection.clear(code)
        assert ring.run(10) == []


def test_in_the_us_both_branches_go_after_15_minutes_req_rcd_04():
    ring = charging(region=REGION_US)
    ring.inputs.rcd_ac = ring.inputs.rcd_dc = 1
    assert ring.run(10) == [f.RCD_AC, f.RCD_DC]
    ring.open()
    ring.inputs.rcd_ac = ring.inputs.rcd_dc = 0
    assert ring.run(899_900, 100) == [f.RCD_AC, f.RCD_DC]
    assert ring.run(90) == [f.RCD_AC, f.RCD_DC]
    assert ring.run(10) == []
    assert ring.protection.leakage.retry_count == 1


def test_a_person_gives_the_us_retries_back():
    ring = charging(region=REGION_US)
    ring.protection.leakage.retry_count = 4
    ring.inputs.rcd_dc = 1
    ring.run(10)
    ring.inputs.rcd_dc = 0
    ring.run(10)
    assert ring.protection.clear(f.RCD_DC)
    assert ring.protection.leakage.retry_count == 0
    assert not ring.protection.clear(f.RCD_DC)


def test_a_person_who_clears_another_fault_leaves_the_us_retries():
    ring = charging(region=REGION_US)
    ring.protection.leakage.retry_count = 3
    ring.inputs.emergency_stop = 1
    ring.run(10)
    ring.inputs.emergency_stop = 0
    ring.run(10)
    assert ring.protection.clear(f.EMERGENCY_STOP)
    assert ring.protection.leakage.retry_count == 3


def test_a_trip_restored_after_a_power_cut_waits_for_a_person_in_the_us_too():
    ring = Ring(region=REGION_US)
    ring.faults.restore(1 << f.RCD_AC)
    assert ring.run(3_600_000, 10_000) == [f.RCD_AC]
    assert ring.protection.clear(f.RCD_AC)


def test_req_rcd_04_a_restored_trip_waits_for_a_person_though_the_line_still_shows_it():
    for line, restore_ms in (("rcd_ac", 0), ("rcd_dc", 0), ("rcd_ac", 500), ("rcd_dc", 500)):
        ring = Ring(region=REGION_US)
        setattr(ring.inputs, line, 1)
        ring.run(restore_ms)
        ring.protection.restore(1 << f.RCD_AC | 1 << f.RCD_DC)
        ring.run(500)
        setattr(ring.inputs, line, 0)
        assert ring.run(3_600_000, 10_000) == [f.RCD_AC, f.RCD_DC]
        assert ring.protection.clear(f.RCD_AC)
        assert ring.protection.clear(f.RCD_DC)


def test_req_rcd_04_a_trip_that_was_put_back_without_a_word_waits_for_a_person():
    ring = Ring(region=REGION_US)
    ring.faults.restore(1 << f.RCD_AC)
    ring.inputs.rcd_ac = 1
    ring.run(500)
    ring.inputs.rcd_ac = 0
    assert ring.run(3_600_000, 10_000) == [f.RCD_AC]


def test_req_rcd_04_retries_can_be_put_back_but_not_given_back_by_a_restart():
    machine = Ring(region=REGION_US).protection.leakage
    for count, expected in ((3, 3), (2, 3), (-1, 3), (255, 4)):
        machine.restore_retries(count)
        assert machine.retry_count == expected


def test_req_rcd_04_retries_put_back_late_judge_the_trip_in_force_anew():
    for count, stays in ((3, False), (4, True)):
        ring = Ring(region=REGION_US)
        ring.inputs.rcd_ac = 1
        ring.run(500)
        ring.inputs.rcd_ac = 0
        ring.run(60_000, 1_000)
        ring.protection.leakage.restore_retries(count)
        expected = [f.RCD_AC] if stays else []
        assert ring.run(3_600_000, 10_000) == expected
        assert ring.protection.leakage.retry_count == 4


def test_an_earth_that_is_unknown_is_neither_lost_nor_back():
    ring = charging()
    ring.inputs.pe_ok = UNKNOWN
    assert ring.run(60_000) == []
    ring.inputs.pe_ok = 0
    assert ring.run(20) == [f.PE_LOST]
    ring.inputs.pe_ok = UNKNOWN
    assert ring.run(60_000) == [f.PE_LOST]
    ring.inputs.pe_ok = 1
    assert ring.run(9_990) == [f.PE_LOST]
    assert ring.run(10) == []


def run_test(ring, does_trip):
    """Let the monitor answer its test or not, until it is over."""
    ring.context.is_testable = True
    for _ in range(400):
        ring.inputs.rcd_ac = ring.inputs.rcd_dc = int(does_trip and ring.protection.rcd_test)
        ring.run(10)
    return ring.run(10)


def test_nothing_is_offered_before_the_monitor_was_tested_req_rcd_03():
    ring = Ring(has_rcd_test=1)
    ring.run(10_000)
    assert not ring.protection.may_offer()
    assert run_test(ring, does_trip=True) == []
    assert ring.protection.may_offer()
    ring.context.is_plugged = True
    ring.run(10)
    assert ring.protection.may_offer()
    ring.context.is_plugged = ring.context.is_testable = False
    ring.run(10)
    assert not ring.protection.may_offer()


def test_a_failed_test_is_a_fault_until_a_later_one_passes():
    ring = Ring(has_rcd_test=1)
    assert run_test(ring, does_trip=False) == [f.RCD_TEST_FAILED]
    assert not ring.protection.clear(f.RCD_TEST_FAILED)
    assert ring.protection.start(11)
    assert run_test(ring, does_trip=True) == []
    assert ring.protection.may_offer()


def test_a_failed_test_from_before_a_power_cut_goes_with_the_test_at_start():
    ring = Ring(has_rcd_test=1)
    ring.faults.restore(1 << f.RCD_TEST_FAILED)
    ring.run(100)
    assert run_test(ring, does_trip=True) == []


# -- current


def test_too_much_current_ends_with_the_plug():
    ring = charging()
    ring.inputs.current_l1_ma = 18_151
    assert ring.run(6_990) == []
    assert ring.run(10) == [f.OVER_CURRENT]
    ring.open()
    ring.inputs.current_l1_ma = 0
    assert ring.run(60_000, 100) == [f.OVER_CURRENT]
    ring.context.is_plugged = False
    assert ring.run(10) == []


def test_far_too_much_current_counts_after_a_second():
    ring = charging()
    ring.inputs.current_l3_ma = 24_001
    assert ring.run(990) == []
    assert ring.run(10) == [f.OVER_CURRENT_FAST]
    ring.open()
    ring.inputs.current_l3_ma = 0
    assert ring.run(60_000, 100) == [f.OVER_CURRENT_FAST]
    ring.context.is_plugged = False
    assert ring.run(10) == []


def test_the_hardware_comparator_counts_at_once():
    ring = charging()
    ring.inputs.over_current = 1
    assert ring.run(10) == [f.OVER_CURRENT_FAST]


def test_the_stations_meter_serves_where_the_board_has_no_transformer():
    ring = charging()
    for _ in range(7):
        ring.protection.metered.take(0, 18_151, 0, UNKNOWN, UNKNOWN, UNKNOWN)
        faults = ring.run(1_000)
    assert faults == [f.OVER_CURRENT]


def test_a_stale_meter_leaves_6_a_and_then_ends_the_charge():
    ring = Ring(has_meter=1)
    ring.protection.metered.take(0, 0, 0, UNKNOWN, UNKNOWN, UNKNOWN)
    ring.context.is_plugged = True
    ring.run(4_990)
    assert ring.protection.meter_limit_ma() == CURRENT_MA_MAX
    assert ring.run(10) == []
    assert ring.protection.meter_limit_ma() == 6_000
    assert ring.run(9_990) == []
    assert ring.run(10) == [f.METER_STALE]
    ring.protection.metered.take(0, 0, 0, UNKNOWN, UNKNOWN, UNKNOWN)
    assert ring.run(10) == []


def test_without_a_car_no_meter_is_stale():
    ring = Ring(has_meter=1)
    assert ring.run(60_000, 100) == []
    ring.context.is_plugged = True
    assert ring.run(10) == [f.METER_STALE]
    ring.context.is_plugged = False
    assert ring.run(10) == []


def test_new_settings_hold_at_once():
    ring = Ring(has_rcd_test=1)
    assert not ring.protection.may_offer()
    ring.protection.apply(Settings())
    assert ring.protection.may_offer()
