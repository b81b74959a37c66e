"""Whom: which person a change is about, and what of him changes, as the audit says it. Pure.

By his number, never by name or card: the audit outlives a person who wants to be forgotten.
"""

from collections.abc import Mapping
from typing import Any

from ampkeeper.firmware.users.book import UserBook, UsersRefused, card_of

NOBODY = "user=?"
VALUES = ("cards", "from", "until", "budget_kwh", "for_s")
CARDS = {"add_cards": "+", "drop_cards": "-"}
VALUE_CHARS_MAX = 40


def whom(book: UserBook, verb: str, arguments: Mapping[str, Any]) -> str:
    """What the line of "user" and "privacy" has beside the action; "" for other verbs."""
    if verb == "privacy":
        return _one(book, arguments)
    if verb != "user":
        return ""
    match arguments.get("action"):
        case "import":
            table = arguments.get("table")
            return f"lines={len(table.splitlines())}" if isinstance(table, str) else ""
        case "add":
            return " ".join((f"user=#{book.next_number()}", *_what(arguments)))
    return " ".join((_one(book, arguments), *_what(arguments)))


def _one(book: UserBook, arguments: Mapping[str, Any]) -> str:
    try:
        if arguments.get("user") is not None:
            return f"user=#{book.named(arguments['user'], with_removed=True).number}"
        user = book.of_card(card_of(arguments.get("card")))
    except UsersRefused:
        return NOBODY
    return f"user=#{user.number}" if user is not None else "a card of nobody"


def _what(arguments: Mapping[str, Any]) -> list[str]:
    told = []
    for name in VALUES:
        value = arguments.get(name)
        if value is not None:
            shown = len(value) if isinstance(value, list) else str(value)[:VALUE_CHARS_MAX]
            told.append(f"{name}={shown}")
    for name, sign in CARDS.items():
        value = arguments.get(name)
        if isinstance(value, list) and value:
            told.append(f"cards{sign}{len(value)}")
    if arguments.get("called") is not None:
        told.append("called otherwise")
    return told
