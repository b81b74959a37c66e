"""The pilot classes: the table with its hysteresis, the vectors, and what counts over time."""

from ampkeeper.firmware.safety.pilot import (
    INVALID,
    A,
    B,
    C,
    D,
    E,
    F,
    PilotFilter,
    class_of,
    classify,
    is_diode_missing,
)
from ampkeeper.firmware.safety.units import DRIVE_F, DRIVE_PWM, DRIVE_X1


def settled(high_mv, low_mv, drive, blocks=2, line=None):
    line = line or PilotFilter()
    for _ in range(blocks):
        line.tick(10, high_mv, low_mv, 0, drive)
    return line


def at_c():
    return settled(6_000, -12_000, DRIVE_PWM)


def test_tv_cp_1_eleven_volts_is_a():
    assert classify(11_000, -12_000, B, True) == A


def test_tv_cp_2_ten_and_a_half_stays_a():
    assert classify(10_500, -12_000, A, True) == A


def test_tv_cp_3_ten_and_a_half_stays_b():
    assert classify(10_500, -12_000, B, True) == B


def test_tv_cp_4_seven_and_a_half_stays_b():
    assert classify(7_500, -12_000, B, True) == B


def test_tv_cp_5_seven_and_a_half_stays_c():
    assert classify(7_500, -12_000, C, True) == C


def test_tv_cp_6_four_and_a_half_stays_c():
    assert classify(4_500, -12_000, C, True) == C


def test_tv_cp_7_four_and_a_half_stays_d():
    assert classify(4_500, -12_000, D, True) == D


def test_tv_cp_8_below_two_volts_is_e():
    assert classify(1_900, -12_000, C, True) == E


def test_tv_cp_9_mirrored_b_is_a_missing_diode():
    line = settled(8_800, -8_800, DRIVE_PWM, blocks=8)
    assert line.has_diode_fault
    assert classify(8_800, -8_800, B, True) == INVALID


def test_tv_cp_10_mirrored_c_is_a_missing_diode():
    assert settled(5_600, -5_600, DRIVE_PWM, blocks=8).has_diode_fault


def test_tv_cp_11_both_levels_zero_is_a_short():
    assert classify(0, 0, C, True) == E
    assert not settled(0, 0, DRIVE_PWM).has_diode_fault


def test_tv_cp_12_a_short_behind_the_diode_is_e():
    assert classify(700, -12_000, B, True) == E


def test_tv_cp_13_minus_twelve_is_f():
    assert classify(-12_000, -12_000, B, False) == F
    assert classify(-12_000, -12_000, B, True) == F


def test_tv_cp_14_above_thirteen_volts_is_no_class():
    assert classify(13_200, -12_000, A, True) == INVALID
    assert classify(13_000, -12_000, A, True) == A


def test_tv_cp_15_three_volts_is_d():
    assert classify(2_930, -12_000, B, True) == D


def test_every_window_ends_where_the_table_says():
    for mv, previous, expected in (
        (13_001, A, INVALID),
        (13_000, B, A),
        (11_000, C, A),
        (10_999, A, A),
        (10_999, C, B),
        (10_000, A, A),
        (9_999, A, B),
        (8_000, C, B),
        (7_999, A, B),
        (7_999, B, B),
        (7_999, D, C),
        (7_000, INVALID, C),
        (7_000, B, B),
        (6_999, B, C),
        (5_000, D, C),
        (4_999, A, C),
        (4_999, INVALID, D),
        (4_000, C, C),
        (3_999, C, D),
        (2_000, E, D),
        (1_999, D, E),
        (-1_000, F, E),
        (-1_001, D, E),
        (-2_000, E, E),
        (-1_001, F, INVALID),
        (-2_000, INVALID, INVALID),
        (-2_001, E, INVALID),
        (-10_000, F, INVALID),
        (-10_001, F, F),
        (-10_001, E, INVALID),
        (-10_999, F, F),
        (-11_000, A, F),
        (-13_000, A, F),
        (-13_001, F, INVALID),
    ):
        assert class_of(mv, previous) == expected, (mv, previous)


def test_tolerances_of_supply_and_resistors_are_never_misread():
    # section 1.1: calculated windows for +-5 % supply and +-3 % resistors
    for least_mv, most_mv, expected in (
        (11_400, 12_600, A),
        (8_370, 9_590, B),
        (5_470, 6_530, C),
        (2_590, 3_280, D),
    ):
        for mv in range(least_mv, most_mv + 1, 10):
            for previous in range(7):
                assert class_of(mv, previous) == expected


def test_a_low_half_wave_that_is_not_minus_twelve_is_no_class():
    for low_mv in (-9_000, 0, 6_000, -13_001, -10_000):
        assert classify(6_000, low_mv, C, True) == INVALID


def test_a_low_half_wave_near_eleven_volts_counts_only_where_pwm_was_read_before():
    assert classify(6_000, -10_500, C, True) == C
    assert classify(3_000, -10_500, D, True) == D
    assert classify(6_000, -10_500, E, True) == INVALID
    assert classify(6_000, -10_500, INVALID, True) == INVALID


def test_the_low_half_wave_says_nothing_without_pwm():
    assert classify(6_000, 6_000, C, False) == C


def test_the_diode_is_judged_within_one_volt_two():
    assert is_diode_missing(9_000, -7_800, B)
    assert not is_diode_missing(9_000, -7_799, B)
    assert is_diode_missing(9_000, -10_200, B)
    assert not is_diode_missing(2_000, -2_000, D)
    assert is_diode_missing(2_001, -2_000, D)
    assert not is_diode_missing(12_000, -12_000, A)


def test_a_change_counts_after_two_equal_blocks():
    line = PilotFilter()
    line.tick(10, 9_000, 9_000, 0, DRIVE_X1)
    assert line.state == A
    line.tick(10, 9_000, 9_000, 0, DRIVE_X1)
    assert line.state == B


def test_two_short_blocks_are_not_yet_proof():
    line = PilotFilter()
    for _ in range(19):
        line.tick(1, 9_000, 9_000, 0, DRIVE_X1)
        assert line.state == A
    line.tick(1, 9_000, 9_000, 0, DRIVE_X1)
    assert line.state == B


def test_a_single_odd_block_is_ignored():
    for high_mv in (12_000, 9_000, 3_000, 0, -5_000, 14_000):
        line = at_c()
        line.tick(10, high_mv, -12_000, 0, DRIVE_PWM)
        assert line.state == C
        line.tick(10, 6_000, -12_000, 0, DRIVE_PWM)
        line.tick(10, high_mv, -12_000, 0, DRIVE_PWM)
        assert line.state == C


def test_an_unreadable_line_is_void_after_a_tenth_of_a_second():
    line = at_c()
    for _ in range(9):
        line.tick(10, -5_000, -12_000, 0, DRIVE_PWM)
        assert line.state == C
    line.tick(10, -5_000, -12_000, 0, DRIVE_PWM)
    assert line.state == INVALID


def test_noise_above_two_hundred_millivolts_is_unreadable():
    line = at_c()
    for _ in range(20):
        line.tick(10, 6_000, -12_000, 200, DRIVE_PWM)
    assert line.state == C
    for _ in range(10):
        line.tick(10, 6_000, -12_000, 201, DRIVE_PWM)
    assert line.state == INVALID


def test_flapping_between_classes_is_void_after_a_tenth_of_a_second():
    line = at_c()
    for _ in range(5):
        line.tick(10, 9_000, -12_000, 0, DRIVE_PWM)
        line.tick(10, 3_000, -12_000, 0, DRIVE_PWM)
    assert line.state == INVALID


def until_void(line, blocks):
    """Repeat ``blocks`` of (high, low, noise) for a second; return after how many it was void."""
    for count in range(100):
        high_mv, low_mv, noise_mv = blocks[count % len(blocks)]
        line.tick(10, high_mv, low_mv, noise_mv, DRIVE_PWM)
        if line.state == INVALID:
            return count + 1
    return None


GOOD = (6_000, -12_000, 0)


def test_req_cp_04_one_good_block_among_noise_confirms_nothing():
    noise = (6_000, -12_000, 900)
    assert until_void(at_c(), [noise] * 9 + [GOOD]) <= 11
    assert until_void(at_c(), [noise, GOOD]) <= 11


def test_req_cp_04_every_class_that_comes_and_goes_with_c_makes_it_void():
    for high_mv in (12_000, 9_000, 3_000, 0, -5_000, 14_000):
        assert until_void(at_c(), [(high_mv, -12_000, 0), GOOD]) <= 11, high_mv


def test_two_good_blocks_end_a_doubt():
    for bad in ((9_000, -12_000, 0), (6_000, -12_000, 900), (6_000, -6_000, 0)):
        line = at_c()
        assert until_void(line, [bad, GOOD, GOOD]) is None
        assert line.state == C


def test_req_cp_04_noise_between_blocks_that_are_not_believed_is_still_noise():
    line = at_c()
    line.blank_b(600)
    assert until_void(line, [(9_000, -12_000, 0), (6_000, -12_000, 900)]) <= 22


def test_a_late_block_with_a_new_class_is_no_unreadable_line():
    for late_ms in (90, 100, 150, 250):
        line = at_c()
        line.tick(late_ms, 9_000, -12_000, 0, DRIVE_PWM)
        assert line.state == C
        line.tick(10, 9_000, -12_000, 0, DRIVE_PWM)
        assert line.state == B
        line = at_c()
        line.tick(10, 9_000, -12_000, 0, DRIVE_PWM)
        line.tick(late_ms, 6_000, -12_000, 0, DRIVE_PWM)
        line.tick(10, 6_000, -12_000, 0, DRIVE_PWM)
        assert line.state == C


def test_req_cp_07_a_b_that_is_not_believed_is_put_off_only_once():
    line = at_c()
    line.blank_b(600)
    for count in range(60):
        assert line.state == C
        if count % 10 == 0:
            line.blank_b(600)  # the station steps down ten times a second
        line.tick(10, 9_000, -12_000, 0, DRIVE_PWM)
    assert line.state == B


def test_minus_twelve_that_nobody_drives_is_unreadable():
    line = settled(-12_000, -12_000, DRIVE_X1, blocks=10)
    assert line.state == INVALID
    line = settled(-12_000, -12_000, DRIVE_F)
    assert line.state == F


def test_after_a_duty_change_the_car_is_not_believed_to_open_s2():
    line = at_c()
    line.blank_b(600)
    for _ in range(59):
        line.tick(10, 9_000, -12_000, 0, DRIVE_PWM)
        assert line.state == C
    line.tick(10, 9_000, -12_000, 0, DRIVE_PWM)
    assert line.state == B
    assert line.suppressed_count == 1


def test_after_a_duty_change_unplugging_and_shorts_are_still_seen():
    for high_mv, expected in ((12_000, A), (0, E), (3_000, D)):
        line = at_c()
        line.blank_b(600)
        settled(high_mv, -12_000, DRIVE_PWM, 2, line)
        assert line.state == expected


def test_after_the_contactor_moved_only_a_and_e_are_believed():
    for high_mv, expected in ((9_000, C), (3_000, C), (12_000, A), (0, E)):
        line = at_c()
        line.blank_car(200)
        settled(high_mv, -12_000, DRIVE_PWM, 2, line)
        assert line.state == expected


def test_each_suppressed_verdict_is_counted_once():
    line = at_c()
    line.blank_car(200)
    for _ in range(2):
        settled(9_000, -12_000, DRIVE_PWM, 3, line)
        settled(6_000, -12_000, DRIVE_PWM, 3, line)
    assert line.suppressed_count == 2
    assert line.state == C
