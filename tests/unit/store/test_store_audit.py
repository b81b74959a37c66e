"""Who asked for which change stays, and of too many the oldest goes."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ampkeeper.firmware.store import audit
from ampkeeper.firmware.store.changes import AddAudit
from ampkeeper.firmware.store.store import Store

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)


def entry(
    number: int = 0, detail: str = "evse=1", who: str = "anna", action: str = "stop"
) -> AddAudit:
    at = AT + timedelta(hours=number)
    return AddAudit(at, who, "owner", "page", action, detail, "ordered")


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


def later(seconds: float, detail: str = "evse=1", who: str = "anna") -> AddAudit:
    at = AT + timedelta(seconds=seconds)
    return AddAudit(at, who, "owner", "page", "stop", detail, "ordered")


def test_the_same_again_soon_after_is_counted_on_its_line(tmp_path: Path) -> None:
    store = Store(tmp_path / "db")
    store.commit([later(0.0), later(30.0), later(5.0, who="bert"), later(85.0), later(146.0)])
    told = [(one.who, one.at - AT, one.times, one.last) for one in store.audit(10)]
    assert told == [
        ("anna", timedelta(seconds=146), 1, None),
        ("bert", timedelta(seconds=5), 1, None),
        ("anna", timedelta(0), 3, AT + timedelta(seconds=85)),
    ]
    store.close()


def test_something_else_is_a_line_of_its_own(tmp_path: Path) -> None:
    store = Store(tmp_path / "db")
    store.commit([later(0.0), later(1.0, "evse=2"), later(2.0)])
    assert [one.detail for one in store.audit(10)] == ["evse=1", "evse=2", "evse=1"]
    store.commit([later(0.5)])
    assert len(store.audit(10)) == 4, "after the clock went back"
    store.close()


def test_who_asks_much_pushes_out_nothing_but_his_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "ROWS_MAX", 50)
    store = Store(tmp_path / "db")
    kept = [entry(0, who="owner", action="add user"), entry(1, who="guest", action="log-in")]
    store.commit(kept)
    store.commit([entry(number, f"current_a={number}", "guest", "limit") for number in range(200)])
    store.commit([entry(300, who="owner", action="drop user")])
    found = store.audit(100)
    assert len(found) == 50
    assert found[-2:] == kept[::-1]
    assert found[0].action == "drop user"
    store.close()


def test_who_asks_for_many_kinds_pushes_out_nothing_but_his_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "ROWS_MAX", 50)
    store = Store(tmp_path / "db")
    kept = [entry(number, who="owner", action="limit") for number in range(20)]
    store.commit(kept)
    kinds = ("start", "stop", "charge", "depart", "log-in", "password")
    store.commit(
        [entry(20 + number, who="guest", action=kinds[number % 6]) for number in range(200)]
    )
    found = store.audit(100)
    assert [one for one in found if one.who == "owner"] == kept[::-1]
    assert {one.action for one in found if one.who == "guest"} == set(kinds)
    store.close()
