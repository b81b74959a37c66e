"""The security log and the certificates, as tables.

The log's rule when full: the oldest events that are not owed go first, beyond LOG_MAX. Of those
owed, beyond OWED_MAX, the oldest of the new one's kind is no longer owed, though still in the
log; so what comes often does not push out what came once.
"""

import sqlite3

from ampkeeper.firmware.store.changes import AddSecurityEvent, SaveCertificate
from ampkeeper.firmware.store.facts_codec import time_of, time_text
from ampkeeper.firmware.store.rows import CertificateRow, SecurityEventRow

LOG_MAX = 10_000
OWED_MAX = 1_000
ROWS_MAX = 10_000

EVENTS = "SELECT id, kind, at, tech_info, is_owed FROM security_event"
# The oldest owed one of the same kind, or of any, is only in the log from now on.
FORGIVE = """
    UPDATE security_event SET is_owed = 0 WHERE id = (
        SELECT id FROM security_event WHERE is_owed = 1 ORDER BY kind <> ?, id LIMIT 1
    )
"""
PRUNE = """
    DELETE FROM security_event WHERE is_owed = 0 AND id <= (
        SELECT id FROM security_event ORDER BY id DESC LIMIT 1 OFFSET ?
    )
"""
SAVE = """
    INSERT INTO certificate (fingerprint, usage, pem, private_key) VALUES (?, ?, ?, ?)
    ON CONFLICT (fingerprint) DO UPDATE SET usage = excluded.usage, pem = excluded.pem,
        private_key = excluded.private_key
"""


def add_event(connection: sqlite3.Connection, event: AddSecurityEvent, tech_info: str) -> None:
    """Log an event; ``tech_info`` is its text as it can be stored."""
    if event.is_owed and _owed_count(connection) >= OWED_MAX:
        connection.execute(FORGIVE, (event.kind,))
    connection.execute(
        "INSERT INTO security_event (kind, at, tech_info, is_owed) VALUES (?, ?, ?, ?)",
        (event.kind, time_text(event.at), tech_info, event.is_owed),
    )


def prune(connection: sqlite3.Connection) -> None:
    """Delete the oldest events beyond LOG_MAX."""
    connection.execute(PRUNE, (LOG_MAX,))


def events(connection: sqlite3.Connection, limit: int) -> list[SecurityEventRow]:
    """The newest events, newest first."""
    rows = connection.execute(f"{EVENTS} ORDER BY id DESC LIMIT ?", (max(0, min(limit, ROWS_MAX)),))
    return [_event(*row) for row in rows]


def owed(connection: sqlite3.Connection) -> SecurityEventRow | None:
    """The oldest event that the central system has not heard."""
    row = connection.execute(f"{EVENTS} WHERE is_owed = 1 ORDER BY id LIMIT 1").fetchone()
    return None if row is None else _event(*row)


def certificates(connection: sqlite3.Connection) -> list[CertificateRow]:
    """All certificates, in the order in which they came."""
    rows = connection.execute(
        "SELECT fingerprint, usage, pem, private_key FROM certificate ORDER BY number"
    )
    return [CertificateRow(*row) for row in rows]


def save_certificate(connection: sqlite3.Connection, change: SaveCertificate) -> None:
    """Keep a certificate, in place of one with the same fingerprint."""
    values = (change.fingerprint, change.usage, change.pem, change.private_key)
    connection.execute(SAVE, values)


def _owed_count(connection: sqlite3.Connection) -> int:
    query = "SELECT count(*) FROM security_event WHERE is_owed = 1"
    return int(connection.execute(query).fetchone()[0])


def _event(row_id: int, kind: str, at: str, tech_info: str, is_owed: int) -> SecurityEventRow:
    return SecurityEventRow(row_id, kind, time_of(at), tech_info, bool(is_owed))
