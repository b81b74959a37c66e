"""Scale: ring 1 with its times shortened to a few ticks, in their order.

Every number of a module that is named as a time becomes the short time of its step on
``LADDER``: equal times stay equal, and none overtakes another. What the real values mean is for
the timing tests. All is put back afterwards.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager

RING_1 = "ampkeeper.firmware.safety."
TICK_MS = 10
LADDER = (  # up to this time -> so long
    (10, 10),
    (20, 20),
    (150, 30),
    (2_500, 40),
    (15_000, 50),
    (60_000, 60),
    (900_000, 70),
)
LONGEST_MS = 80
AGE_MS_MAX = 90  # beyond every time, setting, and sum of two that ring 1 compares an age with
BLOCKS_MAX = 3  # a debounce of more blocks than this is one of so many
QUARTERS = {"_VOID_QUARTERS": 40}  # of a ms; a third of the diode's, others are as their times
TABLES = ("CALLS",)  # rows with times in them
IS_TIME = re.compile(r"_MS(_MIN|_MAX)?$")

Names = dict[str, object]
Kept = tuple[Names, str, object]


def scaled(ms: int) -> int:
    """Return the short time for a real one; 0 and negative ones stay."""
    for most, short in LADDER:
        if ms <= most:
            return min(ms, short)
    return LONGEST_MS


@contextmanager
def short_times() -> Iterator[None]:
    """Shorten the times of ring 1's modules."""
    kept: list[Kept] = []
    for name, module in list(sys.modules.items()):
        if name.startswith(RING_1):
            kept += _shorten(vars(module))
    try:
        yield
    finally:
        for names, name, value in reversed(kept):
            names[name] = value


def shorten_times_of(made: object) -> None:
    """Shorten every ``..._ms`` of an object, such as a vehicle's profile."""
    for name, value in vars(made).items():
        if name.endswith("_ms") and isinstance(value, int):
            setattr(made, name, scaled(value))


def _shorten(names: Names) -> list[Kept]:
    kept = [(names, name, names[name]) for name in names if _is_time(names, name)]
    for _, name, value in kept:
        names[name] = _shortened(value)
    blocks = [(names, name, names[name]) for name in names if name.endswith("_BLOCKS")]
    for _, name, value in blocks:
        names[name] = min(int(str(value)), BLOCKS_MAX)
    quarters = [(names, name, names[name]) for name in names if name.endswith("_QUARTERS")]
    for _, name, _ in quarters:
        names[name] = QUARTERS.get(name, 4 * scaled(int(str(names[name])) // 4))
    return kept + blocks + quarters


def _is_time(names: Names, name: str) -> bool:
    is_own = names["__name__"] == getattr(names[name], "__module__", names["__name__"])
    return bool(IS_TIME.search(name)) or (name.endswith("_ms_of") and is_own) or name in TABLES


def _shortened(value: object) -> object:
    if isinstance(value, int):
        return scaled(value)
    if isinstance(value, tuple):
        return tuple(_shortened_row(row) for row in value)
    if callable(value):
        return lambda *given: scaled(value(*given))
    raise TypeError(f"a time that is a {type(value).__name__}: {value!r}")


def _shortened_row(row: object) -> object:
    """Shorten what can only be a time: no code, drive or count in a table is above 100."""
    if isinstance(row, tuple):
        return tuple(scaled(item) if item > 100 else item for item in row)
    return scaled(row) if isinstance(row, int) else row
