"""Row: ring 1 and the link on MicroPython, from compiled files: heap, and the tick."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from tools.bench.interpreters import run_unix, run_wasm, stage
from tools.bench.result import Result

ROW = "ring 1 + link on MicroPython"
RUNS = (("32-bit, WebAssembly", run_wasm), ("64-bit, unix", run_unix))
LIMIT_KB = "≤ 96"


def measure() -> Iterator[Result]:
    """Both word sizes; the device's is 32."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        yield Result(ROW, "compiled files", stage(folder) / 1024, "KB")
        for build, run in RUNS:
            words = run(folder, "tools.bench.micro_load", "tools.bench.micro_heap")
            if words:
                used_kb = int(words[0]) / 1024
                yield Result(ROW, f"{build}: heap in use", used_kb, "KB", limit=LIMIT_KB)
            words = run(folder, "tools.bench.micro_tick")
            if words:
                version, tick_ns, allocated = words
                name = f"{build}, {version}"
                yield Result(ROW, f"{name}: tick", int(tick_ns) / 1_000, "µs")
                what = f"{name}: allocated by 100 ticks"
                yield Result(ROW, what, int(allocated), "B", limit="0")
