"""What happened to the grid operator's orders is kept for two years, as it was written."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ampkeeper.firmware.energy.grid_evidence import BEGIN, GridEvent, chained
from ampkeeper.firmware.faces.cli.run import run
from ampkeeper.firmware.store import grid_events
from ampkeeper.firmware.store.changes import AddGridEvent
from ampkeeper.firmware.store.store import STORE_FILE, Store

START = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
FOREVER = START + timedelta(days=10_000)


def events(count: int, days: int = 0) -> list[AddGridEvent]:
    made, before = [], BEGIN
    for number in range(count):
        at = START + timedelta(minutes=number, days=days)
        row = chained(GridEvent(at, "received", 4_200, None, "line", "§14a"), before)
        before = row.digest
        told = (row.at, row.kind, row.commanded_w, row.measured_w, row.source, row.reason)
        made.append(AddGridEvent(*told, row.previous, row.digest))
    return made


@pytest.fixture
def store(tmp_path: Path):
    made = Store(tmp_path / STORE_FILE)
    yield made
    made.close()


def test_events_come_back_as_they_were_written_and_by_their_time(store: Store):
    told = events(3)
    store.commit(told)
    assert store.grid_events(START, FOREVER) == told
    assert store.grid_events(told[1].at, told[2].at) == [told[1]]


def test_events_of_more_than_two_years_ago_go(store: Store):
    store.commit(events(2))
    late = events(1, grid_events.KEPT_DAYS + 1)
    store.commit(late)
    assert store.grid_events(START, FOREVER) == late


def test_of_too_many_the_oldest_go(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(grid_events, "EVENTS_MAX", 2)
    told = events(4)
    store.commit(told)
    assert store.grid_events(START, FOREVER) == told[2:]


def test_the_export_hands_out_a_whole_chain_and_refuses_another(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    folder = tmp_path / "state"
    folder.mkdir()
    made = Store(folder / STORE_FILE)
    told = events(3)
    made.commit(told)
    made.close()
    assert run(["grid", "export", "--state", str(folder), "--from", "2026-11-23T17:01"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("at,kind,commanded_w")
    assert [line.rpartition(",")[2] for line in lines[1:]] == [row.digest for row in told[1:]]
    made = Store(folder / STORE_FILE)
    made.commit(events(1))
    made.close()
    assert run(["grid", "export", "--state", str(folder), "--format", "json"]) != 0
    assert "row 4 is not as written" in capsys.readouterr().err
