"""The limit ledger: the smallest binds, and it is known whose it is and since when."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given as given_by
from hypothesis import strategies as st

from ampkeeper.firmware.limits.ledger import SOURCES_MAX, Entry, Ledger, Stale, usable

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def entry(source: str, current_a: float, **fields: object) -> Entry:
    return Entry(source, current_a, 3, f"{source} says so", fields.pop("since", NOW), **fields)


def test_an_empty_ledger_offers_nothing():
    ledger = Ledger()
    assert ledger.binding() is None
    assert ledger.offered_a() == 0.0


def test_the_smallest_current_binds():
    ledger = Ledger()
    for limit in (entry("board", 32.0), entry("cable", 20.0), entry("ocpp", 25.0)):
        ledger.put(limit)
    assert ledger.binding().source == "cable"
    assert ledger.offered_a() == 20.0


def test_among_equals_the_oldest_binds_so_that_a_tie_does_not_flap():
    ledger = Ledger()
    ledger.put(entry("cable", 16.0, since=NOW + timedelta(seconds=1)))
    ledger.put(entry("vehicle", 16.0))
    ledger.put(entry("board", 16.0, since=NOW + timedelta(seconds=2)))
    assert ledger.binding().source == "vehicle"


def test_below_six_ampere_nothing_is_offered_and_the_entry_still_binds():
    ledger = Ledger()
    ledger.put(entry("board", 32.0))
    ledger.put(entry("ocpp", 5.9))
    assert ledger.offered_a() == 0.0
    assert ledger.binding().source == "ocpp"


def test_an_unchanged_limit_keeps_its_since():
    ledger = Ledger()
    ledger.put(entry("ocpp", 10.0))
    assert not ledger.put(entry("ocpp", 10.0, since=NOW + timedelta(hours=1)))
    assert ledger.binding().since == NOW


def test_an_expired_entry_vanishes_or_falls_to_what_it_declared():
    ledger = Ledger()
    soon = NOW + timedelta(seconds=10)
    ledger.put(entry("board", 32.0))
    ledger.put(entry("gone", 8.0, expires=soon))
    ledger.put(entry("falls", 16.0, expires=soon, fallback_a=6.0))
    assert not ledger.tick(NOW)
    assert ledger.tick(soon)
    assert {each.source for each in ledger.entries()} == {"board", "falls"}
    assert ledger.offered_a() == 6.0
    assert "expired" in ledger.binding().reason


@pytest.mark.parametrize("current_a", [-0.1, 80.1, float("nan"), float("inf")])
def test_an_impossible_current_is_refused_by_name_and_changes_nothing(current_a: float):
    ledger = Ledger()
    ledger.put(entry("board", 32.0))
    with pytest.raises(ValueError, match="from ocpp: allowed are"):
        ledger.put(entry("ocpp", current_a))
    assert [each.source for each in ledger.entries()] == ["board"]


@given_by(st.dictionaries(st.text(min_size=1, max_size=5), st.floats(0, 80), max_size=20))
def test_the_offer_is_never_above_any_entry(limits: dict[str, float]):
    ledger = Ledger()
    for source, current_a in limits.items():
        ledger.put(entry(source, current_a))
    assert all(ledger.offered_a() <= current_a for current_a in limits.values())
    assert ledger.offered_a() == 0.0 or ledger.offered_a() >= 6.0


def given(ledger: Ledger, *entries: Entry, after_s: float = 0.0) -> None:
    ledger.settle(entries, NOW + timedelta(seconds=after_s), after_s)


def test_what_sources_give_replaces_what_they_gave_and_leaves_what_was_put():
    ledger = Ledger()
    ledger.put(entry("button", 8.0))
    given(ledger, entry("board", 32.0), entry("sun", 7.0))
    given(ledger, entry("board", 32.0), after_s=1.0)
    assert [each.source for each in ledger.entries()] == ["button", "board"]


def test_of_two_entries_of_one_source_the_least_counts():
    ledger = Ledger()
    given(ledger, entry("profile", 16.0), entry("profile", 10.0), entry("profile", 12.0))
    assert [each.current_a for each in ledger.entries()] == [10.0]


@pytest.mark.parametrize(
    ("told_a", "held_a"), [(float("nan"), 0.0), (-1.0, 0.0), (10_000.0, 80.0), (float("inf"), 80.0)]
)
def test_a_source_that_says_what_no_limit_can_be_fails_closed(told_a: float, held_a: float):
    ledger = Ledger()
    given(ledger, entry("site", told_a))
    assert ledger.binding().current_a == held_a


def test_a_source_that_was_never_heard_falls_at_once():
    ledger = Ledger()
    given(ledger, entry("mains", 20.0, stale=Stale(60.0, 6.0)))
    assert (ledger.binding().current_a, ledger.binding().is_stale) == (6.0, True)
    assert "never heard" in ledger.binding().reason


def test_of_too_many_sources_the_largest_go():
    ledger = Ledger()
    given(ledger, *(entry(f"source {n}", 80.0 - n / 10) for n in range(SOURCES_MAX + 1)))
    assert len(ledger.entries()) == SOURCES_MAX
    assert "source 0" not in {each.source for each in ledger.entries()}


def test_ring_1_stands_beside_a_source_only_where_it_keeps_to_another_current():
    ledger = Ledger()
    ours, its = entry("cable", 20.0), entry("cable", 20.0, is_below=True)
    given(ledger, its, ours)
    assert [(each.current_a, each.is_below) for each in ledger.entries()] == [(20.0, False)]
    given(ledger, ours, entry("cable", 13.0, is_below=True), after_s=1.0)
    told = [(each.current_a, each.is_below) for each in ledger.entries()]
    assert told == [(13.0, True), (20.0, False)]
    given(ledger, its, after_s=2.0)
    assert [each.is_below for each in ledger.entries()] == [True], "alone it is shown"


CURRENTS = st.floats(0.0, 80.0)


@given_by(CURRENTS, st.none() | CURRENTS, st.floats(0.0, 100.0), st.floats(0.0, 300.0))
def test_a_silent_source_falls_when_and_where_its_rule_says(
    told_a: float, fallback_a: float | None, hold_s: float, silent_s: float
):
    ledger = Ledger()
    told = entry("mains", told_a, heard_s=0.0, stale=Stale(hold_s, fallback_a))
    given(ledger, told, after_s=silent_s)
    held = [each.current_a for each in ledger.entries()]
    if silent_s < hold_s:
        assert held == [told_a]
    else:
        assert held == ([] if fallback_a is None else [fallback_a])


@given_by(st.lists(st.tuples(st.sampled_from("abcd"), CURRENTS, st.booleans()), max_size=12))
def test_what_binds_is_the_least_and_the_permit_is_the_least_of_ours(
    rows: list[tuple[str, float, bool]],
):
    ledger = Ledger()
    given(ledger, *(entry(name, amps, is_below=below) for name, amps, below in rows))
    ours = [amps for _, amps, below in rows if not below]
    assert ledger.permitted_a() == usable(min(ours, default=0.0))
    assert ledger.offered_a() == usable(min((amps for _, amps, _ in rows), default=0.0))


def test_a_power_that_changes_is_told_though_the_current_stays():
    ledger = Ledger()
    given(ledger, entry("sun", 0.0, power_w=500.0))
    later = entry("sun", 0.0, power_w=2_500.0, since=NOW + timedelta(seconds=1))
    given(ledger, later, after_s=1.0)
    (sun,) = ledger.entries()
    assert (sun.power_w, sun.since) == (2_500.0, NOW)
