"""Configuration compared, kept aside and brought back.

A backup is one JSON document with mode 0600: the file's text, what was set at run time, and the
users. No secret is in it: passwords, keys and certificates are left out, and named. The numbers of
cards are in it, which is said, or masked: then it is for showing, not for bringing back. A restore
needs a station that does not run; it is checked whole before anything is written. The books change
in one transaction, then the file is replaced at once: after a power cut between the two, do it
again.
"""

import argparse
import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ampkeeper.firmware import __version__
from ampkeeper.firmware.config import load
from ampkeeper.firmware.config.model import Config
from ampkeeper.firmware.config.show import as_data, masked, tables
from ampkeeper.firmware.faces.cli.backup_formats import FORMAT, migrated, parted
from ampkeeper.firmware.faces.cli.errors import RefusedError
from ampkeeper.firmware.faces.cli.start import check_fits, checkers
from ampkeeper.firmware.faces.shapes import stamp
from ampkeeper.firmware.ocpp.variables import Refused, by_name, check
from ampkeeper.firmware.store.changes import AddAudit, Change, DropSetting, SaveSetting
from ampkeeper.firmware.store.errors import StoreInUseError
from ampkeeper.firmware.store.store import STORE_FILE, Store, open_read_only
from ampkeeper.firmware.users.book import (
    User,
    UserBook,
    UsersRefused,
    cards_of,
    name_of,
    ordered,
    removed,
)
from ampkeeper.firmware.users.changes import SaveUsers
from ampkeeper.firmware.users.forms import budget_wh_of, shape, time_of

KIND = "ampkeeper backup"
BYTES_MAX = 4_194_304
MODE_PRIVATE = 0o600
MADE_CHARS_MAX = 40
WH_OF_KWH = 1_000
SECRETS = "passwords, keys and certificates"
CARDS, MASK = "the numbers of cards", "***"
OTHERS = "sessions, faults, who may come in at the page, and all else that is in the books"

Answer = dict[str, Any]


def diff(arguments: argparse.Namespace) -> Answer:
    """Which keys of two configurations differ, defaults included."""
    old, new = (_flat(load(path, checkers=checkers())) for path in (arguments.old, arguments.new))
    names = [*old, *(name for name in new if name not in old)]
    return {
        "changes": [
            {"key": name, "old": old.get(name), "new": new.get(name)}
            for name in names
            if old.get(name) != new.get(name)
        ]
    }


def backup(arguments: argparse.Namespace) -> Answer:
    """Write the document; a file that is there already is not replaced."""
    config = load(arguments.config, checkers=checkers())
    check_fits(config)
    settings: dict[str, str] = {}
    users: list[User] = []
    if (arguments.state / STORE_FILE).is_file():
        store = open_read_only(arguments.state / STORE_FILE)
        try:
            settings, users = store.settings(), UserBook(store.users()).users
        finally:
            store.close()
    secret = sorted(name for name in settings if _is_secret(name))
    cards = sorted({*_cards_of(config, users), *(card for user in users for card in user.cards)})
    document: Answer = {
        "kind": KIND,
        "format": FORMAT,
        "made": stamp(datetime.now(UTC)),
        "software": __version__,
        "config": arguments.config.read_text("utf-8"),
        "settings": {name: value for name, value in settings.items() if name not in secret},
        "users": [shape(user, 0, "") for user in users],
        "left_out": [SECRETS, *secret, OTHERS],
    }
    with_cards = f"; with the numbers of {len(cards)} cards" if cards else ""
    if arguments.without_cards:
        document, with_cards = _without(cards, document), ""
    text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
    _write_new(arguments.file, text)
    return {
        "result": f"{arguments.file}: configuration, {len(document['settings'])} settings, "
        f"{len(users)} users{with_cards}; left out: {'; '.join(document['left_out'])}",
        "left_out": document["left_out"],
        "cards": 0 if arguments.without_cards else len(cards),
    }


def restore(arguments: argparse.Namespace) -> Answer:
    """Bring a backup back."""
    document = _document(arguments.file)
    target = arguments.config
    beside = target.with_name(f"{target.name}.restored")
    _write_new(beside, document["config"], replaces=True)
    try:
        check_fits(load(beside, checkers=checkers()))
        told, gone = parted(document["settings"])
        settings, users = _settings(told), _users(document)
        arguments.state.mkdir(parents=True, exist_ok=True)
        store = _books_at_rest(arguments.state)
        try:
            line = _audit_line(document, len(settings), len(users), len(gone))
            store.commit([*_changes(store, settings, users), line])
        finally:
            store.close()
        os.replace(beside, target)
        _sync_folder(target.parent)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    without = f"; left out, as this software has none: {', '.join(gone)}" if gone else ""
    return {
        "result": f"{target}, {len(settings)} settings and {len(users)} users are as on "
        f"{document['made']}; not in it: {SECRETS}{without}",
        "dropped": gone,
    }


def _cards_of(config: Config, users: list[User]) -> set[str]:
    """Those in the file; whose log is sent is told there by name or by card."""
    names = {user.name.casefold() for user in users}
    logs = (one.user for one in config.monthly_log if one.user.casefold() not in names)
    told = {*config.authorise.tags, config.web.card, *logs}
    return {card for card in told.union(*(one.tags for one in config.vehicle)) if card}


def _without(cards: list[str], document: Answer) -> Answer:
    """The same, with each number masked wherever it stands, also in a comment of the file."""
    if not cards:
        return document
    numbers = "|".join(re.escape(card) for card in sorted(cards, key=len, reverse=True))
    found = re.compile(rf"(?<![0-9A-Za-z])({numbers})(?![0-9A-Za-z])", re.IGNORECASE)
    return document | {
        "config": found.sub(MASK, document["config"]),
        "settings": {name: found.sub(MASK, one) for name, one in document["settings"].items()},
        "users": [user | {"cards": []} for user in document["users"]],
        "left_out": [*document["left_out"], CARDS],
    }


def _books_at_rest(state: Path) -> Store:
    try:
        return Store(state / STORE_FILE)
    except StoreInUseError as error:
        raise RefusedError(f"{state}: a station runs there: stop it first") from error


def _flat(config: Any) -> dict[str, Any]:
    counts: dict[str, int] = {}
    found: dict[str, Any] = {}
    for head, values in tables(as_data(config)):
        counts[head] = counts.get(head, 0) + 1
        name = head.strip("[]") + (f".{counts[head]}" if head.startswith("[[") else "")
        found |= {f"{name}.{key}": value for key, value in values.items()}
    return found


def _is_secret(name: str) -> bool:
    setting = by_name(name)
    return masked(name, "x") != "x" or (setting is not None and setting.is_secret)


def _document(path: Path) -> Answer:
    with path.open("rb") as file:
        data = file.read(BYTES_MAX + 1)
    if len(data) > BYTES_MAX:
        raise RefusedError(f"{path}: has more than {BYTES_MAX} bytes")
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise RefusedError(f"{path}: is no JSON document: {error}") from error
    if not isinstance(found, dict) or found.get("kind") != KIND:
        raise RefusedError(f'{path}: is no backup: "kind" must be "{KIND}"')
    found = migrated(found, str(path))
    left_out = found.get("left_out")
    if not isinstance(left_out, list):
        raise RefusedError(f'{path}: "left_out" is no list')
    if CARDS in left_out:
        raise RefusedError(f"{path}: was made without cards: it is not for bringing back")
    wanted = {"config": str, "made": str, "settings": dict}
    for name, kind in wanted.items():
        if not isinstance(found.get(name), kind):
            raise RefusedError(f'{path}: "{name}" is missing, or is no {kind.__name__}')
    return found


def _settings(told: dict[str, Any]) -> dict[str, str]:
    for name, value in told.items():
        setting = by_name(name)
        assert setting is not None, "the others are left out"
        if _is_secret(name) or not isinstance(value, str):
            raise RefusedError(f"setting {name[:60]!r}: is a secret, or its value is no text")
        checked = check(setting, value)
        if isinstance(checked, Refused):
            raise RefusedError(f"setting {name} = {checked.reason}")
    return dict(told)


def _users(document: Answer) -> list[User]:
    told = document.get("users")
    if not isinstance(told, list) or not all(isinstance(one, dict) for one in told):
        raise RefusedError('"users" is no list of users')
    try:
        return [_user(one) for one in told]
    except UsersRefused as error:
        raise RefusedError(str(error)) from error


def _user(told: Answer) -> User:
    cards, energy_wh = told.get("cards"), told.get("budget_wh")
    if not isinstance(cards, list) or not (energy_wh is None or type(energy_wh) is int):
        raise UsersRefused(f"user {told.get('name')!r:.70}: its cards or budget_wh are none")
    first, last = (told.get(name) or "" for name in ("from", "until"))
    user = User(
        0,
        name_of(told.get("name")),
        cards_of(cards),
        time_of("from", first),
        time_of("until", last),
        None if energy_wh is None else budget_wh_of(energy_wh / WH_OF_KWH),
    )
    return ordered(user)


def _changes(store: Store, settings: dict[str, str], users: list[User]) -> list[Change]:
    gone = [name for name in store.settings() if name not in settings and not _is_secret(name)]
    book = UserBook(store.users())
    known = {user.name.casefold(): user.number for user in book.users}
    number = book.next_number()
    after: dict[int, User] = {user.number: removed(user) for user in book.users}
    for one in users:
        mine = known.get(one.name.casefold(), number)
        number += mine == number
        days = (one.valid_from, one.valid_until)
        after[mine] = User(mine, one.name, one.cards, *days, one.budget_wh)
    try:
        people = book.checked(list(after.values()))
    except UsersRefused as error:
        raise RefusedError(str(error)) from error
    changes: list[Change] = [DropSetting(name) for name in gone]
    changes += [SaveSetting(name, value) for name, value in settings.items()]
    return [*changes, SaveUsers(people)]


def _audit_line(document: Answer, settings: int, users: int, left_out: int) -> AddAudit:
    detail = f"made={document['made'][:MADE_CHARS_MAX]} settings={settings} users={users}"
    detail += f" left_out={left_out}" if left_out else ""
    now, who = datetime.now(UTC), "somebody at the station"
    return AddAudit(now, who, "", "command line", "config restore", detail, "ordered")


def _write_new(path: Path, text: str, replaces: bool = False) -> None:
    flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if replaces else os.O_EXCL)
    with os.fdopen(os.open(path, flags, MODE_PRIVATE), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
