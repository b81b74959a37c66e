"""Runs the board's pure files, and a whole turn of it, on MicroPython, from .mpy as a device does.

The unix port with the device's 192 KB, though its words are twice as wide; and the 32-bit build,
whose heap grows, so what is held is measured there.
"""

import re
from pathlib import Path

import pytest

from ampkeeper.firmware.faces.cli import pilot_plan as plan
from tests.micro.test_on_micropython import HERE as MICRO
from tests.micro.test_on_micropython import INTERPRETERS, passes, unix, wasm
from tools.micro.compiled import build

HERE = Path(__file__).resolve().parent
SHARED = sorted(path.stem for path in HERE.glob("test_micro_*.py"))
TURN = "turn_of_board"
HELPERS = ("quiet_chip", "measured")
HEAP_BYTES = 192 * 1024
MEASURE = ("heap_empty", "heap_board", "heap_taken")


def board_files() -> list[tuple[Path, str]]:
    """Return what ``ampkeeper pilot flash`` puts on a board, and where it lies there."""
    return [(path, f"ampkeeper/{name}") for name, path in plan.sources().items()]


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a tree of .mpy files, as a device carries it."""
    root = tmp_path_factory.mktemp("mpy")
    flat = [HERE / f"{name}.py" for name in (*SHARED, TURN, *MEASURE, *HELPERS)]
    flat.append(MICRO / "runner.py")
    build([*board_files(), *((path, path.name) for path in flat)], root)
    return root


@pytest.mark.parametrize("module", [*SHARED, TURN])
@pytest.mark.parametrize("interpreter", INTERPRETERS)
def test_the_board_runs_on_micropython(compiled: Path, interpreter: str, module: str) -> None:
    passes(command(interpreter, compiled, module), compiled)


@pytest.mark.parametrize("interpreter", INTERPRETERS)
def test_the_board_leaves_a_quarter_of_the_heap(
    compiled: Path, interpreter: str, capsys: pytest.CaptureFixture[str]
) -> None:
    output = passes(command(interpreter, compiled, *MEASURE), compiled)
    figure = re.search(r"the pilot board takes .*", output)
    assert figure
    size = sum(path.stat().st_size for path in (compiled / "ampkeeper").rglob("*.mpy"))
    with capsys.disabled():
        print(f"\n{interpreter}: {figure[0]}, {size} bytes of .mpy")


def command(interpreter: str, root: Path, *modules: str) -> list[str]:
    if interpreter == "wasm":
        return wasm(root, HEAP_BYTES, *modules)
    return unix(f"{HEAP_BYTES * 2 // 1024}K", *modules)  # words of 64 bits
