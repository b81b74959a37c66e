"""``python -m tools.covered``: every branch of ring 1 and of the link is run by its own tests.

It measures ``firmware/safety`` and ``hal/link`` under the tests of these two packages, without
the random walks, whose luck proves nothing, and fails below 100 % of lines and branches.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("ampkeeper.firmware.safety", "ampkeeper.hal.link")
TESTS = ("tests/unit/safety", "tests/unit/link", "tests/tables/test_safety_tables.py")
WALKS = ("test_soak", "test_supervisor_properties", "test_supervisor_walks_properties")


def commands(data: str) -> tuple[list[str], list[str]]:
    """Return how the tests are run and how the result is judged."""
    cover = [sys.executable, "-m", "coverage"]
    run = [*cover, "run", "--branch", f"--source={','.join(PACKAGES)}", f"--data-file={data}"]
    pytest = ["-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--timeout=600", *TESTS]
    ignored = [f"--ignore=tests/unit/safety/{name}.py" for name in WALKS]
    report = [*cover, "report", f"--data-file={data}", "--fail-under=100", "--show-missing"]
    return [*run, *pytest, *ignored], [*report, "--skip-covered", "--precision=2"]


def main() -> int:
    """Measure, and tell what no test runs."""
    start_s = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        run, report = commands(str(Path(folder) / "coverage"))
        tested = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False)
        if tested.returncode:
            print(tested.stdout[-4_000:], tested.stderr[-2_000:])
            return tested.returncode
        judged = subprocess.run(report, cwd=ROOT, capture_output=True, text=True, check=False)
    print(judged.stdout, judged.stderr, sep="", end="")
    print(f"measured in {time.monotonic() - start_s:.0f} s")
    return judged.returncode


if __name__ == "__main__":
    raise SystemExit(main())
