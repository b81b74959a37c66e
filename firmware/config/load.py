"""Loading: the file's bytes, what the command line sets, and everything wrong with either.

Nothing is guessed: a file with one problem is refused with all of its problems.
"""

import dataclasses
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from ampkeeper.firmware.config.locate import Lines
from ampkeeper.firmware.config.model import Config
from ampkeeper.firmware.config.overlay import apply_sets
from ampkeeper.firmware.config.problems import ConfigError, Problem
from ampkeeper.firmware.config.read import Checkers, Reader, Sections, Source
from ampkeeper.firmware.config.rules import check_rules, complete

__all__ = ["Checkers", "Sets", "load", "parse"]

FILE_BYTES_MAX = 262_144
AT_LINE = re.compile(r" \(at line (\d+), column \d+\)$")

Sets = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Text:
    name: str
    folder: FilePath
    content: str


def load(path: str | FilePath, sets: Sets = (), checkers: Checkers | None = None) -> Config:
    """Read the file at ``path``, let ``sets`` (key path, text) win over it, and check it all."""
    file = FilePath(path)
    try:
        with file.open("rb") as stream:
            content = stream.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise _refused(str(path), f"cannot be read: {error.strerror}", line=0) from error
    if len(content) > FILE_BYTES_MAX:
        raise _refused(str(path), f"larger than {FILE_BYTES_MAX} bytes", line=0)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise _refused(str(path), "not UTF-8", line) from error
    return _load(_Text(str(path), file.parent.absolute(), text), sets, checkers or Checkers())


def parse(
    text: str, sets: Sets = (), checkers: Checkers | None = None, name: str = "configuration"
) -> Config:
    """Like ``load``, from text; files it names are looked for in the working folder."""
    return _load(_Text(name, FilePath.cwd(), text), sets, checkers or Checkers())


def _load(text: _Text, sets: Sets, checkers: Checkers) -> Config:
    document = _document(text)
    source = Source(text.name, text.folder, Lines(text.content))
    reader = Reader(source, checkers, apply_sets(document, source, sets))
    sections = reader.read(document)
    check_rules(sections, reader)
    if reader.problems:
        raise ConfigError(sorted(reader.problems, key=lambda problem: problem.line))
    complete(sections)
    return _config(sections)


def _config(sections: Sections) -> Config:
    values: dict[str, Any] = {}
    for field in dataclasses.fields(Config):
        tables = [field.metadata["section"](**table) for table in sections[field.name]]
        values[field.name] = tuple(tables) if "count" in field.metadata else tables[0]
    values["evse"] = tuple(sorted(values["evse"], key=lambda evse: evse.id))
    return Config(**values)


def _document(text: _Text) -> dict[str, Any]:
    try:
        return tomllib.loads(text.content)
    except tomllib.TOMLDecodeError as error:
        found = AT_LINE.search(str(error))
        last_line = text.content.count("\n") + 1
        line = int(found.group(1)) if found else last_line
        raise _refused(text.name, f"not TOML: {AT_LINE.sub('', str(error))}", line) from error
    except RecursionError as error:
        raise _refused(text.name, "not usable: nested too deeply") from error


def _refused(name: str, reason: str, line: int = 1) -> ConfigError:
    return ConfigError([Problem(name, line, "", "", reason)])
