"""Fetches central systems that nobody here wrote, to test against, into ``.tools/peers``.

``python -m tools.peers.fetch``: safe to call again; does nothing when the pinned ones are there.
Versions and integrity hashes are pinned in ``package-lock.json``; npm checks them. No install
script of any package is run.
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from tools.micro.fetch import node_commands

HERE = Path(__file__).resolve().parent
TARGET = HERE.parents[1] / ".tools" / "peers"
MANIFESTS = ("package.json", "package-lock.json")
PROOF = TARGET / "node_modules" / "ocpp-rpc" / "index.js"
TIMEOUT_S = 300


def pin() -> str:
    """What identifies the pinned packages."""
    return hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()


def is_here() -> bool:
    """True if the pinned packages are installed."""
    stamp = TARGET / "pinned"
    return PROOF.exists() and stamp.exists() and stamp.read_text() == pin()


def fetch() -> None:
    """Install what is pinned; npm compares the integrity hashes."""
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
        sys.stderr.write("fetch: npm installed something else than the pinned packages\n")
        return 1
    sys.stdout.write(f"peers: {TARGET}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
