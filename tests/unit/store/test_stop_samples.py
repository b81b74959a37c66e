"""Samples that go with the end of a transaction: kept, thinned in the middle, and let go."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ampkeeper.firmware.store.changes import AddFact, AddStopSample
from ampkeeper.firmware.store.stop_samples import SAMPLES_MAX
from ampkeeper.firmware.store.store import Store
from tests.unit.store.examples import ended, open_session, reading, started


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
