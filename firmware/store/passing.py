"""Passing: how much time has surely passed from one row to the next, whatever the clock said. Pure.

A clock on the wall can be set years ahead, by a mistake or by whoever wants evidence to go. The
monotonic clock cannot: it counts the machine's running time and begins at 0 with each boot. If it
shows no more than it did for the row before, the machine booted in between, and at least what it
shows has passed since; else at least the difference has. What passes while the power is off does
not count, so rows are kept for longer then, and never for shorter.
"""

import math

DAY_S = 86_400.0


def ran_s(before_s: float, before_now_s: float, now_s: float) -> float:
    """How long the station ran until a row; ``before_s``: until the row before that.

    ``before_now_s`` and ``now_s`` are the monotonic clock at each of them.
    """
    shown_s = now_s if math.isfinite(now_s) else 0.0
    passed_s = shown_s - before_now_s if shown_s >= before_now_s else shown_s
    return before_s + max(0.0, passed_s)
