"""Keys: how the model says what a key is, so that reader, schema and reference page agree.

A model field is made by one of the functions below; its ``Key`` travels in the field's metadata.
``default`` None on a key without ``is_required`` means "not set".
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Scalar = str | int | float | bool

TEXT = "text"
INTEGER = "integer"
NUMBER = "number"
BOOLEAN = "boolean"
TEXTS = "list of texts"
FILE = "file"
FREE = "table of free names"
TABLES = "tables of free names"

PRINTABLE = r"[^\x00-\x1f\x7f]+"
FREE_NAMES_MAX = 500
ITEMS_SHOWN = 20
FREE_CHARS_MAX = 2500  # OCPP 2.x SetVariableData.attributeValue holds at most 1000; 1.6 less
SECRET_WORDS = ("password", "authorizationkey", "secret", "privatekey", "passphrase")


@dataclass(frozen=True, slots=True)
class Key:
    """What may stand behind one name in the file."""

    kind: str
    help: str
    default: Any = None
    is_required: bool = False
    unit: str = ""
    low: float = 0
    high: float = 0
    also: float | None = None  # one value outside the range that has a meaning
    choices: tuple[Scalar, ...] = ()
    pattern: str = PRINTABLE
    pattern_words: str = ""
    chars_max: int = 255
    count_min: int = 0
    count_max: int = 0
    is_secret: bool = False

    def allowed(self) -> str:
        """What the key accepts, in words, with its unit."""
        if self.choices:
            words = " or ".join(toml_text(choice) for choice in self.choices)
            if self.kind == TEXTS:
                return f"a list of {words}, each at most once, at least {self.count_min}"
            return f"{words} {self.unit}".rstrip()
        if self.kind in (INTEGER, NUMBER):
            whole = "a whole number, " if self.kind == INTEGER else ""
            also = "" if self.also is None else f"{self.also:g} or "
            return f"{whole}{also}{self.low:g} to {self.high:g} {self.unit}".rstrip()
        if self.kind == BOOLEAN:
            return "true or false"
        if self.kind == FILE:
            return "the path of a file that can be read"
        if self.kind in (FREE, TABLES):
            return f"a table of at most {FREE_NAMES_MAX} names"
        words = self.pattern_words or f"text of 1 to {self.chars_max} characters"
        return words if self.kind == TEXT else f"a list of at most {self.count_max}: {words}"


def toml_text(value: object) -> str:
    """A value as it would stand in the file, shortened to one line."""
    if isinstance(value, list | tuple):
        items = [_item_text(item) for item in value[:ITEMS_SHOWN]]
        return "[" + ", ".join(items) + "]"
    return _item_text(value)


def _item_text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + "".join(_escaped(character) for character in value) + '"'
    if isinstance(value, list | tuple):
        return "[...]"
    return "a table" if isinstance(value, Mapping) else str(value)


TOML_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\x7f": "\\u007f"}


def _escaped(character: str) -> str:
    if character >= " ":
        return TOML_ESCAPES.get(character, character)
    return TOML_ESCAPES.get(character, f"\\u{ord(character):04x}")


def is_secret_name(name: str) -> bool:
    """True when a free name (OCPP key, board key) holds something that must not be shown."""
    folded = name.casefold().replace("_", "")
    return any(word in folded for word in SECRET_WORDS)


def text(
    help: str,
    *,
    default: str | None = None,
    chars_max: int = 255,
    choices: tuple[str, ...] = (),
    pattern: str = PRINTABLE,
    words: str = "",
    is_secret: bool = False,
) -> Any:
    """A text; required when it has no default."""
    key = Key(
        TEXT,
        help,
        default=default,
        is_required=default is None,
        chars_max=chars_max,
        choices=choices,
        pattern=pattern,
        pattern_words=words,
        is_secret=is_secret,
    )
    return _field(key)


def optional_text(
    help: str, *, chars_max: int = 255, pattern: str = PRINTABLE, choices: tuple[str, ...] = ()
) -> Any:
    """A text that may be left out: then it is None."""
    return _field(Key(TEXT, help, chars_max=chars_max, pattern=pattern, choices=choices))


def number(
    help: str,
    *,
    unit: str,
    low: float,
    high: float,
    default: float | None = None,
    is_required: bool = False,
    also: float | None = None,
) -> Any:
    """A number, whole or not, kept as float."""
    key = Key(
        NUMBER,
        help,
        unit=unit,
        low=low,
        high=high,
        default=default,
        is_required=is_required,
        also=also,
    )
    return _field(key)


def integer(
    help: str,
    *,
    low: int,
    high: int,
    unit: str = "",
    default: int | None = None,
    choices: tuple[int, ...] = (),
    is_required: bool | None = None,
) -> Any:
    """A whole number; required when it has no default, unless that is said."""
    key = Key(
        INTEGER,
        help,
        unit=unit,
        low=low,
        high=high,
        default=default,
        is_required=default is None if is_required is None else is_required,
        choices=choices,
    )
    return _field(key)


def optional_boolean(help: str) -> Any:
    """True or false, or left out: then it is None."""
    return _field(Key(BOOLEAN, help))


def boolean(help: str, *, default: bool | None = None, choices: tuple[bool, ...] = ()) -> Any:
    """True or false; required when it has no default."""
    return _field(Key(BOOLEAN, help, default=default, is_required=default is None, choices=choices))


def texts(
    help: str,
    *,
    default: tuple[str, ...] | None,
    count_max: int,
    count_min: int = 0,
    choices: tuple[str, ...] = (),
    chars_max: int = 255,
    words: str = "",
    is_secret: bool = False,
) -> Any:
    """A list of texts; required when it has no default."""
    key = Key(
        TEXTS,
        help,
        default=default,
        is_required=default is None,
        count_min=count_min,
        count_max=count_max,
        choices=choices,
        chars_max=chars_max,
        pattern_words=words,
        is_secret=is_secret,
    )
    return _field(key)


def file(help: str) -> Any:
    """The path of a file, taken from the folder of the configuration; "" when not set."""
    return _field(Key(FILE, help, default=""))


def free(help: str, words: str = "names and values that OCPP knows") -> Any:
    """A table whose names and values somebody else checks; ``words`` say who."""
    return _field(Key(FREE, help, default={}, pattern_words=words))


def tables(help: str) -> Any:
    """Every sub-table of a section, whose names and values somebody else checks."""
    return _field(Key(TABLES, help, default={}))


def keys_of(section: type) -> dict[str, Key]:
    """The keys of a section of the model, in order."""
    return {f.name: f.metadata["key"] for f in dataclasses.fields(section)}


def _field(key: Key) -> Any:
    if key.is_required:
        return field(metadata={"key": key})
    if isinstance(key.default, dict):
        return field(default_factory=dict, metadata={"key": key})
    return field(default=key.default, metadata={"key": key})
