"""Hours: the owner's hours of the week as rows that people and programs write, and back. Pure.

The same rows as [[schedule]] has; those that were said last stand in the place of the file's.
"""

import re
from collections.abc import Sequence
from typing import Any

from ampkeeper.firmware.energy.configured import hours_problems, window_of
from ampkeeper.firmware.energy.schedules import CHARGE, DAYS, LIMIT, Window

ROWS_MAX = 20
NAME_CHARS_MAX = 40
CURRENT_A_LOW, CURRENT_A_HIGH = 6.0, 80.0  # or 0
CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
MIDNIGHT = "24:00"
KEYS = ("name", "days", "begin", "end", "what", "max_a", "evse")


class HoursRefused(ValueError):
    """What is wrong with them, and what is allowed."""


def windows_of(rows: object, evses: int) -> tuple[Window, ...]:
    """The hours; HoursRefused names the first row that cannot be."""
    if not isinstance(rows, list) or len(rows) > ROWS_MAX:
        raise HoursRefused(f"hours: must be a list of at most {ROWS_MAX}")
    whole = [_row(place, row) for place, row in enumerate(rows, 1)]
    for path, value, allowed in hours_problems(whole, evses):
        raise HoursRefused(f"hours {int(path[1]) + 1}: {path[2]} {value!r:.40}: {allowed}")
    return tuple(window_of(row) for row in whole)


def rows_of(windows: Sequence[Window]) -> list[dict[str, Any]]:
    """The other way."""
    return [
        {
            "name": one.name,
            "days": [DAYS[day] for day in one.days],
            "begin": _clock(one.begin_min),
            "end": _clock(one.end_min),
            "what": one.what,
            "max_a": one.current_a,
            "evse": one.evse_id,
        }
        for one in windows
    ]


def _row(place: int, row: object) -> dict[str, Any]:
    if not isinstance(row, dict) or not set(row) <= set(KEYS):
        raise HoursRefused(f"hours {place}: must have {', '.join(KEYS)} and nothing else")
    found = {"what": CHARGE, "max_a": None, "evse": 0, "days": list(DAYS)} | row
    checks = {
        "name": (_is_name(found.get("name")), f"one line of 1 to {NAME_CHARS_MAX} characters"),
        "days": (_are_days(found["days"]), f"some of {', '.join(DAYS)}, each once"),
        "begin": (_is_clock(found.get("begin")), 'a time of the day, such as "22:00"'),
        "end": (
            found.get("end") == MIDNIGHT or _is_clock(found.get("end")),
            'a time of the day, such as "06:00", or "24:00"',
        ),
        "what": (found["what"] in (CHARGE, LIMIT), f"{CHARGE} or {LIMIT}"),
        "max_a": (
            _is_current(found["max_a"]),
            f"0, {CURRENT_A_LOW:g} to {CURRENT_A_HIGH:g} A, or null",
        ),
        "evse": (type(found["evse"]) is int and found["evse"] >= 0, "a number; 0: each"),
    }
    for key, (is_good, allowed) in checks.items():
        if not is_good:
            raise HoursRefused(f"hours {place}: {key} {found.get(key)!r:.40}: must be {allowed}")
    return found


def _is_name(value: object) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= NAME_CHARS_MAX and value.isprintable()


def _are_days(value: object) -> bool:
    is_list = isinstance(value, list) and all(one in DAYS for one in value)
    return is_list and isinstance(value, list) and 1 <= len(value) == len(set(value))


def _is_clock(value: object) -> bool:
    return isinstance(value, str) and CLOCK.fullmatch(value) is not None


def _is_current(value: object) -> bool:
    if value is None:
        return True
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return value == 0 or CURRENT_A_LOW <= value <= CURRENT_A_HIGH


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
