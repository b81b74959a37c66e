"""Who asked for which change stays, and of too many the oldest goes."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ampkeeper.firmware.store import audit
from ampkeeper.firmware.store.changes import AddAudit
from ampkeeper.firmware.store.store import Store

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)


def entry(number: int = 0, detail: str = "evse=1") -> AddAudit:
    at = AT + timedelta(seconds=number)
    return AddAudit(at, "anna", "owner", "page", "stop", detail, "ordered")


def test_it_outlives_the_process_newest_first(tmp_path: Path) -> None:
    store = Store(tmp_path / "db")
    store.commit([entry(0), entry(1)])
    store.close()
    store = Store(tmp_path / "db")
    assert store.audit(10) == [entry(1), entry(0)]
    assert store.audit(1) == [entry(1)]
    store.close()


def test_of_too_many_the_oldest_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "ROWS_MAX", 3)
    store = Store(tmp_path / "db")
    store.commit([entry(number) for number in range(5)])
    assert store.audit(10) == [entry(4), entry(3), entry(2)]
    store.close()


def test_whatever_somebody_sends_is_one_line_that_can_be_stored(tmp_path: Path) -> None:
    store = Store(tmp_path / "db")
    store.commit([entry(0, "a\nb\x00\ud800" + "x" * 300)])
    (found,) = store.audit(1)
    assert found.detail.startswith("a?b??xxx")
    assert len(found.detail) == audit.CHARS_MAX
    store.close()
