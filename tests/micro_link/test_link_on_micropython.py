"""Runs the shared tests of the link and of the whole pilot board on MicroPython, unchanged.

Frames, messages and the device half in 64 KB of the unix port, a whole board, or one that is
flashed, in the 192 KB of the device, though words of the unix port have 64 bits. The 32-bit
build's heap grows; what is held is measured by ``heap_of_board``, with an image of what the
board needs and nothing else.
"""

import re
from pathlib import Path

import pytest

from tests.micro.test_on_micropython import (
    HEAP_BYTES,
    HERE,
    INTERPRETERS,
    ROOT,
    passes,
    unix,
    wasm,
)
from tools.micro.compiled import build, of_board, place_of

UNIT = ROOT / "tests" / "unit" / "link"
BESIDE = Path(__file__).parent
SHARED = sorted(path.stem for path in UNIT.glob("test_micro_*.py"))
BOARD = "link_bench"  # tests that import it need a whole board
HELPERS = (BOARD, "flash_rig")
MEASURED = ("ring", "board")
DEVICE_HEAP_BYTES = 192 * 1024
LOADING_HEAP_BYTES = 144 * 1024  # loading has room to spare, even where words have 64 bits


def sources(*modules: str) -> list[tuple[Path, str]]:
    """Return every file that the interpreters need for some modules, and where they look for it."""
    places = [HERE / "runner.py", *(_file(name) for name in modules)]
    return [(path, place_of(path)) for path in of_board()] + [(path, path.name) for path in places]


def helpers_of(module: str) -> list[str]:
    """What it imports from beside it."""
    text = (UNIT / f"{module}.py").read_text()
    return [name for name in HELPERS if f"from {name} import" in text]


@pytest.fixture
def compiled(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Make a tree of .mpy files, as a device carries it, for one test module."""
    module = request.getfixturevalue("module")
    build(sources(module, *helpers_of(module)), tmp_path)
    return tmp_path


@pytest.mark.parametrize("module", SHARED)
@pytest.mark.parametrize("interpreter", INTERPRETERS)
def test_shared_tests_pass_within_the_heap(compiled: Path, interpreter: str, module: str) -> None:
    heap_bytes = DEVICE_HEAP_BYTES if helpers_of(module) else HEAP_BYTES
    if interpreter == "wasm":
        passes(wasm(compiled, heap_bytes, module), compiled)
    else:
        passes(unix(f"{heap_bytes // 1024}K", module), compiled)


@pytest.mark.parametrize("what", MEASURED)
@pytest.mark.parametrize("interpreter", INTERPRETERS)
def test_what_is_loaded_stays_within_its_budget(
    tmp_path: Path, interpreter: str, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    modules = ("heap_before", f"heap_with_{what}", f"heap_of_{what}")
    build(sources(*modules, "kept"), tmp_path)
    if interpreter == "wasm":
        output = passes(wasm(tmp_path, DEVICE_HEAP_BYTES, *modules), tmp_path)
    else:
        output = passes(unix(f"{DEVICE_HEAP_BYTES // 1024}K", *modules), tmp_path)
        passes(unix(f"{LOADING_HEAP_BYTES // 1024}K", *modules), tmp_path)
    figure = re.search(r".* takes \d+ bytes.*", output)
    assert figure
    with capsys.disabled():
        print(f"\n{interpreter}: {figure[0]}")


def _file(name: str) -> Path:
    return next(path for path in (BESIDE / f"{name}.py", UNIT / f"{name}.py") if path.exists())


def test_the_shared_tests_use_nothing_that_only_one_interpreter_has() -> None:
    assert any(BOARD in (UNIT / f"{name}.py").read_text() for name in SHARED)
    for name in SHARED:
        assert "pytest" not in (UNIT / f"{name}.py").read_text(), name
