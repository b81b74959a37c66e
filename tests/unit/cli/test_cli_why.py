"""``ampkeeper why --history``: from the station, or from its books while it is off."""

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ampkeeper.firmware.faces.cli import main
from ampkeeper.firmware.faces.cli.limit_tables import sentence
from ampkeeper.firmware.faces.cli.tables import show
from ampkeeper.firmware.store.changes import AddLimitChange
from ampkeeper.firmware.store.store import STORE_FILE, Store

Captured = pytest.CaptureFixture[str]


def test_while_nothing_runs_the_books_are_read(tmp_path: Path, capsys: Captured) -> None:
    store = Store(tmp_path / STORE_FILE)
    now = datetime.now(UTC)
    for days in (3, 1):
        at = now - timedelta(days=days)
        store.commit([AddLimitChange(1, at, "owner", 10.0, f"{days} days ago")])
    store.close()
    words = ["why", "--state", str(tmp_path), "--history", "--json"]
    assert main(words) == 0
    told = json.loads(capsys.readouterr().out)["changes"]
    assert [one["reason"] for one in told] == ["1 days ago", "3 days ago"]
    assert main([*words, "--since", "2d"]) == 0
    told = json.loads(capsys.readouterr().out)["changes"]
    assert [one["reason"] for one in told] == ["1 days ago"]


def test_without_station_and_books_there_is_no_history(tmp_path: Path, capsys: Captured) -> None:
    assert main(["why", "--state", str(tmp_path), "--history"]) == 3
    assert "is not there" in capsys.readouterr().err


def test_a_time_goes_with_the_history_only(tmp_path: Path, capsys: Captured) -> None:
    assert main(["why", "--state", str(tmp_path), "--since", "2d"]) == 2
    assert "goes with --history" in capsys.readouterr().err


def test_what_ends_soon_is_told_to_the_second_and_phases_alone_are_no_current() -> None:
    at = datetime.now(UTC) + timedelta(seconds=30)
    entry = {"source": "site", "current_a": 12.0, "phases": 3, "phase_a": None, "binds": True}
    entry |= {"since": at.isoformat(), "expires": at.isoformat(), "falls_to_a": 6.0, "reason": "-"}
    phases = entry | {"source": "phases", "current_a": 80.0, "binds": False, "expires": None}
    evse = {"id": 1, "limit_a": 12.0, "reason": "a cap", "since": None, "entries": [entry, phases]}
    file = io.StringIO()
    show("why", {"evses": [evse]}, file, 100)
    text = file.getvalue()
    assert f"{at.astimezone():%H:%M:%S}" in text
    assert "12.0 A x 3" in text
    assert "any x 3" in text


def test_a_current_is_told_as_exactly_as_anybody_reads_it() -> None:
    evse = {"id": 1, "limit_a": 7.246376, "reason": "a cap", "since": None}
    assert sentence(evse) == "EVSE 1: 7.2 A because a cap"
    assert sentence(evse | {"limit_a": 16.0}) == "EVSE 1: 16 A because a cap"
