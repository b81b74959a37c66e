"""What is seen of SQLite's disk is what SQLite does to it, and recovers from it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ampkeeper.firmware.store.errors import StoreError
from ampkeeper.firmware.store.store import Store
from tests.power_loss.outbox_judge import DB, WAL, Recorder
from tests.support import sqlite_disk
from tests.support.crash_disk import CrashDisk
from tests.support.leftovers import content_of
from tests.support.sqlite_disk import watched
from tests.support.sqlite_journal import FRAME_BYTES, WAL_HEADER_BYTES, JournalReader
from tests.unit.store.writer import changes, committed


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    """Database and journal of a store with three commits that was never closed."""
    folder = tmp_path_factory.mktemp("made")
    Store(folder / DB).close()
    store = Store(folder / DB)
    for number in range(1, 4):
        store.commit(changes(number))
    files = (folder / DB).read_bytes(), (folder / WAL).read_bytes()
    store.close()
    return files


def damaged(wal: bytes) -> Iterator[bytes]:
    """The journal, shorter, with a byte changed, and whole; in no order of length."""
    places = range(0, len(wal), 9_973)
    for place in places:
        yield wal[:place]
        yield wal[:place] + bytes([wal[place] ^ 0xFF]) + wal[place + 1 :]
        yield wal


def test_a_model_that_follows_has_the_bytes_of_the_real_files(tmp_path: Path):
    disk = CrashDisk()
    with watched(Recorder(disk), tmp_path):
        for _ in range(2):
            store = Store(tmp_path / DB)
            for number in range(committed(store) + 1, committed(store) + 4):
                store.commit(changes(number))
                modeled = [disk.names_now[name].content().raw for name in (DB, WAL)]
                assert modeled == [(tmp_path / name).read_bytes() for name in (DB, WAL)]
            store.close()
            assert list(disk.names_now) == [DB]
            assert disk.durable().names_now[DB].content().raw == (tmp_path / DB).read_bytes()


def test_a_disk_in_another_folder_is_not_seen(tmp_path: Path):
    disk = CrashDisk()
    (tmp_path / "here").mkdir()
    with watched(Recorder(disk), tmp_path / "here"):
        Store(tmp_path / DB).close()
    assert disk.names_now == {}


def test_a_failure_is_what_the_store_hears(tmp_path: Path):
    class Failing(Recorder):
        def may(self, kind: str, name: str) -> int:
            return sqlite_disk.IO_SYNC if kind == "sync" else sqlite_disk.OK

    with watched(Failing(CrashDisk()), tmp_path), pytest.raises(StoreError, match="I/O"):
        Store(tmp_path / DB)
    Store(tmp_path / DB).close()


def test_what_a_watcher_raises_ends_the_test(tmp_path: Path):
    class Broken(Recorder):
        def did(self, kind: str, name: str, place: int, data: bytes) -> None:
            raise ZeroDivisionError

    with (
        pytest.raises(ZeroDivisionError),
        watched(Broken(CrashDisk()), tmp_path),
        pytest.raises(StoreError),
    ):
        Store(tmp_path / DB)


def test_a_journal_is_as_long_as_at_a_first_opening_whatever_was_asked_before(
    cut: tuple[bytes, bytes], tmp_path: Path
):
    db, again = content_of(cut[0]), JournalReader(tmp_path / "again")
    sizes = set()
    for number, wal in enumerate(damaged(cut[1])):
        first = JournalReader(tmp_path / str(number))
        expected = first.valid(db, content_of(wal))
        first.close()
        shutil.rmtree(tmp_path / str(number))
        assert again.valid(db, content_of(wal)) == expected
        assert expected is not None
        assert wal.startswith(expected)
        assert expected == b"" or (len(expected) - WAL_HEADER_BYTES) % FRAME_BYTES == 0
        sizes.add(len(expected))
    again.close()
    assert len(sizes) == 4, "each commit, or none"
