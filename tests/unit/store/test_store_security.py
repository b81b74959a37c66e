"""The security log and the certificates in the store."""

import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ampkeeper.firmware.store import security
from ampkeeper.firmware.store.changes import (
    AddSecurityEvent,
    ClearSecurityLog,
    DropCertificate,
    SaveCertificate,
    SecurityEventTold,
)
from ampkeeper.firmware.store.store import STORE_FILE, Store, open_read_only

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / STORE_FILE)
    yield opened
    opened.close()


def event(
    kind: str = "StartupOfTheDevice", minute: int = 0, info: str = "", is_owed: bool = True
) -> AddSecurityEvent:
    return AddSecurityEvent(kind, NOON + timedelta(minutes=minute), info, is_owed)


def test_the_log_is_told_newest_first_and_survives(store: Store, tmp_path: Path) -> None:
    store.commit([event(), event("InvalidMessages", 1, "x", is_owed=False)])
    store.close()
    reopened = Store(tmp_path / STORE_FILE)
    rows = reopened.security_events(10)
    reopened.close()
    assert [(row.kind, row.tech_info, row.is_owed) for row in rows] == [
        ("InvalidMessages", "x", False),
        ("StartupOfTheDevice", "", True),
    ]
    assert rows[0].at == NOON + timedelta(minutes=1)


def test_what_is_owed_is_given_oldest_first_until_it_is_told(store: Store) -> None:
    store.commit([event(info="first"), event(info="second"), event(info="x", is_owed=False)])
    first, second = store.security_events_owed()
    assert (first.tech_info, second.tech_info) == ("first", "second")
    store.commit([SecurityEventTold(first.id)])
    assert store.security_events_owed() == [second]
    assert len(store.security_events(10)) == 3


def test_the_same_number_twice_is_one_event(store: Store) -> None:
    change = AddSecurityEvent("FirmwareUpdated", NOON, "", True, row_id=7)
    store.commit([change])
    store.commit([change, event()])
    assert [row.id for row in store.security_events(10)] == [8, 7]


def test_a_full_log_loses_its_oldest_line_but_nothing_owed(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(security, "LOG_MAX", 3)
    store.commit([event(info="owed")])
    store.commit([event("InvalidMessages", n, str(n), is_owed=False) for n in range(5)])
    assert [row.tech_info for row in store.security_events(10)] == ["4", "3", "2", "owed"]


def test_clearing_the_log_keeps_what_is_owed(store: Store) -> None:
    store.commit([event(info="owed"), event("InvalidMessages", is_owed=False)])
    store.commit([ClearSecurityLog(), event("SecurityLogWasCleared")])
    kinds = [row.kind for row in store.security_events(10)]
    assert kinds == ["SecurityLogWasCleared", "StartupOfTheDevice"]


def test_a_long_text_is_cut_and_a_broken_one_is_kept_readable(store: Store) -> None:
    store.commit([event(info="\ud800" + "x" * 300)])
    text = store.security_events(1)[0].tech_info
    assert text == "?" + "x" * 254


def test_certificates_come_back_in_the_order_in_which_they_came(store: Store) -> None:
    store.commit([SaveCertificate("b", "Station", "PEM", "KEY"), SaveCertificate("a", "R", "P2")])
    assert [(row.fingerprint, row.private_key) for row in store.certificates()] == [
        ("b", "KEY"),
        ("a", None),
    ]
    store.commit([SaveCertificate("b", "Station", "PEM", "OTHER"), DropCertificate("a")])
    assert [(row.fingerprint, row.private_key) for row in store.certificates()] == [("b", "OTHER")]


def test_private_keys_are_not_printed(store: Store) -> None:
    change = SaveCertificate("b", "Station", "PEM", "SECRET")
    store.commit([change])
    assert "SECRET" not in repr(change)
    assert "SECRET" not in repr(store.certificates())


def test_nobody_else_can_read_the_file_or_its_journals(store: Store, tmp_path: Path) -> None:
    store.commit([event()])
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("*.db*")}
    assert modes[STORE_FILE] == 0o600
    assert modes[f"{STORE_FILE}-wal"] == 0o600


def test_a_readable_file_of_an_older_version_is_made_private(tmp_path: Path) -> None:
    path = tmp_path / STORE_FILE
    Store(path).close()
    path.chmod(0o644)
    Store(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_log_can_be_read_beside_a_running_station(store: Store, tmp_path: Path) -> None:
    store.commit([event(info="seen")])
    beside = open_read_only(tmp_path / STORE_FILE)
    assert beside.security_events(1)[0].tech_info == "seen"
    beside.close()
