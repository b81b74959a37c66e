"""Fetches Mosquitto, the broker that tests and measurements speak to, into ``.tools/broker``.

``python -m tools.broker.fetch``: safe to call again; does nothing when there is one. The package
is the distribution's, taken by apt with its signatures and unpacked; nothing is installed. A
library is taken along only if this machine has none of that name.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / ".tools" / "broker"
PACKAGE = "mosquitto"
ROUNDS_MAX = 8  # of libraries that need libraries
TIMEOUT_S = 300
PLACES = (*os.environ.get("PATH", "").split(os.pathsep), "/usr/sbin", "/usr/local/sbin")
NONE = "no mosquitto here: install one, or run make setup on a machine with apt"


class BrokerMissing(RuntimeError):
    """There is none, and none can be had; the message says what to do."""


def broker_command() -> tuple[list[str], dict[str, str]]:
    """How to call Mosquitto, and the environment that it needs; raise BrokerMissing."""
    found = shutil.which(PACKAGE, path=os.pathsep.join(PLACES))
    if found is not None:
        return [found], dict(os.environ)
    fetched = TARGET / "root" / "usr" / "sbin" / PACKAGE
    if not fetched.exists():
        raise BrokerMissing(NONE)
    return [str(fetched)], _environment()


def fetch() -> int:
    """Fetch unless there is one; return the exit code."""
    try:
        command, _ = broker_command()
    except BrokerMissing:
        try:
            command = _fetch()
        except (OSError, subprocess.SubprocessError, BrokerMissing) as error:
            sys.stderr.write(f"fetch: no mosquitto: {error}\n")
            return 1
    sys.stdout.write(f"broker: {command[0]}\n")
    return 0


def _fetch() -> list[str]:
    if not all(map(shutil.which, ("apt-get", "apt-cache", "dpkg"))):
        raise BrokerMissing(NONE)
    partial = TARGET / "root.partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    options = _lists()
    _unpack(PACKAGE, options, partial)
    known = _closure(options)
    for _ in range(ROUNDS_MAX):
        missing = _missing(partial)
        if not missing:
            break
        for soname in missing:
            _unpack(_package_of(soname, known), options, partial)
    if missing := _missing(partial):
        raise BrokerMissing(f"libraries are missing: {', '.join(missing)}")
    shutil.rmtree(TARGET / "root", ignore_errors=True)
    partial.rename(TARGET / "root")
    return broker_command()[0]


def _lists() -> list[str]:
    """Options by which apt finds the package: its own lists, else lists of ours."""
    options = ["-o", 'APT::Sandbox::User=""', "-o", "Debug::NoLocking=1"]
    if _output("apt-cache", *options, "madison", PACKAGE).strip():
        return options
    for folder in ("state/lists/partial", "cache/archives/partial"):
        (TARGET / folder).mkdir(parents=True, exist_ok=True)
    options += ["-o", f"Dir::State={TARGET / 'state'}", "-o", f"Dir::Cache={TARGET / 'cache'}"]
    options += ["-o", "Dir::State::status=/var/lib/dpkg/status"]
    _output("apt-get", *options, "update")
    return options


def _closure(options: list[str]) -> set[str]:
    """All packages that it may need, by name."""
    kinds = ("recommends", "suggests", "conflicts", "breaks", "replaces", "enhances")
    told = _output(
        "apt-cache", *options, "depends", "--recurse", *(f"--no-{kind}" for kind in kinds), PACKAGE
    )
    return {line for line in told.splitlines() if line and not line.startswith((" ", "<"))}


def _unpack(package: str, options: list[str], into: Path) -> None:
    downloads = TARGET / "downloads"
    shutil.rmtree(downloads, ignore_errors=True)
    downloads.mkdir(parents=True)
    _output("apt-get", *options, "download", package, cwd=downloads)
    for archive in downloads.glob("*.deb"):
        _output("dpkg", "-x", str(archive), str(into))
    shutil.rmtree(downloads)


def _missing(root: Path) -> list[str]:
    """The names of libraries that neither this machine nor ``root`` has."""
    told = _output("ldd", str(root / "usr" / "sbin" / PACKAGE), env=_environment(root))
    return [line.split()[0] for line in told.splitlines() if line.endswith("not found")]


def _package_of(soname: str, known: set[str]) -> str:
    """Debian names a package by its library: libdlt.so.2 is in libdlt2 (Policy 8.1)."""
    stem, _, version = soname.partition(".so.")
    stem = stem.replace("_", "-")
    name = stem + ("-" if stem[-1].isdigit() else "") + version
    for each in (name, f"{name}t64"):
        if each in known:
            return each
    raise BrokerMissing(f"no package has {soname}")


def _environment(root: Path = TARGET / "root") -> dict[str, str]:
    folders = sorted({str(found.parent) for found in root.rglob("*.so.*")})
    return os.environ | {"LD_LIBRARY_PATH": os.pathsep.join(folders)}


def _output(*command: str, cwd: Path = ROOT, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        command, cwd=cwd, env=env, check=True, timeout=TIMEOUT_S, capture_output=True, text=True
    )
    return done.stdout


if __name__ == "__main__":
    raise SystemExit(fetch())
