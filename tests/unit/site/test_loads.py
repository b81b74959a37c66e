"""What a charger takes on the phases of its site: what is not known is never nothing."""

import pytest

from ampkeeper.firmware.site.loads import KEPT_MAX, LATELY_S, Offers, measured_on


def test_a_chargers_own_phases_are_told_as_the_sites():
    assert measured_on((1, 2, 0), (6.0, 7.0, 8.0), 16.0) == (8.0, 6.0, 7.0)
    assert measured_on((2,), (6.0,), 16.0) == (0.0, 0.0, 6.0)


@pytest.mark.parametrize("unknown", [None, float("nan"), float("inf"), float("-inf")])
def test_a_phase_that_is_not_told_counts_as_all_that_may_flow(unknown: float | None):
    assert measured_on((0, 1, 2), (6.0, unknown, -0.3), 16.0) == (6.0, 16.0, 0.0)


def test_a_phase_that_is_not_wired_carries_nothing():
    assert measured_on((0, 1, 2), (None,), 16.0) == (16.0, 0.0, 0.0)


def test_a_lowered_offer_may_flow_until_the_car_has_had_its_time_to_follow():
    offers = Offers()
    assert offers.most_a(0.0) == 0.0
    for now_s in (0.0, 1.0, 2.0):
        offers.note(32.0, now_s)
    offers.note(6.0, 3.0)
    assert offers.most_a(2.0 + LATELY_S) == 32.0
    assert offers.most_a(2.1 + LATELY_S) == 6.0
    offers.note(10.0, 4.0)
    assert offers.most_a(4.0 + 10 * LATELY_S) == 0.0, "who is asked no more offers no more"


def test_offers_that_change_all_the_time_are_kept_by_the_most_of_them():
    offers = Offers()
    for number in range(10 * KEPT_MAX):
        offers.note(32.0 - number / 10, number / 1_000)
    assert len(offers.noted) == KEPT_MAX
    assert offers.most_a(1.0) == 32.0
