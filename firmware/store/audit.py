"""Audit, as a table: who asked for which change, when, and what came of it.

The same by the same one, within ``FOLD_S`` of the last time, is counted on its line. At most
``ROWS_MAX`` lines: then the oldest go of whoever has the most, of the kind that he has most
of, so that by asking often nobody pushes out what others did, or what else he did.
"""

import sqlite3
from dataclasses import replace
from datetime import datetime
from typing import Any

from ampkeeper.firmware.store.changes import AddAudit
from ampkeeper.firmware.store.facts_codec import time_of, time_text

ROWS_MAX = 10_000  # some 2 MB
PRUNED_PART = 100  # this part of them goes at once: to find whose costs more than to write one
CHARS_MAX = 255
FOLD_S = 60.0

ADD = "INSERT INTO audit (at, who, role, way, action, detail, result) VALUES (?, ?, ?, ?, ?, ?, ?)"
NEWEST = """
    SELECT number, coalesce(last, at), role, way, detail, result FROM audit
        WHERE who = ? AND action = ? ORDER BY number DESC LIMIT 1
"""
FOLD = "UPDATE audit SET times = times + 1, last = ? WHERE number = ?"
COUNT = "SELECT count(*) FROM audit"
FULLEST = """
    SELECT who, action FROM audit
        WHERE who = (SELECT who FROM audit GROUP BY who ORDER BY count(*) DESC LIMIT 1)
        GROUP BY action ORDER BY count(*) DESC LIMIT 1
"""
PRUNE = """
    DELETE FROM audit WHERE number IN
        (SELECT number FROM audit WHERE who = ? AND action = ? ORDER BY number LIMIT ?)
"""
ROWS = """
    SELECT at, who, role, way, action, detail, result, times, last FROM audit
        ORDER BY number DESC LIMIT ?
"""


def add(connection: sqlite3.Connection, change: AddAudit) -> None:
    """Keep it, and delete what is too much."""
    texts = (change.who, change.role, change.way, change.action, change.detail, change.result)
    who, role, way, action, detail, result = map(_clean, texts)
    newest = connection.execute(NEWEST, (who, action)).fetchone()
    if newest is not None and newest[2:] == (role, way, detail, result):
        since_s = (change.at - time_of(newest[1])).total_seconds()
        if 0.0 <= since_s <= FOLD_S:
            connection.execute(FOLD, (time_text(change.at), newest[0]))
            return
    connection.execute(ADD, (time_text(change.at), who, role, way, action, detail, result))
    if connection.execute(COUNT).fetchone()[0] > ROWS_MAX:
        fullest = connection.execute(FULLEST).fetchone()
        connection.execute(PRUNE, (*fullest, max(1, ROWS_MAX // PRUNED_PART)))


def rows(connection: sqlite3.Connection, limit: int) -> list[AddAudit]:
    """The newest, newest first."""
    found = connection.execute(ROWS, (max(0, min(limit, ROWS_MAX)),))
    return [_row(*row) for row in found]


def _row(at: str, *told: Any) -> AddAudit:
    *texts, times, last = told
    return replace(AddAudit(time_of(at), *texts), times=times, last=_time(last))


def _time(text: str | None) -> datetime | None:
    return time_of(text) if text is not None else None


def _clean(text: str) -> str:
    """What can be stored, on one line."""
    whole = text[:CHARS_MAX].encode("utf-8", "replace").decode("utf-8")
    return "".join(each if each.isprintable() else "?" for each in whole)
