"""Timers: how long something has been so. Many share one list, for a device's memory.

A time counts from the end of the first block that showed it, like ``level``; what is UNKNOWN
neither counts nor starts anew.
"""

from ampkeeper.firmware.safety.signals import NO, YES
from ampkeeper.firmware.safety.units import BLOCK_MS, const

_HELD_MS_MAX = const(60_000)  # counting on would reach large integers, which allocate


def hold(timers: "list[int]", index: int, passed_ms: int, is_so: int) -> int:
    """Return how many ms ``is_so`` has been YES, by the timer ``index``; at most 60,000."""
    held_ms = timers[index]
    if is_so == YES:
        if held_ms == 0:
            held_ms = min(passed_ms, BLOCK_MS)  # nobody saw what was before the block
        else:
            held_ms = min(held_ms + passed_ms, _HELD_MS_MAX)
    elif is_so == NO:
        held_ms = 0
    timers[index] = held_ms
    return held_ms
