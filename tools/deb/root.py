"""Root: a fresh Debian below a folder, by mmdebstrap, from the machine's own mirror.

Needs root, for it sets owners and starts programs in there. Nothing of this machine is changed.
"""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

SUITE = "bookworm"
MIRROR = "http://deb.debian.org/debian"
PACKAGES = ("python3", "systemd", "init-system-helpers", "udev")
TIMEOUT_S = 900
OPTIONS = ("-o", 'APT::Sandbox::User=""')


def mmdebstrap(folder: Path) -> str:
    """The program: the machine's, else Debian's package unpacked in ``folder``."""
    found = shutil.which("mmdebstrap")
    if found is not None:
        return found
    folder.mkdir(parents=True, exist_ok=True)
    _run("apt-get", "-qq", *OPTIONS, "download", "mmdebstrap", cwd=folder)
    for archive in folder.glob("mmdebstrap_*.deb"):
        _run("dpkg", "-x", str(archive), str(folder))
    return str(folder / "usr" / "bin" / "mmdebstrap")


def make(target: Path, tools: Path, packages: Sequence[str] = PACKAGES, arch: str = "") -> None:
    """Make ``target``: a folder, or a tar file if it is named so; raise SubprocessError."""
    words = [mmdebstrap(tools), "--quiet", "--mode=root", "--variant=minbase"]
    words += [f"--architectures={arch}"] if arch else []
    _run(*words, f"--include={','.join(packages)}", SUITE, str(target), MIRROR)


def _run(*words: str, cwd: Path | None = None) -> None:
    subprocess.run(words, cwd=cwd, check=True, timeout=TIMEOUT_S)
