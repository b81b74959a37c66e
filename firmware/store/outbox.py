"""Outbox: messages owed to the central system, oldest first, each deleted only when answered.

The rule when full: samples of free connectors are thinned first, evenly over the whole queue, so
that a long outage keeps its shape; then those of transactions; then other updates. Starts and
ends are never dropped, nor is the oldest row, which may be on its way. What was dropped is
counted in ``meta``.
"""

import json
import sqlite3
from collections.abc import Collection

from ampkeeper.firmware.facts import (
    Fact,
    MeterSampled,
    StampedReading,
    TransactionEnded,
    TransactionUpdated,
    Trigger,
)
from ampkeeper.firmware.store import stop_samples
from ampkeeper.firmware.store.changes import AddFact
from ampkeeper.firmware.store.errors import StoreError, UnreadableFactError
from ampkeeper.firmware.store.facts_codec import (
    ENDED,
    SAMPLED,
    STARTED,
    UPDATED,
    decode,
    encode,
    kind_of,
)
from ampkeeper.firmware.store.rows import OutboxRow

THINNED_AT_ONCE = 1_000
DROPPED = "outbox_dropped"
SAMPLES = (Trigger.METER_VALUE_PERIODIC, Trigger.METER_VALUE_CLOCK)
DROPPABLE = ((SAMPLED, 1), (UPDATED, 1), (UPDATED, 0))  # (kind, is_sample), the first goes first

HEAD = """
    SELECT outbox.id, outbox.fact, outbox.message_id, outbox.attempts, outbox.is_offline,
           session.csms_tx_id, session.start_discarded, session.books
    FROM outbox LEFT JOIN session USING (tx_id)
"""
OLDEST = f"{HEAD} ORDER BY outbox.id LIMIT 1"
# From one transaction to the next by the index, past all that waits for another central system.
OLDEST_FOR = """
    WITH RECURSIVE owing (tx_id) AS (
        SELECT min(tx_id) FROM outbox
        UNION ALL
        SELECT (SELECT min(tx_id) FROM outbox WHERE tx_id > owing.tx_id) FROM owing
        WHERE owing.tx_id IS NOT NULL
    ), first (id) AS (
        SELECT (SELECT min(id) FROM outbox WHERE tx_id = owing.tx_id)
        FROM owing JOIN session USING (tx_id)
        WHERE books IS NULL OR books = ? OR books NOT IN (SELECT value FROM json_each(?))
        UNION ALL
        SELECT min(id) FROM outbox WHERE tx_id IS NULL
    )
    SELECT min(id) FROM first
"""
BY_ID = f"{HEAD} WHERE outbox.id = ?"
# Every :step-th of the droppable rows, never the oldest row of all.
THIN = """
    DELETE FROM outbox WHERE id IN (
        SELECT id FROM (
            SELECT id, row_number() OVER (ORDER BY id) AS place FROM outbox
            WHERE kind = :kind AND is_sample = :is_sample AND id > (SELECT min(id) FROM outbox)
        ) WHERE place % :step = :step / 2
    )
"""
COUNT_DROPPED = """
    INSERT INTO meta (key, value) VALUES (:key, :count)
    ON CONFLICT (key) DO UPDATE SET value = CAST(value AS INTEGER) + :count
"""


def add(connection: sqlite3.Connection, change: AddFact, count_max: int) -> int:
    """Queue a fact, making room first when ``count_max`` rows are waiting.

    The same message twice is one message: a commit may be repeated after a disk error. Returns
    how many messages had to go.
    """
    fact, dropped = change.fact, 0
    if _count_at_most(connection) >= count_max and count(connection) >= count_max:
        dropped = _make_room(connection)
        if not dropped and kind_of(fact) in (SAMPLED, UPDATED):
            _count_dropped(connection, 1)
            return 1
    connection.execute(
        "INSERT INTO outbox (tx_id, kind, is_sample, message_id, fact, is_offline)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (message_id) DO NOTHING",
        (
            fact.tx_id,
            kind_of(fact),
            _is_sample(fact),
            change.message_id,
            encode(fact),
            change.is_offline,
        ),
    )
    return dropped


def count(connection: sqlite3.Connection) -> int:
    """How many messages are owed."""
    return int(connection.execute("SELECT count(*) FROM outbox").fetchone()[0])


def head(
    connection: sqlite3.Connection, here: str = "", known: Collection[str] = ()
) -> OutboxRow | None:
    """The oldest message; UnreadableFactError when its fact cannot be understood.

    ``here``: the oldest that may go to the system with these books, ``known`` are the books of
    all systems; "": the oldest of all. A number that other books gave is none here.
    """
    row = connection.execute(OLDEST).fetchone()
    if row is not None and here and row[-1] != here and row[-1] in known:
        found = connection.execute(OLDEST_FOR, (here, json.dumps(sorted(known)))).fetchone()
        row = connection.execute(BY_ID, found).fetchone()
    if row is None:
        return None
    row_id, text, message_id, attempts, is_offline, csms_tx_id, start_discarded, books = row
    if here and books not in (None, here):
        csms_tx_id = None
    try:
        fact = decode(text)
        samples: tuple[StampedReading, ...] = ()
        if isinstance(fact, TransactionEnded):
            samples = stop_samples.of_transaction(connection, fact.tx_id)
    except StoreError as error:
        raise UnreadableFactError(f"outbox row {row_id}: {error}", row_id) from error
    return OutboxRow(
        id=row_id,
        fact=fact,
        message_id=message_id,
        attempts=attempts,
        is_offline=bool(is_offline),
        csms_tx_id=None if csms_tx_id is None else int(csms_tx_id),
        start_discarded=bool(start_discarded),
        samples=samples,
    )


def claim(connection: sqlite3.Connection, row_id: int, books: str) -> None:
    """The transaction of a message stands in these books from now on, without a number yet."""
    connection.execute(
        "UPDATE session SET books = ?, csms_tx_id = NULL"
        " WHERE tx_id = (SELECT tx_id FROM outbox WHERE id = ?)",
        (books, row_id),
    )


def homes(connection: sqlite3.Connection) -> dict[str, str]:
    """In whose books the transactions stand that run or owe messages."""
    return dict(
        connection.execute(
            "SELECT tx_id, books FROM session WHERE books IS NOT NULL AND (is_open = 1"
            " OR EXISTS (SELECT 1 FROM outbox WHERE outbox.tx_id = session.tx_id))"
        )
    )


def done(connection: sqlite3.Connection, row_id: int, csms_tx_id: int | None) -> None:
    """Delete an answered message; keep the number that the central system gave."""
    if csms_tx_id is not None:
        connection.execute(
            "UPDATE session SET csms_tx_id = ?"
            " WHERE tx_id = (SELECT tx_id FROM outbox WHERE id = ?)",
            (str(csms_tx_id), row_id),
        )
    _delete(connection, row_id)


def failed(connection: sqlite3.Connection, row_id: int) -> None:
    """Count an attempt that was answered with an error."""
    connection.execute("UPDATE outbox SET attempts = attempts + 1 WHERE id = ?", (row_id,))


def discard(connection: sqlite3.Connection, row_id: int) -> None:
    """Give a message up, and remember it when it was a start."""
    connection.execute(
        "UPDATE session SET start_discarded = 1"
        " WHERE tx_id = (SELECT tx_id FROM outbox WHERE id = ? AND kind = ?)",
        (row_id, STARTED),
    )
    _delete(connection, row_id)


def mark_offline(connection: sqlite3.Connection) -> None:
    """Say of every waiting message that it happened while there was no link."""
    connection.execute("UPDATE outbox SET is_offline = 1 WHERE is_offline = 0")


def _delete(connection: sqlite3.Connection, row_id: int) -> None:
    stop_samples.drop(connection, row_id, ENDED)
    connection.execute("DELETE FROM outbox WHERE id = ?", (row_id,))


def _count_at_most(connection: sqlite3.Connection) -> int:
    """A bound on ``count`` that does not walk the table."""
    last, first = connection.execute(
        "SELECT (SELECT max(id) FROM outbox), (SELECT min(id) FROM outbox)"
    ).fetchone()
    return 0 if last is None else int(last - first + 1)


def _is_sample(fact: Fact) -> bool:
    if isinstance(fact, MeterSampled):
        return True
    return isinstance(fact, TransactionUpdated) and fact.trigger in SAMPLES


def _make_room(connection: sqlite3.Connection) -> int:
    """Thin out up to THINNED_AT_ONCE rows; return how many, 0 when nothing may go."""
    for kind, is_sample in DROPPABLE:
        found = connection.execute(
            "SELECT count(*) FROM outbox WHERE kind = ? AND is_sample = ?"
            " AND id > (SELECT min(id) FROM outbox)",
            (kind, is_sample),
        ).fetchone()[0]
        if found == 0:
            continue
        step = 1 if found == 1 else max(2, -(-found // THINNED_AT_ONCE))
        values = {"kind": kind, "is_sample": is_sample, "step": step}
        dropped = connection.execute(THIN, values).rowcount
        _count_dropped(connection, dropped)
        return dropped
    return 0


def _count_dropped(connection: sqlite3.Connection, dropped: int) -> None:
    connection.execute(COUNT_DROPPED, {"key": DROPPED, "count": dropped})
