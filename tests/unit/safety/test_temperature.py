"""Derating: two steps, a stop, hysteresis, and sensors that lie."""

from ampkeeper.firmware.safety.signals import NO_SENSOR
from ampkeeper.firmware.safety.temperature import COOL, HALF, QUARTER, STOP, Temperature


def at(temperature, dc, ms=1_000):
    for _ in range(ms // 10):
        temperature.tick(10, dc)
    return temperature


def test_each_step_begins_at_its_threshold():
    for dc, expected in ((649, COOL), (650, HALF), (680, QUARTER), (709, QUARTER), (710, STOP)):
        assert at(Temperature(), dc).step == expected


def test_a_step_needs_a_second():
    temperature = at(Temperature(), 710, 990)
    assert temperature.step == COOL
    assert at(temperature, 710, 10).step == STOP


def test_one_hot_sample_is_ignored():
    temperature = Temperature()
    for _ in range(100):
        at(temperature, 990, 10)
        at(temperature, 250, 500)
    assert temperature.step == COOL


def test_heat_that_wavers_between_two_steps_is_still_heat():
    temperature = Temperature()
    for _ in range(60):
        at(temperature, 649 + 1, 10)
        at(temperature, 715, 10)
    assert temperature.step >= HALF
    for _ in range(60):
        at(temperature, 700, 10)
        at(temperature, 715, 10)
    assert temperature.step >= QUARTER


def test_each_step_ends_three_kelvin_lower():
    temperature = at(Temperature(), 710)
    for dc, expected in (
        (681, STOP),
        (680, QUARTER),
        (651, QUARTER),
        (650, HALF),
        (621, HALF),
        (620, COOL),
    ):
        assert at(temperature, dc).step == expected


def test_the_steps_leave_a_half_a_quarter_and_nothing():
    temperature = Temperature()
    assert temperature.limit_ma(32_000) == 32_000
    assert at(temperature, 650).limit_ma(32_000) == 16_000
    assert at(temperature, 680).limit_ma(32_000) == 8_000
    assert at(temperature, 710).limit_ma(32_000) == 0


def test_a_derate_never_asks_for_less_than_a_car_can_take():
    temperature = at(Temperature(), 680)
    assert temperature.limit_ma(16_000) == 6_000


def both(temperature, dc, other_dc, ms=1_000):
    for _ in range(ms // 10):
        temperature.tick(10, dc, other_dc)
    return temperature


def test_of_two_sensors_the_hotter_counts():
    assert both(Temperature(), 250, 700).step == QUARTER
    assert both(Temperature(), 700, 250).step == QUARTER
    assert both(Temperature(), 250, 700).worst_dc == 700
    assert both(Temperature(), NO_SENSOR, 700).step == QUARTER
    assert both(Temperature(), 700, NO_SENSOR).step == QUARTER


def test_a_board_without_sensors_neither_derates_nor_fails():
    temperature = both(Temperature(), NO_SENSOR, NO_SENSOR, 60_000)
    assert temperature.step == COOL
    assert not temperature.is_sensor_faulty
    assert temperature.worst_dc == NO_SENSOR


def test_a_sensor_that_is_open_or_shorted_is_a_fault_of_the_sensor_and_no_heat():
    for dc in (-501, 1_501, 30_000):
        temperature = at(Temperature(), dc, 990)
        assert not temperature.is_sensor_faulty
        assert at(temperature, dc, 10).is_sensor_faulty
        assert at(temperature, dc, 60_000).is_sensor_faulty
        assert temperature.step == COOL
        assert both(Temperature(), 250, dc).is_sensor_faulty
    for dc in (-500, 1_500):
        assert not at(Temperature(), dc, 5_000).is_sensor_faulty


def test_a_broken_sensor_leaves_the_step_and_the_other_sensor_in_force():
    temperature = both(Temperature(), 700, 300)
    assert both(temperature, 30_000, 300).is_sensor_faulty
    assert temperature.worst_dc == 300
    temperature = at(Temperature(), 700)
    at(temperature, 30_000, 5_000)
    assert temperature.step == QUARTER


def test_a_sensor_that_was_there_and_is_gone_is_a_fault():
    temperature = both(Temperature(), 250, 250)
    assert not both(temperature, 250, NO_SENSOR, 990).is_sensor_faulty
    assert both(temperature, 250, NO_SENSOR, 10).is_sensor_faulty
    assert both(temperature, 250, NO_SENSOR, 60_000).is_sensor_faulty
    both(temperature, 250, 250, 2_000)
    assert not temperature.is_sensor_faulty


def test_a_leap_of_more_than_ten_kelvin_that_stays_is_a_fault_of_the_sensor():
    for step_dc, is_leap in ((100, False), (101, True), (-100, False), (-101, True)):
        temperature = at(Temperature(), 250, 2_000)
        at(temperature, 250 + step_dc, 990)
        assert not temperature.is_sensor_faulty
        assert at(temperature, 250 + step_dc, 10).is_sensor_faulty == is_leap


def test_the_second_sensor_is_watched_like_the_first():
    temperature = both(Temperature(), 250, 250, 2_000)
    assert not both(temperature, 250, 351, 990).is_sensor_faulty
    assert both(temperature, 250, 351, 10).is_sensor_faulty


def test_after_a_leap_the_new_level_is_believed():
    temperature = at(Temperature(), 250, 2_000)
    assert at(temperature, 400, 1_000).is_sensor_faulty
    assert not at(temperature, 400, 10).is_sensor_faulty
    assert not at(temperature, 480, 5_000).is_sensor_faulty


def test_a_leap_that_does_not_stay_is_no_fault():
    temperature = at(Temperature(), 250, 2_000)
    at(temperature, 600, 990)
    at(temperature, 250, 10)
    assert not at(temperature, 600, 990).is_sensor_faulty


def seen_faulty(odd_dc, odd_ms, good_ms, ms):
    """Whether a sensor that shows 25 degC and, again and again, ``odd_dc`` is ever faulty."""
    temperature = at(Temperature(), 250, 2_000)
    is_seen = False
    for now_ms in range(0, ms, 10):
        is_odd = now_ms % (odd_ms + good_ms) < odd_ms
        is_seen |= at(temperature, odd_dc if is_odd else 250, 10).is_sensor_faulty
    return is_seen


def test_a_sensor_with_a_loose_wire_is_faulty_however_fast_it_comes_and_goes():
    for odd_dc in (-1_000, 2_000, 900):
        for odd_ms, good_ms in ((10, 10), (500, 500), (10, 90)):
            assert seen_faulty(odd_dc, odd_ms, good_ms, 11_000), (odd_dc, odd_ms, good_ms)


def test_odd_readings_with_a_good_second_between_do_not_add_up():
    assert not seen_faulty(-1_000, 500, 2_000, 60_000)


def test_ten_kelvin_in_each_second_is_heat_and_more_is_a_leap():
    temperature = at(Temperature(), 250, 1_000)
    for second in range(1, 40):
        assert not at(temperature, 250 + 100 * second).is_sensor_faulty
        if second > 10:
            break
    temperature = at(Temperature(), 250, 1_000)
    assert at(at(temperature, 300, 1_000), 410, 1_000).is_sensor_faulty


def test_what_both_sensors_show_is_heat():
    temperature = both(Temperature(), 250, 250, 2_000)
    for _ in range(500):
        assert not both(temperature, 800, 700, 10).is_sensor_faulty
    assert temperature.step == STOP
    temperature = both(Temperature(), 250, 250, 2_000)
    assert both(temperature, 801, 700, 1_000).is_sensor_faulty


def test_a_leap_still_counts_as_heat():
    temperature = at(Temperature(), 250, 2_000)
    assert at(temperature, 720).step == STOP


def test_as_made_no_sensor_is_known_and_none_is_faulty():
    temperature = Temperature()
    assert temperature.is_sensor_faulty is False
    assert temperature.worst_dc == NO_SENSOR


def test_what_is_now_hotter_and_now_cooler_than_the_step_is_hotter():
    temperature = at(Temperature(), 660)
    assert temperature.step == HALF
    for _ in range(132):
        at(temperature, 685, 10)
        at(temperature, 615, 10)
        assert temperature.step == HALF
    assert at(temperature, 685, 10).step == QUARTER


def test_what_is_hotter_in_every_fifth_block_is_no_heat_and_in_every_second_not_cooler():
    temperature = at(Temperature(), 660)
    for _ in range(200):
        at(temperature, 685, 10)
        assert at(temperature, 655, 40).step == HALF
    for _ in range(200):
        at(temperature, 655, 10)
        assert at(temperature, 615, 10).step == HALF


def test_time_at_rest_is_no_part_of_the_second_that_a_step_needs():
    temperature = at(Temperature(), 250, 5_000)
    assert at(temperature, 650, 990).step == COOL
    assert at(temperature, 650, 10).step == HALF


def test_two_blocks_are_enough_if_they_last_a_second():
    temperature = Temperature()
    temperature.tick(1_000, 650)
    assert temperature.step == COOL
    temperature.tick(1_000, 650)
    assert temperature.step == HALF


def test_a_sensors_time_counts_from_nothing_and_to_the_millisecond():
    for first_dc, second_dc in ((30_000, 250), (250, 30_000)):
        temperature = Temperature()
        for ms, is_faulty in ((10, False), (989, False), (1, True)):
            temperature.tick(ms, first_dc, second_dc)
            assert temperature.is_sensor_faulty is is_faulty


def test_nobody_saw_what_was_before_the_first_block():
    temperature = Temperature()
    for ms, expected in ((990, COOL), (989, COOL), (1, HALF)):
        temperature.tick(ms, 650)
        assert temperature.step == expected


def test_time_at_a_step_is_no_part_of_the_second_that_its_end_needs():
    temperature = at(Temperature(), 660, 5_000)
    assert at(temperature, 620, 990).step == HALF
    assert at(temperature, 620, 10).step == COOL


def test_what_a_sensor_shows_in_the_last_block_of_a_second_is_what_the_next_is_compared_with():
    temperature = at(Temperature(), 250, 990)
    at(temperature, 340, 10)
    assert not at(temperature, 440, 1_000).is_sensor_faulty
    temperature = at(Temperature(), 250, 980)
    at(temperature, 340, 10)
    assert at(temperature, 440, 1_000).is_sensor_faulty


def test_heat_in_the_second_sensor_is_followed_from_second_to_second():
    temperature = both(Temperature(), 250, 250, 1_000)
    for second in range(1, 10):
        assert not both(temperature, 250, 250 + 100 * second).is_sensor_faulty
