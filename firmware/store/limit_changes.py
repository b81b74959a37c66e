"""Limit changes, as a table: which limit bound where, and from when on.

Kept for ``KEPT_DAYS``, and at most ``CHANGES_MAX`` of them: then the oldest go.
"""

import sqlite3
from datetime import datetime, timedelta

from ampkeeper.firmware.store.changes import AddLimitChange
from ampkeeper.firmware.store.facts_codec import time_of, time_text
from ampkeeper.firmware.store.rows import LimitChangeRow

KEPT_DAYS = 30
CHANGES_MAX = 20_000  # some 3 MB
SOURCE_CHARS_MAX, REASON_CHARS_MAX = 40, 255

ADD = """
    INSERT INTO limit_change (evse_id, at, source, current_a, reason, changes)
    VALUES (?, ?, ?, ?, ?, ?)
"""
PRUNE_OLD = "DELETE FROM limit_change WHERE at < ?"
PRUNE_MANY = """
    DELETE FROM limit_change WHERE number <=
        (SELECT number FROM limit_change ORDER BY number DESC LIMIT 1 OFFSET ?)
"""
ROWS = """
    SELECT evse_id, at, source, current_a, reason, changes FROM limit_change
    WHERE at >= ? ORDER BY number DESC LIMIT ?
"""


def add(connection: sqlite3.Connection, change: AddLimitChange) -> None:
    """Keep a change, and delete what is too old or too much."""
    source, reason = (_clean(text) for text in (change.source, change.reason))
    values = (change.evse_id, time_text(change.at), source[:SOURCE_CHARS_MAX], change.current_a)
    connection.execute(ADD, (*values, reason[:REASON_CHARS_MAX], change.changes))
    connection.execute(PRUNE_OLD, (time_text(change.at - timedelta(days=KEPT_DAYS)),))
    connection.execute(PRUNE_MANY, (CHANGES_MAX,))


def rows(connection: sqlite3.Connection, since: datetime, limit: int) -> list[LimitChangeRow]:
    """The changes since then, newest first."""
    most = max(0, min(limit, CHANGES_MAX))
    return [_row(*found) for found in connection.execute(ROWS, (time_text(since), most))]


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _row(
    evse_id: int, at: str, source: str, current_a: float, reason: str, changes: int
) -> LimitChangeRow:
    return LimitChangeRow(evse_id, time_of(at), source, current_a, reason, changes)
