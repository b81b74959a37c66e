"""Debian: programs of the distribution, unpacked below ``.tools`` without installing anything.

The packages are taken by the machine's own apt, with its signed lists. A library is taken along
only if this machine has none of that name. A program that the machine has is not fetched.
"""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROUNDS_MAX = 8  # of libraries that need libraries
TIMEOUT_S = 300
FOLDERS = ("usr/lib/chromium", "usr/bin", "usr/sbin")  # the first has what its script calls
PLACES = (*os.environ.get("PATH", "").split(os.pathsep), "/usr/sbin", "/usr/local/sbin")
OPTIONS = ("-o", 'APT::Sandbox::User=""', "-o", "Debug::NoLocking=1")
TOLD_KINDS = ("recommends", "suggests", "conflicts", "breaks", "replaces", "enhances")
ODD_NAMES = {  # packages that are not named after their library
    "libcurl-gnutls.so.4": ("libcurl3-gnutls", "libcurl3t64-gnutls"),
    "libgio-2.0.so.0": ("libglib2.0-0", "libglib2.0-0t64"),
    "libglib-2.0.so.0": ("libglib2.0-0", "libglib2.0-0t64"),
    "libgmodule-2.0.so.0": ("libglib2.0-0", "libglib2.0-0t64"),
    "libgobject-2.0.so.0": ("libglib2.0-0", "libglib2.0-0t64"),
    "libvorbis.so.0": ("libvorbis0a",),
}


class ProgramMissing(RuntimeError):
    """It is not there, and cannot be had; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Programs:
    """Some programs and the packages that have them, kept together in ``.tools/<name>``."""

    name: str
    packages: Mapping[str, str]  # program: package

    @property
    def target(self) -> Path:
        """Where they are kept."""
        return ROOT / ".tools" / self.name

    def path(self, program: str) -> Path:
        """Where a program is; raise ProgramMissing."""
        found = _installed(program) or _unpacked(program, self.target / "root")
        if found is None:
            raise ProgramMissing(
                f"no {program} here: install one, or run make setup on a machine with apt"
            )
        return found

    def environment(self) -> dict[str, str]:
        """What they need to find each other and their libraries."""
        return _environment(self.target / "root")

    def fetch(self) -> None:
        """Unpack what this machine has not; raise ProgramMissing, OSError, SubprocessError."""
        wanted = [program for program in self.packages if _installed(program) is None]
        if all(_unpacked(program, self.target / "root") for program in wanted):
            return
        if not all(map(shutil.which, ("apt-get", "apt-cache", "dpkg"))):
            self.path(wanted[0])  # says what to do
        partial = self.target / "root.partial"
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        packages = sorted({self.packages[program] for program in wanted})
        options = self._lists(packages)
        for package in packages:
            self._unpack(package, options, partial)
        self._complete(wanted, packages, options, partial)
        shutil.rmtree(self.target / "root", ignore_errors=True)
        partial.rename(self.target / "root")

    def _complete(
        self, wanted: Sequence[str], packages: Sequence[str], options: Sequence[str], root: Path
    ) -> None:
        """Unpack the libraries that neither this machine nor ``root`` has."""
        known = _closure(packages, options)
        for _ in range(ROUNDS_MAX):
            missing = self._missing(wanted, root)
            if not missing:
                return
            for package in sorted({_package_of(soname, known) for soname in missing}):
                self._unpack(package, options, root)
        if missing := self._missing(wanted, root):
            raise ProgramMissing(f"libraries are missing: {', '.join(sorted(missing))}")

    def _missing(self, wanted: Sequence[str], root: Path) -> set[str]:
        """The names of libraries that are nowhere."""
        missing: set[str] = set()
        for program in wanted:
            told = _output("ldd", str(_unpacked(program, root)), env=_environment(root))
            lines = [line.split() for line in told.splitlines() if line.endswith("not found")]
            missing.update(words[0] for words in lines)
        return missing

    def _lists(self, packages: Sequence[str]) -> list[str]:
        """Options by which apt finds the packages: its own lists, else lists of ours."""
        options = list(OPTIONS)
        if all(_output("apt-cache", *options, "madison", one).strip() for one in packages):
            return options
        for folder in ("state/lists/partial", "cache/archives/partial"):
            (self.target / folder).mkdir(parents=True, exist_ok=True)
        options += ["-o", f"Dir::State={self.target / 'state'}"]
        options += ["-o", f"Dir::Cache={self.target / 'cache'}"]
        options += ["-o", "Dir::State::status=/var/lib/dpkg/status"]
        _output("apt-get", *options, "update")
        return options

    def _unpack(self, package: str, options: Sequence[str], into: Path) -> None:
        downloads = self.target / "downloads"
        shutil.rmtree(downloads, ignore_errors=True)
        downloads.mkdir(parents=True)
        _output("apt-get", *options, "download", package, cwd=downloads)
        for archive in downloads.glob("*.deb"):
            _output("dpkg", "-x", str(archive), str(into))
        shutil.rmtree(downloads)


def _installed(program: str) -> Path | None:
    found = shutil.which(program, path=os.pathsep.join(PLACES))
    return None if found is None else Path(found)


def _unpacked(program: str, root: Path) -> Path | None:
    places = (root / folder / program for folder in FOLDERS)
    return next((place for place in places if place.exists()), None)


def _closure(packages: Sequence[str], options: Sequence[str]) -> set[str]:
    """All packages that they may need, by name."""
    kinds = (f"--no-{kind}" for kind in TOLD_KINDS)
    told = _output("apt-cache", *options, "depends", "--recurse", *kinds, *packages)
    return {line for line in told.splitlines() if line and not line.startswith((" ", "<"))}


def _package_of(soname: str, known: set[str]) -> str:
    """Debian names a package by its library: libdlt.so.2 is in libdlt2 (Policy 8.1)."""
    stem, _, version = soname.partition(".so.")
    stem = stem.replace("_", "-").lower()
    name = stem + ("-" if stem[-1].isdigit() else "") + version
    odd: tuple[str, ...] = ODD_NAMES.get(soname, ())
    for each in (*odd, name, f"{name}t64"):
        if each in known:
            return each
    raise ProgramMissing(f"no package has {soname}")


def _environment(root: Path) -> dict[str, str]:
    libraries = sorted({str(found.parent) for found in root.rglob("*.so*")})
    folders = [str(root / folder) for folder in FOLDERS if (root / folder).exists()]
    path = os.pathsep.join([*folders, os.environ.get("PATH", os.defpath)])
    return os.environ | {"LD_LIBRARY_PATH": os.pathsep.join(libraries), "PATH": path}


def _output(*command: str, cwd: Path = ROOT, env: dict[str, str] | None = None) -> str:
    done: subprocess.CompletedProcess[str] = subprocess.run(
        command, cwd=cwd, env=env, check=True, timeout=TIMEOUT_S, capture_output=True, text=True
    )
    return done.stdout
