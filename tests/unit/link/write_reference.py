"""Writes the reference part of hal/link/README.md, run as ``tests.unit.link.write_reference``."""

from pathlib import Path

import ampkeeper.hal.link as package
from ampkeeper.hal.link.reference import reference

BEGIN, END = "<!-- reference -->\n", "<!-- end -->"
PAGE = Path(str(package.__file__)).with_name("README.md")


def written(page: str) -> str:
    """Return ``page`` with the reference between its marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + reference() + END + after


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text()))
