"""The settings: each is taken at both ends of its range and refused beyond (section 11)."""

from ampkeeper.firmware.safety.ranges import RANGE, SETTINGS_RANGES, are_valid, is_within
from ampkeeper.firmware.safety.signals import Settings

ENDS = (
    ("max_ma", 6_000, 80_000),
    ("permit_ms", 1_000, 5_000),
    ("ready_ms", 300, 2_500),
    ("stop_ms", 6_000, 7_000),
    ("reclose_ms", 10_000, 600_000),
    ("pwm_gap_ms", 5_000, 60_000),
    ("pilot_f_ms", 0, 1_000),
    ("duty_blank_ms", 0, 600),
    ("switch_blank_ms", 0, 200),
    ("is_socket", 0, 1),
    ("has_ventilation", 0, 1),
    ("phases", 1, 3),
    ("region", 0, 1),
    ("has_rcd_test", 0, 1),
    ("has_meter", 0, 1),
    ("is_stepping_down_at_once", 0, 1),
    ("simplified_ma", 0, 32_000),
    ("voltage_nominal_mv", 120_000, 277_000),
    ("has_phase_relay", 0, 1),
    ("has_cp_relay", 0, 1),
)


def is_taken(name, value):
    settings = Settings()
    setattr(settings, name, value)
    return are_valid(settings)


def test_settings_as_made_are_valid():
    assert are_valid(Settings())


def test_each_setting_is_taken_at_both_ends_of_its_range_and_refused_beyond():
    for name, least, most in ENDS:
        assert is_taken(name, least), name
        assert is_taken(name, most), name
        assert not is_taken(name, least - 1), name
        assert not is_taken(name, most + 1), name


def test_no_setting_is_without_a_range():
    named = [SETTINGS_RANGES[at] for at in range(0, len(SETTINGS_RANGES), RANGE)]
    assert named == [name for name, _, _ in ENDS]
    assert sorted(named) == sorted(name for name in dir(Settings()) if name[0] != "_")


def test_nothing_has_two_phases_and_a_simplified_car_gets_six_amperes_or_none():
    assert not is_taken("phases", 2)
    for value, is_ok in ((1, False), (5_999, False), (6_000, True), (10_000, True)):
        assert is_taken("simplified_ma", value) == is_ok, value


def test_one_value_beyond_its_range_is_enough():
    settings = Settings()
    rows = ("max_ma", 0, 99_000, "phases", 2, 3, "permit_ms", 0, 9_000)
    settings.phases = 2
    assert is_within(settings, rows)
    settings.phases = 1
    assert not is_within(settings, rows)
    assert is_within(settings, ())
