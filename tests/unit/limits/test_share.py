"""Sharing a station's limit: never above it, each car's least or nothing, first come first."""

from hypothesis import given
from hypothesis import strategies as st

from ampkeeper.firmware.share import equal_shares


def test_two_cars_get_half_each():
    assert equal_shares(32.0, {1: 6.0, 2: 6.0}) == {1: 16.0, 2: 16.0}


def test_who_comes_when_less_than_six_ampere_are_left_waits():
    assert equal_shares(16.0, {2: 6.0, 1: 6.0, 3: 6.0}) == {2: 8.0, 1: 8.0, 3: 0.0}


def test_below_six_ampere_nobody_charges():
    assert equal_shares(5.0, {1: 6.0}) == {1: 0.0}


def test_a_car_that_needs_eight_ampere_has_them_or_waits_and_blocks_nobody():
    assert equal_shares(15.0, {1: 6.0, 2: 8.0}) == {1: 7.0, 2: 8.0}
    assert equal_shares(20.0, {1: 6.0, 2: 8.0}) == {1: 10.0, 2: 10.0}
    assert equal_shares(13.0, {1: 8.0, 2: 6.0}) == {1: 13.0, 2: 0.0}
    assert equal_shares(7.0, {1: 8.0, 2: 6.0}) == {1: 0.0, 2: 7.0}


@given(st.floats(0, 640), st.dictionaries(st.integers(1, 8), st.floats(6.0, 16.0)))
def test_the_parts_never_sum_to_more_than_the_whole(total_a: float, least_a: dict[int, float]):
    parts = equal_shares(total_a, least_a)
    assert sum(parts.values()) <= total_a + 1e-9
    assert all(parts[one] == 0.0 or parts[one] >= need_a for one, need_a in least_a.items())
