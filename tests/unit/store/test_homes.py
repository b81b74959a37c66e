"""Whose books a transaction stands in: what goes to whom, and with which number."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ampkeeper.firmware.facts import Fact
from ampkeeper.firmware.store.changes import AddFact, Change, DropSystem, SaveSystem
from ampkeeper.firmware.store.store import Store
from tests.unit.store.examples import closed_session, ended, idle, open_session, sampled, started

A, B = "books a", "books b"
BOTH = frozenset((A, B))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "ampkeeper.db")
    yield opened
    opened.close()


def queue(store: Store, *facts: Fact) -> None:
    tx_ids = dict.fromkeys(fact.tx_id for fact in facts if fact.tx_id is not None)
    changes: list[Change] = [open_session(tx_id) for tx_id in tx_ids]
    store.commit([*changes, *(AddFact(fact, f"{fact.tx_id}/{fact.at}") for fact in facts)])


def begin_at(store: Store, books: str, number: int | None) -> None:
    """The oldest message, a start, goes out there; None: and is never answered."""
    row = store.outbox_head(books, BOTH)
    assert row is not None
    store.outbox_claim(row.id, books)
    if number is not None:
        store.outbox_done(row.id, number)


def waits(store: Store, here: str, known: frozenset[str] = BOTH) -> list[tuple[Fact, int | None]]:
    """What this system would be told now, in its order, and by which number."""
    found = []
    while (row := store.outbox_head(here, known)) is not None:
        found.append((row.fact, row.csms_tx_id))
        store.outbox_done(row.id)
    return found


def test_what_was_begun_at_one_system_waits_for_it(store: Store) -> None:
    queue(store, started(), sampled(), ended())
    begin_at(store, A, 7)
    assert waits(store, B) == []
    assert store.outbox_count() == 2
    assert waits(store, A) == [(sampled(), 7), (ended(), 7)]


def test_a_begin_that_was_sent_and_not_answered_waits_too(store: Store) -> None:
    queue(store, started(), ended())
    begin_at(store, A, None)
    assert waits(store, B) == []
    assert waits(store, A) == [(started(), None), (ended(), None)]


def test_what_waits_for_another_system_holds_nobody_up(store: Store) -> None:
    queue(store, started("tx-1"), sampled("tx-1"))
    begin_at(store, A, 7)
    queue(store, started("tx-2"), idle())
    assert waits(store, B) == [(started("tx-2"), None), (idle(), None)]
    assert waits(store, A) == [(sampled("tx-1"), 7)]


def test_books_that_nobody_keeps_any_more_go_to_whoever_is_there_without_the_number(
    store: Store,
) -> None:
    queue(store, started(), ended())
    begin_at(store, A, 7)
    assert waits(store, B, frozenset((B,))) == [(ended(), None)]


def test_a_begin_that_nobody_answered_begins_anew_where_only_the_other_is_left(
    store: Store,
) -> None:
    queue(store, started(), ended())
    begin_at(store, A, None)
    row = store.outbox_head(B, frozenset((B,)))
    assert row is not None
    store.outbox_claim(row.id, B)
    store.outbox_done(row.id, 3)
    assert waits(store, B, frozenset((B,))) == [(ended(), 3)]


def test_who_has_one_central_system_is_told_everything(store: Store) -> None:
    queue(store, started(), ended())
    begin_at(store, A, 7)
    assert waits(store, "") == [(ended(), 7)]


def test_homes_are_told_of_what_runs_or_is_owed_only(store: Store) -> None:
    queue(store, started("tx-1"), started("tx-2"))
    begin_at(store, A, 1)
    begin_at(store, B, 2)
    assert store.homes() == {"tx-1": A, "tx-2": B}
    store.commit([closed_session("tx-1")])
    assert store.homes() == {"tx-2": B}


def test_systems_are_kept_by_slot(store: Store) -> None:
    store.commit([SaveSystem(0, "x"), SaveSystem(1, "y"), SaveSystem(0, "z")])
    assert store.systems() == {0: "z", 1: "y"}
    store.commit([DropSystem(0), DropSystem(3)])
    assert store.systems() == {1: "y"}
