"""Route: whose turn it is, and when somebody better is looked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ampkeeper.firmware.ocpp.route import ERRAND_S, LOOK_AGAIN_S, VISIT_S, Route, RouteRules


def tries(route: Route, count: int, now_s: float = 0.0) -> list[int]:
    """Whom the station turns to while nobody answers."""
    found = []
    for _ in range(count):
        found.append(route.current)
        route.failed(now_s)
    return found


def test_one_system_is_tried_for_ever() -> None:
    assert tries(Route([1]), 7) == [1] * 7


def test_each_has_its_attempts_in_order_and_then_they_begin_again() -> None:
    route = Route([2, 1, 3], RouteRules(attempts_max=2))
    assert tries(route, 14) == [2, 2, 1, 1, 3, 3, 2, 2, 1, 1, 3, 3, 2, 2]


def test_after_all_have_failed_the_last_good_one_has_another_turn() -> None:
    route = Route([2, 1], RouteRules(attempts_max=1))
    route.go(1)
    route.reached(0.0)
    route.set_order([2, 1])
    assert tries(route, 6) == [2, 1, 1, 2, 1, 1]


def test_a_lost_connection_is_tried_again_where_it_was() -> None:
    route = Route([1, 2], RouteRules(attempts_max=2))
    tries(route, 2)
    route.reached(5.0)
    route.ended()
    assert tries(route, 5) == [2, 2, 1, 1, 2]


def test_an_answer_forgets_the_attempts_before() -> None:
    route = Route([1, 2], RouteRules(attempts_max=2))
    route.failed(0.0)
    route.reached(1.0)
    route.ended()
    assert tries(route, 3) == [1, 1, 2]


def test_the_waits_begin_anew_only_at_systems_not_tried_yet() -> None:
    route = Route([1, 2], RouteRules(attempts_max=1))
    assert [route.failed(0.0) for _ in range(4)] == [True, False, False, False]
    route.reached(0.0)
    route.ended()
    assert route.failed(0.0)
    assert not Route([1], RouteRules(attempts_max=1)).failed(0.0)


def test_a_way_is_lost_once_attempts_are_used_up() -> None:
    route = Route([1], RouteRules(attempts_max=2))
    seen = []
    for _ in range(2):
        seen.append(route.is_lost)
        route.failed(0.0)
    assert [*seen, route.is_lost] == [False, False, True]
    route.reached(0.0)
    assert not route.is_lost


def on_second(return_s: float = 600.0) -> Route:
    route = Route([1, 2, 3], RouteRules(1, return_s))
    tries(route, 1)
    route.reached(100.0)
    return route


def test_the_preferred_one_is_looked_for_after_its_time() -> None:
    route = on_second()
    assert route.look_s == 700.0
    assert route.wanted((), False, 699.9) == ()
    assert route.wanted((), False, 700.0) == (1,)
    assert route.look_s == 1300.0
    route.go(1)
    assert (route.current, route.is_reached) == (1, False)


def test_nobody_is_looked_for_in_the_middle_of_something() -> None:
    route = on_second()
    assert route.wanted((), True, 700.0) == ()
    assert route.look_s == 700.0 + LOOK_AGAIN_S
    assert route.wanted((), False, 700.0 + LOOK_AGAIN_S) == (1,)


def test_nobody_is_looked_for_where_that_is_switched_off_or_nobody_is_there() -> None:
    route = on_second(0.0)
    assert route.look_s == 100.0 + VISIT_S
    assert route.wanted((), False, 100.0 + VISIT_S) == ()
    route = Route([1])
    route.reached(0.0)
    assert route.look_s is None
    assert route.wanted((), False, 1e9) == ()


def test_from_the_first_only_who_is_owed_something_is_visited() -> None:
    route = Route([1, 2, 3], RouteRules(1, 600.0))
    route.reached(0.0)
    assert route.wanted((), False, 600.0) == ()
    assert route.wanted((3,), False, 1200.0) == (3,)
    route.go(3)
    route.reached(1201.0)
    assert route.look_s == 1201.0 + ERRAND_S
    assert route.wanted((), False, 1201.0 + ERRAND_S) == (1, 2)


@pytest.mark.parametrize("return_s", [600.0, 0.0])
def test_from_a_fall_back_who_is_owed_something_is_visited_too(return_s: float) -> None:
    """The first one may be away for good."""
    route = on_second(return_s)
    assert route.wanted((3,), False, 700.0) == ((1, 3) if return_s else (3,))
    route.go(3)
    route.reached(701.0)
    assert route.wanted((), False, 701.0 + ERRAND_S) == (1, 2)


def test_a_better_one_is_not_returned_to_unless_something_is_owed_to_it() -> None:
    route = on_second(0.0)
    assert route.wanted((), False, 700.0) == ()
    assert route.wanted((1,), False, 1300.0) == (1,)


def test_a_visit_that_fails_goes_back_by_the_order() -> None:
    route = Route([1, 2, 3], RouteRules(1, 600.0))
    route.reached(0.0)
    route.go(3)
    assert tries(route, 3) == [3, 1, 2]


def test_a_system_that_gets_another_slot_stays_connected() -> None:
    route = Route([0])
    route.reached(3.0)
    route.rename(0, [1, 2], 1, 5.0)
    assert (route.current, route.is_reached, route.order) == (1, True, (1, 2))
    assert route.look_s == 605.0
    other = Route([1, 2])
    other.reached(3.0)
    other.rename(0, [2, 1], 1, 5.0)
    assert (other.current, other.is_reached) == (2, False)


@given(
    order=st.permutations([1, 2, 3, 4]),
    attempts=st.integers(1, 4),
    steps=st.lists(
        st.sampled_from(["fail", "reach", "end", "look", "reject", "accept"]), max_size=40
    ),
)
def test_whatever_happens_everybody_has_a_turn(
    order: list[int], attempts: int, steps: list[str]
) -> None:
    route = Route(order, RouteRules(attempts, 10.0))
    now_s = 0.0
    for step in steps:
        now_s += 20.0
        if step == "fail":
            route.failed(now_s)
        elif step == "reject":
            route.reached(now_s)
            was = route.current
            assert route.rejected(now_s + 50.0, now_s) == (route.current != was)
        elif step == "accept":
            route.accepted()
        elif step == "reach":
            route.reached(now_s)
        elif step == "end":
            route.ended()
        elif found := route.wanted((1, 4), False, now_s):
            assert route.current not in found
            route.go(found[0])
        assert route.current in order
    assert set(tries(route, attempts * 9, now_s + 50.0)) == set(order)


def test_who_rejects_the_station_is_passed_over_until_it_wants_to_be_asked() -> None:
    route = Route([1, 2, 3], RouteRules(1, 60.0))
    route.reached(0.0)
    assert route.rejected(until_s=300.0, now_s=1.0)
    assert route.current == 2
    assert tries(route, 5, 10.0) == [2, 3, 2, 3, 2]
    assert tries(route, 4, 300.0) == [3, 1, 2, 3]


def test_who_rejects_the_station_is_not_looked_for_before_its_time() -> None:
    """Not even where it is owed something: it would not take it."""
    route = Route([1, 2], RouteRules(1, 60.0))
    route.reached(0.0)
    route.rejected(until_s=300.0, now_s=1.0)
    route.reached(2.0)
    assert route.wanted((1,), False, 62.0) == ()
    assert route.wanted((), False, 300.0) == (1,)
    route.go(1)
    route.reached(301.0)
    route.accepted()
    route.go(2)
    route.reached(302.0)
    assert route.wanted((), False, 362.0) == (1,)


def test_where_all_reject_the_station_it_stays_and_looks_for_better_ones() -> None:
    route = Route([1, 2], RouteRules(1, 60.0))
    route.reached(0.0)
    route.rejected(until_s=100.0, now_s=1.0)
    route.reached(2.0)
    assert not route.rejected(until_s=9_000.0, now_s=3.0)
    assert (route.current, route.is_reached) == (2, True)
    assert route.wanted((), False, 62.0) == ()
    assert route.wanted((), False, 122.0) == (1,)
    alone = Route([1])
    assert not alone.rejected(until_s=100.0, now_s=1.0)
    assert alone.current == 1


def test_who_rejected_the_station_is_no_last_good_one() -> None:
    route = Route([1, 2, 3], RouteRules(attempts_max=1))
    route.go(3)
    route.reached(0.0)
    route.rejected(until_s=5.0, now_s=0.0)
    assert tries(route, 6, 9.0) == [1, 2, 1, 2, 3, 1]


def test_an_order_of_nobody_is_our_own_bug() -> None:
    with pytest.raises(AssertionError):
        Route([])
