"""What happened to the grid operator's orders is kept for two years, as it was written."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ampkeeper.firmware.energy.grid_evidence import BEGIN, GridEvent, chained
from ampkeeper.firmware.energy.grid_export import KEPT_AS, make_key
from ampkeeper.firmware.faces.cli.run import run
from ampkeeper.firmware.store import grid_events
from ampkeeper.firmware.store.changes import AddGridEvent, SaveMeta
from ampkeeper.firmware.store.store import STORE_FILE, Store

START = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
FOREVER = START + timedelta(days=10_000)
NEVER = datetime.max.replace(tzinfo=UTC)


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


def ran(told: list[AddGridEvent], *days: float) -> list[AddGridEvent]:
    """The same, after so many days on the monotonic clock."""
    pairs = zip(told, days, strict=True)
    return [replace(row, now_s=each * 86_400.0) for row, each in pairs]


def test_events_go_after_two_years_in_which_the_station_ran(store: Store):
    told = ran(events(3), 0.0, 1.0, grid_events.KEPT_DAYS + 0.5)
    store.commit(told)
    assert store.grid_events(START, FOREVER) == told[1:]


@pytest.mark.parametrize("days", [400_000, 10_000, -9_000])
def test_a_clock_that_jumps_deletes_no_evidence(store: Store, days: int):
    store.commit(events(2))
    store.commit(events(1, days))
    store.commit(events(1))
    assert len(store.grid_events(datetime.min.replace(tzinfo=UTC), NEVER)) == 4


def test_after_a_restart_only_what_the_station_ran_since_counts(store: Store):
    days = grid_events.KEPT_DAYS
    store.commit(ran(events(3), 0.0, days - 10.0, 9.0))
    assert len(store.grid_events(START, FOREVER)) == 3
    store.commit(ran(events(1), 11.0))
    assert len(store.grid_events(START, FOREVER)) == 3, "the first is of more than two years ago"


def test_of_too_many_the_oldest_go(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(grid_events, "EVENTS_MAX", 2)
    told = events(4)
    store.commit(told)
    assert store.grid_events(START, FOREVER) == told[2:]


def books(folder: Path, told: list[AddGridEvent], key: str) -> Path:
    """A state folder with these events, and the key unless it is empty."""
    folder.mkdir(exist_ok=True)
    made = Store(folder / STORE_FILE)
    made.commit([*told, *([SaveMeta(KEPT_AS, key)] if key else [])])
    made.close()
    return folder


def export(folder: Path, file: Path, capsys: pytest.CaptureFixture[str], *options: str) -> Path:
    assert run(["grid", "export", "--state", str(folder), *options]) == 0
    file.write_text(capsys.readouterr().out, encoding="utf-8")
    return file


def test_the_export_hands_out_a_whole_chain_and_refuses_another(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    told = events(3)
    folder = books(tmp_path / "state", told, make_key())
    file = export(folder, tmp_path / "evidence.csv", capsys, "--from", "2026-11-23T17:01")
    lines = file.read_text().splitlines()
    assert lines[0].startswith("at,kind,commanded_w")
    assert [line.rpartition(",")[2] for line in lines[1:-1]] == [row.digest for row in told[1:]]
    books(folder, events(1), "")
    assert run(["grid", "export", "--state", str(folder), "--format", "json"]) != 0
    assert "row 4 is not as written" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["csv", "json"])
def test_an_export_is_verified_with_the_stations_key_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str
):
    folder = books(tmp_path / "state", events(3), make_key())
    file = export(folder, tmp_path / "evidence", capsys, "--format", form)
    assert run(["grid", "key", "--state", str(folder)]) == 0
    public = capsys.readouterr().out.strip()
    elsewhere = ["grid", "verify", str(file), "--state", str(tmp_path / "none")]
    assert run([*elsewhere, "--key", public]) == 0
    assert "3 rows as the station wrote them" in " ".join(capsys.readouterr().out.split())
    assert run(["grid", "verify", str(file), "--state", str(folder)]) == 0
    assert run([*elsewhere, "--key", "0" * 64]) != 0
    assert run(elsewhere) != 0, "nobody is trusted by what the file says of itself"
    file.write_text(file.read_text().replace("4200", "9900"))
    capsys.readouterr()
    assert run([*elsewhere, "--key", public]) != 0
    assert "row 1 is not as written" in capsys.readouterr().err


def test_without_a_key_nothing_is_exported(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folder = books(tmp_path / "state", events(1), "")
    for verb in ("export", "key"):
        assert run(["grid", verb, "--state", str(folder)]) != 0
        assert "no key for evidence yet" in capsys.readouterr().err


def test_what_cannot_be_read_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe")
    for file in (binary, tmp_path / "missing", tmp_path):
        assert run(["grid", "verify", str(file), "--key", "0" * 64]) != 0
        assert str(file) in capsys.readouterr().err
