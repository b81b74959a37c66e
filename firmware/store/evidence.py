"""Evidence: results of self-tests, traces of the flight recorder, counts of faults.

Small tables, each with its limit. A trace that ring 1 hands over a second time, because it did
not hear that the first was kept, is one trace. Counts of faults only grow.
"""

import sqlite3

from ampkeeper.firmware.store.changes import SaveFault, SaveSelfTest, SaveTrace
from ampkeeper.firmware.store.facts_codec import time_of, time_text
from ampkeeper.firmware.store.rows import SelfTestRow, TraceRecord

RESULTS_MAX = 20  # of each self-test and EVSE
TRACES_MAX = 20  # of each EVSE

ADD_RESULT = """
    INSERT INTO self_test (evse_id, test, at, result, value, low, high, duration_ms)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
PRUNE_RESULTS = """
    DELETE FROM self_test WHERE evse_id = ? AND test = ? AND number <=
        (SELECT number FROM self_test WHERE evse_id = ? AND test = ?
         ORDER BY number DESC LIMIT 1 OFFSET ?)
"""
ADD_TRACE = """
    INSERT INTO trace (evse_id, at, trace_id, cause, rows) SELECT ?, ?, ?, ?, ?
    WHERE NOT EXISTS
        (SELECT 1 FROM trace WHERE trace_id = ? AND rows = ? AND number =
            (SELECT MAX(number) FROM trace WHERE evse_id = ?))
"""
PRUNE_TRACES = """
    DELETE FROM trace WHERE evse_id = ? AND number <=
        (SELECT number FROM trace WHERE evse_id = ? ORDER BY number DESC LIMIT 1 OFFSET ?)
"""
ADD_FAULT = """
    INSERT INTO fault (evse_id, fault, raised_at) VALUES (?, ?, ?)
    ON CONFLICT (evse_id, fault) WHERE cleared_at IS NULL DO NOTHING
"""
COUNT_FAULT = """
    INSERT INTO fault_count (evse_id, fault, count) VALUES (?, ?, 1)
    ON CONFLICT (evse_id, fault) DO UPDATE SET count = count + 1
"""
RESULTS = "SELECT evse_id, test, at, result, value, low, high, duration_ms FROM self_test"
NEWEST_RESULTS = f"""
    {RESULTS} WHERE number IN (SELECT MAX(number) FROM self_test GROUP BY evse_id, test)
    ORDER BY evse_id, test
"""  # noqa: S608 - both parts are ours
TRACES = "SELECT number, evse_id, at, trace_id, cause, {rows} FROM trace"


def add_result(connection: sqlite3.Connection, change: SaveSelfTest) -> None:
    """Keep a result, and the newest ``RESULTS_MAX`` of this self-test."""
    key = (change.evse_id, change.test)
    found = (change.result, change.value, change.low, change.high, change.duration_ms)
    connection.execute(ADD_RESULT, (*key, time_text(change.at), *found))
    connection.execute(PRUNE_RESULTS, (*key, *key, RESULTS_MAX))


def add_trace(connection: sqlite3.Connection, change: SaveTrace) -> None:
    """Keep a trace, unless it is the newest one again, and the newest ``TRACES_MAX``."""
    evse_id, trace_id, rows = change.evse_id, change.trace_id, change.rows
    kept = (evse_id, time_text(change.at), trace_id, change.cause, rows)
    connection.execute(ADD_TRACE, (*kept, trace_id, rows, evse_id))
    connection.execute(PRUNE_TRACES, (evse_id, evse_id, TRACES_MAX))


def add_fault(connection: sqlite3.Connection, change: SaveFault, name: str) -> None:
    """Note that a fault began, and count it; one that is active already is not another."""
    values = (change.evse_id, name, time_text(change.raised_at))
    if connection.execute(ADD_FAULT, values).rowcount == 1:
        connection.execute(COUNT_FAULT, (change.evse_id, name))


def newest_results(connection: sqlite3.Connection) -> list[SelfTestRow]:
    """Return the newest result of each self-test, by EVSE and number."""
    return [_result(*row) for row in connection.execute(NEWEST_RESULTS)]


def results(connection: sqlite3.Connection, evse_id: int, test: int) -> list[SelfTestRow]:
    """Return all kept results of one self-test, newest first."""
    query = f"{RESULTS} WHERE evse_id = ? AND test = ? ORDER BY number DESC"
    return [_result(*row) for row in connection.execute(query, (evse_id, test))]


def traces(connection: sqlite3.Connection, evse_id: int | None) -> list[TraceRecord]:
    """Return the traces of one EVSE, or all, newest first, without their rows."""
    query = TRACES.format(rows="x''") + " WHERE ? IS NULL OR evse_id = ? ORDER BY number DESC"
    return [_trace(*row) for row in connection.execute(query, (evse_id, evse_id))]


def trace(connection: sqlite3.Connection, number: int) -> TraceRecord | None:
    """Return one trace with its rows."""
    query = TRACES.format(rows="rows") + " WHERE number = ?"
    row = connection.execute(query, (number,)).fetchone()
    return None if row is None else _trace(*row)


def fault_counts(connection: sqlite3.Connection) -> dict[tuple[int, str], int]:
    """Return how often each fault came since ever, by EVSE and name."""
    query = "SELECT evse_id, fault, count FROM fault_count ORDER BY evse_id, fault"
    return {(evse_id, fault): count for evse_id, fault, count in connection.execute(query)}


def _result(
    evse_id: int,
    test: int,
    at: str,
    result: int,
    value: int | None,
    low: int | None,
    high: int | None,
    duration_ms: int,
) -> SelfTestRow:
    return SelfTestRow(evse_id, test, time_of(at), result, value, low, high, duration_ms)


def _trace(
    number: int, evse_id: int, at: str, trace_id: int, cause: int, rows: bytes
) -> TraceRecord:
    return TraceRecord(number, evse_id, time_of(at), trace_id, cause, rows)
