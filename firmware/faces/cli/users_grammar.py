"""The grammar of users: who may charge here, and what is kept of a person."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from ampkeeper.firmware.faces.cli import forms

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
Add = Callable[[Commands, str, str], argparse.ArgumentParser]
LESSON_S = 30


def add_users(commands: Commands, add: Add, add_bare: Add) -> None:
    """Add the commands."""
    user = add_bare(commands, "user", "who may charge here: people, cards, days and energy")
    verbs = user.add_subparsers(dest="verb", required=True, metavar="VERB")
    add(verbs, "list", "everybody, with what was charged this month")
    new = add(verbs, "add", "somebody new")
    change = add(verbs, "change", "other cards, days, energy or name; what is left out stays")
    remove = add(verbs, "remove", "may charge no more; sessions in the books keep the name")
    learn = add(verbs, "learn", "the next card that is held to a reader is this user's")
    for verb in (new, change, remove, learn):
        verb.add_argument("user", metavar="NAME", help="name, or #number of the list")
    for verb in (new, change):
        text = "number of a card; may be repeated"
        verb.add_argument("--card", action="append", default=None, metavar="UID", help=text)
        text = 'from this day on, such as 2026-12-01, in UTC; "off": since ever'
        verb.add_argument("--from", dest="valid_from", metavar="DAY", help=text)
        text = 'until the end of this day; "off": for ever'
        verb.add_argument("--until", metavar="DAY", help=text)
        text = 'most energy in a month; "off": any'
        verb.add_argument("--budget-kwh", metavar="KWH", help=text)
    text = "card that is no more; may be repeated"
    change.add_argument("--drop-card", action="append", default=None, metavar="UID", help=text)
    change.add_argument("--name", metavar="NEW", help="is called so from now on")
    text = f"how long it waits for the card, 1s to 5m (default: {LESSON_S}s)"
    learn.add_argument(
        "--for", dest="for_s", type=forms.duration, default=LESSON_S, metavar="TIME", help=text
    )
    table = add(verbs, "import", "users from a CSV file: all of it, or nothing")
    text = "columns: name, cards (spaces between), from, until, budget_kwh"
    table.add_argument("file", type=Path, metavar="FILE", help=text)
    _add_privacy(commands, add, add_bare)
    text = "only say what would be changed"
    table.add_argument("--dry-run", action="store_true", help=text)


def _add_privacy(commands: Commands, add: Add, add_bare: Add) -> None:
    privacy = add_bare(commands, "privacy", "what is kept of one person: told, or forgotten")
    verbs = privacy.add_subparsers(dest="verb", required=True, metavar="VERB")
    export = add(verbs, "export", "all that is kept of a person, as JSON")
    delete = add(verbs, "delete", "forget who it was; energy and cost stay for the books")
    for verb in (export, delete):
        who = verb.add_mutually_exclusive_group(required=True)
        who.add_argument("user", nargs="?", metavar="NAME", help="user, or #number of the list")
        who.add_argument("--card", metavar="UID", help="who has this card")
    delete.add_argument("--yes", action="store_true", required=True, help="it cannot be undone")
