"""Row: one tick of ring 1 while a car charges, on CPython and on MicroPython."""

import gc
import tracemalloc

from tools.bench.charging import Charge
from tools.bench.interpreters import IMPORTROOT, ROOT, run_micro
from tools.bench.result import Result, from_samples, timed

ROW = "tick of ring 1"
BLOCKS = 100
COUNT = 500


def measure() -> list[Result]:
    """CPython: median of blocks; MicroPython: its best block, and what it allocates."""
    charge = Charge()
    charge.run(COUNT)
    samples = [timed(lambda: charge.run(COUNT)) / COUNT * 1e6 for _ in range(BLOCKS)]
    results = [from_samples(ROW, "CPython", samples, "µs", "≤ 100")]
    results.append(Result(ROW, "CPython, kept after 5,000 ticks", _kept(), "B", limit="0"))
    return results + _micro()


def _kept() -> float:
    """Bytes that ticks leave behind."""
    charge = Charge()
    charge.run(COUNT)
    gc.collect()
    tracemalloc.start()
    charge.run(COUNT)
    before, _ = tracemalloc.get_traced_memory()
    charge.run(5_000)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return after - before


def _micro() -> list[Result]:
    words = run_micro("tools/bench/micro_tick.py", f"{IMPORTROOT}:{ROOT}")
    if not words:
        return []
    version, tick_ns, allocated = words
    name = f"MicroPython {version}, 64-bit unix, 192 KB heap"
    return [
        Result(ROW, name, int(tick_ns) / 1_000, "µs", note="best of 20 blocks"),
        Result(ROW, f"{name}, allocated in 100", int(allocated), "B", limit="0"),
    ]
