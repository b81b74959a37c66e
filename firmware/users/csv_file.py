"""Users from a table: comma or semicolon, one line each, the first line names the columns.

``name`` must be there; ``cards`` (several with spaces between), ``from``, ``until`` and
``budget_kwh`` may be. All is taken, or nothing: each problem has its line and its column.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ampkeeper.firmware.users.book import (
    User,
    UserBook,
    UsersRefused,
    cards_of,
    name_of,
    ordered,
)
from ampkeeper.firmware.users.forms import budget_wh_of, time_of

COLUMNS = ("name", "cards", "from", "until", "budget_kwh")
TEXT_CHARS_MAX = 60_000
ROWS_MAX = 1_000
PROBLEMS_SHOWN = 20


def users_of(text: object, book: UserBook) -> list[User]:
    """Who is in the table: new ones, and those of the book with what the table says of them.

    A column that is not there leaves what the book has; an empty cell takes it away.
    """
    header, rows = _rows(text)
    problems: list[str] = []
    found: list[User] = []
    known = {user.name.casefold(): user for user in book.users}
    number = book.next_number()
    lines: dict[str, int] = {}
    owners = {card: user.name for user in book.users for card in user.cards}
    for line, cells in rows:
        user = _user(line, dict(zip(header, cells, strict=False)), len(cells), header, problems)
        if user is None:
            continue
        key = user.name.casefold()
        if lines.setdefault(key, line) != line:
            _note(problems, line, 1, f"{user.name!r} is in line {lines[key]} already")
            continue
        user, is_new = _merged(user, known.get(key), header, number)
        number += is_new
        column = header.index("cards") + 1 if "cards" in header else 1
        for card in user.cards:
            if owners.setdefault(card, user.name).casefold() != key:
                _note(problems, line, column, f"{owners[card]!r} has card {card}")
        found.append(user)
    if problems:
        more = len(problems) - PROBLEMS_SHOWN
        shown = problems[:PROBLEMS_SHOWN] + [f"and {more} more"] * (more > 0)
        raise UsersRefused("nothing was changed: " + "; ".join(shown))
    return found


def _rows(text: object) -> tuple[list[str], list[tuple[int, list[str]]]]:
    if not isinstance(text, str) or len(text) > TEXT_CHARS_MAX:
        raise UsersRefused(f"the table has at most {TEXT_CHARS_MAX} characters")
    text = text.removeprefix("\ufeff")
    first = text.partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows = []
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((reader.line_num, cells))
            if len(rows) > ROWS_MAX + 1:
                raise UsersRefused(f"the table has at most {ROWS_MAX} users")
    except csv.Error as error:
        raise UsersRefused(f"line {reader.line_num}: {error}") from error
    header = [cell.strip().lower() for cell in rows[0][1]] if rows else []
    strange = [name for name in header if name not in COLUMNS]
    if strange or "name" not in header or len(set(header)) != len(header):
        said = f"{strange[0]!r:.40} is none" if strange else "name is missing, or twice there"
        raise UsersRefused(f"line 1: the columns are {', '.join(COLUMNS)}; {said}")
    return header, rows[1:]


def _user(
    line: int, row: dict[str, str], cells: int, header: Sequence[str], problems: list[str]
) -> User | None:
    """What a line says; its problems are noted, each with its column."""
    if cells != len(header):
        _note(problems, line, cells, f"{cells} cells, where there are {len(header)} columns")
        return None
    found: dict[str, Any] = {}
    for column, name in enumerate(header, start=1):
        try:
            found[name] = _cell(name, row[name])
        except UsersRefused as error:
            _note(problems, line, column, str(error))
    if len(found) != len(header):
        return None
    user = User(
        0,
        found["name"],
        found.get("cards", ()),
        found.get("from"),
        found.get("until"),
        found.get("budget_kwh"),
    )
    try:
        return ordered(user)
    except UsersRefused as error:
        _note(problems, line, header.index("until") + 1, str(error))
        return None


def _cell(name: str, text: str) -> Any:
    text = text.strip()
    if name == "name":
        return name_of(text)
    if name == "cards":
        return cards_of(text.split())
    return budget_wh_of(text) if name == "budget_kwh" else time_of(name, text)


def _merged(told: User, known: User | None, header: Sequence[str], number: int) -> tuple[User, int]:
    if known is None:
        return replace(told, number=number), 1
    return User(
        known.number,
        told.name,
        told.cards if "cards" in header else known.cards,
        told.valid_from if "from" in header else known.valid_from,
        told.valid_until if "until" in header else known.valid_until,
        told.budget_wh if "budget_kwh" in header else known.budget_wh,
    ), 0


def _note(problems: list[str], line: int, column: int, what: str) -> None:
    problems.append(f"line {line}, column {column}: {what}")
