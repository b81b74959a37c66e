"""Growth: what sharing costs for each charger does not rise with their number.

Counted in lines that are run, which is the same on any machine; seconds are for ``make bench``.
"""

import sys
from collections import Counter
from types import FrameType
from typing import Any

import pytest

from tools.bench.site import site_of

GROWTH_MAX = 1.3  # of the lines for each, from one size to one five times as large


def lines_of(size: int) -> int:
    """How many lines one sharing among so many chargers runs."""
    allocator, claims = site_of(size)
    ran: Counter[str] = Counter()

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        ran[event] += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        allocator.allocate(claims)
    finally:
        sys.settrace(before)
    return ran["line"]


@pytest.mark.parametrize("size", [20, 100])
def test_five_times_as_many_chargers_cost_five_times_as_much(size: int) -> None:
    few, many = lines_of(size), lines_of(5 * size)
    assert few > 10 * size, "it was counted"
    assert many / few <= 5 * GROWTH_MAX, f"{few} lines for {size}, {many} for {5 * size}"
