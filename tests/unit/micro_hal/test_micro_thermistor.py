"""Thermistor: the table of integers against the formula it stands for, and broken wires."""

from math import exp

from ampkeeper.hal.micro.thermistor import OPEN_DC, SHORT_DC, TABLE, temperature_dc


def count_at(celsius):
    ratio = exp(3_977 * (1 / (celsius + 273.15) - 1 / 298.15))
    return round(4_096 * ratio / (ratio + 1))


def test_the_table_is_the_formula():
    assert tuple(count_at(celsius) for celsius in range(-40, 131, 10)) == TABLE


def test_a_reading_is_within_0_6_kelvin_where_it_decides():
    for celsius in range(-20, 101):
        assert abs(temperature_dc(count_at(celsius)) - 10 * celsius) <= 6, celsius


def test_the_reading_falls_as_the_count_rises():
    readings = [temperature_dc(count) for count in range(4_096)]
    assert readings == sorted(readings, reverse=True)


def test_a_wire_that_is_open_or_shorted_is_no_temperature():
    assert temperature_dc(4_095) == OPEN_DC
    assert temperature_dc(0) == SHORT_DC
    assert OPEN_DC < -500
    assert SHORT_DC > 1_500
