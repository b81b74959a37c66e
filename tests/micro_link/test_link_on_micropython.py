"""Runs the shared tests of the link and of the whole pilot board on MicroPython, unchanged.

Frames, messages and the device half in 64 KB of the unix port, the whole board in 192 KB of it,
where a word has 64 bits. The 32-bit build's heap grows; there ``heap_of_board`` measures.
"""

from pathlib import Path

import pytest

from tests.micro.test_on_micropython import (
    HEAP_BYTES,
    HERE,
    INTERPRETERS,
    RING_1,
    ROOT,
    UNIX,
    compile_to,
    passes,
    wasm,
)

UNIT = ROOT / "tests" / "unit" / "link"
LINK = ("__init__", "frame", "messages", "device", "host")
SHARED = sorted(path.stem for path in UNIT.glob("test_micro_*.py"))
MEASURE = Path(__file__).with_name("heap_of_board.py")
BOARD = "test_micro_pilot_board"
BOARD_HEAP_BYTES = 192 * 1024


def sources() -> list[tuple[Path, str]]:
    """Return every file that the interpreters need, and where they look for it."""
    ours = ["firmware/__init__.py", "firmware/pilot.py", "hal/__init__.py"]
    ours += [f"firmware/safety/{path.name}" for path in RING_1]
    ours += [f"hal/link/{name}.py" for name in LINK]
    flat = [HERE / "runner.py", MEASURE, *(UNIT / f"{name}.py" for name in (*SHARED, "link_bench"))]
    return [(ROOT / name, f"ampkeeper/{name}") for name in ours] + [(p, p.name) for p in flat]


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a tree of .mpy files, as a device carries it."""
    root = tmp_path_factory.mktemp("mpy")
    for path, name in sources():
        compile_to(path, (root / name).with_suffix(".mpy"))
    return root


@pytest.mark.parametrize("module", [*SHARED, MEASURE.stem])
@pytest.mark.parametrize("interpreter", INTERPRETERS)
def test_shared_tests_pass_within_the_heap(compiled: Path, interpreter: str, module: str) -> None:
    heap_bytes = BOARD_HEAP_BYTES if module in (BOARD, MEASURE.stem) else HEAP_BYTES
    if interpreter == "wasm":
        passes(wasm(compiled, heap_bytes, module), compiled)
        return
    call = f"import runner; runner.main({module!r})"
    passes([str(UNIX), "-X", f"heapsize={heap_bytes // 1024}K", "-c", call], compiled)


def test_the_shared_tests_use_nothing_that_only_one_interpreter_has() -> None:
    assert BOARD in SHARED
    for name in SHARED:
        assert "pytest" not in (UNIT / f"{name}.py").read_text(), name
