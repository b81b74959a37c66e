"""The database file: opened so that a commit that returned is on the disk, or refused.

``PRAGMA journal_mode=wal`` can fail without an error when the disk does: every setting that
durability rests on is read back. ``synchronous=EXTRA`` because FULL may lose the last commit in
the DELETE mode that a failed switch leaves behind.
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from pathlib import Path
from typing import IO

from ampkeeper.firmware.store.errors import (
    StoreDamagedError,
    StoreError,
    StoreInUseError,
    StoreVersionError,
)

APPLICATION_ID = 0x414D504B  # "AMPK"
BUSY_MS = 5_000
WAL_BYTES_KEPT = 4_194_304
PAGES_KIB_KEPT = 64  # of what was read or written last; the system keeps the rest of the file
STATEMENTS_KEPT = 24  # prepared; an event needs fewer
SYNCHRONOUS_EXTRA = 3
MODE_PRIVATE = 0o600
COMPANIONS = ("", "-wal", "-shm")


def open_database(path: Path) -> sqlite3.Connection:
    """Open ``path`` for writing, made or brought to the newest schema, and prove it whole."""
    with _as_store_error(path):
        _create_private(path)
        connection = sqlite3.connect(
            path,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=STATEMENTS_KEPT,
        )
        try:
            _check_owner(connection, path)
            _keep_private(path)
            _set_up(connection, path)
            _check_whole(connection, path)
            _migrate(connection, path)
            connection.execute("PRAGMA shrink_memory")  # what the check has read
        except BaseException:
            connection.close()
            raise
        return connection


def open_read_only(path: Path) -> sqlite3.Connection:
    """Open an existing ``path`` for reading only, beside a station that may be running."""
    if not path.is_file():
        raise StoreError(f"{path}: there is no store")
    with _as_store_error(path):
        uri = f"{path.absolute().as_uri()}?mode=ro"
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
        try:
            connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
            _check_owner(connection, path)
            if _number(connection, "PRAGMA user_version") != newest_version():
                raise StoreVersionError(f"{path}: another version of the software wrote it")
        except BaseException:
            connection.close()
            raise
        return connection


def lock(path: Path) -> IO[bytes]:
    """Hold ``path`` for this process until the returned file is closed, or the process ends."""
    try:
        file = open(path.with_name(path.name + ".lock"), "ab")  # noqa: SIM115 - held for long
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}") from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise StoreInUseError(f"{path}: another process has it open") from error
    return file


def move_aside(path: Path, at: datetime) -> Path:
    """Rename a damaged store and its companions, so that the next open starts an empty one.

    Returns the new name. Never called by the store itself: it gives up what is owed.
    """
    stamp = at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    aside = path.with_name(f"{path.name}.damaged-{stamp}")
    if aside.exists():
        raise StoreError(f"{aside}: exists already")
    with lock(path):
        for companion in COMPANIONS:
            old = path.with_name(path.name + companion)
            if old.exists():
                os.rename(old, path.with_name(aside.name + companion))
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    return aside


def newest_version() -> int:
    """The schema version that this software writes."""
    return _schema_files()[-1][0]


def _create_private(path: Path) -> None:
    """Make the file before SQLite does: it holds passwords and keys. Its journals follow it."""
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_CREAT, MODE_PRIVATE))
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}") from error


def _keep_private(path: Path) -> None:
    """An older version left it readable for others."""
    try:
        os.chmod(path, MODE_PRIVATE)
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}") from error


def _check_owner(connection: sqlite3.Connection, path: Path) -> None:
    owner = _number(connection, "PRAGMA application_id")
    version = _number(connection, "PRAGMA user_version")
    is_empty = _number(connection, "SELECT count(*) FROM sqlite_master") == 0
    if owner != APPLICATION_ID and not (owner == 0 and version == 0 and is_empty):
        raise StoreDamagedError(f"{path}: a database, but not of this software")
    if version > newest_version():
        newest = newest_version()
        raise StoreVersionError(f"{path}: schema {version}, this software knows up to {newest}")


def _set_up(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
    mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    if mode != "wal":
        raise StoreError(f"{path}: the journal stayed in mode {mode!r}, must be 'wal'")
    connection.execute("PRAGMA synchronous = EXTRA")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA cache_size = -{PAGES_KIB_KEPT}")
    connection.execute(f"PRAGMA journal_size_limit = {WAL_BYTES_KEPT}")
    if _number(connection, "PRAGMA synchronous") != SYNCHRONOUS_EXTRA:
        raise StoreError(f"{path}: synchronous is not EXTRA")
    if _number(connection, "PRAGMA foreign_keys") != 1:
        raise StoreError(f"{path}: foreign keys are not checked")


def _check_whole(connection: sqlite3.Connection, path: Path) -> None:
    found = connection.execute("PRAGMA quick_check(5)").fetchall()
    if found != [("ok",)]:
        raise StoreDamagedError(f"{path}: damaged: {'; '.join(str(row[0]) for row in found)}")


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    version = _number(connection, "PRAGMA user_version")
    for number, script in _schema_files():
        if number <= version:
            continue
        connection.execute("BEGIN IMMEDIATE")
        try:
            for statement in _statements(script):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {number}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
    assert _number(connection, "PRAGMA user_version") == newest_version(), path


@cache
def _schema_files() -> list[tuple[int, str]]:
    """(number, SQL) of each schema file, in order: 001_first.sql is 1."""
    folder = resources.files("ampkeeper.firmware.store") / "schema"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)
    return [(int(file.name.partition("_")[0]), file.read_text("utf-8")) for file in files]


def _statements(script: str) -> Iterator[str]:
    """The statements of a schema file; ``executescript`` would commit between them."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    assert statement.strip() == "", "a schema file ends with a whole statement"


def _number(connection: sqlite3.Connection, query: str) -> int:
    return int(connection.execute(query).fetchone()[0])


@contextmanager
def _as_store_error(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise StoreError(f"{path}: {error}") from error
    except sqlite3.DatabaseError as error:
        raise StoreDamagedError(f"{path}: damaged: {error}") from error
