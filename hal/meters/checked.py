"""Checked table: takes keys out of a parsed TOML table, and says what is wrong where.

Every key is taken once, with its type and range; ``end`` refuses what nobody took.
"""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

NUMBER_MAX = 1e300  # beyond, a product of two is infinite
QUOTE = "'"  # begins a list of texts
SHOWN_MAX = 80  # characters of a wrong value in a message


class MapError(ValueError):
    """A register map that cannot be used; the message says file, key, value and what is allowed."""


class Table:
    """One table of a file. ``where`` is for messages; ``key`` is its last part."""

    def __init__(self, file: str, key: str, values: Mapping[str, Any]) -> None:
        self.where = f"{file}: {key}" if key else file
        self.key = key.rpartition(".")[2]
        self._file = file
        self._path = key
        self._values = values
        self._taken: set[str] = set()

    def has(self, key: str) -> bool:
        """Tell whether an optional key is there."""
        self._taken.add(key)
        return key in self._values

    def text(self, key: str) -> str:
        """Take a string that is not empty."""
        value = self._take(key, "a text")
        if not isinstance(value, str) or not value:
            raise self._wrong(key, value, "a text")
        return value

    def one_of(self, key: str, allowed: Sequence[str]) -> str:
        """Take one of the texts ``allowed``."""
        names = ", ".join(f"{name!r}" for name in allowed)
        value = self._take(key, names)
        if value not in allowed:
            raise self._wrong(key, value, names)
        return str(value)

    def whole(self, key: str, low: int, high: int) -> int:
        """Take an integer from ``low`` to ``high``."""
        return self._whole(key, self._take(key, _between(low, high)), low, high)

    def wholes(self, key: str, low: int, high: int) -> tuple[int, ...]:
        """Take a list of at least one integer."""
        value = self._take(key, "a list of integers")
        if not isinstance(value, list) or not value:
            raise self._wrong(key, value, "a list of integers")
        return tuple(self._whole(key, item, low, high) for item in value)

    def texts(self, key: str) -> tuple[str, ...]:
        """Take a list of at least one text."""
        value = self._take(key, "a list of texts")
        if not isinstance(value, list) or not value:
            raise self._wrong(key, value, "a list of texts")
        for item in value:
            if not isinstance(item, str) or not item:
                raise self._wrong(key, item, "a text")
        return tuple(value)

    def flag(self, key: str) -> bool:
        """Take true or false; what is not there is false."""
        if not self.has(key):
            return False
        value = self._values[key]
        if not isinstance(value, bool):
            raise self._wrong(key, value, "true or false")
        return value

    def number(self, key: str) -> float:
        """Take a finite number."""
        value = self._take(key, "a number")
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not abs(value) <= NUMBER_MAX:  # NaN is not
            raise self._wrong(key, value, "a number")
        return float(value)

    def names(self, key: str) -> dict[int, str]:
        """Take a table of number = "name"."""
        result = {}
        for number, name in self.table(key)._values.items():
            try:
                result[int(number, 0)] = str(name)
            except ValueError:
                raise self._wrong(f"{key}.{number}", name, "number = name") from None
        return result

    def table(self, key: str) -> "Table":
        """Take a table."""
        value = self._take(key, "a table")
        if not isinstance(value, dict):
            raise self._wrong(key, value, "a table")
        return Table(self._file, f"{self._path}.{key}".lstrip("."), value)

    def tables(self, key: str) -> Iterator["Table"]:
        """Take an array of at least one table."""
        value = self._take(key, "an array of tables")
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            raise self._wrong(key, value, "an array of tables")
        for index, row in enumerate(value):
            yield Table(self._file, f"{key}[{index}]", row)

    def children(self) -> Iterator["Table"]:
        """Take every key of this table as a table."""
        for key in self._values:
            yield self.table(key)

    def end(self) -> None:
        """Refuse keys that nobody took."""
        for key in self._values:
            if key not in self._taken:
                near = difflib.get_close_matches(key, self._taken, 1)
                allowed = f"allowed are {', '.join(sorted(self._taken))}"
                hint = f"; {f'did you mean {near[0]}' if near else allowed}"
                raise MapError(f"{self.where}: unknown key {key}{hint}")

    def _take(self, key: str, allowed: str) -> Any:
        self._taken.add(key)
        if key not in self._values:
            raise MapError(f"{self.where}: {key} is missing, {_allowed(allowed)}")
        return self._values[key]

    def _whole(self, key: str, value: Any, low: int, high: int) -> int:
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        if not is_whole or not low <= value <= high:
            raise self._wrong(key, value, _between(low, high))
        return int(value)

    def _wrong(self, key: str, value: Any, allowed: str) -> MapError:
        return MapError(f"{self.where}: {key} is {_shown(value)}, {_allowed(allowed)}")


def _between(low: int, high: int) -> str:
    return f"an integer from {low} to {high}"


def _allowed(what: str) -> str:
    return f"allowed {'are' if what.startswith(QUOTE) else 'is'} {what}"


def _shown(value: Any) -> str:
    """A value as it stands in a message; Python prints no integer of thousands of digits."""
    try:
        text = repr(value)
    except ValueError:
        return "a number too long to show"
    return text if len(text) <= SHOWN_MAX else f"{text[:SHOWN_MAX]}..."
