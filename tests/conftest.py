"""Shared by all tests: one seed for everything drawn by chance, printed with what failed.

``--seed N`` repeats a run. Hypothesis draws the same examples every time here, so that a red
pipeline is red again; ``HYPOTHESIS_PROFILE=explore`` looks for new ones.
"""

import gc
import os
import subprocess
import tempfile
from collections.abc import Generator, Iterable
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]
TIDY = ROOT / "tests" / "tidy"
SEED = 20261122  # any number does, as long as it stays
# Where each commit to a store need not wait for a disk. What a cut leaves is simulated, and a
# process that is killed leaves what it wrote, in memory as on a disk.
MEMORY = Path("/dev/shm")
ROOM_BYTES = 2 * 1024**3
# Where the long files are; several processes begin with them, so that none ends alone with one.
LONG_FIRST = (
    "micro",
    "power_loss",
    "conformance/peers",
    "scenarios",
    "micro_link",
    "station",
    "contract",
    "explore",
    "unit/pilot_rp2040",
    "scenarios_ev",
    "scenarios_limits",
    "unit/emulated",
)

# A browser is tried by `make browser`, which brings what that takes.
collect_ignore = [] if find_spec("playwright") else ["browser"]

settings.register_profile("steady", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, max_examples=1_000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--seed``."""
    parser.addoption("--seed", type=int, default=SEED, help=f"what chance starts from ({SEED})")


def pytest_configure() -> None:
    """Put the folders of tests into memory, unless somebody names another place."""
    if "TMPDIR" not in os.environ and has_room(MEMORY):
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is collected stays to the end: looking for garbage in it took a third of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Let each of several processes begin elsewhere in a folder, so that none compiles all of it.

    What one of them has compiled, the others find when they come to it.
    """
    report = yield
    if report.passed and isinstance(collector, pytest.Dir):
        number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
        of = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
        first = len(report.result) * number // of
        report.result = report.result[first:] + report.result[:first]
    return report


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what takes long, where several processes share the files."""
    if hasattr(config, "workerinput"):
        items.sort(key=place_in_line)


def pytest_report_header(config: pytest.Config) -> str:
    """Say what it takes to run the same again."""
    return repeat_with(config)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add seed and commit to the report of a test that failed."""
    report = yield
    if report.failed and TIDY not in item.path.parents:  # nothing is drawn there
        report.sections.append(("to repeat", f"{item.nodeid} with {repeat_with(item.config)}"))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was covered, where a test noted it with ``record_property("covered", text)``.

    And which tests were not run, and why: nobody shall take them for passed.
    """
    for report in terminalreporter.getreports("passed"):
        for name, text in report.user_properties:
            if name == "covered":
                terminalreporter.write_line(f"{report.nodeid}: {text}")
    for line in not_run(terminalreporter.getreports("skipped")):
        terminalreporter.write_line(line, yellow=True)


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """Where chance starts in this run."""
    return int(request.config.getoption("--seed"))


def not_run(reports: Iterable[pytest.TestReport]) -> list[str]:
    """A line for each reason why tests were skipped, with how many and the first of them."""
    named: dict[str, list[str]] = {}
    for report in reports:
        told = report.longrepr
        reason = str(told[2] if isinstance(told, tuple) else told).removeprefix("Skipped: ")
        named.setdefault(reason, []).append(report.nodeid)
    return [
        f"NOT RUN: {len(names)} test{'s' * (len(names) > 1)}, {reason} ({names[0]})"
        for reason, names in named.items()
    ]


def has_room(folder: Path) -> bool:
    """Tell whether tests may write and run files there, and enough of them."""
    if not (folder.is_dir() and os.access(folder, os.W_OK)):
        return False
    found = os.statvfs(folder)
    is_noexec = bool(found.f_flag & os.ST_NOEXEC)
    return not is_noexec and found.f_bavail * found.f_frsize >= ROOM_BYTES


def place_in_line(item: pytest.Item) -> tuple[int, Path]:
    """When a test's turn is; files stay together, and what is in a file in order."""
    folder = str(item.path.parent.relative_to(ROOT / "tests"))
    return (LONG_FIRST.index(folder) if folder in LONG_FIRST else len(LONG_FIRST)), item.path


def repeat_with(config: pytest.Config) -> str:
    """The seed and the commit, as they are printed."""
    done = subprocess.run(
        ["git", "--no-optional-locks", "describe", "--always", "--dirty", "--abbrev=12"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    commit = done.stdout.strip() or "unknown"
    return f"--seed {config.getoption('--seed')} at commit {commit}"
