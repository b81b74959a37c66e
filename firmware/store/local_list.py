"""The local authorisation list as a table; its version is in ``meta``, written with it."""

import sqlite3
from collections.abc import Iterable

from ampkeeper.firmware.local_list import EMPTY, ListEntry
from ampkeeper.firmware.store.changes import SaveLocalList
from ampkeeper.firmware.store.facts_codec import time_of, time_text

VERSION = "local_list_version"
PUT = """
    INSERT INTO local_list (token, status, group_id, expires, evse_ids) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (token) DO UPDATE SET status = excluded.status, group_id = excluded.group_id,
        expires = excluded.expires, evse_ids = excluded.evse_ids
"""
PUT_VERSION = """
    INSERT INTO meta (key, value) VALUES (?, ?)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value
"""


def save(connection: sqlite3.Connection, change: SaveLocalList) -> None:
    """Write an update, whole: the caller's transaction holds it together."""
    if change.is_full:
        connection.execute("DELETE FROM local_list")
    for entry in change.entries:
        token = _storable(entry.token.upper())
        connection.execute("DELETE FROM local_list WHERE token = ?", (token,))
        if entry.status is not None:
            expires = None if entry.expires is None else time_text(entry.expires)
            group_id = None if entry.group_id is None else _storable(entry.group_id)
            where = evse_text(entry.evse_ids)
            connection.execute(PUT, (token, entry.status, group_id, expires, where))
    connection.execute(PUT_VERSION, (VERSION, str(change.version)))


def load(connection: sqlite3.Connection) -> tuple[int, list[ListEntry]]:
    """(version, entries)."""
    found = connection.execute("SELECT value FROM meta WHERE key = ?", (VERSION,)).fetchone()
    rows = connection.execute("SELECT token, status, group_id, expires, evse_ids FROM local_list")
    entries = [
        ListEntry(
            token,
            status,
            group_id,
            None if expires is None else time_of(expires),
            evse_ids_of(where),
        )
        for token, status, group_id, expires, where in rows
    ]
    return (EMPTY if found is None else int(found[0])), entries


def evse_text(evse_ids: Iterable[int]) -> str:
    """EVSE ids as a column holds them: "1,3"."""
    return ",".join(map(str, evse_ids))


def evse_ids_of(text: str) -> tuple[int, ...]:
    """What ``evse_text`` wrote."""
    return tuple(int(part) for part in text.split(",") if part)


def _storable(text: str) -> str:
    """Without the lone surrogates that JSON from outside may hold."""
    return text.encode("utf-8", "replace").decode("utf-8")
