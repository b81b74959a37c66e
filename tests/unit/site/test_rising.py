"""Rising: a car that did not get there yet may still take what was given back."""

import math

from ampkeeper.firmware.site.circuits import PerPhase
from ampkeeper.firmware.site.rising import FOLLOW_S, GAP_S, Rising
from ampkeeper.firmware.site.roster import NOTHING_A


def on_all(current_a: float) -> PerPhase:
    return current_a, current_a, current_a


def held(current_a: float, seconds: float, every_s: float = 1.0) -> tuple[Rising, float]:
    """Nothing, and then so much for so long, as it was heard to hold."""
    rising, now_s = Rising(), 100.0
    rising.hold(NOTHING_A, now_s)
    for _ in range(round(seconds / every_s) + 1):
        now_s += every_s
        rising.release(NOTHING_A, on_all(current_a), now_s, now_s)
    return rising, now_s


def test_a_car_that_had_no_time_to_get_there_may_still_take_it_for_as_long_as_it_follows() -> None:
    rising, now_s = held(16.0, 2.0)
    rising.release(on_all(16.0), on_all(8.0), now_s + 1.0, now_s + 1.0)
    assert rising.most_a(now_s + 1.0) == on_all(16.0)
    assert rising.most_a(now_s + 1.0 + FOLLOW_S) == on_all(16.0)
    assert rising.most_a(now_s + 1.1 + FOLLOW_S) == NOTHING_A


def test_of_one_that_had_the_time_its_meter_tells() -> None:
    rising, now_s = held(16.0, FOLLOW_S)
    rising.release(on_all(16.0), on_all(8.0), now_s + 1.0, now_s + 1.0)
    assert rising.most_a(now_s + 1.0) == NOTHING_A


def test_what_was_measured_long_ago_tells_nothing_of_it() -> None:
    for measured_s in (105.0, -math.inf):
        rising, now_s = held(16.0, FOLLOW_S)
        rising.release(on_all(16.0), on_all(8.0), measured_s, now_s + 1.0)
        assert rising.most_a(now_s + 1.0) == on_all(16.0)


def test_what_may_have_run_out_meanwhile_was_not_held_all_the_time() -> None:
    rising, now_s = held(16.0, 3 * FOLLOW_S, GAP_S + 0.1)
    rising.release(on_all(16.0), on_all(8.0), now_s + 1.0, now_s + 1.0)
    assert rising.most_a(now_s + 1.0) == on_all(16.0)


def test_what_was_lowered_between_begins_anew() -> None:
    rising, now_s = held(16.0, FOLLOW_S)
    rising.hold(NOTHING_A, now_s)
    rising.release(on_all(16.0), on_all(8.0), now_s + 1.0, now_s + 1.0)
    assert rising.most_a(now_s + 1.0) == on_all(16.0)


def test_only_phases_on_which_less_is_left_count() -> None:
    rising, now_s = held(16.0, 1.0)
    rising.release((16.0, 10.0, 0.0), (8.0, 10.0, 0.0), now_s + 1.0, now_s + 1.0)
    assert rising.most_a(now_s + 1.0) == (16.0, 0.0, 0.0)
