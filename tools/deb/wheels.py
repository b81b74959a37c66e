"""Wheels: the locked packages of a charger for one machine, and ours, unpacked as pip would.

They come by the machine's own pip, with the hashes of ``requirements/device.txt``. What runs here
need not be what it is built for: nothing of a wheel is executed.
"""

import hashlib
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import Message
from email.parser import Parser
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCKED = ROOT / "requirements" / "device.txt"
PYTHON = (3, 11)  # of Debian 12
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}  # Debian's name, and that of wheels
GLIBC_MINORS = range(36, 16, -1)  # Debian 12 has 2.36; the oldest that wheels are built for is 2.17
TIMEOUT_S = 600
UNPACKED = ("purelib", "platlib")  # of a wheel's .data; scripts and headers are of no use here


@dataclass(frozen=True, slots=True)
class Wheel:
    """What one wheel says of itself."""

    name: str
    version: str
    license: str
    sha256: str


def fetch(arch: str, folder: Path) -> list[Path]:
    """Have pip bring what is locked; raise ValueError for a Python that would choose others."""
    if sys.version_info[:2] != PYTHON:
        told = ".".join(map(str, PYTHON))
        raise ValueError(f"Python is {sys.version.split()[0]}, must be {told}, as in Debian 12")
    machine = MACHINES[arch]
    platforms = [f"manylinux_2_{minor}_{machine}" for minor in GLIBC_MINORS]
    words = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    words += ["--no-deps", "--require-hashes", "--only-binary", ":all:", "--dest", str(folder)]
    words += ["--python-version", ".".join(map(str, PYTHON)), "--implementation", "cp"]
    for abi in (f"cp{PYTHON[0]}{PYTHON[1]}", "abi3", "none"):
        words += ["--abi", abi]
    for platform in (*platforms, f"manylinux2014_{machine}", "any"):
        words += ["--platform", platform]
    subprocess.run([*words, "--requirement", str(LOCKED)], check=True, timeout=TIMEOUT_S)
    return sorted(folder.glob("*.whl"))


def unpack(wheel: Path, folder: Path) -> None:
    """Put its modules and ``dist-info`` into ``folder``; raise ValueError for what leaves it."""
    with zipfile.ZipFile(wheel) as archive:
        for info in archive.infolist():
            place = _place(info.filename)
            if info.is_dir() or not place:
                continue
            target = folder / place
            if not target.resolve().is_relative_to(folder.resolve()):
                raise ValueError(f"{wheel.name}: {info.filename} lies outside")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(archive.read(info))
            is_program = (info.external_attr >> 16) & 0o111
            target.chmod(0o755 if is_program else 0o644)


def read(wheels: Sequence[Path]) -> Iterator[Wheel]:
    """What the wheels say of themselves."""
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            names = (each for each in archive.namelist() if each.count("/") == 1)
            name = next(each for each in names if each.endswith(".dist-info/METADATA"))
            told = Parser().parsestr(archive.read(name).decode())
        license = told["License-Expression"] or told["License"] or _classified(told)
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        yield Wheel(told["Name"].lower(), told["Version"], license.splitlines()[0], digest)


def _place(name: str) -> str:
    """Where a file of a wheel goes; empty: nowhere."""
    first, _, rest = name.partition("/")
    if not first.endswith(".data"):
        return name
    kind, _, path = rest.partition("/")
    return path if kind in UNPACKED else ""


def _classified(told: Message) -> str:
    classes = told.get_all("Classifier", [])
    licenses = [each.rpartition(" :: ")[2] for each in classes if each.startswith("License")]
    return " AND ".join(licenses) or "unknown"
