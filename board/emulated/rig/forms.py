"""Forms: what values in a scenario may be; each raises BadRequestError with what is allowed."""

import math
import re
from collections.abc import Callable

from ampkeeper.board.emulated.key import BadRequestError, shown

UNITS_S = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3_600.0}
TIME = re.compile(r"(\d+(?:\.\d+)?) ?(ms|s|min|h)")
TIME_S_MAX = 7 * 86_400.0
TIME_FORM = 'such as "500 ms", "30 s", "5 min" or "6 h", more than 0 and at most 168 h'
BOUND = re.compile(r"(>=|<=|>|<)? ?(-?\d+(?:\.\d+)?)")
BOUND_FORM = 'a number, or text such as ">= 5" or "< 10"'
COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">=": lambda seen, bound: seen >= bound,
    "<=": lambda seen, bound: seen <= bound,
    ">": lambda seen, bound: seen > bound,
    "<": lambda seen, bound: seen < bound,
    "": lambda seen, bound: math.isclose(seen, bound, abs_tol=1e-6),
}


def seconds(key: str, value: object) -> float:
    """A time, in seconds."""
    found = TIME.fullmatch(value) if isinstance(value, str) else None
    time_s = float(found[1]) * UNITS_S[found[2]] if found else 0.0
    if not 0 < time_s <= TIME_S_MAX:
        raise BadRequestError(f"{key} = {shown(value)}: must be a time, {TIME_FORM}")
    return time_s


def share(key: str, value: object) -> float:
    """A probability."""
    if not is_number(value) or not 0 <= float(str(value)) <= 1:
        raise BadRequestError(f"{key} = {shown(value)}: must be a number, 0 to 1")
    return float(str(value))


def bound(key: str, value: object) -> tuple[str, float]:
    """A comparison with a number: the sign, "" for equal, and the number."""
    found = BOUND.fullmatch(str(value)) if is_number(value) or isinstance(value, str) else None
    if found is None:
        raise BadRequestError(f"{key} = {shown(value)}: must be {BOUND_FORM}")
    return found[1] or "", float(found[2])


def text(key: str, value: object) -> str:
    """Any text that is not empty."""
    if not isinstance(value, str) or not value:
        raise BadRequestError(f"{key} = {shown(value)}: must be text")
    return value


def whole(key: str, value: object, low: int, high: int) -> int:
    """A whole number."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise BadRequestError(f"{key} = {shown(value)}: must be a whole number, {low} to {high}")
    return value


def table(key: str, value: object) -> dict[str, object]:
    """A table."""
    if not isinstance(value, dict):
        raise BadRequestError(f"{key} = {shown(value)}: must be a table, {{ ... }}")
    return value


def is_number(value: object) -> bool:
    """True for a number that is no truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool)
