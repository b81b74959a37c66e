"""Self-tests that an event ends: contactor, rails, diode, lock, and the times of Table A.6."""

from protection_rig import ROUND_MS, Ring

from ampkeeper.firmware.safety import fault as f
from ampkeeper.firmware.safety.pilot import A, B, C, D
from ampkeeper.firmware.safety.selftest import ABSENT, FAILED, NOT_RUN, PASSED, RUNNING
from ampkeeper.firmware.safety.units import DRIVE_PWM, DRIVE_X1


def test_9_times_each_closing_and_opening_req_cnt_02():
    ring = Ring().look()
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
        ring = Ring().look()
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
    ring = Ring().look()
    ring.faults.raise_fault(f.CONTACTOR_STUCK)
    ring.switch(0)
    ring.context.coil = 1
    ring.protection.tick(10, ring.inputs)
    ring.moved()
    ring.protection.tick(10, ring.inputs)
    assert ring.result(9) == FAILED


def test_17_and_24_pass_at_each_closing_and_fail_with_their_faults():
    ring = Ring()
    ring.close()
    assert ring.result(17) == ring.result(24) == PASSED
    assert ring.tests.duration_ms[17] == ring.tests.duration_ms[24] == 0
    for number, code in ((17, f.DIODE_FAULT), (24, f.LOCK_FAILED), (24, f.LOCK_LOST)):
        ring = Ring().look()
        ring.faults.raise_fault(code)
        assert ring.look().result(number) == FAILED
        assert (ring.tests.count[number], ring.tests.duration_ms[number]) == (1, 0)
        ring.close()
        assert ring.result(number) == FAILED
        assert ring.tests.count[number] == 2
        ring.faults.clear(code)
        assert ring.look().result(number) == FAILED
        ring.switch(0)
        ring.run(100)
        ring.close()
        assert ring.result(number) == PASSED
    ring = Ring(is_socket=0)
    ring.close()
    assert ring.look().result(24) == ABSENT


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
    assert ring.look().tests.count[1] == 1  # looked at, and found absent


def test_a_contactor_that_did_not_move_ends_no_test():
    ring = Ring().look()
    assert ring.tests.count[1] == 1
    assert ring.result(9) == ring.result(19) == ring.result(22) == NOT_RUN
    assert open_with(B, 70).look().tests.count[1] == 1


def waited(ms, pilot_class=C, drive=DRIVE_PWM, coil_ms=1_000_000):
    """Let a car ask for current this long, and close."""
    ring = Ring()
    ring.context.pilot = pilot_class
    ring.context.drive = drive
    ring.context.coil_ms = coil_ms
    ring.run(ms % 1_000)
    ring.run(ms - ms % 1_000, 100 if coil_ms == 1_000_000 else 10)
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
    ring.run(1_000, 100)
    ring.context.drive = drive
    ring.run(ms - ms % 1_000, 250)
    ring.run(ms % 1_000)
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
