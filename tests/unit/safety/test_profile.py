"""A vehicle's profile: ranges, and what contradicts itself."""

from ampkeeper.firmware.safety.profile import (
    RANGES,
    WAKE_CP_OPEN,
    WAKE_F,
    WAKE_LADDER,
    WAKE_NEVER,
    Profile,
    is_valid,
)
from ampkeeper.firmware.safety.ranges import RANGE


def test_the_profile_of_an_unknown_car_is_valid():
    assert is_valid(Profile())


ENDS = (
    ("min_ma", 6_000, 16_000),
    ("wake_method", 0, 3),
    ("wake_after_ms", 10_000, 600_000),
    ("phase_gap_ms", 10_000, 300_000),
    ("may_switch_phases", 0, 1),
    ("b_filter_ms", 0, 60),
    ("never_f", 0, 1),
)


def test_each_value_is_valid_in_its_range_only():
    for name, least, most in ENDS:
        for value, is_right in ((least, True), (most, True), (least - 1, False), (most + 1, False)):
            profile = Profile()
            if name == "never_f":
                profile.wake_method = WAKE_NEVER
            setattr(profile, name, value)
            assert is_valid(profile) == is_right, (name, value)


def test_every_value_has_a_range():
    assert sorted(Profile().__dict__) == sorted(RANGES[at] for at in range(0, len(RANGES), RANGE))
    assert sorted(Profile().__dict__) == sorted(name for name, _, _ in ENDS)


def test_a_car_that_hates_f_is_not_woken_by_f():
    for method, is_right in (
        (WAKE_NEVER, True),
        (WAKE_F, False),
        (WAKE_CP_OPEN, True),
        (WAKE_LADDER, False),
    ):
        profile = Profile()
        profile.never_f = 1
        profile.wake_method = method
        assert is_valid(profile) == is_right


def test_what_an_unknown_car_is_given():
    profile = Profile()
    assert (profile.min_ma, profile.wake_method, profile.wake_after_ms) == (6_000, 3, 30_000)
    assert (profile.phase_gap_ms, profile.may_switch_phases) == (60_000, 1)
    assert (profile.b_filter_ms, profile.never_f) == (0, 0)
