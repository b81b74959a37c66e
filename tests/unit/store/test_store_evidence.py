"""Evidence in the store: self-tests, traces and counts of faults; limits and migration."""

import sqlite3
from pathlib import Path

import pytest

from ampkeeper.firmware.store import database, evidence
from ampkeeper.firmware.store.changes import ClearFault, SaveFault, SaveSelfTest, SaveTrace
from ampkeeper.firmware.store.errors import StoreError
from ampkeeper.firmware.store.store import Store, open_read_only
from tests.unit.store.examples import at, open_session

PASSED, FAILED = 2, 3


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ampkeeper.db"


def result(number: int, evse_id: int = 1, test: int = 11) -> SaveSelfTest:
    return SaveSelfTest(evse_id, test, at(number), PASSED, number, 0, None, 40)


def trace(number: int, evse_id: int = 1, rows: bytes = b"rows") -> SaveTrace:
    return SaveTrace(evse_id, at(number), number, 255, rows)


def test_a_result_is_read_as_it_was_written(path: Path) -> None:
    store = Store(path)
    store.commit([SaveSelfTest(2, 27, at(1), FAILED, -51, None, 710, 0)])
    (row,) = store.newest_results()
    assert (row.evse_id, row.test, row.at, row.result) == (2, 27, at(1), FAILED)
    assert (row.value, row.low, row.high, row.duration_ms) == (-51, None, 710, 0)
    store.close()


def test_the_newest_result_of_each_test_is_given_and_twenty_are_kept(path: Path) -> None:
    store = Store(path)
    for number in range(1, evidence.RESULTS_MAX + 4):
        store.commit([result(number), result(-number, evse_id=2)])
    store.commit([result(1, test=30)])
    newest = [(row.evse_id, row.test, row.value) for row in store.newest_results()]
    assert newest == [(1, 11, 23), (1, 30, 1), (2, 11, -23)]
    assert [row.value for row in store.results(1, 11)] == list(range(23, 3, -1))
    assert len(store.results(2, 11)) == 20
    assert store.results(1, 12) == []
    store.close()


def test_a_batch_of_more_than_are_kept_leaves_the_newest(path: Path) -> None:
    store = Store(path)
    store.commit([result(number) for number in range(50)])
    assert [row.value for row in store.results(1, 11)] == list(range(49, 29, -1))
    store.close()


def test_a_trace_is_listed_without_its_rows_and_read_with_them(path: Path) -> None:
    store = Store(path)
    rows = bytes(range(256)) * 47
    store.commit([SaveTrace(1, at(5), 7, 11, rows), trace(1, evse_id=2)])
    listed = store.traces()
    assert [(each.number, each.evse_id, each.rows) for each in listed] == [(2, 2, b""), (1, 1, b"")]
    assert [each.number for each in store.traces(1)] == [1]
    found = store.trace(1)
    assert found is not None
    assert (found.at, found.trace_id, found.cause, found.rows) == (at(5), 7, 11, rows)
    assert store.trace(3) is None
    store.close()


def test_twenty_traces_of_each_evse_are_kept_and_their_numbers_never_come_again(path: Path) -> None:
    store = Store(path)
    for number in range(1, evidence.TRACES_MAX + 4):
        store.commit([trace(number)])
    store.commit([trace(1, evse_id=2)])
    assert [each.trace_id for each in store.traces(1)] == list(range(23, 3, -1))
    assert [each.number for each in store.traces(2)] == [24]
    store.close()


def test_a_trace_that_is_handed_over_twice_is_one(path: Path) -> None:
    store = Store(path)
    store.commit([trace(1)])
    store.commit([trace(1), trace(1, evse_id=2)])
    assert len(store.traces(1)) == 1
    store.commit([trace(2)])
    store.commit([trace(1)])
    assert [each.trace_id for each in store.traces(1)] == [1, 2, 1], "ring 1 may have restarted"
    store.commit([trace(1, rows=b"other")])
    assert len(store.traces(1)) == 4
    store.close()


def test_a_trace_that_is_too_long_is_refused_whole(path: Path) -> None:
    store = Store(path)
    with pytest.raises(StoreError):
        store.commit([result(1), trace(1, rows=bytes(65_537))])
    assert (store.traces(), store.newest_results()) == ([], [])
    store.close()


def test_a_fault_is_counted_once_for_each_time_that_it_came(path: Path) -> None:
    store = Store(path)
    store.commit([SaveFault(1, "PeLost", at(1)), SaveFault(1, "PeLost", at(2))])
    store.commit([SaveFault(1, "PeLost", at(3)), SaveFault(2, "PeLost", at(3))])
    store.commit([ClearFault(1, "PeLost", at(4)), SaveFault(1, "PeLost", at(5))])
    assert store.fault_counts() == {(1, "PeLost"): 2, (2, "PeLost"): 1}
    store.close()
    store = Store(path)
    assert store.fault_counts() == {(1, "PeLost"): 2, (2, "PeLost"): 1}
    store.close()


def test_the_health_of_a_store_is_its_room_and_its_wholeness(path: Path) -> None:
    store = Store(path)
    health = store.health()
    assert health.problems == ()
    assert health.free_bytes > 0
    store.close()


def test_a_store_that_is_damaged_while_it_is_open_is_not_healthy(path: Path) -> None:
    store = Store(path)
    store.commit([trace(number, rows=bytes([number]) * 60_000) for number in range(1, 11)])
    store.close()
    data = bytearray(path.read_bytes())
    index = sqlite3.connect(path)
    page = index.execute("SELECT rootpage FROM sqlite_master WHERE name = 'trace_newest'")
    start = (page.fetchone()[0] - 1) * index.execute("PRAGMA page_size").fetchone()[0]
    index.close()
    data[start : start + 64] = b"\xff" * 64
    path.write_bytes(data)
    reader = open_read_only(path)
    (problem,) = reader.health().problems
    assert "Page " in problem
    reader.close()


def test_a_store_of_the_first_schema_keeps_what_it_has(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = database._schema_files()
    monkeypatch.setattr(database, "_schema_files", lambda: files[:1])
    old = Store(path)
    old.commit([open_session()])
    old.close()
    raw = sqlite3.connect(path)
    for cleared_at in ("2026-11-22T12:00:01.000000Z", "2026-11-22T12:00:02.000000Z", None):
        raw.execute(
            "INSERT INTO fault (evse_id, fault, raised_at, cleared_at) VALUES (1, 'PeLost', ?, ?)",
            ("2026-11-22T12:00:00.000000Z", cleared_at),
        )
    raw.commit()
    assert raw.execute("PRAGMA user_version").fetchone() == (1,)
    raw.close()
    monkeypatch.undo()
    store = Store(path)
    assert [row.tx_id for row in store.open_sessions()] == ["tx-1"]
    assert store.fault_counts() == {(1, "PeLost"): 3}
    assert (store.newest_results(), store.traces()) == ([], [])
    store.commit([result(1), trace(1), SaveFault(1, "PeLost", at(9))])
    assert store.fault_counts() == {(1, "PeLost"): 3}, "it is active already"
    store.close()
    store = open_read_only(path)
    assert len(store.newest_results()) == len(store.traces()) == 1
    store.close()
