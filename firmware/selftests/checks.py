"""Checks: the self-tests that the station runs itself, 30 to 34. Pure: facts in, findings out.

What each reads is given by the caller; nothing here stops a charge: the faults MeterSilent,
MeterImplausible, PilotLinkLost and StoreFailed do that without waiting for a self-test.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ampkeeper.firmware.safety.selftest import ABSENT, FAILED, PASSED

SILENT, IMPLAUSIBLE, ANOTHER = 1, 2, 4  # bits of the meter's finding
UNHEARD, STOPPED, UNSUPPLIED = 1, 2, 4  # bits of the emergency stop's finding
CLOCK_MS_MAX = 10_000  # off from the central system's clock; more spoils what is billed by time
CLOCK_TOLD_S_MAX = 172_800.0  # a central system that was not heard for longer proves nothing
FREE_MIB_MIN = 64  # the store's own limits need some 100 MB; below, an update finds no room
MIB = 1_048_576


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found; see ``SaveSelfTest``."""

    result: int
    value: int | None = None
    low: int | None = None
    high: int | None = None


def check_meter(is_silent: bool, is_implausible: bool, is_other: bool) -> Finding:
    """30: present, plausible (it never runs backwards), and the one that was there before."""
    bits = SILENT * is_silent | IMPLAUSIBLE * is_implausible | ANOTHER * is_other
    return _of_bits(bits)


def check_clock(off_ms: int | None, told_ago_s: float) -> Finding:
    """31: our clock against the central system's; without its word nobody can tell."""
    if off_ms is None or told_ago_s > CLOCK_TOLD_S_MAX:
        return Finding(ABSENT)
    result = PASSED if abs(off_ms) <= CLOCK_MS_MAX else FAILED
    return Finding(result, off_ms, -CLOCK_MS_MAX, CLOCK_MS_MAX)


def check_storage(free_bytes: int | None, problems: Iterable[str], is_failing: bool) -> Finding:
    """32: the database is whole, the last commit went through, and there is room.

    ``free_bytes`` None: the store could not even be looked at.
    """
    if free_bytes is None:
        return Finding(FAILED, None, FREE_MIB_MIN)
    free_mib = free_bytes // MIB
    is_good = free_mib >= FREE_MIB_MIN and not list(problems) and not is_failing
    return Finding(PASSED if is_good else FAILED, free_mib, FREE_MIB_MIN)


def check_stop(
    is_heard: bool, is_stopped: bool, is_unsupplied: bool, has_lines: bool = True
) -> Finding:
    """33: ring 1 watches the emergency stop and the supply, and finds nothing.

    Absent where neither has a line to it: nobody could say that all is well.
    """
    if is_heard and not (has_lines or is_stopped or is_unsupplied):
        return Finding(ABSENT)
    return _of_bits(UNHEARD * (not is_heard) | STOPPED * is_stopped | UNSUPPLIED * is_unsupplied)


def check_counters(
    counts: Mapping[tuple[int, str], int] | None,
    before: Mapping[tuple[int, str], int],
    active: Iterable[tuple[int, str]],
) -> Finding:
    """34: how often each fault came can be read, never fell, and knows each fault there is."""
    if counts is None:
        return Finding(FAILED, None, sum(before.values()))
    has_fallen = any(counts.get(key, 0) < count for key, count in before.items())
    has_missed = any(counts.get(key, 0) < 1 for key in active)
    result = FAILED if has_fallen or has_missed else PASSED
    return Finding(result, sum(counts.values()), sum(before.values()))


def _of_bits(bits: int) -> Finding:
    return Finding(FAILED if bits else PASSED, bits, 0, 0)
