"""The users as tables: people, cards, and what each has charged."""

import json
import sqlite3
from collections.abc import Iterable
from datetime import datetime

from ampkeeper.firmware.store.facts_codec import time_of, time_text
from ampkeeper.firmware.users.book import User
from ampkeeper.firmware.users.changes import ForgetPerson, SaveUsers

SAVE = """
    INSERT INTO local_user (number, name, valid_from, valid_until, budget_wh, is_removed)
    VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (number) DO UPDATE SET name = excluded.name, valid_from = excluded.valid_from,
        valid_until = excluded.valid_until, budget_wh = excluded.budget_wh,
        is_removed = excluded.is_removed
"""
USED = """
    SELECT user_number, started_at, energy_wh_end - energy_wh_start FROM session
    WHERE user_number IS NOT NULL AND is_open = 0 AND energy_wh_end IS NOT NULL
        AND started_at >= ?
"""
# Of this user, or of nobody's, by one of these cards.
OF_PERSON = """(user_number = ? OR user_number IS NULL
    AND upper(id_token) IN (SELECT value FROM json_each(?)))"""
FORGET_OWNER = f"""
    UPDATE session SET id_token = NULL, state = '{{}}' WHERE is_open = 0 AND {OF_PERSON}
"""  # noqa: S608 - constants only


def of_person(number: int | None, cards: Iterable[str]) -> tuple[int | None, str]:
    """The values that ``OF_PERSON`` asks for."""
    return number, json.dumps(list(cards))


def save(connection: sqlite3.Connection, change: SaveUsers) -> None:
    """Write users with their cards, whole: the caller's transaction holds them together."""
    for user in change.users:
        connection.execute("DELETE FROM user_card WHERE user_number = ?", (user.number,))
    for user in change.users:
        name = user.name.encode("utf-8", "replace").decode("utf-8")
        bounds = (_text(user.valid_from), _text(user.valid_until), user.budget_wh)
        connection.execute(SAVE, (user.number, name, *bounds, user.is_removed))
        for card in user.cards:
            connection.execute("INSERT INTO user_card VALUES (?, ?)", (card, user.number))


def forget(connection: sqlite3.Connection, change: ForgetPerson) -> None:
    """Take somebody out; the sessions keep their energy, and nobody's name."""
    connection.execute(FORGET_OWNER, of_person(change.number, change.cards))
    connection.execute("DELETE FROM local_user WHERE number = ?", (change.number,))


def load(connection: sqlite3.Connection) -> list[User]:
    """Everybody, with who was removed."""
    cards: dict[int, list[str]] = {}
    for card, number in connection.execute("SELECT card, user_number FROM user_card ORDER BY card"):
        cards.setdefault(number, []).append(card)
    rows = connection.execute(
        "SELECT number, name, valid_from, valid_until, budget_wh, is_removed FROM local_user"
    )
    return [
        User(number, name, tuple(cards.get(number, ())), _time(first), _time(last), wh, bool(gone))
        for number, name, first, last, wh, gone in rows
    ]


def used(connection: sqlite3.Connection, since: datetime) -> Iterable[tuple[int, datetime, int]]:
    """(user, begin, Wh) of the sessions that began since then and are over."""
    rows = connection.execute(USED, (time_text(since),))
    return [(number, time_of(began), int(wh)) for number, began, wh in rows]


def _text(at: datetime | None) -> str | None:
    return None if at is None else time_text(at)


def _time(text: str | None) -> datetime | None:
    return None if text is None else time_of(text)
