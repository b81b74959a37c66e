"""The random delay by itself: of starts, and of changes of the rate while charging."""

from collections.abc import Iterator
from random import Random

from ampkeeper.firmware.energy.randomised_delay import RandomisedDelay

CHARGERS = 2_000


def chances(*values: float) -> Iterator[float]:
    yield from values


def delay(*values: float, most_s: int = 600) -> RandomisedDelay:
    drawn = chances(*values)
    return RandomisedDelay(most_s, lambda: next(drawn))


def test_a_charge_begins_after_a_drawn_delay_of_whole_seconds() -> None:
    one = delay(0.5)
    assert one.left_s(True, False, 0.0) == 300.0
    assert one.left_s(True, False, 299.0) == 1.0
    assert one.left_s(True, False, 300.0) == 0.0
    assert one.left_s(True, False, 5_000.0) == 0.0


def test_each_occasion_has_another_delay() -> None:
    one = delay(0.5, 0.5, 0.5)
    drawn = []
    for occasion in range(3):
        drawn.append(one.left_s(True, False, occasion * 1_000.0))
        one.left_s(False, False, occasion * 1_000.0 + 900.0)
    assert drawn == [300.0, 301.0, 300.0]


def test_the_delay_is_never_above_its_most() -> None:
    one = delay(0.0, 0.999999, most_s=600)
    one.left_s(True, False, 0.0)
    one.left_s(False, False, 1.0)
    assert one.left_s(True, False, 2.0) == 600.0


def test_a_person_skips_it_and_without_one_there_is_none() -> None:
    one = delay(0.9)
    assert one.left_s(True, False, 0.0) > 0.0
    assert one.left_s(True, True, 1.0) == 0.0
    assert one.left_s(True, False, 2.0) == 0.0
    assert delay(most_s=0).left_s(True, False, 0.0) == 0.0


def test_another_rate_waits_up_and_down_and_a_wish_that_is_taken_back_is_gone() -> None:
    one = delay(0.5, 0.25, 0.75)
    assert one.rate_a(10.0, True, False, 0.0) == 10.0
    assert one.rate_a(32.0, True, False, 10.0) == 10.0
    assert one.changes_at_s == 310.0
    assert one.rate_a(32.0, True, False, 310.0) == 32.0
    assert one.rate_a(0.0, True, False, 400.0) == 32.0
    assert one.changes_at_s == 550.0
    assert one.rate_a(32.0, True, False, 500.0) == 32.0
    assert one.changes_at_s is None
    assert one.rate_a(0.0, True, False, 1_000.0) == 32.0
    assert one.rate_a(0.0, True, False, 1_449.0) == 32.0
    assert one.rate_a(0.0, True, False, 1_451.0) == 0.0


def test_what_is_wanted_last_takes_the_moment_of_what_waits() -> None:
    one = delay(0.5)
    one.rate_a(32.0, True, False, 0.0)
    for at_s, wanted_a in ((10.0, 16.0), (100.0, 10.0), (309.0, 8.0)):
        assert one.rate_a(wanted_a, True, False, at_s) == 32.0
    assert one.rate_a(8.0, True, False, 310.0) == 8.0


def test_at_once_or_while_nothing_flows_no_rate_waits() -> None:
    one = delay()
    one.rate_a(32.0, True, False, 0.0)
    assert one.rate_a(16.0, True, True, 1.0) == 16.0
    assert one.rate_a(0.0, False, False, 2.0) == 0.0
    assert one.rate_a(10.0, False, False, 3.0) == 10.0
    at_any_time = delay(most_s=0)
    at_any_time.rate_a(32.0, True, False, 0.0)
    assert at_any_time.rate_a(0.0, True, False, 1.0) == 0.0


def test_a_price_that_is_the_same_in_the_whole_country_moves_no_tenth_of_it_in_one_minute() -> None:
    moved = []
    for seed in range(CHARGERS):
        one = RandomisedDelay(600, Random(seed).random)
        one.rate_a(32.0, True, False, 0.0)
        one.rate_a(0.0, True, False, 100.0)
        moved.append(int((one.changes_at_s or 100.0) - 100.0))  # one of 600 waits for 0 s
    minutes = [sum(1 for one_s in moved if one_s // 60 == minute) for minute in range(11)]
    assert min(moved) >= 0
    assert max(moved) <= 600
    assert max(minutes) < CHARGERS * 0.13, "a tenth, but for chance"
    assert min(minutes[:10]) > CHARGERS * 0.07


def test_a_seed_gives_the_same_delays_again() -> None:
    def drawn() -> list[float]:
        one = RandomisedDelay(1_800, Random(7).random)
        found = []
        for occasion in range(20):
            one.rate_a(32.0, False, False, 0.0)
            one.rate_a(float(occasion), True, False, 0.0)
            found.append(one.changes_at_s or 0.0)
        return found

    assert drawn() == drawn()
    assert len(set(drawn())) > 10
