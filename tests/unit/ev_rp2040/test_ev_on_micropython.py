"""Runs the EV board's pure files on MicroPython from source, as they are copied to a board."""

import shutil
from pathlib import Path

import pytest

from tests.micro.test_on_micropython import HERE as MICRO
from tests.micro.test_on_micropython import INTERPRETERS, passes, unix, wasm
from tools.micro.compiled import ROOT, compile_to, place_of

HERE = Path(__file__).resolve().parent
BOARD = ROOT / "board" / "ev_rp2040"
PURE = ("ev", "stamps", "wiring")
SHARED = ("test_ev_logic", "test_ev_stamps")
HEAP_BYTES = 192 * 1024  # the device's


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """Make the tree that a board carries, with the tests."""
    for path in (BOARD / f"{name}.py" for name in PURE):
        target = tmp_path / place_of(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    for path in (MICRO / "runner.py", *(HERE / f"{name}.py" for name in SHARED)):
        shutil.copyfile(path, tmp_path / path.name)
    return tmp_path


@pytest.mark.parametrize("interpreter", INTERPRETERS)
def test_the_logic_passes_on_micropython(copied: Path, interpreter: str) -> None:
    if interpreter == "unix":
        passes(unix(f"{HEAP_BYTES // 1024}K", *SHARED), copied)
    else:
        passes(wasm(copied, HEAP_BYTES, *SHARED), copied)


@pytest.mark.parametrize("path", sorted(BOARD.glob("*.py")), ids=lambda path: path.name)
def test_the_cross_compiler_takes_every_file(path: Path, tmp_path: Path) -> None:
    assert compile_to(path, tmp_path / "out.mpy") > 0
