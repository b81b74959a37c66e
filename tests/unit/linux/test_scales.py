"""Counts as quantities: the two-point line, the divider and the thermistor."""

import pytest

from ampkeeper.hal.linux.scales import TOO_COLD_DC, TOO_HOT_DC, Line, Resistor, Thermistor

COUNTS_MAX = 4_095


def test_a_line_goes_through_its_points_and_on() -> None:
    line = Line((2_074, 0), (3_628, 12_000))
    assert (line.of(2_074), line.of(3_628), line.of(2_851)) == (0, 12_000, 6_000)
    assert line.of(0) == -16_016
    assert line.of(COUNTS_MAX) == 15_606


def test_a_line_agrees_with_the_formula_that_others_use() -> None:
    line = Line((2_074, 0), (3_628, 12_000))
    for counts in range(0, COUNTS_MAX + 1, 37):
        tarragon_mv = counts * (3_300 / 4_095) * (4_561 / 476) - 16_013
        assert line.of(counts) == pytest.approx(tarragon_mv, abs=8)  # one count


def test_a_line_without_a_span_is_refused() -> None:
    with pytest.raises(ValueError, match="100 counts is not above 100"):
        Line((100, 0), (100, 12_000))


@pytest.mark.parametrize("ohm", [0, 100, 220, 680, 1_500, 3_000])
def test_a_resistor_is_found_from_its_divider(ohm: int) -> None:
    counts = round(COUNTS_MAX * ohm / (1_000 + ohm))
    assert Resistor(1_000, COUNTS_MAX, 1_000_000).of(counts) == pytest.approx(ohm, rel=0.01, abs=1)


def test_an_open_divider_is_open_and_not_divided_by_zero() -> None:
    divider = Resistor(1_000, COUNTS_MAX, 1_000_000)
    assert divider.of(COUNTS_MAX) == 1_000_000
    assert divider.of(COUNTS_MAX - 1) == 1_000_000


@pytest.mark.parametrize(("celsius", "ohm"), [(25, 10_000), (0, 33_621), (71, 1_710)])
def test_a_thermistor_follows_its_curve(celsius: int, ohm: int) -> None:
    counts = round(COUNTS_MAX * ohm / (10_000 + ohm))
    sensor = Thermistor(10_000, 10_000, 3_950, COUNTS_MAX)
    assert sensor.of(counts) == pytest.approx(celsius * 10, abs=15)


def test_a_thermistor_that_is_torn_off_or_shorted_gives_what_cannot_be() -> None:
    sensor = Thermistor(10_000, 10_000, 3_950, COUNTS_MAX)
    assert sensor.of(0) == TOO_HOT_DC
    assert sensor.of(COUNTS_MAX) == TOO_COLD_DC
    for counts in range(COUNTS_MAX + 1):
        assert sensor.of(counts) in (TOO_HOT_DC, TOO_COLD_DC) or -600 < sensor.of(counts) < 2_000
