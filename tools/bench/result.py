"""Result: one line of the table, and how repeated measurements become one number."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter


@dataclass(frozen=True, slots=True)
class Result:
    """One measured number. ``spread`` is the range of the repetitions, ``limit`` the budget."""

    row: str
    what: str
    value: float
    unit: str
    spread: tuple[float, float] | None = None
    limit: str = ""
    note: str = ""


def from_samples(
    row: str, what: str, samples: Sequence[float], unit: str, limit: str = "", note: str = ""
) -> Result:
    """The median of ``samples`` and their range."""
    middle = statistics.median(samples)
    return Result(row, what, middle, unit, (min(samples), max(samples)), limit, note)


def timed(call: Callable[[], object]) -> float:
    """Seconds that one call takes."""
    start = perf_counter()
    call()
    return perf_counter() - start
