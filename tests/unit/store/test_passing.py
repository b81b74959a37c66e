"""How long rows are kept: what surely passed, by a clock that nobody can set."""

import math

from hypothesis import given
from hypothesis import strategies as st

from ampkeeper.firmware.store.passing import ran_s


def test_what_the_monotonic_clock_shows_more_has_passed():
    assert ran_s(10.0, 100.0, 130.0) == 40.0


def test_after_a_boot_what_it_shows_has_passed():
    assert ran_s(10.0, 100.0, 30.0) == 40.0


def test_what_is_no_number_is_no_time():
    for now_s in (math.nan, math.inf, -math.inf):
        assert ran_s(10.0, 100.0, now_s) == 10.0


@given(st.lists(st.tuples(st.floats(0, 1e6), st.booleans()), max_size=20))
def test_never_more_than_really_passed(steps: list[tuple[float, bool]]):
    """Each step takes some time; in some of them the machine boots first."""
    real_s = total_s = shown_s = before_now_s = 0.0
    for seconds, boots in steps:
        real_s += seconds
        shown_s = seconds if boots else shown_s + seconds
        after_s = ran_s(total_s, before_now_s, shown_s)
        assert after_s >= total_s
        total_s, before_now_s = after_s, shown_s
        assert total_s <= real_s * (1 + 1e-9)
