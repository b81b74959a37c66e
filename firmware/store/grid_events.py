"""Grid events, as a table: what happened to the orders of the grid operator.

Kept for two years (BNetzA BK6-22-300) in which the station ran, and at most ``EVENTS_MAX`` of
them: then the oldest go. A clock that is wrong deletes nothing (``passing.py``).
"""

import sqlite3
from datetime import datetime

from ampkeeper.firmware.store.changes import AddGridEvent
from ampkeeper.firmware.store.facts_codec import time_of, time_text
from ampkeeper.firmware.store.passing import DAY_S, ran_s

KEPT_DAYS = 2 * 366
EVENTS_MAX = 50_000  # some 20 MB; five for each order, 13 orders a day for two years

ADD = """
    INSERT INTO grid_event
        (at, kind, commanded_w, measured_w, source, reason, previous, digest, now_s, ran_s)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
LAST = "SELECT ran_s, now_s FROM grid_event ORDER BY number DESC LIMIT 1"
PRUNE_OLD = "DELETE FROM grid_event WHERE ran_s < ?"
PRUNE_MANY = """
    DELETE FROM grid_event WHERE number <=
        (SELECT number FROM grid_event ORDER BY number DESC LIMIT 1 OFFSET ?)
"""
ROWS = """
    SELECT at, kind, commanded_w, measured_w, source, reason, previous, digest FROM grid_event
    WHERE at >= ? AND at < ? ORDER BY number LIMIT ?
"""


def add(connection: sqlite3.Connection, change: AddGridEvent) -> None:
    """Keep an event, and delete what is too old or too much."""
    values = (change.kind, change.commanded_w, change.measured_w, change.source, change.reason)
    chain = (change.previous, change.digest)
    before_s, before_now_s = connection.execute(LAST).fetchone() or (0.0, change.now_s)
    age_s = ran_s(before_s, before_now_s, change.now_s)
    connection.execute(ADD, (time_text(change.at), *values, *chain, change.now_s, age_s))
    connection.execute(PRUNE_OLD, (age_s - KEPT_DAYS * DAY_S,))
    connection.execute(PRUNE_MANY, (EVENTS_MAX,))


def rows(connection: sqlite3.Connection, since: datetime, until: datetime) -> list[AddGridEvent]:
    """The events from then until then, in order."""
    found = connection.execute(ROWS, (time_text(since), time_text(until), EVENTS_MAX))
    return [AddGridEvent(time_of(at), *values) for at, *values in found]
