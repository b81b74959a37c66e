"""Windows: which samples count, and that sums of them are millivolts and noise."""

from array import array

from ampkeeper.hal.micro.windows import (
    BLOCK_SAMPLES,
    HIGH_COUNT,
    HIGH_FIRST,
    PERIOD_SAMPLES,
    PERIOD_TICKS,
    Levels,
    low_end,
    low_first,
    quarters_of,
    root,
)

SPAN_MV, ZERO_MV = 33_053, 16_500


def count_of(mv):
    return (mv + ZERO_MV) * 4_096 // SPAN_MV


def block(high_mv, low_mv, duty_ticks):
    """Levels that stand only inside the windows; elsewhere rubbish that must not be read."""
    samples = array("H", bytes(2 * BLOCK_SAMPLES))
    for start in range(0, BLOCK_SAMPLES, PERIOD_SAMPLES):
        for index in range(HIGH_FIRST, HIGH_FIRST + HIGH_COUNT):
            samples[start + index] = count_of(high_mv)
        if 0 < duty_ticks < PERIOD_TICKS:
            for index in range(low_first(duty_ticks), low_end(duty_ticks)):
                samples[start + index] = count_of(low_mv)
    return samples


def test_the_high_window_is_28_to_45_us_after_the_rising_edge():
    assert HIGH_FIRST * 2 >= 28
    assert (HIGH_FIRST + HIGH_COUNT) * 2 <= 45
    assert HIGH_COUNT == 8


def test_the_low_window_is_28_to_38_us_after_the_falling_edge_at_every_duty():
    for duty_ticks in range(3_125, 60_001, 7):
        edge_ns = duty_ticks * 16
        first, end = low_first(duty_ticks), low_end(duty_ticks)
        assert first * 2_000 >= edge_ns + 28_000, duty_ticks
        assert end * 2_000 <= edge_ns + 38_000, duty_ticks
        assert 4 <= end - first <= 5, duty_ticks
        assert end <= PERIOD_SAMPLES, duty_ticks


def test_levels_are_read_within_one_count_over_the_whole_range():
    levels = Levels(SPAN_MV, ZERO_MV)
    for high_mv in (12_000, 9_000, 6_000, 3_000, 0, -12_000, -16_400):
        levels.measure(block(high_mv, -12_000, 16_667), 16_667)
        assert abs(levels.high_mv - high_mv) <= 9, high_mv
        assert abs(levels.low_mv + 12_000) <= 9
        assert levels.noise_mv == 0


def test_a_steady_pilot_has_one_level():
    levels = Levels(SPAN_MV, ZERO_MV)
    for duty_ticks, mv in ((PERIOD_TICKS, 12_000), (0, -12_000)):
        levels.measure(block(mv, 0, duty_ticks), duty_ticks)
        assert levels.high_mv == levels.low_mv
        assert abs(levels.high_mv - mv) <= 9


def test_noise_is_the_standard_deviation_of_the_worse_level():
    levels = Levels(SPAN_MV, ZERO_MV)
    samples = block(6_000, -12_000, 30_000)
    swing = 50
    for start in range(0, BLOCK_SAMPLES, PERIOD_SAMPLES):
        for index in range(HIGH_FIRST, HIGH_FIRST + HIGH_COUNT):
            samples[start + index] += swing if index % 2 else -swing
    levels.measure(samples, 30_000)
    assert abs(levels.noise_mv - swing * SPAN_MV // 4_096) <= 3
    assert abs(levels.high_mv - 6_000) <= 9


def test_one_wild_sample_is_noise():
    levels = Levels(SPAN_MV, ZERO_MV)
    samples = block(6_000, -12_000, 30_000)
    samples[HIGH_FIRST] = 0
    levels.measure(samples, 30_000)
    assert levels.noise_mv > 200


def test_a_car_that_leaves_in_mid_block_is_noise():
    levels = Levels(SPAN_MV, ZERO_MV)
    samples = block(6_000, -12_000, 30_000)
    for index in range(2 * PERIOD_SAMPLES):
        samples[index] = count_of(12_000)
    levels.measure(samples, 30_000)
    assert levels.noise_mv > 200


def test_no_intermediate_number_reaches_2_to_the_30():
    number = 40
    for offsets, squares in ((1_023 * 40, 1_023 * 1_023 * 40), (0, 1_023 * 1_023 * 40)):
        mean = offsets // number
        assert 16 * squares < 1 << 30
        assert 2 * mean * offsets < 1 << 30
        assert number * mean * mean < 1 << 30
        quarters = quarters_of(offsets, squares, number)
        assert quarters * 65_535 < 1 << 30
    assert 16_380 * 65_535 + 8_192 < 1 << 30


def test_the_root_is_the_whole_part():
    for value in (0, 1, 2, 3, 4, 15, 16, 17, 1 << 20, (1 << 24) - 1, 4_092 * 4_092):
        found = root(value)
        assert found * found <= value < (found + 1) * (found + 1)
