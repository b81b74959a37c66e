"""Problems: what is wrong with a configuration, said so that it can be mended at once."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

PROBLEMS_MAX = 100

# A name that ends in the wrong unit: (ending, unit meant, factor to the base unit of its family).
UNITS = {
    "ma": ("current", 0.001),
    "a": ("current", 1.0),
    "ka": ("current", 1000.0),
    "amp": ("current", 1.0),
    "amps": ("current", 1.0),
    "ampere": ("current", 1.0),
    "milliamps": ("current", 0.001),
    "ms": ("time", 0.001),
    "s": ("time", 1.0),
    "sec": ("time", 1.0),
    "seconds": ("time", 1.0),
    "min": ("time", 60.0),
    "minutes": ("time", 60.0),
    "h": ("time", 3600.0),
    "hours": ("time", 3600.0),
    "mv": ("voltage", 0.001),
    "v": ("voltage", 1.0),
    "kv": ("voltage", 1000.0),
    "w": ("power", 1.0),
    "kw": ("power", 1000.0),
    "wh": ("energy", 1.0),
    "kwh": ("energy", 1000.0),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend. ``line`` 0: of the whole file, or of what ``file`` names instead."""

    file: str
    line: int
    key: str
    value: str  # as it stands in the file, secrets masked; "" when nothing stands there
    allowed: str
    hint: str = ""

    @property
    def place(self) -> str:
        """ "charger.toml:12", or "--set"."""
        return f"{self.file}:{self.line}" if self.line else self.file

    def __str__(self) -> str:
        what = f"{self.key} = {self.value}" if self.value else self.key
        parts = [part for part in (what, self.allowed) if part]
        text = f"{self.place}: " + ": ".join(parts)
        return f"{text}; {self.hint}" if self.hint else text


class ConfigError(Exception):
    """The configuration cannot be used. ``problems`` has all of them, in order of place."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that ``name`` was probably meant to be."""
    by_folded = {candidate.casefold(): candidate for candidate in known}
    found = difflib.get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None


def same_quantity(name: str, known: Iterable[str]) -> str | None:
    """The known key that differs from ``name`` only by the unit at its end."""
    stem, family = _split(name)
    for candidate in known:
        known_stem, known_family = _split(candidate)
        is_unit_wrong = family != "" and family == known_family
        is_unit_left_out = family == "" and known_family != ""
        if candidate != name and stem == known_stem and (is_unit_wrong or is_unit_left_out):
            return candidate
    return None


def converted(name: str, value: object, to_name: str) -> float | None:
    """``value`` of ``name`` in the unit of ``to_name``; None when that cannot be told."""
    here, there = UNITS.get(_ending(name)), UNITS.get(_ending(to_name))
    if here is None or there is None or isinstance(value, bool):
        return None
    if not isinstance(value, int | float):
        return None
    return float(value) * here[1] / there[1]


def _ending(name: str) -> str:
    return name.rpartition("_")[2].casefold()


def _split(name: str) -> tuple[str, str]:
    stem, _, _ = name.rpartition("_")
    unit = UNITS.get(_ending(name))
    if stem == "" or unit is None:
        return name.casefold(), ""
    return stem.casefold(), unit[0]
