"""Interpreters: the tree compiled as for a pilot board, and a script of ours run on it.

Two MicroPythons: the unix port, 64-bit, whose heap can be capped, and the WebAssembly build under
Node, 32-bit like the device, whose heap cannot. Either may be missing on a machine.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools.micro.compiled import ROOT, build, of_board, place_of
from tools.micro.fetch import BUILD, PACKAGE
from tools.npm import node_commands

SCRIPTS = ("charging", "micro_load", "micro_heap", "micro_tick")
RUNNER = """\
def main(*names):
    for name in names:
        __import__(name)
"""
HEAP_B = 192 * 1024  # what an RP2040 leaves to Python
TIME_S = 120


def stage(folder: Path) -> int:
    """Fill ``folder`` with compiled files and the scripts; return the bytes of ring 1 and link."""
    scripts = [f"tools/bench/{name}.py" for name in SCRIPTS]
    program = [(path, place_of(path)) for path in of_board()]
    build([*program, *((ROOT / script, script) for script in scripts)], folder)
    (folder / "runner.py").write_text(RUNNER)
    return sum(path.stat().st_size for path in (folder / "ampkeeper").rglob("*.mpy"))


def run_unix(folder: Path, *modules: str) -> list[str]:
    """The words that ``modules`` print on the unix port; none if there is no such port here."""
    beside = Path(sys.executable).parent / "micropython"
    program = str(beside) if beside.exists() else shutil.which("micropython")
    if program is None:
        return []
    command = [program, "-X", f"heapsize={HEAP_B}", "-c", f"import {', '.join(modules)}"]
    return _words(command, folder)


def run_wasm(folder: Path, *modules: str) -> list[str]:
    """The words that ``modules`` print on the 32-bit build; none if it was not fetched."""
    if not BUILD.is_here():
        return []
    node, _ = node_commands()
    runner = str(ROOT / "tools" / "micro" / "run.mjs")
    return _words([*node, runner, str(PACKAGE), str(HEAP_B), str(folder), *modules], folder)


def _words(command: list[str], folder: Path) -> list[str]:
    done = subprocess.run(
        command,
        cwd=folder,  # not by its full name, which each file would keep in the heap
        env=os.environ | {"MICROPYPATH": "."},
        capture_output=True,
        text=True,
        timeout=TIME_S,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr or done.stdout}")
    return done.stdout.split()
