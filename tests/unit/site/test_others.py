"""What flows besides the chargers: what rises counts at once, what is not known as the most."""

from ampkeeper.firmware.site.circuits import PerPhase
from ampkeeper.firmware.site.others import FALL_S, FRESH_S, Others

MOST: PerPhase = (20.0, 20.0, 20.0)
FULL: PerPhase = (63.0, 63.0, 63.0)
LOW: PerPhase = (3.0, 0.0, 0.0)


def seen() -> Others:
    """A meter that was heard a moment ago."""
    others = Others({"feeder": MOST}, {"feeder": FULL}, ("feeder",))
    others.see("feeder", LOW, 100.0)
    return others


def test_a_meter_that_was_never_heard_counts_as_the_most_and_undeclared_as_the_fuse() -> None:
    assert Others({"feeder": MOST}, {"feeder": FULL}, ("feeder",)).at(0.0) == {"feeder": MOST}
    assert Others({}, {"feeder": FULL}, ("feeder",)).at(0.0) == {"feeder": FULL}


def test_a_load_that_falls_counts_for_some_seconds_more() -> None:
    others = seen()
    others.see("feeder", (9.0, 0.0, 0.0), 101.0)
    others.see("feeder", LOW, 102.0)
    assert others.at(102.0)["feeder"] == (9.0, 0.0, 0.0)
    others.see("feeder", LOW, 101.1 + FALL_S)
    assert others.at(101.1 + FALL_S)["feeder"] == LOW


def test_a_meter_is_silent_once_it_was_not_heard_for_long_enough() -> None:
    others = seen()
    assert others.stands_on_s("feeder", 99.9 + FRESH_S) == 100.0
    assert others.over_s(100.0) == 100.0 + FRESH_S
    assert others.at(100.1 + FRESH_S) == {"feeder": MOST}
    assert others.stands_on_s("feeder", 100.1 + FRESH_S) is None


def test_what_was_heard_and_not_explained_for_too_long_is_not_known() -> None:
    others = seen()
    others.see_at_least("feeder", LOW, 106.0)
    others.hear("feeder", 106.0)
    assert others.at(106.0) == {"feeder": MOST}


def test_a_meter_that_comes_and_goes_counts_as_silent_until_it_stays() -> None:
    others = seen()
    for second in range(4, 40, 4):
        now_s = 100.0 + second
        others.settle(now_s)
        others.see("feeder", LOW, now_s)
        assert others.at(now_s)["feeder"] == MOST
    for second in range(37, 50):
        others.see("feeder", LOW, 100.0 + second)
        others.settle(100.0 + second)
    assert others.at(149.0)["feeder"] == LOW


def test_a_doubt_is_over_with_the_next_reading_that_can_be() -> None:
    others = seen()
    others.doubt("feeder")
    assert others.at(100.0) == {"feeder": MOST}
    others.see("feeder", LOW, 101.0)
    assert others.at(101.0) == {"feeder": LOW}
