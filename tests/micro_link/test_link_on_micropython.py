"""Runs the shared tests of the link and of the whole pilot board on MicroPython, unchanged.

Frames, messages and the device half in 64 KB of the unix port, a whole board in the 192 KB of the
device, though words of the unix port have 64 bits. The 32-bit build's heap grows; what is held is
measured by ``heap_of_board``.
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
MEASURE = ("heap_before", "heap_of_ring", "heap_of_board")
DEVICE_HEAP_BYTES = 192 * 1024


def sources() -> list[tuple[Path, str]]:
    """Return every file that the interpreters need, and where they look for it."""
    flat = [HERE / "runner.py", *(BESIDE / f"{name}.py" for name in ("kept", *MEASURE))]
    flat += [UNIT / f"{name}.py" for name in (*SHARED, "link_bench")]
    return [(path, place_of(path)) for path in of_board()] + [(path, path.name) for path in flat]


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a tree of .mpy files, as a device carries it."""
    root = tmp_path_factory.mktemp("mpy")
    build(sources(), root)
    return root


@pytest.mark.parametrize("module", SHARED)
@pytest.mark.parametrize("interpreter", INTERPRETERS)
def test_shared_tests_pass_within_the_heap(compiled: Path, interpreter: str, module: str) -> None:
    needs_board = BOARD in (UNIT / f"{module}.py").read_text()
    heap_bytes = DEVICE_HEAP_BYTES if needs_board else HEAP_BYTES
    if interpreter == "wasm":
        passes(wasm(compiled, heap_bytes, module), compiled)
    else:
        passes(unix(f"{heap_bytes // 1024}K", module), compiled)


@pytest.mark.parametrize("interpreter", INTERPRETERS)
def test_the_whole_board_loads_within_its_budget(
    compiled: Path, interpreter: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if interpreter == "wasm":
        output = passes(wasm(compiled, DEVICE_HEAP_BYTES, *MEASURE), compiled)
    else:
        output = passes(unix(f"{DEVICE_HEAP_BYTES // 1024}K", *MEASURE), compiled)
    figure = re.search(r"ring 1 takes \d+ bytes, .*", output)
    assert figure
    with capsys.disabled():
        print(f"\n{interpreter}: {figure[0]}")


def test_the_shared_tests_use_nothing_that_only_one_interpreter_has() -> None:
    assert any(BOARD in (UNIT / f"{name}.py").read_text() for name in SHARED)
    for name in SHARED:
        assert "pytest" not in (UNIT / f"{name}.py").read_text(), name
