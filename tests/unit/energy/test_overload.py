"""The fuse at the mains is never exceeded by what the chargers draw, for longer than allowed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ampkeeper.firmware.energy.mains import Flow
from ampkeeper.firmware.energy.overload import FuseRules, Overload
from ampkeeper.firmware.energy.own import Draw
from ampkeeper.firmware.energy.parts import Parts

RULES = FuseRules(fuse_a=35.0, margin_a=0.0)
REACTION_S = 5.0  # from the overload to the offer, the second until the reading included
STEP_S = 0.5


def flow(taken_s: float, *current_a: float) -> Flow:
    first_a, second_a, third_a = current_a if len(current_a) == 3 else current_a * 3
    return Flow(taken_s, (first_a, second_a, third_a))


def draw(*current_a: float) -> Draw:
    first_a, second_a, third_a = current_a if len(current_a) == 3 else current_a * 3
    return Draw((first_a, second_a, third_a), 230.0 * sum((first_a, second_a, third_a)))


def settled(house_a: float, seconds: int = 120, rules: FuseRules = RULES) -> Overload:
    """A fuse that has long seen this house, with idle chargers."""
    guard = Overload(rules)
    for now_s in range(seconds):
        guard.see(flow(now_s, house_a), draw(0.0))
        guard.room(now_s)
    return guard


def test_the_chargers_get_what_the_house_leaves() -> None:
    assert settled(10.0).room(120.0).current_a == (25.0, 25.0, 25.0)


def test_what_the_chargers_draw_themselves_is_not_the_house() -> None:
    guard = settled(10.0)
    for now_s in range(120, 150):
        guard.see(flow(now_s, 26.0), draw(16.0))
    assert guard.room(150.0).least_a == 25.0


def test_a_house_that_draws_more_is_made_room_for_within_five_seconds() -> None:
    guard = settled(10.0)
    for now_s in range(120, 124):
        guard.see(flow(now_s, 10.0, 30.0, 10.0), draw(0.0))
    room = guard.room(124.0)
    assert room.current_a == (25.0, 5.0, 25.0)
    assert (room.reason, room.detail) == ("mains fuse of 35 A", "5.0 A left on L2")


def test_a_ramp_of_the_charger_that_its_meter_shows_late_is_not_taken_for_the_house() -> None:
    guard = settled(10.0)
    for now_s, shown_a, own_a in ((120, 20.0, 0.0), (121, 26.0, 10.0), (122, 26.0, 16.0)):
        guard.see(flow(now_s, shown_a), draw(own_a))
        assert guard.room(now_s).least_a == 25.0


def test_room_comes_back_slowly() -> None:
    guard = settled(30.0)
    for now_s in range(120, 131):
        guard.see(flow(now_s, 10.0), draw(0.0))
        guard.room(now_s)
    assert guard.room(131.0).least_a < 7.0
    for now_s in range(131, 180):
        guard.see(flow(now_s, 10.0), draw(0.0))
        guard.room(now_s)
    assert guard.room(180.0).least_a == 25.0


def test_sun_is_not_counted_on() -> None:
    assert settled(-20.0).room(120.0).least_a == 35.0


def test_a_charger_whose_draw_is_not_known_counts_as_house() -> None:
    guard = settled(10.0)
    for now_s in range(120, 125):
        guard.see(flow(now_s, 26.0), None)
    assert guard.room(125.0).least_a == 9.0


def test_a_total_says_nothing_of_phases() -> None:
    guard = Overload(RULES)
    guard.see(Flow(0.0, total_w=500.0), draw(0.0))
    assert guard.room(0.0).least_a == 0.0


@pytest.mark.parametrize("stale_a", [0.0, 6.0, 10.0])
def test_a_silent_meter_holds_and_then_falls_to_what_was_chosen(stale_a: float) -> None:
    guard = settled(10.0, rules=FuseRules(35.0, 0.0, hold_s=15.0, stale_a=stale_a))
    room = guard.room(119.0 + 15.0)
    assert (room.least_a, room.is_blind) == (25.0, False)
    blind = guard.room(119.0 + 15.1)
    assert blind.least_a == stale_a
    assert (blind.reason, blind.is_blind) == ("the mains meter is silent", True)


def test_after_a_silence_room_comes_back_slowly() -> None:
    guard = settled(10.0)
    guard.room(200.0)
    for now_s in range(201, 211):
        guard.see(flow(now_s, 10.0), draw(0.0))
        guard.room(now_s)
    assert 0.0 < guard.room(211.0).least_a <= 6.0


def test_before_the_first_reading_nothing_is_known() -> None:
    assert Overload(RULES).room(0.0).least_a == 0.0


house = st.lists(
    st.tuples(st.integers(5, 60), st.floats(0.0, 34.0)), min_size=1, max_size=8
)  # for so many seconds, so much


@settings(max_examples=25, deadline=None)
@given(house=house, lag_s=st.sampled_from([0.0, 0.5, 1.0]))
def test_the_fuse_is_never_above_its_rating_for_longer_than_the_reaction(
    house: list[tuple[int, float]], lag_s: float
) -> None:
    """A car that obeys at once, meters read each second, the charger's one ``lag_s`` late."""
    guard, own_a, over_s = Overload(FuseRules(fuse_a=35.0)), 0.0, 0.0
    past: list[float] = []
    now_s = 0.0
    for seconds, house_a in house:
        for _ in range(int(seconds / STEP_S)):
            now_s += STEP_S
            total_a = house_a + own_a
            over_s = over_s + STEP_S if total_a > RULES.fuse_a + 1e-9 else 0.0
            assert over_s <= REACTION_S, f"{total_a} A for {over_s} s at {now_s} s"
            past.append(own_a)
            if now_s % 1.0 == 0.0:
                late = past[max(0, len(past) - 1 - int(lag_s / STEP_S))]
                guard.see(flow(now_s, total_a), draw(late))
            room_a = guard.room(now_s).least_a
            own_a = room_a if room_a >= 6.0 else 0.0


def test_who_came_last_waits_when_there_is_not_enough_for_all() -> None:
    parts = Parts()
    three = dict.fromkeys((1, 2, 3), 6.0)
    assert parts.share(20.0, three, 0.0) == {1: 20 / 3, 2: 20 / 3, 3: 20 / 3}
    assert parts.share(13.0, three, 1.0) == {1: 6.5, 2: 6.5, 3: 0.0}
    assert parts.share(5.0, three, 2.0) == {1: 0.0, 2: 0.0, 3: 0.0}


def test_who_waits_begins_again_only_when_there_was_enough_for_a_while() -> None:
    parts = Parts()
    parts.share(5.0, {1: 6.0}, 0.0)
    for now_s in range(1, 61):
        assert parts.share(8.0 if now_s % 20 else 5.0, {1: 6.0}, now_s) == {1: 0.0}
    for now_s in range(61, 121):
        assert parts.share(8.0, {1: 6.0}, now_s) == {1: 0.0}
    assert parts.share(8.0, {1: 6.0}, 121.0) == {1: 8.0}


def test_a_car_that_needs_eight_ampere_has_them_or_waits_and_blocks_nobody() -> None:
    parts = Parts()
    assert parts.share(15.0, {1: 6.0, 2: 8.0}, 0.0) == {1: 7.0, 2: 8.0}
    assert parts.share(13.0, {1: 6.0, 2: 8.0}, 1.0) == {1: 13.0, 2: 0.0}
    for now_s in range(2, 63):
        assert parts.share(14.9, {1: 6.0, 2: 8.0}, now_s) == {1: 14.9, 2: 0.0}, "8 A and some"
    parts.share(15.0, {1: 6.0, 2: 8.0}, 63.0)
    assert parts.share(15.0, {1: 6.0, 2: 8.0}, 123.0) == {1: 7.0, 2: 8.0}


@settings(max_examples=50, deadline=None)
@given(
    totals=st.lists(st.floats(0.0, 100.0), min_size=1, max_size=30),
    count=st.integers(1, 8),
)
def test_parts_are_never_more_together_than_there_is(totals: list[float], count: int) -> None:
    parts = Parts()
    for now_s, total_a in enumerate(totals):
        given_a = parts.share(total_a, dict.fromkeys(range(count), 6.0), now_s * 20.0)
        assert sum(given_a.values()) <= total_a + 1e-6
        assert all(part_a == 0.0 or part_a >= 6.0 for part_a in given_a.values())


@pytest.mark.parametrize(("on_s", "of_s"), [(1, 2), (2, 4), (1, 4), (2, 10), (3, 20), (9, 10)])
def test_a_load_that_comes_and_goes_overheats_no_fuse(on_s: int, of_s: int) -> None:
    """A hob: a fuse is heated by the square of the current, however quickly that changes."""
    guard, own_a, squares = Overload(FuseRules(fuse_a=25.0)), 0.0, 0.0
    for now_s in range(600):
        total_a = (24.0 if now_s % of_s < on_s else 0.0) + own_a
        squares += total_a**2 if now_s >= 300 else 0.0
        guard.see(flow(now_s, total_a), draw(own_a))
        room_a = guard.room(now_s).least_a
        own_a = room_a if room_a >= 6.0 else 0.0
    assert (squares / 300) ** 0.5 <= 1.1 * 25.0
