"""Opening a store: what is proven before it is used, and what is never done by itself."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from ampkeeper.firmware.store import database
from ampkeeper.firmware.store.changes import AddFact, SaveSetting
from ampkeeper.firmware.store.database import move_aside
from ampkeeper.firmware.store.errors import (
    StoreDamagedError,
    StoreError,
    StoreInUseError,
    StoreVersionError,
)
from ampkeeper.firmware.store.store import Store, open_read_only
from tests.unit.store.examples import START, idle, open_session, sampled, started
from tests.unit.store.writer import changes, committed

IDLE_SAMPLES = 10  # the schema that rebuilt the outbox


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ampkeeper.db"


def filled(path: Path, count: int = 5) -> Path:
    """A closed store with ``count`` commits."""
    store = Store(path)
    for number in range(1, count + 1):
        store.commit(changes(number))
    store.close()
    return path


def run_sql(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(statement)
    connection.close()


def test_a_store_is_durable_by_its_settings(path: Path) -> None:
    store = Store(path)
    names = ("journal_mode", "synchronous", "foreign_keys", "user_version", "busy_timeout")
    found = [store._connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names]
    assert found == ["wal", 3, 1, database.newest_version(), 5000]
    store.close()


def test_a_journal_that_does_not_become_wal_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)  # its journal stays in memory
    with pytest.raises(StoreError, match="stayed in mode 'memory', must be 'wal'"):
        database._set_up(connection, Path("ampkeeper.db"))
    connection.close()


def test_a_newer_schema_is_refused_and_left_alone(path: Path) -> None:
    filled(path)
    run_sql(path, "PRAGMA user_version = 99")
    for opener in (Store, open_read_only):
        with pytest.raises(StoreVersionError, match=r"99|another version"):
            opener(path)
    run_sql(path, f"PRAGMA user_version = {database.newest_version()}")
    store = Store(path)
    assert committed(store) == 5
    store.close()


def test_a_foreign_database_is_refused_and_left_alone(path: Path) -> None:
    run_sql(path, "CREATE TABLE wallet (coins INTEGER)")
    before = path.read_bytes()
    with pytest.raises(StoreDamagedError, match="not of this software"):
        Store(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"not a database at all, " * 100, b"SQLite format 3\0" * 64])
def test_a_file_that_is_no_database_is_refused_and_left_alone(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"damaged|disk"):
        Store(path)
    assert path.read_bytes() == content


def test_a_folder_that_is_not_there_is_an_error_with_the_path(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="nowhere"):
        Store(tmp_path / "nowhere" / "ampkeeper.db")
    with pytest.raises(StoreError, match="there is no store"):
        open_read_only(tmp_path / "nowhere" / "ampkeeper.db")


def test_a_second_writer_is_refused_until_the_first_closes(path: Path) -> None:
    first = Store(path)
    with pytest.raises(StoreInUseError, match="another process"):
        Store(path)
    first.close()
    Store(path).close()


def test_a_store_that_failed_to_open_does_not_stay_locked(path: Path) -> None:
    path.write_bytes(b"not a database at all, " * 100)
    with pytest.raises(StoreError):
        Store(path)
    path.unlink()
    Store(path).close()


def test_a_damaged_page_is_found_and_only_an_explicit_call_moves_the_file(path: Path) -> None:
    filled(path, 60)
    content = bytearray(path.read_bytes())
    for page in range(1, len(content) // 4096):
        content[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    path.write_bytes(content)
    with pytest.raises(StoreDamagedError, match="damaged"):
        Store(path)
    assert path.read_bytes() == bytes(content)

    aside = move_aside(path, START)

    assert aside.name == "ampkeeper.db.damaged-20261122T120000Z"
    assert aside.read_bytes() == bytes(content)
    store = Store(path)
    assert committed(store) == 0
    store.close()


def test_a_store_in_use_is_not_moved_aside_and_nothing_is_overwritten(path: Path) -> None:
    store = Store(path)
    with pytest.raises(StoreInUseError):
        move_aside(path, START)
    store.close()
    move_aside(path, START)
    Store(path).close()
    with pytest.raises(StoreError, match="exists already"):
        move_aside(path, START)
    assert path.exists()


def test_every_damaged_page_is_found_or_harmless(path: Path) -> None:
    """One page of nonsense at a time: never an exception of another kind, never half a commit."""
    filled(path, 40)
    whole = path.read_bytes()
    found = 0
    for page in range(len(whole) // 4096):
        content = bytearray(whole)
        content[page * 4096 : (page + 1) * 4096] = bytes(range(256)) * 16
        path.write_bytes(content)
        try:
            store = Store(path)
        except StoreError:
            found += 1
            continue
        assert committed(store) == 40
        store.close()
    assert found >= len(whole) // 4096 - 2


def test_a_journal_cut_anywhere_leaves_whole_commits_in_order(tmp_path: Path) -> None:
    """What a power cut may leave of the WAL: a prefix, torn inside a frame or between two."""
    source = Store(tmp_path / "ampkeeper.db")
    ends = []
    for number in range(1, 9):
        source.commit(changes(number))
        ends.append((tmp_path / "ampkeeper.db-wal").stat().st_size)
    journal = (tmp_path / "ampkeeper.db-wal").read_bytes()
    main = (tmp_path / "ampkeeper.db").read_bytes()
    source.close()
    cut_folder = tmp_path / "cut"
    for length in range(ends[0] - 4096, len(journal) + 1, 1031):
        cut_folder.mkdir()
        (cut_folder / "ampkeeper.db").write_bytes(main)
        (cut_folder / "ampkeeper.db-wal").write_bytes(journal[:length])
        store = Store(cut_folder / "ampkeeper.db")
        assert committed(store) == sum(end <= length for end in ends), length
        store.commit([SaveSetting("after", "the cut")])
        store.close()
        shutil.rmtree(cut_folder)


def test_a_read_only_store_is_read_without_a_writer_and_after_a_power_cut(tmp_path: Path) -> None:
    store = Store(tmp_path / "ampkeeper.db")
    store.commit(changes(1))
    left = tmp_path / "left"
    left.mkdir()
    for name in ("ampkeeper.db", "ampkeeper.db-wal"):
        shutil.copy(tmp_path / name, left / name)
    store.close()
    reader = open_read_only(left / "ampkeeper.db")
    assert committed(reader) == 1
    reader.close()


def test_a_queue_of_an_older_schema_comes_along_as_it_is(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = database._schema_files()
    before = [file for file in files if file[0] < IDLE_SAMPLES]
    monkeypatch.setattr(database, "_schema_files", lambda: before)
    store = Store(path)
    store.commit([open_session(), AddFact(started(), "m1"), AddFact(sampled(), "m2", True)])
    store.outbox_failed(1)
    store.close()
    monkeypatch.setattr(database, "_schema_files", lambda: files)
    store = Store(path)
    store.commit([AddFact(idle(5), "m3")])
    rows = []
    while (row := store.outbox_head()) is not None:
        rows.append((row.id, row.fact, row.message_id, row.attempts, row.is_offline))
        store.outbox_done(row.id)
    assert rows == [
        (1, started(), "m1", 1, False),
        (2, sampled(), "m2", 0, True),
        (3, idle(5), "m3", 0, False),
    ]
    store.close()
