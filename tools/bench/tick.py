"""Row: one tick of ring 1 while a car charges, on CPython."""

from tools.bench.charging import Charge
from tools.bench.result import Result, from_samples, timed

ROW = "tick of ring 1"
BLOCKS = 100
COUNT = 500


def measure() -> list[Result]:
    """The median of blocks of ticks."""
    charge = Charge()
    charge.run(COUNT)
    samples = [timed(lambda: charge.run(COUNT)) / COUNT * 1e6 for _ in range(BLOCKS)]
    return [from_samples(ROW, "CPython", samples, "µs", "≤ 100")]
