"""The limit ledger: the smallest binds, and it is known whose it is and since when."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ampkeeper.firmware.limits.ledger import Entry, Ledger

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
    ledger.put(entry("late", 16.0, since=NOW + timedelta(seconds=1)))
    ledger.put(entry("early", 16.0))
    assert ledger.binding().source == "early"


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


@given(st.dictionaries(st.text(min_size=1, max_size=5), st.floats(0, 80), max_size=20))
def test_the_offer_is_never_above_any_entry(limits: dict[str, float]):
    ledger = Ledger()
    for source, current_a in limits.items():
        ledger.put(entry(source, current_a))
    assert all(ledger.offered_a() <= current_a for current_a in limits.values())
    assert ledger.offered_a() == 0.0 or ledger.offered_a() >= 6.0
