"""What the owner wants to be the most: obeyed, kept over power cuts, and over when its time is."""

from datetime import timedelta

import pytest

from ampkeeper.firmware.station.owner_limit import EACH, KEY, OwnerLimit, OwnerLimits, problem_of
from ampkeeper.firmware.store.changes import SaveMeta

from .charger import Charger


def owner(charger: Charger) -> OwnerLimits:
    return charger.station.limiting.owner


def limited(charger: Charger, current_a: float, for_s: float | None = None, evse_id: int = 1):
    until = charger.now + timedelta(seconds=for_s) if for_s is not None else None
    charger.do(owner(charger).on_limit, evse_id, OwnerLimit(current_a, charger.now, until))


def kept(charger: Charger) -> dict[str, str]:
    found = [one for one in charger.changes if isinstance(one, SaveMeta) and one.key == KEY]
    return {KEY: found[-1].value}


def test_it_binds_says_whose_it_is_and_is_cleared():
    charger = Charger()
    charger.start()
    limited(charger, 10.0)
    assert charger.evse.limit() == (10.0, "owner")
    charger.do(owner(charger).on_clear, 1)
    assert charger.evse.limit() == (20.0, "cable")


def test_it_can_only_take_away():
    charger = Charger()
    charger.start()
    limited(charger, 32.0)
    assert charger.evse.limit() == (20.0, "cable")


def test_0_a_pauses_and_the_transaction_goes_on():
    charger = Charger()
    charger.start()
    limited(charger, 0.0)
    assert charger.evse.permit().current_a == 0.0
    assert charger.evse.transaction is not None


def test_its_time_ends_it_by_the_wall_s_clock_after_a_power_cut_too():
    charger = Charger()
    limited(charger, 10.0, for_s=3600.0)
    again = Charger()
    again.step = timedelta(seconds=3599.0)
    assert again.station.limiting.recall(kept(charger).get) == []
    again.start()
    assert again.evse.limit() == (10.0, "owner")
    again.wait(2.0)
    assert again.evse.limit() == (20.0, "cable")


def test_of_one_for_each_evse_and_one_for_this_the_least_counts():
    charger = Charger(2)
    charger.start()
    charger.read(2)
    limited(charger, 10.0, evse_id=EACH)
    limited(charger, 8.0, evse_id=2)
    limits = [evse.limit() for evse in charger.station.evses.values()]
    assert limits == [(10.0, "owner"), (8.0, "owner")]
    charger.do(owner(charger).on_clear, None)
    assert [evse.limit()[1] for evse in charger.station.evses.values()] == ["cable", "board"]


def test_what_is_over_leaves_the_books_with_the_next_word():
    charger = Charger()
    limited(charger, 10.0, for_s=1.0)
    charger.wait(2.0)
    limited(charger, 9.0, evse_id=EACH)
    assert '"1"' not in kept(charger)[KEY]


@pytest.mark.parametrize(
    "text", ["no", "[]", '{"1": {}}', '{"x": 1}', '{"1": {"current_a": 3, "since": "", "by": "x"}}']
)
def test_books_that_cannot_be_read_limit_nothing_and_say_so(text: str):
    charger = Charger()
    (problem,) = charger.station.limiting.recall({KEY: text}.get)
    assert "owner's limits" in problem
    charger.start()
    assert charger.evse.limit() == (20.0, "cable")


@pytest.mark.parametrize("current_a", [-1, 0.1, 5.9, 80.1, float("nan"), float("inf"), True, "10"])
def test_what_no_pilot_can_offer_is_no_limit(current_a: object):
    assert "0 (pause) or 6 to 80 A" in problem_of(current_a)


@pytest.mark.parametrize("current_a", [0, 6, 80, 10.5])
def test_what_a_pilot_can_offer_is_one(current_a: object):
    assert problem_of(current_a) == ""
