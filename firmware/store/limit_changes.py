"""Limit changes, as a table: which limit bound where, and from when on.

Kept for ``KEPT_DAYS`` in which the station ran, and at most ``CHANGES_MAX`` of them: then the
oldest go. A clock that is wrong deletes nothing (``passing.py``).
"""

import sqlite3
from datetime import datetime

from ampkeeper.firmware.store.changes import AddLimitChange
from ampkeeper.firmware.store.facts_codec import time_of, time_text
from ampkeeper.firmware.store.passing import DAY_S, ran_s
from ampkeeper.firmware.store.rows import LimitChangeRow

KEPT_DAYS = 30
CHANGES_MAX = 20_000  # some 3 MB
SOURCE_CHARS_MAX, REASON_CHARS_MAX = 40, 255

ADD = """
    INSERT INTO limit_change (evse_id, at, source, current_a, reason, changes, now_s, ran_s)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
LAST = "SELECT ran_s, now_s FROM limit_change ORDER BY number DESC LIMIT 1"
PRUNE_OLD = "DELETE FROM limit_change WHERE ran_s < ?"
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
    before_s, before_now_s = connection.execute(LAST).fetchone() or (0.0, change.now_s)
    age_s = ran_s(before_s, before_now_s, change.now_s)
    kept = (reason[:REASON_CHARS_MAX], change.changes, change.now_s, age_s)
    connection.execute(ADD, (*values, *kept))
    connection.execute(PRUNE_OLD, (age_s - KEPT_DAYS * DAY_S,))
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
