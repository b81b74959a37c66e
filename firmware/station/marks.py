"""Marks: when what happened in a running session, on the monotonic clock."""

from dataclasses import dataclass


@dataclass(slots=True)
class Since:
    """Monotonic marks of the running session; None: has not happened."""

    began_s: float | None = None
    stopping_s: float | None = None
    opened_s: float | None = None


def has_passed(mark_s: float | None, wait_s: float, now_s: float) -> bool:
    """True once ``wait_s`` have passed since the mark."""
    return mark_s is not None and now_s >= mark_s + wait_s
