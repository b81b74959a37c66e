"""Tree: the files of a package, where they lie on a charger.

Software in ``/usr``, which may be read-only; what the owner says in ``/etc/ampkeeper``; what it
remembers in ``/var/lib/ampkeeper``, which the package does not have: the service makes it.
"""

import gzip
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.deb.wheels import PYTHON, ROOT, unpack

LIBRARY = "usr/lib/ampkeeper"
NAME = f"python{PYTHON[0]}.{PYTHON[1]}"
SITE = f"{LIBRARY}/lib/{NAME}/site-packages"
BOARDS = ("pi_peak", "pi_rp2040", "evse_din", "openevse", "heidelberg")
BOARD_FACTS = "etc/ampkeeper/board"  # the circuit board as data: the maker's, and then the owner's
SYSTEMD = ROOT / "board" / "host" / "systemd"
HERE = Path(__file__).parent
PROGRAM = f"""#!/{LIBRARY}/bin/python -P
import sys

from ampkeeper.firmware.faces.cli import main

sys.exit(main())
"""
VENV = f"""home = /usr/bin
include-system-site-packages = false
version = {PYTHON[0]}.{PYTHON[1]}
executable = /usr/bin/{NAME}
"""
PLACES = {  # of board/host/systemd
    "ampkeeper.service": "usr/lib/systemd/system",
    "ampkeeper-ring.service": "usr/lib/systemd/system",
    "60-ampkeeper.rules": "usr/lib/udev/rules.d",
    "61-ampkeeper-names.rules": "usr/share/doc/ampkeeper/examples",
    "rauc.conf": "usr/share/doc/ampkeeper/examples",
    "60-ampkeeper-reboot.rules": "usr/share/doc/ampkeeper/examples",
}
SHELLS = {
    "bash": "usr/share/bash-completion/completions/ampkeeper",
    "zsh": "usr/share/zsh/vendor-completions/_ampkeeper",
    "fish": "usr/share/fish/vendor_completions.d/ampkeeper.fish",
}


def make(tree: Path, wheels: Sequence[Path]) -> None:
    """Lay out everything but the SBOM and what dpkg itself reads."""
    for wheel in wheels:
        unpack(wheel, tree / SITE)
    _put(tree, f"{LIBRARY}/pyvenv.cfg", VENV)
    _put(tree, f"{LIBRARY}/bin/ampkeeper", PROGRAM, 0o755)
    _link(tree, f"{LIBRARY}/bin/python", f"/usr/bin/{NAME}")
    _link(tree, "usr/bin/ampkeeper", "../lib/ampkeeper/bin/ampkeeper")
    for name, folder in PLACES.items():
        _put(tree, f"{folder}/{name}", (SYSTEMD / name).read_text(encoding="utf-8"))
    accounts = (SYSTEMD / "ampkeeper.sysusers").read_text(encoding="utf-8")
    _put(tree, "usr/lib/sysusers.d/ampkeeper.conf", accounts)
    _facts(tree)
    _documents(tree)


def stamp(tree: Path, built_s: int) -> None:
    """Give all of it one time and plain modes, so that the same commit makes the same bytes."""
    for folder, folders, files in os.walk(tree, topdown=False):
        for name in (*files, *folders):
            path = Path(folder, name)
            if not path.is_symlink():
                is_open = path.is_dir() or path.stat().st_mode & 0o100
                path.chmod(0o755 if is_open else 0o644)
            os.utime(path, (built_s, built_s), follow_symlinks=False)
    tree.chmod(0o755)
    os.utime(tree, (built_s, built_s))


def _facts(tree: Path) -> None:
    """``board.toml`` of each board becomes the owner's: dpkg keeps what was changed there."""
    for board in BOARDS:
        inside = tree / SITE / "ampkeeper" / "board" / board / "board.toml"
        _put(tree, f"{BOARD_FACTS}/{board}.toml", inside.read_text(encoding="utf-8"))
        inside.unlink()
        inside.symlink_to(f"/{BOARD_FACTS}/{board}.toml")


def _documents(tree: Path) -> None:
    doc = "usr/share/doc/ampkeeper"
    _put(tree, f"{doc}/copyright", (ROOT / "LICENSE").read_text(encoding="utf-8"))
    _put(tree, f"{doc}/examples/charger.toml", (HERE / "charger.toml").read_text(encoding="utf-8"))
    _pack(tree, f"{doc}/changelog.gz", ROOT / "CHANGELOG.md")
    _pack(tree, "usr/share/man/man1/ampkeeper.1.gz", ROOT / "docs" / "ampkeeper.1")
    for shell, place in SHELLS.items():
        words = [sys.executable, "-m", "ampkeeper.firmware.faces.cli", "completion", shell]
        done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=ROOT)
        _put(tree, place, done.stdout)


def _pack(tree: Path, place: str, source: Path) -> None:
    target = tree / place
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write(source.read_bytes())
    target.chmod(0o644)


def _put(tree: Path, place: str, text: str, mode: int = 0o644) -> None:
    target = tree / place
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    target.chmod(mode)


def _link(tree: Path, place: str, to: str) -> None:
    target = tree / place
    target.parent.mkdir(parents=True, exist_ok=True)
    target.symlink_to(to)
