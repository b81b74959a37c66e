"""Timers: how long something has been so. Many share one list, for a device's memory.

A time counts from the end of the first block that showed it, like ``level``; what is UNKNOWN
neither counts nor starts anew. ``leak`` is for what may flap: it is not taken back by one block.
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


def leak(timers: "list[int]", index: int, passed_ms: int, is_so: int, most: int) -> bool:
    """Tell whether ``is_so`` has been YES for ``most`` quarters of a ms; NO takes back one a ms.

    So what is so half of the time, however fast it comes and goes, is so; what is so a fifth of
    the time never is.
    """
    quarters = timers[index]
    if is_so == YES:
        if quarters == 0:
            passed_ms = min(passed_ms, BLOCK_MS)  # nobody saw what was before the block
        quarters = min(quarters + 4 * passed_ms, most)
    elif is_so == NO:
        quarters = max(0, quarters - passed_ms)
    timers[index] = quarters
    return quarters >= most
