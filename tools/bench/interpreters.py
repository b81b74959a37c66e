"""Interpreters: runs a script under MicroPython and gives back the numbers that it printed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
IMPORTROOT = ROOT / "tools" / "importroot"
TIME_S = 120


def micropython() -> Path | None:
    """The unix port that belongs to this environment, if there is one for this machine."""
    beside = Path(sys.executable).parent / "micropython"
    found = beside if beside.exists() else shutil.which("micropython")
    return Path(found) if found else None


def run_micro(script: str, path: str, heap: str = "192K") -> list[str]:
    """Run ``script`` under the unix port with a capped heap; return the words of its last line."""
    program = micropython()
    if program is None:
        return []
    done = subprocess.run(
        [program, "-X", f"heapsize={heap}", script],
        cwd=ROOT,
        env=os.environ | {"MICROPYPATH": path},
        capture_output=True,
        text=True,
        timeout=TIME_S,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{script} under MicroPython: {done.stderr or done.stdout}")
    return done.stdout.split()
