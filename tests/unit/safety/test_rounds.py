"""Which self-test reports what, and how each is seen to fail. Section 4.1, numbers 1 to 29."""

from ampkeeper.firmware.safety import fault as f
from ampkeeper.firmware.safety.fault import FaultSet
from ampkeeper.firmware.safety.pilot import A, B, C, D
from ampkeeper.firmware.safety.protection import Protection
from ampkeeper.firmware.safety.rounds import TESTS
from ampkeeper.firmware.safety.selftest import ABSENT, FAILED, LAST, NOT_RUN, PASSED, RUNNING
from ampkeeper.firmware.safety.signals import NO_SENSOR, UNKNOWN, YES, Inputs, Settings
from ampkeeper.firmware.safety.units import DRIVE_PWM, DRIVE_X1

ROUND_MS = 300  # every test was looked at


class Ring:
    """A Protection with inputs and a context that a test sets by hand."""

    def __init__(self, **settings):
        made = Settings()
        for name in settings:
            setattr(made, name, settings[name])
        self.faults = FaultSet()
        self.protection = Protection(made, self.faults)
        self.context = self.protection.context
        self.tests = self.protection.selftests
        self.inputs = Inputs()

    def run(self, ms):
        context = self.context
        for _ in range(ms // 10):
            context.coil_ms = min(context.coil_ms + 10, 1_000_000_000)
            self.protection.tick(10, self.inputs)
        return self

    def switch(self, coil):
        self.context.coil = coil
        self.context.coil_ms = -10  # the next tick is the one of the change
        self.context.is_open = self.context.is_closed = False

    def moved(self):
        self.context.is_open = not self.context.coil
        self.context.is_closed = not self.context.is_open

    def close(self, after_ms=50):
        self.switch(1)
        self.run(after_ms)
        self.moved()
        self.run(10)

    def result(self, number):
        return self.tests.result[number]

    def row(self, number):
        tests = self.tests
        return (tests.result[number], tests.value[number], tests.low[number], tests.high[number])


def test_every_test_of_this_board_has_its_row():
    assert len(TESTS) == 3 * LAST
    codes = [code for index, code in enumerate(TESTS) if index % 3 and code != 255]
    assert set(codes) <= set(range(f.CODE_COUNT))


def test_a_bare_board_says_what_it_cannot_run():
    ring = Ring(is_socket=0).run(ROUND_MS)
    ring.inputs.temperature_dc = NO_SENSOR
    absent = [number for number in range(1, LAST + 1) if ring.result(number) == ABSENT]
    assert absent == [1, 2, 3, 4, 5, 6, 8, 10, 11, 13, 16, 23, 24, 25, 26, 29]
    not_run = [number for number in range(1, LAST + 1) if ring.result(number) == NOT_RUN]
    assert not_run == [7, 9, 17, 19, 20, 21, 22]
    ring = Ring()
    ring.inputs.temperature_dc = NO_SENSOR
    assert ring.run(ROUND_MS).result(27) == ABSENT
    assert ring.result(23) == PASSED


def test_a_board_without_a_means_says_no_more_than_that():
    ring = Ring(is_socket=0).run(ROUND_MS)
    for number in (10, 16, 23, 25, 26, 29):
        assert ring.row(number) == (ABSENT, UNKNOWN, UNKNOWN, UNKNOWN)


def test_what_was_absent_and_is_there_has_not_run():
    ring = Ring().run(ROUND_MS)
    assert ring.result(11) == ABSENT
    made = Settings()
    made.has_rcd_test = 1
    ring.protection.apply(made)
    ring.run(ROUND_MS)
    assert ring.result(11) == ring.result(13) == NOT_RUN


def test_the_boards_own_checks_are_reported_each_by_its_bit():
    for number in (1, 2, 3, 4, 5, 6, 8):
        ring = Ring()
        ring.inputs.checks_known = 1 << number
        assert ring.run(ROUND_MS).result(number) == PASSED
        ring.inputs.checks_failed = 1 << number
        assert ring.run(ROUND_MS).result(number) == FAILED
        assert ring.faults.is_raised(f.BOARD_FAILED)
        others = [other for other in (1, 2, 3, 4, 5, 6, 8) if ring.result(other) != ABSENT]
        assert others == [number]


def test_7_follows_the_station():
    ring = Ring().run(ROUND_MS)
    assert ring.result(7) == NOT_RUN
    ring.context.is_linked = YES
    assert ring.run(ROUND_MS).result(7) == PASSED
    ring.context.is_linked = 0
    assert ring.run(ROUND_MS).result(7) == FAILED


def test_9_times_each_closing_and_opening_req_cnt_02():
    ring = Ring().run(ROUND_MS)
    ring.switch(1)
    ring.run(60)
    assert ring.result(9) == RUNNING
    ring.moved()
    ring.run(10)
    assert ring.row(9) == (PASSED, 60, 0, 150)
    assert ring.tests.duration_ms[9] == 60
    ring.switch(0)
    ring.run(80)
    assert ring.result(9) == RUNNING
    ring.moved()
    ring.run(10)
    assert ring.row(9) == (PASSED, 80, 0, 200)
    assert ring.tests.count[9] == 2
    ring.run(5_000)
    assert ring.tests.count[9] == 2


def test_9_fails_with_a_welded_or_a_stuck_contactor_req_cnt_01():
    for code in (f.CONTACTOR_WELDED, f.CONTACTOR_STUCK):
        ring = Ring().run(ROUND_MS)
        ring.switch(1)
        ring.run(150)
        ring.faults.raise_fault(code)
        ring.run(ROUND_MS)
        assert ring.result(9) == FAILED
        count = ring.tests.count[9]
        assert count == 1
        ring.run(ROUND_MS)
        assert ring.tests.count[9] == 1
        ring.moved()
        ring.run(10)
        assert ring.result(9) == FAILED
        assert ring.tests.count[9] == 1


def test_9_fails_when_the_proof_comes_with_the_fault():
    ring = Ring().run(ROUND_MS)
    ring.faults.raise_fault(f.CONTACTOR_STUCK)
    ring.switch(0)
    ring.context.coil = 1
    ring.protection.tick(10, ring.inputs)
    ring.moved()
    ring.protection.tick(10, ring.inputs)
    assert ring.result(9) == FAILED


def test_10_shows_the_outlet():
    ring = Ring()
    ring.inputs.outlet_live = 0
    assert ring.run(ROUND_MS).row(10) == (PASSED, 0, 0, 0)
    ring.inputs.outlet_live = 1
    assert ring.run(ROUND_MS + 300).row(10) == (FAILED, 1, 0, 0)
    ring = Ring()
    ring.close()
    ring.inputs.outlet_live = 1
    assert ring.run(ROUND_MS).row(10) == (PASSED, 1, 1, 1)
    ring.inputs.outlet_live = 0
    assert ring.run(ROUND_MS + 1_000).row(10) == (FAILED, 0, 1, 1)


def after_test(ac_after_ms, dc_after_ms, clear_after_ms=100):
    """Run the monitor's test from start, and return the ring after it."""
    ring = Ring(has_rcd_test=1)
    ring.context.is_testable = True
    driven_ms = rest_ms = 0
    for _ in range(400):
        driven_ms = driven_ms + 10 if ring.protection.rcd_test else driven_ms
        rest_ms = 0 if ring.protection.rcd_test else rest_ms + 10
        is_clear = rest_ms >= clear_after_ms
        ring.inputs.rcd_ac = int(driven_ms >= ac_after_ms and not is_clear)
        ring.inputs.rcd_dc = int(driven_ms >= dc_after_ms and not is_clear)
        ring.run(10)
    return ring


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


def test_12_14_15_18_28_fail_with_their_faults():
    for number, good, name, bad, bound in (
        (12, 0, "rcd_ac", 1, 0),
        (14, 0, "rcd_dc", 1, 0),
        (15, 1, "pe_ok", 0, 1),
    ):
        ring = Ring().run(ROUND_MS)
        assert ring.row(number) == (PASSED, good, bound, bound)
        setattr(ring.inputs, name, bad)
        assert ring.run(ROUND_MS).row(number) == (FAILED, bad, bound, bound)
    for code in (f.PILOT_SHORT, f.PILOT_FAULT):
        ring = Ring().run(ROUND_MS)
        assert ring.row(18) == (PASSED, 12_000, 2_000, 13_000)
        ring.faults.raise_fault(code)
        ring.inputs.cp_high_mv = 0
        assert ring.run(ROUND_MS).row(18) == (FAILED, 0, 2_000, 13_000)
    ring = Ring().run(ROUND_MS)
    assert ring.row(28) == (PASSED, UNKNOWN, UNKNOWN, UNKNOWN)
    ring.faults.raise_fault(f.VENTILATION_NOT_AVAILABLE)
    assert ring.run(ROUND_MS).result(28) == FAILED


def with_rails(high_mv, low_mv):
    ring = Ring()
    ring.inputs.rail_high_mv = high_mv
    ring.inputs.rail_low_mv = low_mv
    return ring


def test_16_looks_at_both_rails_at_start_req_cp_06():
    for high_mv, low_mv, is_good, worst_mv in (
        (12_000, 12_100, True, 12_100),
        (11_400, 12_000, True, 11_400),
        (11_399, 12_000, False, 11_399),
        (12_600, 11_900, True, 12_600),
        (12_601, 11_900, False, 12_601),
        (12_000, 12_601, False, 12_601),
        (12_000, 11_399, False, 11_399),
    ):
        ring = with_rails(high_mv, low_mv).run(10)
        assert ring.row(16) == (PASSED if is_good else FAILED, worst_mv, 11_400, 12_600)


def test_16_looks_again_at_each_plug_in_and_not_between():
    ring = with_rails(12_000, 12_000).run(ROUND_MS)
    ring.inputs.rail_low_mv = 12_700
    ring.run(ROUND_MS)
    assert ring.result(16) == PASSED
    ring.context.is_plugged = True
    ring.run(10)
    assert ring.row(16) == (FAILED, 12_700, 11_400, 12_600)
    ring.run(ROUND_MS)
    assert ring.tests.count[16] == 2
    ring.context.is_plugged = False
    ring.run(ROUND_MS)
    assert ring.tests.count[16] == 2


def test_16_waits_for_both_rails_and_fails_with_the_fault():
    ring = with_rails(12_000, UNKNOWN).run(ROUND_MS)
    assert ring.result(16) == ABSENT
    ring = with_rails(UNKNOWN, 12_000).run(ROUND_MS)
    assert ring.result(16) == ABSENT
    ring.inputs.rail_high_mv = 12_000
    assert ring.run(10).result(16) == PASSED
    ring.inputs.rail_high_mv = 9_000
    assert ring.run(1_000 + ROUND_MS).result(16) == FAILED


def test_17_and_24_pass_at_each_closing_and_fail_with_their_faults():
    ring = Ring()
    ring.close()
    assert ring.result(17) == ring.result(24) == PASSED
    for number, code in ((17, f.DIODE_FAULT), (24, f.LOCK_FAILED), (24, f.LOCK_LOST)):
        ring = Ring().run(ROUND_MS)
        ring.faults.raise_fault(code)
        assert ring.run(ROUND_MS).result(number) == FAILED
        assert ring.tests.count[number] == 1
        ring.close()
        assert ring.result(number) == FAILED
        assert ring.tests.count[number] == 2
        ring.faults.clear(code)
        assert ring.run(ROUND_MS).result(number) == FAILED
        ring.switch(0)
        ring.run(100)
        ring.close()
        assert ring.result(number) == PASSED
    ring = Ring(is_socket=0)
    ring.close()
    assert ring.run(ROUND_MS).result(24) == ABSENT


def open_with(pilot_class, after_ms):
    ring = Ring()
    ring.context.drive = DRIVE_PWM
    ring.close()
    ring.context.pilot = pilot_class
    ring.switch(0)
    ring.run(after_ms)
    ring.moved()
    ring.run(10)
    return ring


def test_19_times_the_opening_when_the_car_ended_the_current_table_a_6_seq_8_1():
    assert open_with(B, 120).row(19) == (PASSED, 120, 0, 120)
    ring = open_with(B, 130)
    assert ring.row(19) == (FAILED, 130, 0, 120)
    assert ring.result(22) == NOT_RUN
    assert ring.tests.duration_ms[19] == 130
    ring.run(1_000)
    assert ring.tests.count[19] == 1


def test_22_times_the_opening_when_the_car_was_unplugged_table_a_6_seq_2_2():
    ring = open_with(A, 70)
    assert ring.row(22) == (PASSED, 70, 0, 120)
    assert ring.result(19) == NOT_RUN


def test_19_and_22_fail_when_the_contactor_never_opens():
    for pilot_class, number in ((B, 19), (A, 22)):
        ring = Ring()
        ring.close()
        ring.context.pilot = pilot_class
        ring.switch(0)
        ring.run(210)
        assert ring.result(number) == NOT_RUN
        ring.run(10)
        assert ring.row(number) == (FAILED, 210, 0, 120)
        ring.run(1_000)
        assert ring.tests.count[number] == 1


def test_an_opening_that_ends_in_a_closing_times_nothing():
    ring = Ring()
    ring.close()
    ring.context.pilot = B
    ring.switch(0)
    ring.run(20)
    ring.close()
    assert ring.result(19) == NOT_RUN


def waited(ms, pilot_class=C, drive=DRIVE_PWM, coil_ms=1_000_000):
    """Let a car ask for current this long, and close."""
    ring = Ring()
    ring.context.pilot = pilot_class
    ring.context.drive = drive
    ring.context.coil_ms = coil_ms
    ring.run(ms)
    ring.close()
    return ring


def test_20_times_the_closing_table_a_6_seq_4():
    assert waited(3_000).row(20) == (PASSED, 3_000, 0, 3_000)
    assert waited(3_010, D).row(20) == (FAILED, 3_010, 0, 3_000)
    assert waited(500).tests.duration_ms[20] == 500
    assert waited(5_000, B).row(20) == (PASSED, 0, 0, 3_000)
    assert waited(5_000, C, DRIVE_X1).row(20) == (PASSED, 0, 0, 3_000)
    assert waited(90_000).row(20) == (FAILED, 60_000, 0, 3_000)


def test_20_does_not_count_the_time_between_two_closings_req_cnt_03():
    assert waited(1_000, coil_ms=9_500).row(20) == (PASSED, 510, 0, 3_000)


def test_20_starts_again_when_the_car_stops_asking():
    ring = Ring()
    ring.context.drive = DRIVE_PWM
    ring.context.pilot = C
    ring.run(2_000)
    ring.context.pilot = B
    ring.run(10)
    ring.context.pilot = C
    ring.run(500)
    ring.close()
    assert ring.row(20) == (PASSED, 500, 0, 3_000)


def stubborn(ms, pilot_class=C, drive=DRIVE_X1):
    """Tell a charging car to end for so long, then open."""
    ring = Ring()
    ring.context.pilot = C
    ring.context.drive = DRIVE_PWM
    ring.close()
    ring.run(1_000)
    ring.context.drive = drive
    ring.run(ms)
    ring.context.pilot = pilot_class
    ring.switch(0)
    ring.run(10)
    return ring


def test_21_times_the_forced_opening_table_a_6_seq_10_2():
    assert stubborn(5_990).result(21) == NOT_RUN
    assert stubborn(6_000).row(21) == (PASSED, 6_000, 6_000, 6_500)
    assert stubborn(6_500).row(21) == (PASSED, 6_500, 6_000, 6_500)
    assert stubborn(6_510).row(21) == (FAILED, 6_510, 6_000, 6_500)
    assert stubborn(6_000).tests.duration_ms[21] == 6_000
    assert stubborn(90_000).row(21) == (FAILED, 60_000, 6_000, 6_500)


def test_21_is_not_run_by_a_car_that_obeys_or_was_not_asked():
    assert stubborn(6_000, B).result(21) == NOT_RUN
    assert stubborn(6_000, C, DRIVE_PWM).result(21) == NOT_RUN


def test_23_fails_with_the_cable():
    ring = Ring().run(ROUND_MS)
    assert ring.result(23) == PASSED
    ring.faults.raise_fault(f.PROXIMITY_FAULT)
    assert ring.run(ROUND_MS).result(23) == FAILED


def test_25_shows_the_current_against_its_bound():
    for code in (f.OVER_CURRENT, f.OVER_CURRENT_FAST):
        ring = Ring()
        ring.context.offered_ma = 16_000
        ring.inputs.current_l2_ma = 12_000
        assert ring.run(ROUND_MS).row(25) == (PASSED, 12_000, 0, 18_150)
        ring.faults.raise_fault(code)
        ring.context.is_plugged = True
        assert ring.run(ROUND_MS).row(25) == (FAILED, 12_000, 0, 18_150)


def test_26_shows_the_worst_voltage_against_its_bounds():
    ring = Ring()
    ring.inputs.voltage_l1_mv = 225_000
    assert ring.run(ROUND_MS).row(26) == (PASSED, 225_000, 184_000, 264_500)
    ring.inputs.voltage_l1_mv = 180_000
    assert ring.run(3_000 + ROUND_MS).row(26) == (FAILED, 180_000, 184_000, 264_500)
    ring.inputs.voltage_l1_mv = 270_000
    ring.run(1_000 + ROUND_MS)
    assert ring.row(26) == (FAILED, 270_000, 184_000, 264_500)


def test_27_shows_the_worst_temperature_and_fails_with_a_sensor():
    ring = Ring().run(ROUND_MS)
    assert ring.row(27) == (PASSED, 250, -500, 710)
    ring.inputs.temperature_dc = 30_000
    assert ring.run(1_000 + ROUND_MS).row(27) == (FAILED, NO_SENSOR, -500, 710)
    ring = Ring()
    ring.inputs.temperature_dc = 720
    assert ring.run(1_000 + ROUND_MS).row(27) == (FAILED, 720, -500, 710)


def test_29_shows_the_tamper_contacts_if_the_board_has_them():
    ring = Ring().run(ROUND_MS)
    assert ring.result(29) == ABSENT
    ring.inputs.checks_known = 1 << 29
    assert ring.run(ROUND_MS).row(29) == (PASSED, 0, 0, 0)
    ring.inputs.tamper = 2
    assert ring.run(500 + ROUND_MS).row(29) == (FAILED, 2, 0, 0)


# -- on demand


def fetched(ring):
    numbers = []
    while True:
        number = ring.tests.next_changed()
        if number == 0:
            return numbers
        numbers.append(number)


def test_a_test_that_never_ends_is_looked_at_and_reported_when_asked():
    ring = Ring().run(ROUND_MS)
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
    ring = with_rails(12_000, 12_000).run(ROUND_MS)
    assert ring.protection.start(16)
    ring.run(10)
    assert ring.tests.count[16] == 2


def test_what_takes_a_car_does_not_run_on_demand_nor_what_is_not_there():
    ring = Ring().run(ROUND_MS)
    for number in (9, 17, 19, 20, 21, 22, 24, -1, 30, 1_000):
        assert not ring.protection.start(number)
