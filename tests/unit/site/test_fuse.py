"""Fuse: what the standards say at their points, and never less time for less current."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.site.fuse import GG, GG_GATES, HOUR_S, KINDS, MCB_B, bears_s


@pytest.mark.parametrize(
    ("kind", "rating_a", "current_a", "seconds"),
    [
        (MCB_B, 63.0, 63.0, math.inf),
        (MCB_B, 63.0, 1.13 * 63.0, HOUR_S),  # IEC 60898-1 Table 7, test a
        (MCB_B, 80.0, 1.13 * 80.0, 2 * HOUR_S),
        (MCB_B, 32.0, 2.55 * 32.0, 1.0),  # test c
        (MCB_B, 32.0, 3.0 * 32.0, 0.1),  # test d, type B
        (MCB_B, 32.0, 97.0, 0.0),
        (GG, 63.0, 1.25 * 63.0, HOUR_S),  # IEC 60269-1 Table 2
        (GG, 100.0, 1.25 * 100.0, 2 * HOUR_S),
        (GG, 315.0, 1.25 * 315.0, 3 * HOUR_S),
        (GG, 63.0, 160.0, 10.0),  # Table 3
        (GG, 63.0, 450.0, 0.1),
        (GG, 63.0, 451.0, 0.0),
        (GG, 126.0, 355.0 * 126 / 125, 10.0),  # not in the table: in proportion
        (GG, 10.0, 11.3, HOUR_S),  # below the table: as a breaker
    ],
)
def test_the_points_of_the_standards(
    kind: str, rating_a: float, current_a: float, seconds: float
) -> None:
    assert bears_s(kind, rating_a, current_a) == pytest.approx(seconds)


@given(
    st.sampled_from(KINDS),
    st.sampled_from([row[0] for row in GG_GATES]),
    st.floats(1.0, 20.0),
    st.floats(1.0, 20.0),
)
def test_more_current_is_never_borne_for_longer(
    kind: str, rating_a: float, one: float, other: float
) -> None:
    less, more = sorted((one, other))
    assert bears_s(kind, rating_a, more * rating_a) <= bears_s(kind, rating_a, less * rating_a)
