"""Sharing a station's limit: never above it, at least 6 A or nothing, first come first served."""

from hypothesis import given
from hypothesis import strategies as st

from ampkeeper.firmware.limits.share import equal_shares


def test_two_cars_get_half_each():
    assert equal_shares(32.0, [1, 2]) == {1: 16.0, 2: 16.0}


def test_who_comes_when_less_than_six_ampere_are_left_waits():
    assert equal_shares(16.0, [2, 1, 3]) == {2: 8.0, 1: 8.0, 3: 0.0}


def test_below_six_ampere_nobody_charges():
    assert equal_shares(5.0, [1]) == {1: 0.0}


@given(st.floats(0, 640), st.lists(st.integers(1, 8), unique=True))
def test_the_parts_never_sum_to_more_than_the_whole(total_a: float, wanting: list[int]):
    parts = equal_shares(total_a, wanting)
    assert sum(parts.values()) <= total_a + 1e-9
    assert all(part_a == 0.0 or part_a >= 6.0 for part_a in parts.values())
