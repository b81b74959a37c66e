"""Outbox judge: opens every disk that may be left of the store, each once, and reads all of it.

SQLite itself says of each disk how much of its journal is valid. The shipped store then opens one
disk of those that are the same to it: same valid journal, and same pages of the database that the
journal does not have; and now and then another of them, which must read the same.
"""

import hashlib
from pathlib import Path

from ampkeeper.firmware.store.errors import StoreError
from tests.power_loss.outbox_story import dump_of, opened
from tests.support.crash_disk import CrashDisk, Files, found
from tests.support.leftovers import Cut, Write
from tests.support.sqlite_journal import JournalReader, beside

DB, WAL, JOURNAL = "ampkeeper.db", "ampkeeper.db-wal", "ampkeeper.db-journal"
AGAIN_EVERY = 100  # of the disks that are the same as another, these are opened all the same

Seen = tuple[int | None, int | None, int | None]


class Recorder:
    """What SQLite did, on the model of a disk."""

    def __init__(self, disk: CrashDisk) -> None:
        self.disk = disk

    def may(self, kind: str, name: str) -> int:
        """Nothing fails here."""
        return 0

    def did(self, kind: str, name: str, place: int, data: bytes) -> None:
        """The same on the model."""
        disk = self.disk
        if kind == "create":
            if name not in disk.names_now:
                disk.create(name)
        elif kind == "sync":
            disk.sync(name)
        elif kind == "delete":
            disk.remove(name)
            if place:
                disk.sync_folder("")
        else:
            change = Write(place, data) if kind == "write" else Cut(place)
            disk.names_now[name].change(change)
            disk.after()


class Judge:
    """Of disks, by what the books on them say."""

    def __init__(self, folder: Path) -> None:
        self.seen: set[Seen] = set()
        self._asked = 0
        self.opened = 0  # by the shipped store
        self._folder = folder
        self._journal = JournalReader(folder / "read")
        self._books: dict[object, str] = {}
        self._waiting: list[tuple[str, Files]] = []

    def close(self) -> None:
        """Let go of the disk that was asked last."""
        self._journal.close()

    def collect(self, disk: CrashDisk) -> None:
        """Everything that may be left now, and was not seen before."""
        for pattern, files in disk.leftovers():
            key = _seen(files)
            if key not in self.seen:
                self.seen.add(key)
                self._waiting.append((pattern, files))

    def waiting(self) -> list[tuple[str, Files]]:
        """What was collected since it was asked last."""
        waiting, self._waiting = self._waiting, []
        return waiting

    def books_on(self, files: Files) -> str:
        """What the books on this disk say, in short; or why they cannot be opened."""
        kind = self._kind(files)
        if kind is None:
            return self._read(files)
        self._asked += 1
        if kind not in self._books or self._asked % AGAIN_EVERY == 0:
            books = self._read(files)
            if books != self._books.setdefault(kind, books):
                return f"{books}, but the same elsewhere: {self._books[kind]}"
        return self._books[kind]

    def _kind(self, files: Files) -> object | None:
        """What SQLite finds on the disk; None where it would have to write to say that."""
        db, wal = files.get(DB), files.get(WAL)
        if JOURNAL in files or wal is None or db is None:
            return None
        valid = self._journal.valid(db, wal)
        return None if valid is None else (db.sectors[0][:100], beside(db, valid), valid)

    def _read(self, files: Files) -> str:
        """What the shipped store says."""
        self.opened += 1
        for name in (DB, WAL, JOURNAL):
            content, path = files.get(name), self._folder / name
            if content is None:
                path.unlink(missing_ok=True)
            else:
                path.write_bytes(b"".join(content.sectors))
        try:
            store = opened(self._folder / DB)
        except StoreError as error:
            return f"not opened: {error}"
        try:
            return digest_of(dump_of(store))
        finally:
            store.close()


def digest_of(dump: object) -> str:
    """A short name for what the books say."""
    return hashlib.blake2b(repr(dump).encode(), digest_size=12).hexdigest()


def disk_in(folder: Path) -> CrashDisk:
    """A disk on which all that is in a folder was synced."""
    disk = CrashDisk()
    for name in (DB, WAL, JOURNAL):
        if (folder / name).exists():
            disk.create(name)
            disk.append(name, (folder / name).read_bytes())
    return found({name: inode.content() for name, inode in disk.names_now.items()})


def _seen(files: Files) -> Seen:
    db, wal, journal = files.get(DB), files.get(WAL), files.get(JOURNAL)
    return db and db.key, wal and wal.key, journal and journal.key
