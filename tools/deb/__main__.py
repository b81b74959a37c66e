"""Build the Debian packages: `make deb`, or `python -m tools.deb [--arch amd64] [--out FOLDER]`.

They are built from the last commit and nothing else, with its time.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from ampkeeper.firmware import __version__
from tools.deb.package import Build, make
from tools.deb.wheels import MACHINES, ROOT, fetch
from tools.release.__main__ import build as build_wheel

FAILED = 1


def version_of(built_s: int) -> str:
    """The package's number: a later commit is newer, the same commit has the same."""
    return f"{__version__}+{datetime.fromtimestamp(built_s, UTC):%Y%m%d.%H%M%S}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Say where they are; the return value is the exit code."""
    options = _parser().parse_args(arguments)
    told = subprocess.run(
        ["git", "show", "-s", "--format=%ct", "HEAD"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    built_s = int(told.stdout)
    out = Path(options.out).resolve()
    out.mkdir(parents=True, exist_ok=True)
    version = options.version or version_of(built_s)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ours = build_wheel(folder)
        for arch in options.arch or sorted(MACHINES):
            try:
                others = fetch(arch, folder / arch)
            except (ValueError, subprocess.SubprocessError) as error:
                print(f"make deb: {arch}: {error}", file=sys.stderr)
                return FAILED
            print(make(Build(arch, version, built_s), ours, others, out))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make deb", description="Debian packages.")
    parser.add_argument("--arch", action="append", choices=sorted(MACHINES), help="of one machine")
    parser.add_argument("--out", default=ROOT / "dist", help="where they go; default: dist")
    parser.add_argument("--version", help="default: version and time of the commit")
    return parser


if __name__ == "__main__":
    sys.exit(main())
