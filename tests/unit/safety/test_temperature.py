"""Derating: two steps, a stop, hysteresis, and sensors that lie."""

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


def test_a_sensor_that_is_open_or_shorted_counts_as_too_hot():
    for dc in (-501, 1_501, 30_000):
        assert at(Temperature(), dc).step == STOP
    assert at(Temperature(), -500).step == COOL
