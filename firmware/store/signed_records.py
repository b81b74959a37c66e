"""Signed records, as a table: kept with their session, and gone with it.

The last page number outlives them all: it is saved with each record, in the same commit, so no
number is given twice whatever the power does.
"""

import sqlite3

from ampkeeper.firmware.store import users
from ampkeeper.firmware.store.changes import AddSignedRecord
from ampkeeper.firmware.users.changes import ForgetPerson

LAST_PAGE = "signed_record_page"  # in meta
ADD = """
    INSERT INTO signed_record (page, tx_id, context, format, text, public_key)
    VALUES (?, ?, ?, ?, ?, ?)
"""
SAVE_PAGE = """
    INSERT INTO meta (key, value) VALUES (?, ?)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value
"""
ROWS = """
    SELECT tx_id, context, format, text, public_key, page FROM signed_record
    WHERE tx_id = ? ORDER BY number
"""
FORGET = """
    DELETE FROM signed_record WHERE tx_id IN
        (SELECT tx_id FROM session WHERE is_open = 0 AND upper(id_token) = ?)
"""
FORGET_PERSON = f"""
    DELETE FROM signed_record WHERE tx_id IN
        (SELECT tx_id FROM session WHERE is_open = 0 AND {users.OF_PERSON})
"""  # noqa: S608 - constants only


def add(connection: sqlite3.Connection, change: AddSignedRecord) -> None:
    """Keep a record, and the number of its page; its session is in the store."""
    told = (change.tx_id, change.context, change.format, change.text, change.public_key)
    connection.execute(ADD, (change.page, *told))
    if change.page is not None:
        connection.execute(SAVE_PAGE, (LAST_PAGE, str(change.page)))


def rows(connection: sqlite3.Connection, tx_id: str) -> list[AddSignedRecord]:
    """The records of a session, in order."""
    return [AddSignedRecord(*row) for row in connection.execute(ROWS, (tx_id,))]


def forget(connection: sqlite3.Connection, token: str) -> None:
    """The records of a person's closed sessions go: signed, they cannot be told less."""
    connection.execute(FORGET, (token,))


def forget_person(connection: sqlite3.Connection, person: ForgetPerson) -> None:
    """The same, by whose the sessions were."""
    connection.execute(FORGET_PERSON, users.of_person(person.number, person.cards))
