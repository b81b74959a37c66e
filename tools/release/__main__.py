"""Build the wheel that goes to customers: `make release`, or `python -m tools.release FOLDER`.

It is built from the last commit and nothing else, with the commit's own time, so that everybody
gets the same bytes. What makes it a release is one file more, ``firmware/release.json``: such a
copy believes no root for development.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from ampkeeper.board.host.installing import RELEASE_MARK
from ampkeeper.firmware import __version__

ROOT = Path(__file__).resolve().parents[2]
TREE = "HEAD"


def build(folder: Path) -> Path:
    """Build the wheel into ``folder``; returns where it is."""
    commit = _git("rev-parse", TREE)
    with tempfile.TemporaryDirectory() as name:
        tree = Path(name)
        archive = subprocess.run(
            ["git", "archive", TREE], cwd=ROOT, capture_output=True, check=True
        ).stdout
        subprocess.run(["tar", "-x"], cwd=tree, input=archive, check=True)
        told = {"commit": commit, "version": __version__}
        mark = tree / "firmware" / RELEASE_MARK
        mark.write_text(json.dumps(told, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
            cwd=tree,
            env={"SOURCE_DATE_EPOCH": _git("show", "-s", "--format=%ct", TREE)},
            stdout=subprocess.DEVNULL,
            check=True,
        )
    return folder / f"ampkeeper-{__version__}-py3-none-any.whl"


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def main() -> None:
    """Say where it is."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "dist").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    print(build(folder))


if __name__ == "__main__":
    main()
