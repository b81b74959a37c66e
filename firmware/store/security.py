"""The security log and the certificates, as tables.

The log's rule when full: beyond LOG_MAX the oldest events go that are not owed. How many may be
owed is for whoever adds them to say.
"""

import sqlite3

from ampkeeper.firmware.store.changes import AddSecurityEvent, SaveCertificate
from ampkeeper.firmware.store.facts_codec import time_of, time_text
from ampkeeper.firmware.store.rows import CertificateRow, SecurityEventRow

LOG_MAX = 10_000
ROWS_MAX = 10_000

EVENTS = "SELECT id, kind, at, tech_info, is_owed FROM security_event"
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
    connection.execute(
        "INSERT INTO security_event (id, kind, at, tech_info, is_owed) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO NOTHING",
        (event.row_id, event.kind, time_text(event.at), tech_info, event.is_owed),
    )


def prune(connection: sqlite3.Connection) -> None:
    """Delete the oldest events beyond LOG_MAX."""
    connection.execute(PRUNE, (LOG_MAX,))


def events(connection: sqlite3.Connection, limit: int) -> list[SecurityEventRow]:
    """The newest events, newest first."""
    rows = connection.execute(f"{EVENTS} ORDER BY id DESC LIMIT ?", (max(0, min(limit, ROWS_MAX)),))
    return [_event(*row) for row in rows]


def owed(connection: sqlite3.Connection) -> list[SecurityEventRow]:
    """The events that the central system has not heard of, oldest first."""
    rows = connection.execute(f"{EVENTS} WHERE is_owed = 1 ORDER BY id LIMIT ?", (ROWS_MAX,))
    return [_event(*row) for row in rows]


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


def _event(row_id: int, kind: str, at: str, tech_info: str, is_owed: int) -> SecurityEventRow:
    return SecurityEventRow(row_id, kind, time_of(at), tech_info, bool(is_owed))
