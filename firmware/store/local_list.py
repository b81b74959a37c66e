"""The local authorisation list as a table; its version is in ``meta``, written with it."""

import sqlite3

from ampkeeper.firmware.local_list import EMPTY, ListEntry
from ampkeeper.firmware.store.changes import SaveLocalList
from ampkeeper.firmware.store.facts_codec import time_of, time_text

VERSION = "local_list_version"
PUT = """
    INSERT INTO local_list (token, status, group_id, expires) VALUES (?, ?, ?, ?)
    ON CONFLICT (token) DO UPDATE SET status = excluded.status, group_id = excluded.group_id,
        expires = excluded.expires
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
            connection.execute(PUT, (token, entry.status, group_id, expires))
    connection.execute(PUT_VERSION, (VERSION, str(change.version)))


def load(connection: sqlite3.Connection) -> tuple[int, list[ListEntry]]:
    """(version, entries)."""
    found = connection.execute("SELECT value FROM meta WHERE key = ?", (VERSION,)).fetchone()
    rows = connection.execute("SELECT token, status, group_id, expires FROM local_list")
    entries = [
        ListEntry(token, status, group_id, None if expires is None else time_of(expires))
        for token, status, group_id, expires in rows
    ]
    return (EMPTY if found is None else int(found[0])), entries


def _storable(text: str) -> str:
    """Without the lone surrogates that JSON from outside may hold."""
    return text.encode("utf-8", "replace").decode("utf-8")
