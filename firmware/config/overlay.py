"""Overlay: ``--set key.path=value`` written over the file's values before they are checked.

Paths: ``ocpp.url``, ``evse.1.max_a`` (by id), ``ocpp.keys.NAME``, ``ocpp.variables.NAME`` and
``board.TABLE.KEY``; after the table's name the rest is one name, dots and all.
"""

import dataclasses
import tomllib
from collections.abc import Sequence
from typing import Any

from ampkeeper.firmware.config.fields import FREE, TEXT, TEXTS, Key, keys_of
from ampkeeper.firmware.config.locate import Path
from ampkeeper.firmware.config.model import Config
from ampkeeper.firmware.config.problems import Problem
from ampkeeper.firmware.config.read import Source

SETS_MAX = 200
FREE_SECTIONS = ("ocpp.keys.", "ocpp.variables.")


def apply_sets(
    document: dict[str, Any], source: Source, sets: Sequence[tuple[str, str]]
) -> list[Problem]:
    """Write each (key path, text) into ``document``; what cannot be placed is a problem."""
    if len(sets) > SETS_MAX:
        return [Problem("--set", 0, "", "", f"at most {SETS_MAX} of them")]
    problems: list[Problem] = []
    for name, raw in sets:
        path = _path(name)
        where, hint = _table(document, path)
        if where is None:
            problems.append(Problem("--set", 0, name, "", "no such place", hint))
            continue
        table, full_path = where
        table[path[-1]] = _value(path, raw)
        source.mark_set(full_path)
    return problems


def _path(name: str) -> tuple[str, ...]:
    for prefix in FREE_SECTIONS:
        if name.startswith(prefix) and len(name) > len(prefix):
            return (*prefix.rstrip(".").split("."), name[len(prefix) :].strip('"'))
    return tuple(name.split("."))


def _table(
    document: dict[str, Any], path: tuple[str, ...]
) -> tuple[tuple[dict[str, Any], Path] | None, str]:
    """The table that holds the last name of ``path``, made where it is missing."""
    if len(path) < 2 or len(path) > 3 or "" in path:
        return None, "write section.key=value or evse.ID.key=value"
    if path[0] == "evse":
        return _evse_table(document, path)
    table: Any = document
    for name in path[:-1]:
        table = table.setdefault(name, {})
        if not isinstance(table, dict):
            return None, f"{name} is not a table"
    return (table, path), ""


def _evse_table(
    document: dict[str, Any], path: tuple[str, ...]
) -> tuple[tuple[dict[str, Any], Path] | None, str]:
    evses = document.get("evse")
    if len(path) != 3 or not isinstance(evses, list):
        return None, "write evse.ID.key=value"
    for index, evse in enumerate(evses):
        if isinstance(evse, dict) and str(evse.get("id")) == path[1]:
            return (evse, ("evse", index, path[2])), ""
    return None, f"the file has no [[evse]] with id {path[1]}"


def _value(path: tuple[str, ...], raw: str) -> Any:
    """``raw`` as the key wants it: a TOML value, or for a text the characters as they stand."""
    key = _key(path)
    try:
        value = tomllib.loads(f"value = {raw}")["value"] if "\n" not in raw else raw
    except (tomllib.TOMLDecodeError, RecursionError):
        value = raw
    if key is None:
        return value
    if key.kind == TEXTS and not isinstance(value, list):
        return [part.strip() for part in raw.split(",") if part.strip()]
    if key.kind not in (TEXTS, FREE) and isinstance(value, list | dict):
        return raw
    is_text = key.kind == TEXT or key.kind == "file"
    return raw if is_text and not isinstance(value, str) else value


def _key(path: tuple[str, ...]) -> Key | None:
    for field in dataclasses.fields(Config):
        if field.name == path[0]:
            name = path[1] if path[0] != "evse" else path[2]
            return keys_of(field.metadata["section"]).get(name)
    return None
