"""Past limits in the store: thirty days, a bounded number, over a power cut."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ampkeeper.firmware.store import limit_changes
from ampkeeper.firmware.store.changes import AddLimitChange
from ampkeeper.firmware.store.store import Store, open_read_only
from tests.unit.store.examples import START, at


def change(number: int, evse_id: int = 1) -> AddLimitChange:
    return AddLimitChange(evse_id, at(number), "cable", 20.0, f"reason {number}", number + 1)


def test_they_are_read_as_they_were_written_newest_first(tmp_path: Path) -> None:
    store = Store(tmp_path / "db")
    store.commit([change(0), change(1, 2)])
    store.commit([AddLimitChange(1, at(2), "s" * 50, 0.0, "\ud800" + "r" * 300)])
    reads = open_read_only(tmp_path / "db")
    newest, *older = reads.limit_changes(START, 10)
    assert (newest.source, newest.reason) == ("s" * 40, "?" + "r" * 254)
    assert [(row.evse_id, row.at, row.changes) for row in older] == [(2, at(1), 2), (1, at(0), 1)]
    assert [row.at for row in reads.limit_changes(at(1), 1)] == [at(2)]
    reads.close()
    store.close()


def test_after_thirty_days_in_which_the_station_ran_they_go(tmp_path: Path) -> None:
    store = Store(tmp_path / "db")
    month_s = timedelta(days=limit_changes.KEPT_DAYS).total_seconds()
    for number, now_s in enumerate((100.0, 101.0, month_s + 100.5)):
        store.commit([replace(change(number), now_s=now_s)])
    assert [row.at for row in store.limit_changes(START, 10)] == [at(2), at(1)]
    store.close()


def test_a_clock_that_jumps_ahead_deletes_no_limits(tmp_path: Path) -> None:
    store = Store(tmp_path / "db")
    store.commit([change(0), change(10**9), change(1)])
    assert [row.at for row in store.limit_changes(START, 10)] == [at(1), at(10**9), at(0)]
    store.close()


def test_of_too_many_the_oldest_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limit_changes, "CHANGES_MAX", 5)
    store = Store(tmp_path / "db")
    for number in range(9):
        store.commit([change(number)])
    assert [row.at for row in store.limit_changes(START, 99)] == [at(8 - n) for n in range(5)]
    store.close()
