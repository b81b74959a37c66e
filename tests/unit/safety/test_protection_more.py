"""Voltage, outlet, heat, wear and the board as faults in force. Section 5.6, REQ-CP-06."""

from protection_rig import Ring, charging

from ampkeeper.firmware.safety import fault as f
from ampkeeper.firmware.safety.selftest import FAILED, GENERATOR
from ampkeeper.firmware.safety.signals import UNKNOWN

ADC, LINK = 6, 7  # self-tests; the link is the station's


def test_too_low_a_voltage_goes_after_a_minute_in_band():
    ring = charging()
    ring.inputs.voltage_l1_mv = 180_000
    assert ring.run(2_990) == []
    assert ring.run(10) == [f.UNDER_VOLTAGE]
    ring.inputs.voltage_l1_mv = 200_000
    assert ring.run(120_000, 100) == [f.UNDER_VOLTAGE]
    ring.inputs.voltage_l1_mv = 207_000
    assert ring.run(59_900, 100) == [f.UNDER_VOLTAGE]
    assert ring.run(90) != []
    assert ring.run(10) == []


def test_too_high_a_voltage_goes_after_a_minute_in_band():
    ring = charging(phases=3)
    ring.inputs.voltage_l3_mv = 264_501
    assert ring.run(990) == []
    assert ring.run(10) == [f.OVER_VOLTAGE]
    ring.inputs.voltage_l3_mv = UNKNOWN
    assert ring.run(120_000, 100) == [f.OVER_VOLTAGE]
    ring.inputs.voltage_l3_mv = 230_000
    assert ring.run(59_900, 100) == [f.OVER_VOLTAGE]
    assert ring.run(90) != []
    assert ring.run(10) == []


def test_the_meters_voltage_serves_where_the_board_measures_none():
    ring = charging(voltage_nominal_mv=120_000)
    ring.protection.metered.take(0, 0, 0, 90_000, UNKNOWN, UNKNOWN)
    assert ring.run(3_000) == [f.UNDER_VOLTAGE]


def test_a_live_outlet_behind_an_open_contactor_waits_for_a_person():
    ring = Ring()
    ring.inputs.outlet_live = 1
    assert ring.run(190) == []
    assert ring.run(10) == [f.OUTLET_LIVE]
    assert not ring.protection.clear(f.OUTLET_LIVE)
    ring.inputs.outlet_live = 0
    assert ring.run(60_000, 100) == [f.OUTLET_LIVE]
    assert ring.protection.clear(f.OUTLET_LIVE)


def test_current_through_an_open_contactor_is_a_live_outlet_whatever_the_sensor_says():
    for live in (UNKNOWN, 0):
        for phase in ("current_l1_ma", "current_l2_ma", "current_l3_ma"):
            ring = Ring()
            ring.inputs.outlet_live = live
            setattr(ring.inputs, phase, 1_000)
            assert ring.run(300) == []
            setattr(ring.inputs, phase, 1_001)
            assert ring.run(190) == []
            assert ring.run(10) == [f.OUTLET_LIVE]
    ring = charging()
    ring.inputs.current_l1_ma = 10_000
    assert ring.run(10_000) == []


def test_a_meter_that_shows_old_current_makes_no_outlet_live():
    for live, faults in ((UNKNOWN, [f.OUTLET_LIVE]), (0, [])):
        ring = Ring()
        ring.inputs.outlet_live = live
        take = ring.protection.metered.take
        take(15_999, 0, 0, UNKNOWN, UNKNOWN, UNKNOWN)
        for count in range(14):
            take(16_000 + count, 0, 0, UNKNOWN, UNKNOWN, UNKNOWN)
            assert ring.run(1_000) == []
        take(16_000, 0, 0, UNKNOWN, UNKNOWN, UNKNOWN)
        assert ring.run(990) == []
        assert ring.run(10) == faults


def test_a_meter_that_froze_before_the_opening_makes_no_outlet_live():
    ring = charging()
    take = ring.protection.metered.take
    take(11_999, 0, 0, UNKNOWN, UNKNOWN, UNKNOWN)
    take(12_000, 0, 0, UNKNOWN, UNKNOWN, UNKNOWN)
    ring.run(10)
    ring.open()
    for _ in range(60):
        take(12_000, 0, 0, UNKNOWN, UNKNOWN, UNKNOWN)
        assert ring.run(1_000) == []


def test_an_own_transformer_needs_no_meter_to_find_an_outlet_live():
    ring = Ring()
    ring.inputs.current_l1_ma = 1_001
    ring.protection.metered.take(0, 0, 0, UNKNOWN, UNKNOWN, UNKNOWN)
    assert ring.run(190) == []
    assert ring.run(10) == [f.OUTLET_LIVE]


def test_a_dead_outlet_behind_a_closed_contactor_ends_with_the_plug():
    ring = charging()
    ring.inputs.outlet_live = 0
    assert ring.run(990) == []
    assert ring.run(10) == [f.OUTLET_DEAD]
    ring.open()
    assert ring.run(60_000, 100) == [f.OUTLET_DEAD]
    ring.context.is_plugged = False
    assert ring.run(10) == []


def test_an_outlet_without_mains_ahead_of_it_is_no_dead_outlet():
    ring = charging()
    ring.inputs.supply_ok = 0
    ring.inputs.outlet_live = 0
    assert ring.run(10_000) == [f.SUPPLY_LOST]


# -- heat and wear


def test_heat_is_a_fault_as_long_as_it_lasts():
    ring = charging()
    ring.inputs.temperature_dc = ring.inputs.plug_temperature_dc = 710
    assert ring.run(990) == []
    assert ring.run(10) == [f.OVER_TEMPERATURE]
    assert ring.protection.temperature_limit_ma(32_000) == 0
    ring.inputs.temperature_dc = ring.inputs.plug_temperature_dc = 250
    assert ring.run(1_000) == []


def test_heat_in_the_plug_alone_is_heat():
    ring = Ring()
    ring.inputs.plug_temperature_dc = 710
    assert ring.run(2_000) == [f.OVER_TEMPERATURE]


def test_a_broken_sensor_is_another_fault_than_heat():
    ring = charging()
    ring.inputs.temperature_dc = 30_000
    assert ring.run(990) == []
    assert ring.run(10) == [f.TEMPERATURE_SENSOR]
    ring.inputs.temperature_dc = 250
    assert ring.run(9_990) == [f.TEMPERATURE_SENSOR]
    assert ring.run(10) == []


def test_a_worn_contactor_is_reported_and_a_spent_one_no_longer_used():
    ring = Ring()
    ring.protection.wear.restore(29_999, 0)
    assert ring.run(10) == []
    ring.context.coil = 1
    assert ring.run(10) == [f.CONTACTOR_WORN]
    ring.protection.wear.restore(50_000, 0)
    assert ring.run(10) == [f.CONTACTOR_WORN, f.CONTACTOR_SPENT]


def test_to_clear_a_worn_contactor_says_that_it_was_replaced():
    for code in (f.CONTACTOR_WORN, f.CONTACTOR_SPENT):
        ring = Ring()
        ring.protection.wear.restore(50_000, 3)
        ring.run(10)
        assert ring.protection.clear(code)
        assert ring.run(10) == []
        assert ring.protection.wear.closings == ring.protection.wear.under_load == 0


def test_a_contactor_that_is_not_worn_keeps_its_count():
    ring = Ring()
    ring.protection.wear.restore(40_000, 3)
    ring.run(10)
    assert not ring.protection.clear(f.CONTACTOR_SPENT)
    assert ring.protection.wear.closings == 40_000
    assert ring.run(10) == [f.CONTACTOR_WORN]


# -- the board


def test_a_failed_check_of_the_board_waits_for_a_person():
    for bit in range(1, 9):
        ring = Ring()
        ring.inputs.checks_failed = 1 << bit
        assert ring.run(1_000) == []
        ring.inputs.checks_known = 1 << bit
        if bit == ADC:
            assert ring.run(490) == []
        assert ring.run(10) == [f.BOARD_FAILED]
        assert bit == LINK or ring.look().result(bit) == FAILED
        ring.inputs.checks_failed = 0
        assert ring.run(60_000, 100) == [f.BOARD_FAILED]
        assert ring.protection.clear(f.BOARD_FAILED)


def test_outliers_of_the_converters_reference_are_no_failure_unless_it_is_off_half_of_the_time():
    ring = Ring()
    ring.inputs.checks_known = 1 << ADC
    for _ in range(100):
        ring.inputs.checks_failed = 1 << ADC
        assert ring.run(100) == []
        ring.inputs.checks_failed = 0
        assert ring.run(400) == []
        assert ring.result(ADC) != FAILED
    for _ in range(7):
        ring.inputs.checks_failed = 1 << ADC
        faults = ring.run(100)
        ring.inputs.checks_failed = 0
        ring.run(100)
    assert faults == [f.BOARD_FAILED]


def test_bits_of_other_tests_are_no_checks_of_the_board():
    ring = Ring()
    ring.inputs.checks_known = ring.inputs.checks_failed = 1 | 1 << 9 | 1 << 29
    assert ring.run(10) == []


def test_the_rails_are_a_fault_beyond_a_volt_for_a_second_req_cp_06():
    for high_mv, low_mv, is_bad in (
        (11_000, 13_000, False),
        (13_000, 11_000, False),
        (10_999, 12_000, True),
        (13_001, 12_000, True),
        (12_000, 10_999, True),
        (12_000, 13_001, True),
        (UNKNOWN, 10_999, True),
        (13_001, UNKNOWN, True),
    ):
        ring = Ring()
        ring.inputs.rail_high_mv = high_mv
        ring.inputs.rail_low_mv = low_mv
        assert ring.run(990) == []
        assert ring.run(10) == ([f.RAIL_FAULT] if is_bad else [])


def test_a_rail_must_be_good_for_two_seconds_and_be_measured():
    ring = Ring()
    ring.inputs.rail_high_mv = 10_000
    ring.run(1_000)
    ring.inputs.rail_high_mv = UNKNOWN
    assert ring.run(10_000) == [f.RAIL_FAULT]
    ring.inputs.rail_high_mv = 12_000
    assert ring.run(1_990) == [f.RAIL_FAULT]
    assert ring.run(10) == []


def test_one_block_of_either_rail_or_the_generator_begins_the_two_seconds_anew():
    for name, bad, good in (
        ("rail_high_mv", 10_000, 12_000),
        ("rail_low_mv", 10_000, 12_000),
        ("checks_failed", GENERATOR, 0),
    ):
        ring = Ring()
        ring.inputs.rail_high_mv = ring.inputs.rail_low_mv = 12_000
        ring.inputs.checks_known = GENERATOR
        setattr(ring.inputs, name, bad)
        assert ring.run(1_000) == [f.RAIL_FAULT]
        setattr(ring.inputs, name, good)
        ring.run(1_900)
        setattr(ring.inputs, name, bad)
        ring.run(10)
        setattr(ring.inputs, name, good)
        assert ring.run(1_990) == [f.RAIL_FAULT]
        assert ring.run(10) == []


def test_a_rail_that_was_off_and_is_not_known_any_more_is_not_made_good_by_the_other():
    ring = Ring()
    ring.inputs.rail_high_mv = 12_000
    ring.inputs.checks_known = GENERATOR
    ring.inputs.rail_low_mv = 9_000
    assert ring.run(1_000) == [f.RAIL_FAULT]
    ring.inputs.rail_low_mv = UNKNOWN
    assert ring.run(10_000) == [f.RAIL_FAULT]
    ring.inputs.rail_low_mv = 12_000
    assert ring.run(2_000) == []


def test_a_rail_that_is_off_whenever_it_is_known_is_a_fault():
    ring = Ring()
    ring.inputs.rail_high_mv = 12_000
    for low_mv in (9_000, UNKNOWN) * 50:
        ring.inputs.rail_low_mv = low_mv
        ring.run(20)
    assert ring.faults.is_raised(f.RAIL_FAULT)


def test_a_generator_that_is_right_again_ends_its_fault_where_no_rail_is_measured():
    ring = Ring()
    ring.inputs.checks_known = ring.inputs.checks_failed = GENERATOR
    assert ring.run(1_000) == [f.RAIL_FAULT]
    ring.inputs.checks_failed = 0
    assert ring.run(1_990) == [f.RAIL_FAULT]
    assert ring.run(10) == []


def test_short_errors_of_the_generator_days_apart_do_not_add_up():
    ring = Ring()
    ring.inputs.checks_known = GENERATOR
    for _ in range(30):
        ring.inputs.checks_failed = GENERATOR
        ring.run(60)
        ring.inputs.checks_failed = 0
        assert ring.run(1_000) == []


def test_tampering_counts_after_half_a_second_and_waits_for_a_person():
    for bits in (1, 2, 4):
        ring = Ring()
        ring.inputs.tamper = bits
        assert ring.run(490) == []
        assert ring.run(10) == [f.TAMPERED]
        assert not ring.protection.clear(f.TAMPERED)
        ring.inputs.tamper = 0
        assert ring.run(60_000, 100) == [f.TAMPERED]
        assert ring.protection.clear(f.TAMPERED)


def test_what_goes_by_itself_is_not_for_a_person_but_a_third_loss_of_earth_is():
    ring = charging()
    ring.inputs.supply_ok = 0
    ring.run(20)
    ring.inputs.supply_ok = 1
    ring.run(10)
    assert not ring.protection.clear(f.SUPPLY_LOST)
    ring.run(5_000)
    for _ in range(3):
        ring.inputs.pe_ok = 0
        ring.run(20)
        ring.inputs.pe_ok = 1
        faults = ring.run(10_000)
    assert faults == [f.PE_LOST]
    assert ring.protection.clear(f.PE_LOST)
    assert not ring.protection.clear(f.RCD_AC)


def test_the_times_of_the_lines_count_from_nothing_and_to_the_millisecond():
    for name, value, ms, code in (
        ("pe_ok", 0, 20, f.PE_LOST),
        ("supply_ok", 0, 20, f.SUPPLY_LOST),
        ("rail_high_mv", 10_000, 1_000, f.RAIL_FAULT),
        ("tamper", 1, 500, f.TAMPERED),
    ):
        ring = Ring()
        setattr(ring.inputs, name, value)
        for passed_ms, faults in ((10, []), (ms - 11, []), (1, [code])):
            ring.protection.tick(passed_ms, ring.inputs)
            assert ring.run(0) == faults, name


def test_an_earth_that_is_not_known_for_a_block_does_not_start_its_loss_anew():
    ring = Ring()
    for pe_ok, faults in ((0, []), (UNKNOWN, []), (0, [f.PE_LOST])):
        ring.inputs.pe_ok = pe_ok
        assert ring.run(10) == faults
