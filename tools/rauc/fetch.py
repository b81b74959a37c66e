"""Fetches rauc, what it packs bundles with, and a bus for it, into ``.tools/rauc``.

``python -m tools.rauc.fetch``: safe to call again; does nothing when all of it is there.
"""

import subprocess
import sys

from tools.debian import ProgramMissing, Programs

RAUC, PACKER, BUS = "rauc", "mksquashfs", "dbus-daemon"
PROGRAMS = Programs("rauc", {RAUC: "rauc", PACKER: "squashfs-tools", BUS: "dbus-daemon"})


def fetch() -> int:
    """Fetch what is not there; return the exit code."""
    try:
        PROGRAMS.fetch()
        found = [str(PROGRAMS.path(program)) for program in PROGRAMS.packages]
    except (OSError, subprocess.SubprocessError, ProgramMissing) as error:
        sys.stderr.write(f"fetch: no rauc: {error}\n")
        return 1
    sys.stdout.write(f"rauc: {', '.join(found)}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(fetch())
