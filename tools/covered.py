"""``python -m tools.covered``: every branch of ring 1 and of the link is run by its own tests.

It measures ``firmware/safety`` and ``hal/link`` under the tests of these two packages and fails
below 100 % of lines and branches. Random walks are left out, whose luck proves nothing, and those
that take minutes of a charge: a branch that only they run deserves a test of its own.
"""

import contextlib
import sys
import tempfile
import time
from pathlib import Path

import coverage
import pytest

from tools.tracer import Tracer

ROOT = Path(__file__).resolve().parents[1]
TOLD = sorted([*(ROOT / "firmware/safety").glob("*.py"), *(ROOT / "hal/link").glob("*.py")])
TESTS = ("tests/unit/safety", "tests/unit/link", "tests/tables/test_safety_tables.py")
LEFT_OUT = (
    "tests/unit/link/test_boot_forgets.py",
    "tests/unit/link/test_link_fuzz.py",
    "tests/unit/safety/test_bad_*.py",
    "tests/unit/safety/test_sequence_timing.py",
    "tests/unit/safety/test_soak.py",
    "tests/unit/safety/test_supervisor_cars.py",
    "tests/unit/safety/test_supervisor_doubts.py",
    "tests/unit/safety/test_supervisor_faults.py",
    "tests/unit/safety/test_supervisor_parts.py",
    "tests/unit/safety/test_supervisor_phases.py",
    "tests/unit/safety/test_supervisor_properties.py",
    "tests/unit/safety/test_supervisor_required.py",
    "tests/unit/safety/test_supervisor_starts.py",
    "tests/unit/safety/test_supervisor_walks_properties.py",
)


def measure() -> tuple[int, Tracer]:
    """Run the tests; return pytest's result and what they ran."""
    tracer = Tracer(TOLD)
    ignored = [f"--ignore-glob={ROOT / name}" for name in LEFT_OUT]
    options = ["-q", "-x", "--timeout=600", "-p", "no:cacheprovider", "-p", "no:xdist"]
    sys.settrace(tracer)
    try:
        result = pytest.main([*options, *ignored, *(str(ROOT / name) for name in TESTS)])
    finally:
        sys.settrace(None)
    return int(result), tracer


def judge(tracer: Tracer, folder: str) -> float:
    """Print what no test ran; return the percentage that was run."""
    told = coverage.Coverage(f"{folder}/coverage", config_file=str(ROOT / "pyproject.toml"))
    told.set_option("run:relative_files", False)
    data = told.get_data()
    data.add_arcs(tracer.arcs)
    for path in tracer.arcs:
        data.touch_file(path)
    told.set_option("report:precision", 2)
    return told.report([*tracer.arcs], show_missing=True, skip_covered=True)


def main() -> int:
    """Measure, and tell what no test runs."""
    start_s = time.monotonic()
    result, tracer = measure()
    if result:
        return result
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(ROOT):
        percent = judge(tracer, folder)
    print(f"{percent:.2f} % of lines and branches, in {time.monotonic() - start_s:.0f} s")
    return int(percent < 100)


if __name__ == "__main__":
    raise SystemExit(main())
