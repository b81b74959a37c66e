"""On how many phases: hysteresis in power and time, a budget of changes, and limits of phases."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from ampkeeper.firmware.limits.phase_choice import Car, ChoiceRules, Offer, PhaseChoice

SHADE, SUN, SOME, NIGHT = Offer(2_000.0, 3), Offer(6_000.0, 3), Offer(4_200.0, 3), Offer(0.0, 3)
CHARGED = Car(is_plugged=True, was_charged=True)
FRESH = Car(is_plugged=True, was_charged=False)
AWAY = Car(is_plugged=False, was_charged=False)


class Day:
    """A choice, asked every ten seconds."""

    def __init__(self, rules: ChoiceRules | None = None, first: Offer = SUN) -> None:
        self.choice = PhaseChoice(rules)
        self.now_s = 0.0
        self.changes_s: list[float] = []
        self.choice.decide(first, FRESH, 0.0)

    def go(self, seconds: float, offer: Offer, car: Car = CHARGED) -> int:
        until_s = self.now_s + seconds
        while self.now_s < until_s:
            self.now_s += 10.0
            before = self.choice.choice.phases
            if self.choice.decide(offer, car, self.now_s).phases != before:
                self.changes_s.append(self.now_s)
        return self.choice.choice.phases


def test_without_a_limit_of_power_all_phases_are_used():
    assert Day(first=Offer(None, 3)).go(10_000.0, Offer(None, 3)) == 3


def test_a_car_that_comes_gets_at_once_what_is_right():
    assert Day(first=SHADE).choice.choice.phases == 1
    assert Day(first=SUN).choice.choice.phases == 3


def test_down_after_two_minutes_of_too_little_for_three():
    day = Day()
    assert day.go(110.0, SHADE) == 3
    assert day.go(30.0, SHADE) == 1


def test_up_after_five_minutes_of_enough_and_a_margin():
    day = Day(first=SHADE)
    assert day.go(1_000.0, SOME) == 1  # enough, but without the margin
    assert day.go(290.0, SUN) == 1
    assert day.go(30.0, SUN) == 3


def test_a_cloud_begins_the_waiting_anew():
    day = Day(first=SHADE)
    for _ in range(10):
        assert day.go(290.0, SUN) == 1
        assert day.go(10.0, SHADE) == 1


def test_too_little_for_one_phase_is_no_reason_to_change():
    assert Day().go(10_000.0, NIGHT) == 3


def test_a_change_is_not_followed_by_another_for_ten_minutes():
    day = Day()
    assert day.go(130.0, SHADE) == 1
    assert day.go(580.0, SUN) == 1
    assert "too fresh" in day.choice.choice.waits
    assert day.go(60.0, SUN) == 3


def test_a_car_that_takes_one_of_three_phases_is_never_switched():
    single = Car(is_plugged=True, was_charged=True, uses=1)
    assert Day().go(10_000.0, SHADE, single) == 3
    assert Day(first=SHADE).go(10_000.0, SUN, single) == 1


def test_a_car_of_two_phases_needs_less_to_go_on():
    assert Day().go(10_000.0, Offer(3_000.0, 3), Car(True, True, uses=2)) == 3
    assert Day().go(10_000.0, Offer(2_700.0, 3), Car(True, True, uses=2)) == 1


def test_a_car_on_the_deny_list_is_switched_only_before_it_charges():
    denied = Car(is_plugged=True, was_charged=True, may_switch=False)
    day = Day()
    assert day.go(10_000.0, SHADE, denied) == 3
    assert "must not be switched" in day.choice.choice.waits
    assert Day(first=SHADE).choice.choice.phases == 1


def test_no_change_while_the_car_has_not_followed_the_last_one():
    asleep = Car(is_plugged=True, was_charged=True, has_followed=False)
    assert Day().go(10_000.0, SHADE, asleep) == 3


def test_a_limit_of_phases_is_followed_down_at_once_and_up_by_the_rules():
    day = Day()
    assert day.go(10.0, Offer(None, 1)) == 1
    assert day.go(580.0, Offer(None, 3)) == 1
    assert day.go(60.0, Offer(None, 3)) == 3


def test_only_limits_of_phases_count_where_nothing_is_automatic():
    rules = ChoiceRules(is_automatic=False)
    assert Day(rules, SHADE).go(10_000.0, SHADE) == 3
    assert Day(rules).go(10.0, Offer(2_000.0, 1)) == 1


def test_a_car_that_needs_eight_amps_goes_down_earlier():
    day = Day()
    assert day.go(1_000.0, Offer(5_000.0, 3, current_a_min=8.0)) == 1


def test_the_next_car_has_its_own_budget_but_not_the_relay():
    rules = ChoiceRules(per_car_max=1, per_hour_max=2, between_s=60.0)
    day = Day(rules)
    assert day.go(200.0, SHADE) == 1
    assert day.go(1_000.0, SUN) == 1
    assert "changes under this car" in day.choice.choice.waits
    day.go(10.0, SUN, AWAY)
    day.go(10.0, SHADE, FRESH)
    assert day.go(400.0, SUN) == 3
    day.go(10.0, SUN, AWAY)
    day.go(10.0, SUN, FRESH)
    assert day.go(200.0, SHADE) == 3
    assert "in an hour" in day.choice.choice.waits


def test_a_relay_that_does_not_follow_is_taken_as_it_is():
    day = Day(first=SHADE)
    assert day.choice.keep(3, "the relay does not move").phases == 3


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 90), st.integers(0, 12_000)), min_size=5, max_size=60))
def test_under_any_sun_changes_are_few_and_far_between(weather):
    day = Day()
    for tens_of_seconds, power_w in weather:
        day.go(10.0 * tens_of_seconds, Offer(float(power_w), 3))
    assert len(day.changes_s) <= 10
    assert all(later - earlier >= 600.0 for earlier, later in pairwise(day.changes_s))
    for start_s in day.changes_s:
        assert sum(start_s <= at_s < start_s + 3_600.0 for at_s in day.changes_s) <= 4


def test_a_relay_at_rest_after_a_power_cut_says_nothing_of_before():
    """One that carries current does; so does one under a car that must not be switched."""
    at_rest = Car(is_plugged=True, was_charged=True, given=1, is_at_rest=True)
    kept = Car(is_plugged=True, was_charged=True, given=1)
    assert PhaseChoice().decide(Offer(None, 3), at_rest, 0.0).phases == 3
    assert PhaseChoice().decide(SHADE, at_rest, 0.0).phases == 1
    assert PhaseChoice().decide(Offer(6_000.0, 3), kept, 0.0).phases == 1
