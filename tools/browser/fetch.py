"""Fetches Chromium without a window, axe, and letters, that the tests use, into ``.tools``.

``python -m tools.browser.fetch``: safe to call again; does nothing when there is one. It is not
part of the set-up, as it is large: ``make browser`` fetches it and runs the tests.
"""

import os
import subprocess
import sys
from pathlib import Path
from xml.sax.saxutils import escape

from tools.debian import ProgramMissing, Programs
from tools.npm import Pinned

SHELL = "chromium-headless-shell"
BROWSER = Programs("browser", {SHELL: SHELL, "chrome_crashpad_handler": "chromium-common"})

AXE_FILE = "node_modules/axe-core/axe.min.js"
LETTERS = "node_modules/dejavu-fonts-ttf/ttf"
AXE = Pinned("axe", AXE_FILE, LETTERS)
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig><dir>{folder}</dir><cachedir>{cache}</cachedir>
<alias><family>system-ui</family><prefer><family>DejaVu Sans</family></prefer></alias>
<alias><family>sans-serif</family><prefer><family>DejaVu Sans</family></prefer></alias>
<alias><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
<match target="pattern">
<edit name="family" mode="append_last"><string>DejaVu Sans</string></edit>
</match>
</fontconfig>
"""


def axe_source() -> str:
    """The script that looks whether everybody can use a page."""
    return (AXE.target / AXE_FILE).read_text("utf-8")


def browser_program() -> tuple[Path, dict[str, str]]:
    """Where Chromium is, and the environment that it needs; raise ProgramMissing."""
    found = BROWSER.path(SHELL)
    is_fetched = found.is_relative_to(BROWSER.target)
    environment = BROWSER.environment() if is_fetched else dict(os.environ)
    return found, environment | {"FONTCONFIG_FILE": str(_fonts())}


def _fonts() -> Path:
    """The same letters on each machine, also on one that has none: without any it shows nothing."""
    file = AXE.target / "fonts.conf"
    text = FONTS.format(
        folder=escape(str(AXE.target / LETTERS)), cache=escape(str(AXE.target / "cache"))
    )
    if not file.exists() or file.read_text("utf-8") != text:
        whole = file.with_name(f"fonts.{os.getpid()}")
        whole.write_text(text, "utf-8")
        whole.replace(file)
    return file


def fetch() -> int:
    """Fetch unless there is one; return the exit code."""
    try:
        BROWSER.fetch()
        program = BROWSER.path(SHELL)
    except (OSError, subprocess.SubprocessError, ProgramMissing) as error:
        sys.stderr.write(f"fetch: no Chromium: {error}\n")
        return 1
    sys.stdout.write(f"browser: {program}\n")
    return AXE.fetch()


if __name__ == "__main__":
    raise SystemExit(fetch())
