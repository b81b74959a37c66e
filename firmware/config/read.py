"""Reading: from what TOML gave to the model's values, one problem for each thing that is wrong."""

import dataclasses
import math
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from ampkeeper.firmware.config.fields import (
    BOOLEAN,
    FILE,
    FREE,
    FREE_CHARS_MAX,
    FREE_NAMES_MAX,
    INTEGER,
    NUMBER,
    TABLES,
    TEXT,
    Key,
    Scalar,
    is_secret_name,
    keys_of,
    toml_text,
)
from ampkeeper.firmware.config.locate import Lines, Path
from ampkeeper.firmware.config.model import Config
from ampkeeper.firmware.config.model_site import Circuit, Member
from ampkeeper.firmware.config.problems import (
    PROBLEMS_MAX,
    Problem,
    converted,
    nearest,
    same_quantity,
)

MASK = "***"
VALUE_CHARS_MAX = 80

Found = tuple[Path, object, str]
"""Where something stands that does not fit, its value, and what is allowed."""

Checker = Callable[[str, Scalar], str | None]
"""Takes a name and its value; returns what is wrong and what is allowed, or None when fine."""


def _accept(name: str, value: Scalar) -> str | None:
    return None


SiteChecker = Callable[[Sequence[Circuit], Sequence[Member]], tuple[str, int | None, str] | None]
"""Takes a site; returns the section, which of its tables, and what is wrong there, or None."""


def _any_site(
    circuits: Sequence[Circuit], members: Sequence[Member]
) -> tuple[str, int | None, str] | None:
    return None


def _no_board_keys(board: str) -> Checker | None:
    return None


def _no_problems(sections: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterable[Found]:
    return ()


@dataclass(frozen=True, slots=True)
class Checkers:
    """What other parts know about free names: OCPP's, those of a panel, a board's own keys.

    And about sites: whether circuits and members are one.

    ``board`` takes the board's name and returns the checker of "table.key" names; None: the board
    takes no keys. ``boards`` are the boards there are; empty: not checked. ``energy`` takes the
    usable values of all sections.
    """

    ocpp_key: Checker = _accept
    ocpp_variable: Checker = _accept
    panel_state: Checker = _accept
    board: Callable[[str], Checker | None] = _no_board_keys
    boards: tuple[str, ...] = ()
    site: SiteChecker = _any_site
    energy: Callable[[Mapping[str, Sequence[Mapping[str, Any]]]], Iterable[Found]] = _no_problems


@dataclass(slots=True)
class Source:
    """Where values come from, for the place that a problem names."""

    name: str
    folder: FilePath
    lines: Lines
    set_paths: set[Path] = field(default_factory=set)

    def mark_set(self, path: Path) -> None:
        """``path`` was given on the command line."""
        self.set_paths.add(path)

    def place(self, path: Path) -> tuple[str, int]:
        """The file and the line; ("--set", 0) for the command line."""
        if path in self.set_paths:
            return "--set", 0
        return self.name, self.lines.of(path)


Values = dict[str, Any]
Sections = dict[str, list[Values]]
"""The tables of each section, one unless they are EVSEs; a key without a usable value is absent."""


class Reader:
    """Reads a document section by section. What it cannot use is in ``problems``."""

    def __init__(self, source: Source, checkers: Checkers, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        self._source = source
        self.checkers = checkers

    def read(self, document: Mapping[str, Any]) -> Sections:
        """The usable values of each section, defaults filled in; the rest became problems."""
        fields = {section.name: section for section in dataclasses.fields(Config)}
        for name in document:
            if name not in fields:
                self.unknown((name,), document[name], dict.fromkeys(fields))
        sections: Sections = {}
        for name, section in fields.items():
            sections[name] = self._section(name, section.metadata, document.get(name))
        states = sections["panel"][0].get("states", {})
        self._check_names(("panel", "states"), states, self.checkers.panel_state)
        self._check_free(sections["ocpp"][0], sections["board"][0])
        for path, value, allowed in self.checkers.energy(sections):
            self.problem(path, value, allowed)
        return sections

    def problem(
        self, path: Path, value: object, allowed: str, hint: str = "", *, is_secret: bool = False
    ) -> None:
        """Note one problem with the value at ``path``; None as value: nothing stands there."""
        if len(self.problems) >= PROBLEMS_MAX:
            return
        file, line = self._source.place(path)
        shown = "" if value is None else toml_text(value)
        if is_secret and shown:
            shown = MASK
        if len(shown) > VALUE_CHARS_MAX:
            shown = shown[:VALUE_CHARS_MAX] + "..."
        self.problems.append(Problem(file, line, key_name(path), shown, allowed, hint))

    def unknown(self, path: Path, value: object, known: Mapping[str, Key | None]) -> None:
        """Note a name that the model does not have, with the one that was probably meant."""
        name, names = str(path[-1]), list(known)
        what = "key" if len(path) > 1 else "section"
        near = same_quantity(name, names) or nearest(name, names)
        key = known[near] if near is not None else None
        allowed = f" ({key.allowed()})" if key is not None else ""
        if near is not None and near == same_quantity(name, names):
            amount = converted(name, value, near)
            written = f": write {near} = {amount:g}" if amount is not None else ""
            hint = f"wrong unit, the key is {near}{allowed}{written}"
        elif near is not None:
            hint = f"did you mean {near}{allowed}?"
        else:
            hint = f"known: {', '.join(names)}"
        self.problem(path, value, f"unknown {what}", hint, is_secret=is_secret_name(name))

    def _section(self, name: str, metadata: Mapping[str, Any], value: Any) -> list[Values]:
        section, is_many = metadata["section"], "count" in metadata
        written = f"[[{name}]]" if is_many else f"[{name}]"
        nothing: list[Values] = [] if is_many else [{}]
        if value is None and metadata.get("is_required"):
            self.problem((name,), None, f"missing: a file needs {written}")
            return nothing
        if not is_many:
            if value is not None and not isinstance(value, dict):
                self.problem((name,), value, f"must be a table: write {written}")
                return nothing
            return [self._table(section, (name,), value or {})]
        if value is None:
            return nothing
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.problem((name,), value, f"must be an array of tables: write {written}")
            return nothing
        least, most = metadata["count"]
        if not least <= len(value) <= most:
            self.problem((name,), None, f"{len(value)} of them: must be {least} to {most}")
            return nothing
        return [self._table(section, (name, i), item) for i, item in enumerate(value)]

    def _table(self, section: type, path: Path, table: Mapping[str, Any]) -> Values:
        keys = keys_of(section)
        sub_tables = [name for name, key in keys.items() if key.kind == TABLES]
        plain = {name: key for name, key in keys.items() if name not in sub_tables}
        values: Values = {name: {} for name in sub_tables}
        for name, value in table.items():
            if name in plain:
                fit = self._value((*path, name), plain[name], value)
                values |= {} if fit is None else {name: fit}
            elif sub_tables and isinstance(value, dict):
                values[sub_tables[0]][name] = self._free((*path, name), value)
            else:
                self.unknown((*path, name), value, plain)
        for name, key in plain.items():
            if key.is_required and name not in table:
                self.problem((*path, name), None, f"missing: must be {key.allowed()}")
            elif name not in table:
                values[name] = dict(key.default) if key.kind == FREE else key.default
        return values

    def _value(self, path: Path, key: Key, value: Any) -> Any:
        if key.kind == FREE:
            return self._free(path, value)
        if key.kind == FILE:
            return self._file(path, key, value)
        if not _is_fit(key, value):
            self.problem(path, value, f"must be {key.allowed()}", is_secret=key.is_secret)
            return None
        if key.kind == NUMBER:
            return float(value)
        return tuple(value) if isinstance(value, list) else value

    def _file(self, path: Path, key: Key, value: Any) -> str:
        if not isinstance(value, str) or "\0" in value:
            self.problem(path, value, f"must be {key.allowed()}")
            return ""
        if value == "":
            return ""
        is_set = self._source.place(path)[1] == 0
        file = (FilePath.cwd() if is_set else self._source.folder) / value
        if not file.is_file() or not os.access(file, os.R_OK):
            self.problem(path, value, f"must be {key.allowed()}", f"{file} is none")
        return str(file)

    def _free(self, path: Path, value: Any) -> dict[str, Scalar]:
        if not isinstance(value, dict):
            self.problem(path, value, "must be a table of names and values")
            return {}
        if len(value) > FREE_NAMES_MAX:
            self.problem(path, None, f"{len(value)} names: must be at most {FREE_NAMES_MAX}")
            return {}
        values: dict[str, Scalar] = {}
        for name, item in value.items():
            secret = is_secret_name(name)
            if not _is_scalar(item):
                allowed = f"must be a text of at most {FREE_CHARS_MAX} characters, a number, "
                hint = 'quote a name that has dots: "Component.Variable"'
                hint = hint if isinstance(item, dict) else ""
                self.problem((*path, name), item, allowed + "true or false", hint, is_secret=secret)
            else:
                values[name] = item
        return values

    def _check_free(self, ocpp: Values, board: Values) -> None:
        """Hand the free names to those who know them."""
        checkers = self.checkers
        self._check_names(("ocpp", "keys"), ocpp.get("keys", {}), checkers.ocpp_key)
        self._check_names(("ocpp", "variables"), ocpp.get("variables", {}), checkers.ocpp_variable)
        if (name := board.get("name")) is None:
            return
        if checkers.boards and name not in checkers.boards:
            hint = nearest(name, checkers.boards)
            hint = f"did you mean {hint}?" if hint else f"known: {', '.join(checkers.boards)}"
            self.problem(("board", "name"), name, "no such board", hint)
            return
        checker = checkers.board(name)
        for table, content in board["tables"].items():
            for key, value in content.items():
                wrong = checker(f"{table}.{key}", value) if checker else "this board takes no keys"
                if wrong:
                    path = ("board", table, key)
                    self.problem(path, value, wrong, is_secret=is_secret_name(key))

    def _check_names(self, path: Path, names: Mapping[str, Scalar], checker: Checker) -> None:
        for name, value in names.items():
            if is_secret_name(name):
                hint = "write its file in ocpp.password_file"
                self.problem((*path, name), value, "a credential", hint, is_secret=True)
            elif (wrong := checker(name, value)) is not None:
                self.problem((*path, name), value, wrong)


def key_name(path: Path) -> str:
    """A path as people write it: ``evse[1].max_a`` for the first EVSE table of the file."""
    written = ""
    for name in path:
        if isinstance(name, int):
            written += f"[{name + 1}]"
        else:
            shown = name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else toml_text(name)
            written += f".{shown}" if written else shown
    return written


def _is_scalar(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= FREE_CHARS_MAX
    if isinstance(value, bool | int):
        return True
    return isinstance(value, float) and math.isfinite(value)


def _is_fit(key: Key, value: Any) -> bool:
    """True when ``value`` has the key's type and lies in its range."""
    if key.kind == BOOLEAN:
        return isinstance(value, bool) and (not key.choices or value in key.choices)
    if key.kind in (INTEGER, NUMBER):
        kinds = int if key.kind == INTEGER else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds):
            return False
        is_chosen = not key.choices or value in key.choices
        return is_chosen and (key.low <= value <= key.high or value == key.also)
    if key.kind == TEXT:
        return _is_text(key, value)
    if not isinstance(value, list) or not key.count_min <= len(value) <= key.count_max:
        return False
    is_each_fit = all(_is_text(key, item) for item in value)
    return is_each_fit and len({item.casefold() for item in value}) == len(value)


def _is_text(key: Key, value: object) -> bool:
    if not isinstance(value, str) or len(value) > key.chars_max:
        return False
    if key.choices:
        return value in key.choices
    is_empty_fine = value == "" and key.default == ""
    return is_empty_fine or re.fullmatch(key.pattern, value) is not None
