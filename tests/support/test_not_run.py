"""What was not run is said at the end of a run, with its reason, also where it is quiet."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TESTS = """
import pytest

@pytest.fixture
def rig():
    pytest.skip("loop devices: no such file")

def test_one(rig): ...
def test_two(rig): ...
def test_three(): ...

@pytest.mark.skip(reason="not today")
def test_four(): ...
"""


def test_each_reason_is_a_line_with_how_many(tmp_path: Path):
    (tmp_path / "test_them.py").write_text(TESTS)
    words = ["-q", "-c", "/dev/null", "--rootdir", str(tmp_path), "-p", "tests.conftest"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words, str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    said = [line for line in done.stdout.splitlines() if line.startswith("NOT RUN")]
    assert done.returncode == 0, done.stdout + done.stderr
    assert said == [
        "NOT RUN: 2 tests, loop devices: no such file (test_them.py::test_one)",
        "NOT RUN: 1 test, not today (test_them.py::test_four)",
    ]
