"""A missing diode: when mirrored half waves are one, and what takes them back. REQ-CP-05."""

from ampkeeper.firmware.safety.pilot import INVALID, A, B, C, PilotFilter
from ampkeeper.firmware.safety.units import DRIVE_F, DRIVE_OPEN, DRIVE_PWM, DRIVE_X1

GOOD = (6_000, -12_000, 0)
MIRRORED = (6_000, -6_000, 0)


def settled(high_mv, low_mv, drive, blocks=2, line=None):
    line = line or PilotFilter()
    for _ in range(blocks):
        line.tick(10, high_mv, low_mv, 0, drive)
    return line


def at_c():
    return settled(6_000, -12_000, DRIVE_PWM)


def until_void(line, blocks):
    """Repeat ``blocks`` of (high, low, noise) for a second; return after how many it was void."""
    for count in range(100):
        high_mv, low_mv, noise_mv = blocks[count % len(blocks)]
        line.tick(10, high_mv, low_mv, noise_mv, DRIVE_PWM)
        if line.state == INVALID:
            return count + 1
    return None


def test_req_cp_05_a_diode_mirrored_in_every_second_block_is_missing_before_the_line_is_void():
    for mirrored in (0, 1):
        line = at_c()
        for count in range(12):
            low_mv = -6_000 if count % 2 == mirrored else -12_000
            line.tick(10, 6_000, low_mv, 0, DRIVE_PWM)
            assert line.state == C
        assert line.has_diode_fault


def test_a_line_that_is_void_after_a_missing_diode_is_still_void():
    line = settled(6_000, -6_000, DRIVE_PWM, 8, at_c())
    assert line.has_diode_fault
    assert until_void(line, [(6_000, -12_000, 900)]) <= 10
    assert line.has_diode_fault


def test_a_line_void_for_noise_that_mirrors_now_and_then_misses_no_diode():
    line = at_c()
    noise = (6_000, -12_000, 900)
    assert until_void(line, [MIRRORED] + [noise] * 4) <= 11
    assert not line.has_diode_fault


def test_a_diode_fault_stays_without_pwm_and_goes_with_the_car():
    line = settled(5_600, -5_600, DRIVE_PWM, blocks=8)
    settled(6_000, 6_000, DRIVE_X1, 10, line)
    settled(-12_000, -12_000, DRIVE_F, 10, line)
    assert line.has_diode_fault
    settled(12_000, 12_000, DRIVE_X1, 2, line)
    assert not line.has_diode_fault


def test_seven_mirrored_blocks_are_no_diode_fault():
    assert not settled(5_600, -5_600, DRIVE_PWM, blocks=7).has_diode_fault


def test_a_tesla_that_bridges_its_diode_shortly_is_not_latched_and_closes_nothing():
    line = at_c()
    for _ in range(7):
        line.tick(10, 6_000, -6_000, 0, DRIVE_PWM)
        assert line.raw == INVALID  # asks for nothing: C is not uninterrupted
    settled(9_000, -12_000, DRIVE_PWM, 2, line)
    assert line.state == B
    assert not line.has_diode_fault


def test_req_cp_05_a_diode_that_is_missing_most_of_the_time_is_missing():
    line = at_c()
    for _ in range(4):
        settled(6_000, -6_000, DRIVE_PWM, 5, line)
        settled(6_000, -12_000, DRIVE_PWM, 2, line)
    assert line.has_diode_fault


def test_req_cp_05_a_diode_that_is_missing_a_third_of_the_time_is_missing():
    line = at_c()
    for _ in range(14):
        line.tick(10, 6_000, -6_000, 0, DRIVE_PWM)
        settled(6_000, -12_000, DRIVE_PWM, 2, line)
        assert line.state == C
    assert not line.has_diode_fault
    line.tick(10, 6_000, -6_000, 0, DRIVE_PWM)
    assert line.has_diode_fault


def test_one_mirrored_block_a_second_is_never_a_missing_diode():
    line = at_c()
    for blocks in (100, 5):  # and the most that counting back makes up for
        for _ in range(100):
            line.tick(10, 6_000, -6_000, 0, DRIVE_PWM)
            settled(6_000, -12_000, DRIVE_PWM, blocks - 1, line)
            assert line.state == C
            assert not line.has_diode_fault


def test_good_blocks_and_a_cut_take_back_what_was_mirrored():
    line = at_c()
    for _ in range(10):
        settled(6_000, -6_000, DRIVE_PWM, 7, line)
        settled(6_000, -12_000, DRIVE_PWM, 28, line)
    assert not line.has_diode_fault
    for _ in range(10):
        settled(6_000, -6_000, DRIVE_PWM, 7, line)
        line.tick(10, 6_000, -6_000, 0, DRIVE_OPEN)
    assert not line.has_diode_fault


def test_what_says_nothing_of_the_diode_takes_nothing_back_but_the_cars_leaving_does():
    for high_mv, low_mv, noise_mv, drive in (
        (6_000, 6_000, 0, DRIVE_X1),
        (-12_000, -12_000, 0, DRIVE_F),
        (6_000, -12_000, 900, DRIVE_PWM),
        (6_000, -9_000, 0, DRIVE_PWM),
        (0, -12_000, 0, DRIVE_PWM),
    ):
        line = settled(6_000, -6_000, DRIVE_PWM, 2, at_c())
        for _ in range(100):
            line.tick(10, high_mv, low_mv, noise_mv, drive)
        settled(6_000, -6_000, DRIVE_PWM, 5, line)
        assert not line.has_diode_fault
        line.tick(10, 6_000, -6_000, 0, DRIVE_PWM)
        assert line.has_diode_fault
    line = settled(6_000, -6_000, DRIVE_PWM, 7, at_c())
    settled(12_000, 12_000, DRIVE_X1, 2, line)
    settled(6_000, -6_000, DRIVE_PWM, 7, line)
    assert not line.has_diode_fault


def test_a_late_mirrored_block_after_a_good_one_counts_as_one_block():
    line = settled(6_000, -6_000, DRIVE_PWM, 6, at_c())
    settled(6_000, -12_000, DRIVE_PWM, 2, line)
    line.tick(250, 6_000, -6_000, 0, DRIVE_PWM)
    assert not line.has_diode_fault


def test_a_late_block_alone_is_no_missing_diode():
    line = at_c()
    line.tick(250, 6_000, -6_000, 0, DRIVE_PWM)
    assert not line.has_diode_fault
    line.tick(70, 6_000, -6_000, 0, DRIVE_PWM)
    assert line.has_diode_fault


def test_unplugging_under_pwm_is_no_diode_fault():
    line = at_c()
    settled(12_000, -12_000, DRIVE_PWM, 2, line)
    assert line.state == A
    assert not line.has_diode_fault
