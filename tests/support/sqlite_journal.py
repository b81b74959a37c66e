"""How much of a write-ahead log SQLite finds valid: asked of SQLite, for one disk after another.

A connection that only reads stays open, and its shared memory is damaged before each question as
a process that died leaves it: SQLite then recovers the whole log anew, as at a first opening, and
writes down what it found (https://www.sqlite.org/walformat.html, section 2.4).
"""

import mmap
import os
import sqlite3
import sys
from pathlib import Path

from tests.support.leftovers import SECTOR_BYTES, Content

WAL_MODE = b"\x02\x02"  # bytes 18 and 19 of the database
INDEX_HEADERS_BYTES = 96  # two copies
FRAMES_AT = slice(16, 20)  # in the header: the last valid frame
PAGE_BYTES = 4_096
FRAME_BYTES = PAGE_BYTES + 24
WAL_HEADER_BYTES = 32


class JournalReader:
    """Lays disks into a folder of its own, one over the other."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._db = str(folder / "ampkeeper.db")
        # never closed before the end: that would take SQLite's locks away
        flags = os.O_RDWR | os.O_CREAT
        self._handles = [os.open(self._db + tail, flags, 0o600) for tail in ("", "-wal")]
        self._laid: list[Content | None] = [None, None]
        self._connection: sqlite3.Connection | None = None
        self._shared: mmap.mmap | None = None

    def valid(self, db: Content, wal: Content) -> bytes | None:
        """The part of the log that counts; None where SQLite cannot read the disk like this."""
        if not db.sectors or db.sectors[0][18:20] != WAL_MODE:
            return None
        self._lay(0, db)
        self._lay(1, wal)
        frames = self._recovered()
        if frames is None:
            return None
        size = WAL_HEADER_BYTES + frames * FRAME_BYTES if frames else 0
        return b"".join(wal.sectors[: -(-size // SECTOR_BYTES)])[:size]

    def close(self) -> None:
        """Let go of everything."""
        self._disconnect()
        for handle in self._handles:
            os.close(handle)

    def _recovered(self) -> int | None:
        if self._shared is not None:
            self._shared[:INDEX_HEADERS_BYTES] = bytes(INDEX_HEADERS_BYTES)
        try:
            if self._connection is None:
                uri = f"file:{self._db}?mode=ro"
                self._connection = sqlite3.connect(uri, uri=True, isolation_level=None)
            self._connection.execute("PRAGMA user_version").fetchall()
        except sqlite3.DatabaseError:
            self._disconnect()
            return None
        if self._shared is None:
            with open(self._db + "-shm", "r+b") as file:
                self._shared = mmap.mmap(file.fileno(), PAGE_BYTES)
        return int.from_bytes(self._shared[FRAMES_AT], sys.byteorder)

    def _disconnect(self) -> None:
        if self._shared is not None:
            self._shared.close()
        if self._connection is not None:
            self._connection.close()
        self._shared = self._connection = None

    def _lay(self, place: int, content: Content) -> None:
        if self._laid[place] is content:
            return
        self._laid[place] = content
        handle = self._handles[place]
        os.ftruncate(handle, 0)
        os.pwrite(handle, b"".join(content.sectors), 0)


def beside(db: Content, valid: bytes) -> int:
    """What stands for the pages of a database that the valid part of a log does not have."""
    sectors: list[bytes | None] = list(db.sectors)
    per_page = PAGE_BYTES // SECTOR_BYTES
    for start in range(WAL_HEADER_BYTES, len(valid), FRAME_BYTES):
        first = (int.from_bytes(valid[start : start + 4], "big") - 1) * per_page
        there = min(per_page, max(0, len(sectors) - first))
        sectors[first : first + there] = [None] * there
    while sectors and sectors[-1] is None:
        sectors.pop()
    return hash(tuple(sectors))
