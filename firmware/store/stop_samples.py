"""Samples kept for the end of a transaction: between its begin and its end, which always go along.

The rule when full: every other one goes, the first, third, fifth and so on, and from then on every
other one is kept, so that what is left covers the whole transaction evenly (OCPP 1.6 errata 3.14
and 3.89, 2.0.1 E08.FR.11). The rule when the samples of all transactions are too many: every other
one goes of those that are over, the ones with most of them first.
"""

import json
import sqlite3

from ampkeeper.firmware.facts import StampedReading
from ampkeeper.firmware.store.changes import AddStopSample
from ampkeeper.firmware.store.facts_codec import reading_body, reading_of

SAMPLES_MAX = 50
SAMPLES_OF_ALL_MAX = 100_000
PASSES = 50  # in which all of them would be thinned once: few transactions at a time
NEWEST = "SELECT max(place) FROM stop_sample WHERE tx_id = ?"
THIN = "DELETE FROM stop_sample WHERE tx_id = ? AND place % ? != 0"
ADD = "INSERT INTO stop_sample (tx_id, place, reading) VALUES (?, ?, ?)"
SPAN = """
    SELECT (SELECT max(rowid) FROM stop_sample) - (SELECT min(rowid) FROM stop_sample)
"""
THIN_MANY = """
    DELETE FROM stop_sample WHERE rowid IN (
        WITH most (tx_id) AS (
            SELECT tx_id FROM stop_sample JOIN session USING (tx_id) WHERE is_open = 0
            GROUP BY tx_id ORDER BY count(*) DESC, min(stop_sample.rowid) LIMIT ?
        )
        SELECT number FROM (
            SELECT rowid AS number, row_number() OVER (PARTITION BY tx_id ORDER BY place) AS nth
            FROM stop_sample WHERE tx_id IN most
        ) WHERE nth % 2 = 1
    )
"""


def add(
    connection: sqlite3.Connection, change: AddStopSample, of_all_max: int = SAMPLES_OF_ALL_MAX
) -> int:
    """Keep one more; return how many of transactions that are over had to go for it.

    The newest of a transaction that runs always stays: its place tells how many there were.
    """
    dropped = _make_room(connection, of_all_max)
    newest = connection.execute(NEWEST, (change.tx_id,)).fetchone()[0]
    place = 1 if newest is None else newest + 1
    connection.execute(THIN, (change.tx_id, _stride(place)))
    text = json.dumps(reading_body(change.sample), allow_nan=False, separators=(",", ":"))
    connection.execute(ADD, (change.tx_id, place, text))
    return dropped


def _make_room(connection: sqlite3.Connection, of_all_max: int) -> int:
    """Thin out once too many are kept; the rows' numbers are a bound that costs no counting."""
    span = connection.execute(SPAN).fetchone()[0]
    if span is None or span + 1 < of_all_max:
        return 0
    count = connection.execute("SELECT count(*) FROM stop_sample").fetchone()[0]
    if count < of_all_max:
        return 0
    transactions = max(1, of_all_max // (SAMPLES_MAX * PASSES))
    return connection.execute(THIN_MANY, (transactions,)).rowcount


def _stride(count: int) -> int:
    """Of so many samples, every how many-th is kept: the least power of 2 that fits."""
    stride = 1
    while count // stride >= SAMPLES_MAX:
        stride *= 2
    return stride


def of_transaction(connection: sqlite3.Connection, tx_id: str) -> tuple[StampedReading, ...]:
    """What was kept, oldest first."""
    rows = connection.execute(
        "SELECT reading FROM stop_sample WHERE tx_id = ? ORDER BY place", (tx_id,)
    )
    return tuple(sample for (text,) in rows if (sample := _read(text)) is not None)


def _read(text: str) -> StampedReading | None:
    """None for what another version wrote: the end goes out without it."""
    try:
        return reading_of(json.loads(text))
    except (ValueError, KeyError, TypeError):
        return None


def drop(connection: sqlite3.Connection, outbox_row_id: int, ended_kind: str) -> None:
    """The end of the transaction leaves the outbox: they are not needed any more."""
    connection.execute(
        "DELETE FROM stop_sample WHERE tx_id ="
        " (SELECT tx_id FROM outbox WHERE id = ? AND kind = ?)",
        (outbox_row_id, ended_kind),
    )
