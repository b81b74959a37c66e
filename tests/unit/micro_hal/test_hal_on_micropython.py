"""Runs the board's pure files, and a whole turn of it, on MicroPython, from .mpy as a device does.

The unix port with the device's 192 KB, though its words are twice as wide; and the 32-bit build,
whose heap grows, so what is held is measured there.
"""

from pathlib import Path

import pytest

from tests.micro.test_on_micropython import HERE as MICRO
from tests.micro.test_on_micropython import INTERPRETERS, RING_1, ROOT, UNIX, compile_to, passes, wasm

HERE = Path(__file__).resolve().parent
SHARED = sorted(path.stem for path in HERE.glob("test_micro_*.py"))
TURN = "turn_of_board"
HELPERS = ("quiet_chip",)
HEAP_BYTES = 192 * 1024
FOLDERS = ("hal/micro", "board/pilot_rp2040")
LINK = ("__init__", "frame", "messages", "device")
SINGLE = ("firmware/__init__.py", "firmware/pilot.py", "hal/__init__.py", "board/__init__.py")


def sources() -> list[tuple[Path, str]]:
    """Return every file that the interpreters need, and where they look for it."""
    ours = [*SINGLE, *(f"firmware/safety/{path.name}" for path in RING_1)]
    ours += [f"hal/link/{name}.py" for name in LINK]
    ours += [f"{folder}/{p.name}" for folder in FOLDERS for p in (ROOT / folder).glob("*.py")]
    flat = [HERE / f"{name}.py" for name in (*SHARED, TURN, *HELPERS)]
    flat.append(MICRO / "runner.py")
    return [(ROOT / name, f"ampkeeper/{name}") for name in ours] + [(p, p.name) for p in flat]


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a tree of .mpy files, as a device carries it."""
    root = tmp_path_factory.mktemp("mpy")
    for path, name in sources():
        compile_to(path, (root / name).with_suffix(".mpy"))
    return root


@pytest.mark.parametrize("module", [*SHARED, TURN])
@pytest.mark.parametrize("interpreter", INTERPRETERS)
def test_the_board_runs_on_micropython(compiled: Path, interpreter: str, module: str) -> None:
    if interpreter == "wasm":
        print(passes(wasm(compiled, HEAP_BYTES, module), compiled))
        return
    call = f"import runner; runner.main({module!r})"
    heap = f"heapsize={HEAP_BYTES * 2 // 1024}K"  # words of 64 bits
    print(passes([str(UNIX), "-X", heap, "-c", call], compiled))
