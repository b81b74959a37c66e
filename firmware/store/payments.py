"""Payments, as a table: what a terminal was asked to hold, and what became of it.

Open ones are never deleted; of those that are over, the newest ``KEPT_MAX`` stay.
"""

import sqlite3

from ampkeeper.firmware.store import users
from ampkeeper.firmware.store.facts_codec import time_of, time_text
from ampkeeper.firmware.store.journals import SavePayment
from ampkeeper.firmware.users.changes import ForgetPerson

KEPT_MAX = 10_000
NOTE_CHARS_MAX = 200
COLUMNS = (
    "reference, state, is_open, evse_id, card, held, currency, asked_at, changed_at, tx_id,"
    " claimed, note"
)
SAVE = f"""
    INSERT INTO payment ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (reference) DO UPDATE SET state = excluded.state, is_open = excluded.is_open,
        changed_at = excluded.changed_at, tx_id = excluded.tx_id, claimed = excluded.claimed,
        note = excluded.note
"""  # noqa: S608 - constants only
PRUNE = """
    DELETE FROM payment WHERE is_open = 0 AND number <=
        (SELECT max(number) FROM payment) - ?
"""
ROWS = f"SELECT {COLUMNS} FROM payment ORDER BY number DESC LIMIT ?"  # noqa: S608
OPEN = f"SELECT {COLUMNS} FROM payment WHERE is_open = 1 ORDER BY number"  # noqa: S608
NEEDED = "state IN ('ASKING', 'HELD')"  # the card stops the session then; later nobody asks for it
FORGET = f"UPDATE payment SET card = '' WHERE NOT {NEEDED} AND upper(card) = ?"  # noqa: S608
# Of this person's sessions, and by his cards what is of no session of somebody else.
FORGET_PERSON = f"""
    UPDATE payment SET card = '' WHERE NOT {NEEDED} AND (
        EXISTS (SELECT 1 FROM session WHERE session.tx_id = payment.tx_id AND {users.OF_PERSON})
        OR upper(card) IN (SELECT value FROM json_each(?)) AND NOT EXISTS
            (SELECT 1 FROM session WHERE session.tx_id = payment.tx_id
             AND user_number IS NOT NULL AND user_number IS NOT ?))
"""  # noqa: S608 - constants only


def save(connection: sqlite3.Connection, change: SavePayment) -> None:
    """Make or replace the row of a reference."""
    values = (
        change.reference,
        change.state,
        int(change.is_open),
        change.evse_id,
        change.card,
        change.held,
        change.currency,
        time_text(change.asked_at),
        time_text(change.changed_at),
        change.tx_id,
        change.claimed,
        change.note[:NOTE_CHARS_MAX],
    )
    connection.execute(SAVE, values)
    if not change.is_open:
        connection.execute(PRUNE, (KEPT_MAX,))


def rows(connection: sqlite3.Connection, limit: int) -> list[SavePayment]:
    """The newest first."""
    return [_payment(row) for row in connection.execute(ROWS, (limit,))]


def open_ones(connection: sqlite3.Connection) -> list[SavePayment]:
    """Those of which the terminal is still to be asked something, oldest first."""
    return [_payment(row) for row in connection.execute(OPEN)]


def forget(connection: sqlite3.Connection, card: str) -> None:
    """Whose card it was is forgotten, once it is not shown again for that payment."""
    connection.execute(FORGET, (card,))


def forget_person(connection: sqlite3.Connection, person: ForgetPerson) -> None:
    """The same of one person, whatever card it was."""
    number, cards = users.of_person(person.number, person.cards)
    connection.execute(FORGET_PERSON, (number, cards, cards, number))


def _payment(row: sqlite3.Row) -> SavePayment:
    reference, state, is_open, evse_id, card, held, currency, asked, changed, *rest = row
    times = (time_of(asked), time_of(changed))
    return SavePayment(
        reference, state, bool(is_open), evse_id, card, held, currency, *times, *rest
    )
