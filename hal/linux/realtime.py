"""Real time: what a process may ask of Linux to be on time, and what it was granted.

Priority before all ordinary processes, memory that is never paged out, and no garbage collector
that stops the program. Each function returns an empty text when it was granted, else why not:
a process without the right to it runs all the same, and says so.
sched(7), mlockall(2).
"""

import ctypes
import gc
import os

MCL_CURRENT, MCL_FUTURE, MCL_ONFAULT = 1, 2, 4  # asm-generic/mman.h, on ARM and x86 alike
PRIORITY = 50  # of SCHED_FIFO's 1 to 99; threaded interrupts have 50


def take_priority(priority: int = PRIORITY) -> str:
    """Run under SCHED_FIFO, before everything that is not real time."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))
    except OSError as error:
        return f"SCHED_FIFO: {error.strerror}"
    return ""


def lock_memory() -> str:
    """Keep in memory whatever this process has touched and will touch.

    Pages are locked as they are touched (Linux 4.4), not all that are mapped: what start-up code
    alone needed is not brought in for it.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) != 0:
        return f"mlockall: {os.strerror(ctypes.get_errno())}"
    return ""


def stop_garbage() -> str:
    """Collect once, keep what is left for ever, and never collect again by itself.

    What is made from now on is freed by its reference count; a loop that made cycles would grow.
    """
    gc.collect()
    gc.freeze()
    gc.disable()
    return ""


def be_on_time() -> dict[str, str]:
    """Ask for all three; return what was asked for and, where it was refused, why."""
    return {
        "priority": take_priority(),
        "memory": lock_memory(),
        "garbage": stop_garbage(),
    }
