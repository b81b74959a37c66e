"""Row: ring 1's process of board pi_peak: its memory, and the time until its pilot is safe."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

from tools.bench.charger import cpu_s, rss_mb
from tools.bench.machine import ROOT
from tools.bench.result import Result, from_samples

ROW = "board pi_peak, ring 1's process (mock pins in the place of lgpio)"
REPEATS = 7
SETTLE_S = 3.0


def measure() -> Iterator[Result]:
    """The time from a fresh process each, the first one left out."""
    samples = [_safe_s() for _ in range(REPEATS + 1)][1:]
    passed_s, cpu = zip(*samples, strict=True)
    yield from_samples(ROW, "start to coil off and +12 V", passed_s, "s", limit="≤ 0.3")
    yield from_samples(ROW, "start to coil off and +12 V", cpu, "s", note="processor time")
    yield Result(ROW, "resident, memory locked", _resident_mb(), "MB", None, "≤ 26")


def _safe_s() -> tuple[float, float]:
    """Seconds, and seconds of the processor."""
    with tempfile.TemporaryDirectory() as folder:
        start = perf_counter()
        with _process(Path(folder)) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"safe\n", "the program failed"
            passed_s, used_s = perf_counter() - start, cpu_s(process.pid)
            process.terminate()
            process.stdout.read()
    return passed_s, used_s


def _resident_mb() -> float:
    with tempfile.TemporaryDirectory() as folder, _process(Path(folder)) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"safe\n", "the program failed"
        time.sleep(SETTLE_S)
        used_mb = rss_mb(process.pid)
        process.terminate()
        process.stdout.read()
    return used_mb


def _process(folder: Path) -> "subprocess.Popen[bytes]":
    program = [sys.executable, "-m", "tools.bench.peak_alone", str(folder / "s"), str(folder)]
    return subprocess.Popen(program, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
