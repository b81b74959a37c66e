"""What the pilot filter does not believe, and for how long, to the block and the millisecond."""

from ampkeeper.firmware.safety.pilot import INVALID, A, B, C, D, PilotFilter
from ampkeeper.firmware.safety.units import DRIVE_OPEN, DRIVE_PWM, DRIVE_X1


def settled(high_mv, low_mv=-12_000, blocks=2):
    line = PilotFilter()
    for _ in range(blocks):
        line.tick(10, high_mv, low_mv, 0, DRIVE_PWM)
    return line


def pulse(line, high_mv, blocks, noise_mv=0):
    for _ in range(blocks):
        line.tick(10, high_mv, -12_000, noise_mv, DRIVE_PWM)
    return line.state


def test_a_first_b_that_counts_for_nothing_yet_is_put_off_by_a_duty_change():
    line = settled(6_000)
    pulse(line, 9_000, 1)
    line.blank_b(600)
    assert pulse(line, 9_000, 59) == C
    assert pulse(line, 9_000, 1) == B


def test_a_second_duty_change_under_c_puts_off_a_b_anew():
    line = settled(6_000)
    line.blank_b(600)
    pulse(line, 6_000, 30)
    line.blank_b(600)
    assert pulse(line, 9_000, 59) == C
    assert pulse(line, 9_000, 1) == B


def test_the_last_millisecond_of_a_blank_time_still_counts():
    for blank in (PilotFilter.blank_b, PilotFilter.blank_car):
        line = settled(6_000)
        blank(line, 21)
        assert pulse(line, 9_000, 2) == C
        assert pulse(line, 9_000, 1) == B


def test_after_the_contactor_moved_no_change_from_b_or_d_is_believed():
    for state, high_mv in ((B, 9_000), (D, 3_000)):
        line = settled(high_mv)
        line.blank_car(200)
        assert pulse(line, 6_000, 19) == state
        assert pulse(line, 6_000, 1) == C


def test_somebody_who_sees_that_no_car_is_there_ends_all_that_was_the_cars():
    line = settled(5_600, -5_600, 60)
    line.is_simplified = True
    assert line.state == C
    line.see_nobody()
    assert (line.state, line.has_diode_fault, line.is_simplified) == (A, False, False)
    assert pulse(line, 9_000, 1) == A
    assert pulse(line, 9_000, 1) == B


def test_nothing_is_known_before_two_readable_blocks():
    line = PilotFilter()
    assert (line.state, line.raw, line.is_known, line.is_simplified) == (A, A, False, False)
    pulse(line, 9_000, 5, noise_mv=900)
    assert not line.is_known
    pulse(line, 9_000, 1)
    assert not line.is_known
    pulse(line, 9_000, 1)
    assert line.is_known


def test_a_steady_b_that_is_not_believed_ends_a_doubt():
    line = settled(6_000)
    line.blank_b(600)
    pulse(line, 6_000, 9, noise_mv=900)
    pulse(line, 9_000, 3)
    assert pulse(line, 6_000, 9, noise_mv=900) == C


def test_of_a_late_block_after_many_good_ones_only_its_last_part_is_doubt():
    line = settled(6_000)
    pulse(line, 6_000, 3)
    line.tick(100, 6_000, -12_000, 900, DRIVE_PWM)
    assert line.state == C
    assert pulse(line, 6_000, 8, noise_mv=900) == C
    assert pulse(line, 6_000, 1, noise_mv=900) == INVALID


def is_latched_after_80_ms(line):
    """Tell whether a missing diode is latched then, and not a millisecond earlier."""
    pulse_ms = (10,) * 7 + (9, 1)
    latched = []
    for ms in pulse_ms:
        line.tick(ms, 6_000, -6_000, 0, DRIVE_PWM)
        latched.append(line.has_diode_fault)
    return latched == [False] * 8 + [True]


def test_a_missing_diode_counts_from_nothing_at_first_and_after_a_cut():
    assert is_latched_after_80_ms(PilotFilter())
    line = settled(6_000)
    line.tick(10, 6_000, -6_000, 0, DRIVE_PWM)
    line.tick(10, 12_000, 12_000, 0, DRIVE_OPEN)
    assert is_latched_after_80_ms(line)


def is_latched_by_a_quarter_less(line):
    """Tell whether 319 of the 320 quarters of a millisecond are already a missing diode."""
    for ms, low_mv in ((10, -6_000),) * 7 + ((9, -6_000), (1, -12_000), (1, -6_000)):
        line.tick(ms, 6_000, low_mv, 0, DRIVE_PWM)
    return line.has_diode_fault


def test_a_missing_diode_counts_from_nothing_to_the_quarter_of_a_millisecond():
    assert not is_latched_by_a_quarter_less(PilotFilter())
    for drive, levels_mv, blocks in (
        (DRIVE_OPEN, (12_000, 12_000), 1),  # a cut
        (DRIVE_PWM, (6_000, -12_000), 5),  # good blocks
        (DRIVE_X1, (12_000, 12_000), 2),  # the car leaves
    ):
        line = settled(6_000)
        line.tick(10, 6_000, -6_000, 0, DRIVE_PWM)
        for _ in range(blocks):
            line.tick(10, *levels_mv, 0, drive)
        assert not is_latched_by_a_quarter_less(line)
        line.tick(1, 6_000, -6_000, 0, DRIVE_PWM)
        assert line.has_diode_fault


def test_of_a_late_mirrored_block_after_noise_only_its_last_part_counts():
    line = settled(6_000)
    pulse(line, 6_000, 1, noise_mv=900)
    line.tick(250, 6_000, -6_000, 0, DRIVE_PWM)
    assert not line.has_diode_fault


def test_a_doubt_counts_from_nothing_at_first_and_after_a_cut():
    line = PilotFilter()
    line.tick(100, 12_000, -12_000, 900, DRIVE_PWM)
    assert line.state == A
    line = settled(6_000)
    pulse(line, 6_000, 5, noise_mv=900)
    line.tick(10, 12_000, 12_000, 0, DRIVE_OPEN)
    line.tick(100, 6_000, -12_000, 900, DRIVE_PWM)
    assert line.state == C


def test_a_mirrored_level_between_two_windows_is_no_crash():
    for state, high_mv in ((B, 9_000), (C, 6_000), (D, 3_000)):
        line = settled(high_mv)
        for between_mv in (10_500, 7_500, 4_500):
            line.tick(10, between_mv, -between_mv, 0, DRIVE_PWM)
        assert line.state == state
