"""Profile: how the chargers of a fleet are set and what happens at them, from a TOML file."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ampkeeper.board.emulated.simulate.visits import MISHAPS, Habits

FILE_BYTES_MAX = 65_536
DAY_S = 86_400.0
ID_MAX = 20  # of OCPP 1.6 CiString, less the number
VERSIONS = ("2.1", "2.0.1", "1.6")
NAMES = tuple(name for name, _, _ in MISHAPS)

# What a number may be, at least and at most.
RANGES = {
    "visits.first_s": (1.0, DAY_S),
    "visits.gap_s": (1.0, 30 * DAY_S),
    "visits.stay_s": (90.0, 30 * DAY_S),
    "visits.card_s": (1.0, 60.0),
    "visits.soc_percent": (0, 100),
    "mishaps.share": (0.0, 1.0),
}


class ProfileError(ValueError):
    """The file cannot be used; the text says where and what is allowed."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A fleet's profile. ``sets`` are further settings of each charger, as for ``--set``."""

    url: str = ""
    id_prefix: str = "AK"
    versions: tuple[str, ...] = ()
    habits: Habits = field(default_factory=Habits)
    sets: tuple[tuple[str, str], ...] = ()


def load(path: Path) -> Profile:
    """Read it; raise ProfileError with file, key and what is allowed."""
    try:
        with path.open("rb") as file:
            raw = file.read(FILE_BYTES_MAX + 1)
        if len(raw) > FILE_BYTES_MAX:
            raise ProfileError(f"{path}: more than {FILE_BYTES_MAX} bytes")
        return parse(tomllib.loads(raw.decode()))
    except OSError as error:
        raise ProfileError(f"{path}: {error.strerror}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, ProfileError) as error:
        raise ProfileError(f"{path}: {error}") from None


def parse(told: Mapping[str, Any]) -> Profile:
    """The same of a document."""
    _only(told, "", ("url", "id_prefix", "versions", "visits", "mishaps", "set"))
    visits, mishaps = _table(told, "visits"), _table(told, "mishaps")
    _only(visits, "visits.", ("first_s", "gap_s", "stay_s", "card_s", "soc_percent"))
    _only(mishaps, "mishaps.", ("share", "kinds"))
    usual = Habits()
    low, high = _pair(visits, "visits.stay_s", usual.stay_s)
    least, most = _pair(visits, "visits.soc_percent", usual.soc_percent)
    kinds = _names(mishaps, "mishaps.kinds", NAMES)
    habits = Habits(
        first_s=_number(visits, "visits.first_s", usual.first_s),
        gap_s=_number(visits, "visits.gap_s", usual.gap_s),
        stay_s=(low, high),
        card_s=_pair(visits, "visits.card_s", usual.card_s),
        soc_percent=(int(least), max(int(least) + 1, int(most))),
        mishap=_number(mishaps, "mishaps.share", usual.mishap),
        mishaps=tuple(one for one in MISHAPS if one[0] in (kinds or NAMES)),
    )
    sets = tuple((name, _text_of(name, value)) for name, value in _table(told, "set").items())
    versions = _names(told, "versions", VERSIONS)
    return Profile(_text(told, "url", ""), _prefix(told), versions, habits, sets)


def _only(told: Mapping[str, Any], where: str, known: tuple[str, ...]) -> None:
    for name in told:
        if name not in known:
            raise ProfileError(f"{where}{name}: no such key; there are {', '.join(known)}")


def _table(told: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = told.get(name, {})
    if not isinstance(value, dict):
        raise ProfileError(f"{name}: must be a table")
    return value


def _number(told: Mapping[str, Any], name: str, usual: float) -> float:
    return _checked(told.get(name.rpartition(".")[2], usual), name)


def _pair(told: Mapping[str, Any], name: str, usual: tuple[float, float]) -> tuple[float, float]:
    value = told.get(name.rpartition(".")[2], usual)
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        raise ProfileError(f"{name} = {value!r}: must be [least, most]")
    low, high = (_checked(one, name) for one in value)
    if low > high:
        raise ProfileError(f"{name} = {list(value)}: the least is above the most")
    return low, high


def _checked(value: Any, name: str) -> float:
    low, high = RANGES[name]
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise ProfileError(f"{name} = {value!r}: must be a number, {low:g} to {high:g}")
    return float(value)


def _names(told: Mapping[str, Any], name: str, known: tuple[str, ...]) -> tuple[str, ...]:
    value = told.get(name.rpartition(".")[2], [])
    if not isinstance(value, list) or not all(one in known for one in value):
        raise ProfileError(f"{name} = {value!r}: must be a list of {', '.join(known)}")
    return tuple(value)


def _text(told: Mapping[str, Any], name: str, usual: str) -> str:
    value = told.get(name, usual)
    if not isinstance(value, str):
        raise ProfileError(f"{name} = {value!r}: must be text")
    return value


def _prefix(told: Mapping[str, Any]) -> str:
    prefix = _text(told, "id_prefix", "AK")
    if not (prefix.isascii() and prefix.isalnum() and len(prefix) <= ID_MAX - 5):
        raise ProfileError(f"id_prefix = {prefix!r}: must be 1 to {ID_MAX - 5} letters and digits")
    return prefix


def _text_of(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, (int, float, str)):
        raise ProfileError(f"set.{name!r} = {value!r}: must be a number, true, false or text")
    return str(value)
