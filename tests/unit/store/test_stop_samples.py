"""Samples that go with the end of a transaction: kept, thinned in the middle, and let go."""

from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ampkeeper.firmware.store import stop_samples
from ampkeeper.firmware.store.changes import AddFact, AddStopSample
from ampkeeper.firmware.store.stop_samples import SAMPLES_MAX
from ampkeeper.firmware.store.store import Store
from tests.unit.store.examples import closed_session, ended, open_session, reading, started


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "ampkeeper.db")
    opened.commit([open_session("tx-1"), open_session("tx-2")])
    yield opened
    opened.close()


def keep(store: Store, *energies_wh: int, tx_id: str = "tx-1") -> None:
    store.commit([AddStopSample(tx_id, reading(wh, wh)) for wh in energies_wh])


def kept(store: Store) -> list[int]:
    """The registers that go with the oldest message."""
    head = store.outbox_head()
    assert head is not None
    return [sample.reading.energy_wh for sample in head.samples]


def test_they_go_with_the_end_and_with_nothing_else(store: Store) -> None:
    keep(store, 1, 2, 3)
    keep(store, 9, tx_id="tx-2")
    store.commit([AddFact(started(), "a"), AddFact(ended(), "b")])
    assert kept(store) == []
    head = store.outbox_head()
    assert head is not None
    store.outbox_done(head.id, 7)
    assert kept(store) == [1, 2, 3]


@pytest.mark.parametrize("way", ["done", "discard"])
def test_they_are_let_go_with_the_end_of_their_own_transaction(store: Store, way: str) -> None:
    keep(store, 1)
    keep(store, 9, tx_id="tx-2")
    store.commit([AddFact(ended("tx-1"), "b"), AddFact(ended("tx-2"), "c")])
    head = store.outbox_head()
    assert head is not None
    if way == "done":
        store.outbox_done(head.id)
    else:
        store.outbox_discard(head.id)
    assert kept(store) == [9]
    store.commit([AddFact(ended("tx-1", 5), "again")])
    head = store.outbox_head()
    assert head is not None
    store.outbox_done(head.id)
    assert kept(store) == []


def test_they_outlive_a_restart(store: Store, tmp_path: Path) -> None:
    keep(store, 1, 2)
    store.close()
    again = Store(tmp_path / "ampkeeper.db")
    again.commit([AddFact(ended(), "b")])
    assert kept(again) == [1, 2]
    again.close()


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(count=st.integers(1, 4 * SAMPLES_MAX))
def test_of_many_every_other_one_goes_so_that_the_shape_stays(
    tmp_path_factory: pytest.TempPathFactory, count: int
) -> None:
    store = Store(tmp_path_factory.mktemp("samples") / "ampkeeper.db")
    store.commit([open_session("tx-1")])
    keep(store, *range(count))
    store.commit([AddFact(ended(), "b")])
    found = kept(store)
    store.close()
    assert len(found) <= SAMPLES_MAX
    assert len(found) >= min(count, SAMPLES_MAX // 2)
    assert found == sorted(set(found))
    assert found[-1] == count - 1  # the newest is there, whatever went
    gaps = [later - earlier for earlier, later in pairwise(found[:-1])]
    assert len(set(gaps)) <= 1


def test_those_of_all_transactions_together_are_bounded(tmp_path: Path) -> None:
    names = [f"tx-{number}" for number in range(30)]
    with closing(Store(tmp_path / "ampkeeper.db", samples_max=200)) as store:
        dropped = 0
        for name in names:
            store.commit([open_session(name)])
            dropped += sum(store.commit([AddStopSample(name, reading(n, n))]) for n in range(40))
            store.commit([closed_session(name), AddFact(ended(name), f"end of {name}")])
        left = {name: len(kept_of(store, name)) for name in names}
    assert sum(left.values()) == 30 * 40 - dropped
    assert sum(left.values()) <= 200
    assert left[names[-1]] == 40, "what ran last was not touched"
    others = [left[name] for name in names[:-1]]
    assert min(others) >= 1
    assert max(others) - min(others) <= 40 / 2


def test_of_too_many_every_other_one_goes_and_the_last_stays(tmp_path: Path) -> None:
    with closing(Store(tmp_path / "ampkeeper.db", samples_max=10)) as store:
        store.commit([open_session("tx-1")])
        store.commit([AddStopSample("tx-1", reading(n, n)) for n in range(1, 11)])
        store.commit([closed_session("tx-1"), AddFact(ended("tx-1"), "end"), open_session("tx-2")])
        assert store.commit([AddStopSample("tx-2", reading(1, 1))]) == 5
        assert kept_of(store, "tx-1") == [2, 4, 6, 8, 10]


def kept_of(store: Store, name: str) -> list[int]:
    """The registers that go with the end of a transaction, whatever is owed before it."""
    return [
        sample.reading.energy_wh for sample in stop_samples.of_transaction(store._connection, name)
    ]
