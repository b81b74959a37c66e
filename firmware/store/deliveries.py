"""Deliveries, as a table: which receipts are owed by which way; each is made once.

A row that is done stays as long as its session, so a second order for the same is none.
"""

import json
import sqlite3
from collections.abc import Sequence

from ampkeeper.firmware.store.journals import AddDelivery

ADD = """
    INSERT INTO delivery (message_id, tx_id, way) VALUES (?, ?, ?)
    ON CONFLICT (message_id) DO NOTHING
"""
DONE = "UPDATE delivery SET is_done = 1 WHERE message_id = ?"
HEAD = """
    SELECT message_id, tx_id, way FROM delivery WHERE is_done = 0 AND way = ?
        AND message_id NOT IN (SELECT value FROM json_each(?))
    ORDER BY number LIMIT 1
"""


def add(connection: sqlite3.Connection, change: AddDelivery) -> None:
    """Owe it; its session is in the store or in the same commit."""
    connection.execute(ADD, (change.message_id, change.tx_id, change.way))


def done(connection: sqlite3.Connection, message_id: str) -> None:
    """It arrived, or nobody will ever take it."""
    connection.execute(DONE, (message_id,))


def head(connection: sqlite3.Connection, way: str, later: Sequence[str]) -> AddDelivery | None:
    """The oldest that is owed by this way, but for those that are sent later."""
    row = connection.execute(HEAD, (way, json.dumps(list(later)))).fetchone()
    return None if row is None else AddDelivery(*row)
