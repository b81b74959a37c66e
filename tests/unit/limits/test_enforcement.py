"""Enforcement: too much for long enough is offered less, then stopped; a ramp is not punished."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ampkeeper.firmware.limits.enforcement import (
    EXCESS_S,
    FOLLOW_S,
    IGNORED,
    KEPT,
    PEACE_S,
    REDUCED,
    Enforcement,
    EnforcementRules,
)

RULES = EnforcementRules()


def judged(car: Enforcement, amps: float | None, seconds: int, from_s: float) -> list[int]:
    """What came of a reading each second, all of one current."""
    return [car.feed((0.0, amps, None), from_s + n, from_s + n) for n in range(seconds)]


def allowed(limit_a: float) -> Enforcement:
    car = Enforcement(RULES)
    car.allow(limit_a, 0.0)
    return car


def test_the_margin_is_the_larger_of_two():
    assert [RULES.most_a(amps) for amps in (6.0, 20.0, 32.0)] == [7.0, 21.0, pytest.approx(33.6)]


def test_what_is_within_the_margin_is_let_pass_for_ever():
    assert set(judged(allowed(10.0), 11.0, 1000, 0.0)) == {KEPT}


def test_too_much_for_five_seconds_is_offered_less_by_the_excess():
    car = allowed(10.0)
    seen = judged(car, 11.3, 6, 0.0)
    assert seen == [KEPT] * 5 + [REDUCED]
    assert car.offered_a() == pytest.approx(8.7)
    assert car.phase == 2


def test_a_car_that_then_keeps_to_it_charges_on_with_less():
    car = allowed(10.0)
    judged(car, 11.3, 6, 0.0)
    assert set(judged(car, 9.9, 3600, 6.0)) == {KEPT}
    assert car.offered_a() == pytest.approx(8.7)


def test_a_car_that_does_not_is_stopped_once_it_had_its_time_to_follow():
    car = allowed(10.0)
    judged(car, 11.3, 6, 0.0)
    seen = judged(car, 11.3, 60, 6.0)
    assert REDUCED not in seen
    assert FOLLOW_S <= seen.index(IGNORED) + 1 <= FOLLOW_S + EXCESS_S


def test_where_nothing_less_can_be_offered_it_is_stopped():
    assert judged(allowed(6.0), 7.5, 6, 0.0)[-1] == IGNORED


def test_a_car_that_needs_more_to_run_is_not_offered_what_it_cannot_use():
    car = allowed(9.0)
    seen = [car.feed((11.0,), n, n, floor_a=8.0) for n in range(6)]
    assert seen[-1] == REDUCED
    assert car.offered_a(8.0) == 8.0


def test_after_long_peace_it_is_offered_less_once_more_before_it_is_stopped():
    car = allowed(16.0)
    judged(car, 17.5, 6, 0.0)
    judged(car, 15.0, int(PEACE_S), 6.0)
    assert judged(car, 17.2, 6, 6.0 + PEACE_S)[-1] == REDUCED


def test_a_lower_limit_leaves_the_car_its_time_to_follow():
    car = allowed(32.0)
    judged(car, 31.0, 10, 0.0)
    car.allow(6.0, 10.0)
    assert set(judged(car, 31.0, int(FOLLOW_S), 10.0)) == {KEPT}
    assert set(judged(car, 6.0, 600, 10.0 + FOLLOW_S)) == {KEPT}


def test_a_limit_that_falls_step_by_step_is_no_excuse_for_what_was_long_ago():
    car = allowed(32.0)
    for second in range(200):
        car.allow(32.0 - second / 10, float(second))
        verdict = car.feed((32.0,), second, second)
        if verdict != KEPT:
            break
    assert second < FOLLOW_S + EXCESS_S + 20


def test_an_unknown_current_breaks_the_chain_and_proves_nothing():
    car = allowed(10.0)
    judged(car, 12.0, 4, 0.0)
    car.feed((None, None, None), 4.0, 4.0)
    assert set(judged(car, 12.0, 5, 5.0)) == {KEPT}


def test_two_readings_far_apart_are_no_chain():
    car = allowed(10.0)
    seen = [car.feed((12.0,), 6.0 * n, 6.0 * n) for n in range(50)]
    assert set(seen) == {KEPT}


def test_the_same_reading_again_is_no_second_one():
    car = allowed(10.0)
    seen = [car.feed((12.0,), 1.0, 1.0 + n) for n in range(50)]
    assert set(seen) == {KEPT}


def test_switched_off_it_judges_nobody():
    car = Enforcement(EnforcementRules(is_on=False))
    car.allow(6.0, 0.0)
    assert set(judged(car, 32.0, 100, 0.0)) == {KEPT}


# --- whatever the limits and the car ----------------------------------------------------------

LIMITS = st.floats(6.0, 32.0)
STEPS = st.lists(st.tuples(LIMITS, st.integers(1, 40)), min_size=1, max_size=8)


@given(STEPS, st.integers(0, int(FOLLOW_S) - 1))
def test_a_car_that_follows_within_its_time_is_never_touched(
    steps: list[tuple[float, int]], lag_s: int
):
    """It draws the most that was allowed in its last so many seconds."""
    car = Enforcement(RULES)
    told = [limit_a for limit_a, seconds in steps for _ in range(seconds)]
    for now_s, limit_a in enumerate(told):
        car.allow(limit_a, now_s)
        drawn_a = max(told[max(0, now_s - lag_s) : now_s + 1])
        assert car.feed((drawn_a,), now_s, now_s) == KEPT


@given(STEPS, st.floats(1.2, 3.0))
def test_a_car_that_always_takes_more_is_stopped_in_time(
    steps: list[tuple[float, int]], factor: float
):
    """Within a follow, a reduction, and another follow, of the last step down."""
    car = Enforcement(RULES)
    now_s, most_a = 0, 0.0
    for limit_a, seconds in steps:
        car.allow(limit_a, now_s)
        most_a = max(most_a, limit_a)
        for _ in range(seconds):
            if car.feed((most_a * factor,), now_s, now_s) == IGNORED:
                return
            now_s += 1
    seen = judged(car, most_a * factor, 60, now_s)
    assert IGNORED in seen
    assert seen.index(IGNORED) <= 2 * (FOLLOW_S + EXCESS_S)


@given(STEPS, st.lists(st.floats(0.0, 80.0) | st.none(), max_size=60), st.floats(6.0, 16.0))
def test_less_is_offered_never_more_and_never_what_cannot_be_used(
    steps: list[tuple[float, int]], currents: list[float | None], floor_a: float
):
    car = Enforcement(RULES)
    for now_s, amps in enumerate(currents):
        limit_a = steps[now_s % len(steps)][0]
        car.allow(limit_a, now_s)
        car.feed((amps,), now_s, now_s, floor_a)
        assert car.offered_a(floor_a) <= limit_a
        assert car.offered_a(floor_a) >= min(limit_a, floor_a)
