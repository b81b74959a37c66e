"""Audit, as a table: who asked for which change, when, and what came of it.

At most ``ROWS_MAX`` of them: then the oldest go.
"""

import sqlite3

from ampkeeper.firmware.store.changes import AddAudit
from ampkeeper.firmware.store.facts_codec import time_of, time_text

ROWS_MAX = 10_000  # some 2 MB
CHARS_MAX = 255

ADD = "INSERT INTO audit (at, who, role, way, action, detail, result) VALUES (?, ?, ?, ?, ?, ?, ?)"
PRUNE = """
    DELETE FROM audit WHERE number <=
        (SELECT number FROM audit ORDER BY number DESC LIMIT 1 OFFSET ?)
"""
ROWS = "SELECT at, who, role, way, action, detail, result FROM audit ORDER BY number DESC LIMIT ?"


def add(connection: sqlite3.Connection, change: AddAudit) -> None:
    """Keep it, and delete what is too much."""
    texts = (change.who, change.role, change.way, change.action, change.detail, change.result)
    connection.execute(ADD, (time_text(change.at), *map(_clean, texts)))
    connection.execute(PRUNE, (ROWS_MAX,))


def rows(connection: sqlite3.Connection, limit: int) -> list[AddAudit]:
    """The newest, newest first."""
    found = connection.execute(ROWS, (max(0, min(limit, ROWS_MAX)),))
    return [AddAudit(time_of(at), *texts) for at, *texts in found]


def _clean(text: str) -> str:
    """What can be stored, on one line."""
    whole = text[:CHARS_MAX].encode("utf-8", "replace").decode("utf-8")
    return "".join(each if each.isprintable() else "?" for each in whole)
