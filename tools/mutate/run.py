"""Runs tests in a child process on a mutated ring 1: fresh imports, first failure ends it.

The parent imports nothing of ampkeeper, so a fork starts clean; what is slow to import and not
under test (hypothesis, pytest) is there already. Tests are called as functions: those of ring 1
use no fixtures, because they also run on MicroPython.
"""

import importlib.util
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import Phase, settings

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("tests/unit/safety", "tests/tables")
# Random walks take minutes and would hide what the sentences beside them leave open.
WALKS = ("test_soak", "test_supervisor_properties", "test_supervisor_walks")
ONLY = tuple(filter(None, os.environ.get("MUTATE_TESTS", "").split(",")))
FILES = tuple(
    path
    for path in (
        *sorted((ROOT / FOLDERS[0]).glob("test_*.py")),
        ROOT / FOLDERS[1] / "test_safety_tables.py",
    )
    if path.stem not in WALKS and (not ONLY or path.stem in ONLY)
)
PACKAGE = "ampkeeper.firmware.safety"
PRELOADED = (pytest,)  # in the parent, for all children
SURVIVED, KILLED, TIMED_OUT = range(3)
OUTCOMES = ("survived", "killed", "timed out")
GRACE_S = 1.5  # of processor time, as all here: others may use the machine too
QUICK_S = 0.2  # of processor time; slower tests are for the survivors of the quick ones
SLOWER = 30  # so many times its usual time, and a test hangs


class Mutated(MetaPathFinder, Loader):
    """Finds one module and gives it another source."""

    def __init__(self, module: str, code: str) -> None:
        self.module = module
        self.code = code

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        """Answer for one module only."""
        if name != self.module:
            return None
        return importlib.util.spec_from_loader(name, self, origin="<mutated>")

    def exec_module(self, module: ModuleType) -> None:
        """Run the changed source."""
        exec(compile(self.code, "<mutated>", "exec"), vars(module))  # noqa: S102 - a mutant


def call_in_child(work: Callable[[], int]) -> tuple[int, str]:
    """Run ``work`` in a fork; return the outcome and what it printed last."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        code = KILLED
        try:
            os.dup2(write_end, 1)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            code = work()
            sys.stdout.flush()
        except BaseException as error:  # any end but a return is one of the mutant's
            os.write(write_end, f"\n{type(error).__name__}".encode())
        finally:
            os._exit(code)
    os.close(write_end)
    with os.fdopen(read_end, errors="replace") as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return TIMED_OUT, said
    return os.waitstatus_to_exitcode(status), said


def tests_in(path: Path) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield name and call of each test of a file, parameters filled in."""
    name = path.stem
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    for what, function in list(vars(module).items()):
        if what.startswith("test_") and callable(function):
            for index, given in enumerate(_parameters(function)):
                yield f"{name}::{what}[{index}]", _bound(function, given)


def _parameters(function: Callable[..., object]) -> list[dict[str, object]]:
    """Return the arguments of each case of a parametrized test."""
    axes: list[list[dict[str, object]]] = []
    for mark in getattr(function, "pytestmark", ()):
        if mark.name == "parametrize":
            names = mark.args[0]
            names = [part.strip() for part in names.split(",")] if isinstance(names, str) else names
            axes.append([_case(names, values) for values in mark.args[1]])
    merged: list[dict[str, object]] = []
    for parts in product(*axes):
        merged.append({name: value for part in parts for name, value in part.items()})
    return merged


def _case(names: Sequence[str], values: Any) -> dict[str, object]:
    if hasattr(values, "marks"):  # pytest.param
        return dict(zip(names, values.values, strict=True))
    return dict(zip(names, values if len(names) > 1 else [values], strict=True))


def _bound(function: Callable[..., object], given: dict[str, object]) -> Callable[[], object]:
    return lambda: function(**given)


def prepare() -> None:
    """Set up a child as the conftests do; nothing is shrunk, and nothing kept."""
    sys.path.insert(0, str(ROOT / FOLDERS[0]))
    settings.register_profile(
        "mutants",
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.explicit, Phase.generate),
    )
    settings.load_profile("mutants")


def run_tests(wanted: dict[str, float], first: str, is_again: bool) -> int:
    """Run the wanted tests, those named for a module first, then quick ones; print each.

    A mutant that lived once did so by the quick ones, so then they come last. For a child.
    """
    prepare()
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    files = {path.stem: path for path in FILES}
    calls: dict[str, Callable[[], object]] = {}
    sign = -1 if is_again else 1
    for name in sorted(wanted, key=lambda each: (first not in each, sign * wanted[each])):
        signal.setitimer(signal.ITIMER_PROF, GRACE_S + SLOWER * wanted[name])
        print(name)
        path = files.pop(name.split("::")[0], None)
        if path is not None:
            calls.update(tests_in(path))
        calls[name]()
    return SURVIVED


def measure(
    files: Sequence[Path], write: Callable[[str, float, dict[str, list[int]]], None]
) -> int:
    """Run the tests of files and tell the time of each; of a quick one also its lines.

    For a child.
    """
    from coverage import Coverage

    prepare()
    seconds: dict[str, float] = {}
    calls = {name: call for path in files for name, call in tests_in(path)}
    for name, call in calls.items():
        start_s = time.process_time()
        try:
            call()
        except AssertionError:
            print(f"left out, it fails without any mutant: {name}", flush=True)
            continue
        seconds[name] = time.process_time() - start_s
        write(name, seconds[name], {})
    cover = Coverage(data_file=None, include=["*/firmware/safety/*"])
    cover.start()
    for name in (name for name in seconds if seconds[name] <= QUICK_S):
        cover.switch_context(name)
        calls[name]()
    cover.stop()
    data = cover.get_data()
    ran: dict[str, dict[str, list[int]]] = {}
    for file in data.measured_files():
        for line, contexts in data.contexts_by_lineno(file).items():
            for name in filter(None, contexts):
                ran.setdefault(name, {}).setdefault(Path(file).stem, []).append(line)
    for name, lines in ran.items():
        write(name, -1.0, lines)
    return SURVIVED
