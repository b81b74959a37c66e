"""Which self-test reports what, and how each is seen to fail. Section 4.1, numbers 1 to 29."""

from protection_rig import ROUND_MS, Ring, after_test

from ampkeeper.firmware.safety import fault as f
from ampkeeper.firmware.safety.rounds import TESTS
from ampkeeper.firmware.safety.selftest import ABSENT, FAILED, LAST, NOT_RUN, PASSED, RUNNING
from ampkeeper.firmware.safety.signals import NO_SENSOR, UNKNOWN, YES, Settings


def with_rails(high_mv, low_mv):
    ring = Ring()
    ring.inputs.rail_high_mv = high_mv
    ring.inputs.rail_low_mv = low_mv
    return ring


def test_every_test_of_this_board_has_its_row():
    assert len(TESTS) == 3 * LAST
    codes = [code for index, code in enumerate(TESTS) if index % 3 and code != 255]
    assert set(codes) <= set(range(f.CODE_COUNT))


def test_a_bare_board_says_what_it_cannot_run():
    ring = Ring(is_socket=0).look()
    ring.inputs.temperature_dc = NO_SENSOR
    absent = [number for number in range(1, LAST + 1) if ring.result(number) == ABSENT]
    assert absent == [1, 2, 3, 4, 5, 6, 8, 10, 11, 13, 16, 23, 24, 25, 26, 29]
    not_run = [number for number in range(1, LAST + 1) if ring.result(number) == NOT_RUN]
    assert not_run == [7, 9, 17, 19, 20, 21, 22]
    ring = Ring()
    ring.inputs.temperature_dc = NO_SENSOR
    assert ring.look().result(27) == ABSENT
    assert ring.result(23) == PASSED


def test_a_board_without_a_means_says_no_more_than_that():
    ring = Ring(is_socket=0).look()
    for number in (10, 16, 23, 25, 26, 29):
        assert ring.row(number) == (ABSENT, UNKNOWN, UNKNOWN, UNKNOWN)


def test_what_was_absent_and_is_there_has_not_run():
    ring = Ring().look()
    assert ring.result(11) == ABSENT
    made = Settings()
    made.has_rcd_test = 1
    ring.protection.apply(made)
    ring.run(ROUND_MS)
    assert ring.result(11) == ring.result(13) == NOT_RUN
    assert ring.tests.count[11] == ring.tests.count[13] == 2
    ring.look()
    assert ring.tests.count[11] == 2


def test_the_boards_own_checks_are_reported_each_by_its_bit():
    for number in (1, 2, 3, 4, 5, 6, 8):
        ring = Ring()
        ring.inputs.checks_known = 1 << number
        assert ring.look().result(number) == PASSED
        ring.inputs.checks_failed = 1 << number
        assert ring.look(900).result(number) == FAILED
        assert ring.faults.is_raised(f.BOARD_FAILED)
        others = [other for other in (1, 2, 3, 4, 5, 6, 8) if ring.result(other) != ABSENT]
        assert others == [number]


def test_7_follows_the_station():
    ring = Ring().look()
    assert ring.result(7) == NOT_RUN
    ring.context.is_linked = YES
    assert ring.look().result(7) == PASSED
    ring.context.is_linked = 0
    assert ring.look().result(7) == FAILED


def test_10_shows_the_outlet():
    ring = Ring()
    ring.inputs.outlet_live = 0
    assert ring.look().row(10) == (PASSED, 0, 0, 0)
    ring.inputs.outlet_live = 1
    assert ring.look(ROUND_MS + 300).row(10) == (FAILED, 1, 0, 0)
    ring = Ring()
    ring.close()
    ring.inputs.outlet_live = 1
    assert ring.look().row(10) == (PASSED, 1, 1, 1)
    ring.inputs.outlet_live = 0
    assert ring.look(ROUND_MS + 1_000).row(10) == (FAILED, 0, 1, 1)


def test_11_and_13_show_when_each_branch_tripped():
    ring = after_test(40, 200)
    assert ring.row(11) == (PASSED, 40, 0, 1_200)
    assert ring.row(13) == (PASSED, 200, 0, 1_200)
    assert ring.tests.count[11] == ring.tests.count[13] == 1
    assert ring.tests.duration_ms[11] == 480
    assert ring.tests.duration_ms[13] == ring.tests.duration_ms[11]
    assert ring.protection.may_offer()


def test_11_and_13_fail_together_and_show_which_branch_did_not_trip():
    ring = after_test(40, 100_000)
    assert ring.row(11) == (FAILED, 40, 0, 1_200)
    assert ring.row(13) == (FAILED, UNKNOWN, 0, 1_200)
    assert ring.tests.count[13] == 1
    assert ring.faults.is_raised(f.RCD_TEST_FAILED)
    assert not ring.protection.may_offer()


def test_11_and_13_are_running_meanwhile_and_not_run_if_they_may_not_go_on():
    ring = Ring(has_rcd_test=1)
    ring.inputs.rcd_ac = 1  # not clear: the test waits
    ring.context.is_testable = True
    ring.run(20)
    assert ring.result(11) == ring.result(13) == RUNNING
    ring.context.is_testable = False
    ring.run(20)
    assert ring.row(11) == ring.row(13) == (NOT_RUN, UNKNOWN, UNKNOWN, UNKNOWN)


def test_11_and_13_keep_their_result_when_the_next_test_is_due():
    ring = after_test(40, 200)
    ring.context.is_plugged = True
    ring.run(10)
    ring.context.is_plugged = ring.context.is_testable = False
    ring.run(100)
    assert ring.result(11) == ring.result(13) == PASSED


def test_15_is_absent_where_nothing_measures_earth():
    ring = Ring()
    ring.inputs.pe_ok = UNKNOWN
    assert ring.look().row(15) == (ABSENT, UNKNOWN, UNKNOWN, UNKNOWN)
    ring.inputs.pe_ok = 0
    assert ring.look().result(15) == FAILED
    ring.inputs.pe_ok = UNKNOWN
    assert ring.look().result(15) == FAILED


def test_12_14_15_18_28_fail_with_their_faults():
    for number, good, name, bad, bound in (
        (12, 0, "rcd_ac", 1, 0),
        (14, 0, "rcd_dc", 1, 0),
        (15, 1, "pe_ok", 0, 1),
    ):
        ring = Ring().look()
        assert ring.row(number) == (PASSED, good, bound, bound)
        setattr(ring.inputs, name, bad)
        assert ring.look().row(number) == (FAILED, bad, bound, bound)
    for code in (f.PILOT_SHORT, f.PILOT_FAULT):
        ring = Ring().look()
        assert ring.row(18) == (PASSED, 12_000, 2_000, 13_000)
        ring.faults.raise_fault(code)
        ring.inputs.cp_high_mv = 0
        assert ring.look().row(18) == (FAILED, 0, 2_000, 13_000)
    ring = Ring().look()
    assert ring.row(28) == (PASSED, UNKNOWN, UNKNOWN, UNKNOWN)
    ring.faults.raise_fault(f.VENTILATION_NOT_AVAILABLE)
    assert ring.look().result(28) == FAILED


def test_23_fails_with_the_cable():
    ring = Ring().look()
    assert ring.result(23) == PASSED
    ring.faults.raise_fault(f.PROXIMITY_FAULT)
    assert ring.look().result(23) == FAILED


def test_25_shows_the_current_against_its_bound():
    for code in (f.OVER_CURRENT, f.OVER_CURRENT_FAST):
        ring = Ring()
        ring.context.offered_ma = 16_000
        ring.inputs.current_l2_ma = 12_000
        assert ring.look().row(25) == (PASSED, 12_000, 0, 18_150)
        ring.faults.raise_fault(code)
        ring.context.is_plugged = True
        assert ring.look().row(25) == (FAILED, 12_000, 0, 18_150)


def test_26_shows_the_worst_voltage_against_its_bounds():
    ring = Ring()
    ring.inputs.voltage_l1_mv = 225_000
    assert ring.look().row(26) == (PASSED, 225_000, 184_000, 264_500)
    ring.inputs.voltage_l1_mv = 180_000
    assert ring.look(3_000 + ROUND_MS).row(26) == (FAILED, 180_000, 184_000, 264_500)
    ring.inputs.voltage_l1_mv = 270_000
    ring.run(1_000 + ROUND_MS)
    assert ring.row(26) == (FAILED, 270_000, 184_000, 264_500)


def test_27_shows_the_worst_temperature_and_fails_with_a_sensor():
    ring = Ring().look()
    assert ring.row(27) == (PASSED, 250, -500, 710)
    ring.inputs.temperature_dc = 30_000
    assert ring.look(1_000 + ROUND_MS).row(27) == (FAILED, NO_SENSOR, -500, 710)
    ring = Ring()
    ring.inputs.temperature_dc = 720
    assert ring.look(1_000 + ROUND_MS).row(27) == (FAILED, 720, -500, 710)


def test_29_shows_the_tamper_contacts_if_the_board_has_them():
    ring = Ring().look()
    assert ring.result(29) == ABSENT
    ring.inputs.checks_known = 1 << 29
    assert ring.look().row(29) == (PASSED, 0, 0, 0)
    ring.inputs.tamper = 2
    assert ring.look(500 + ROUND_MS).row(29) == (FAILED, 2, 0, 0)


# -- on demand


def fetched(ring):
    numbers = []
    while True:
        number = ring.tests.next_changed()
        if number == 0:
            return numbers
        numbers.append(number)


def test_a_test_that_never_ends_is_looked_at_and_reported_when_asked():
    ring = Ring().look()
    fetched(ring)
    assert ring.protection.start(15)
    ring.run(ROUND_MS)
    assert fetched(ring) == [15]
    ring.run(ROUND_MS)
    assert fetched(ring) == []


def test_all_that_may_run_runs():
    ring = with_rails(12_000, 12_000)
    ring.run(ROUND_MS)
    fetched(ring)
    assert ring.protection.start(0)
    ring.run(ROUND_MS)
    looked_at = [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 15, 16, 18, 23, 25, 26, 27, 28, 29]
    assert fetched(ring) == looked_at


def test_the_residual_current_test_runs_on_demand_when_it_may():
    for number in (0, 11, 13):
        ring = after_test(40, 200)
        fetched(ring)
        assert ring.protection.start(number)
        ring.inputs.rcd_ac = ring.inputs.rcd_dc = 0
        ring.run(20)
        assert ring.result(11) == ring.result(13) == RUNNING
        assert not ring.protection.start(11)
    ring = after_test(40, 200)
    ring.context.is_testable = False
    assert not ring.protection.start(11)
    assert not ring.protection.start(13)
    assert ring.protection.start(0)


def test_the_rails_are_looked_at_on_demand():
    ring = with_rails(12_000, 12_000).look()
    assert ring.protection.start(16)
    ring.run(10)
    assert ring.tests.count[16] == 2


def test_what_takes_a_car_does_not_run_on_demand_nor_what_is_not_there():
    ring = Ring().look()
    for number in (9, 17, 19, 20, 21, 22, 24, -1, 30, 1_000):
        assert not ring.protection.start(number)


def test_the_first_and_the_last_run_on_demand_too():
    ring = Ring().look()
    fetched(ring)
    assert ring.protection.start(1)
    assert ring.protection.start(29)
    ring.run(ROUND_MS)
    assert fetched(ring) == [1, 29]


def test_results_grow_old():
    ring = Ring().look()
    ring.run(3_000, 100)
    assert ring.tests.age_s(9) == 3
    assert ring.tests.age_s(15) <= 3
