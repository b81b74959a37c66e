"""Fetches Chromium without a window, and axe, that the tests of the page use, into ``.tools``.

``python -m tools.browser.fetch``: safe to call again; does nothing when there is one. It is not
part of the set-up, as it is large: ``make browser`` fetches it and runs the tests.
"""

import os
import subprocess
import sys
from pathlib import Path

from tools.debian import ProgramMissing, Programs
from tools.npm import Pinned

SHELL = "chromium-headless-shell"
BROWSER = Programs("browser", {SHELL: SHELL, "chrome_crashpad_handler": "chromium-common"})

AXE_FILE = "node_modules/axe-core/axe.min.js"
AXE = Pinned("axe", AXE_FILE)


def axe_source() -> str:
    """The script that looks whether everybody can use a page."""
    return (AXE.target / AXE_FILE).read_text("utf-8")


def browser_program() -> tuple[Path, dict[str, str]]:
    """Where Chromium is, and the environment that it needs; raise ProgramMissing."""
    found = BROWSER.path(SHELL)
    is_fetched = found.is_relative_to(BROWSER.target)
    return found, BROWSER.environment() if is_fetched else dict(os.environ)


def fetch() -> int:
    """Fetch unless there is one; return the exit code."""
    try:
        BROWSER.fetch()
        program, _ = browser_program()
    except (OSError, subprocess.SubprocessError, ProgramMissing) as error:
        sys.stderr.write(f"fetch: no Chromium: {error}\n")
        return 1
    sys.stdout.write(f"browser: {program}\n")
    return AXE.fetch()


if __name__ == "__main__":
    raise SystemExit(fetch())
