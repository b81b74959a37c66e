"""Pilot where: what a traceback of a pilot board means in our sources.

A board runs one image of all its files, so a traceback of it says ``File "image", line 2950, in
_k``. The image is made anew from the sources of this installation; what a board of another
version says, that version has to translate.
"""

import re
from collections.abc import Iterable

from ampkeeper.firmware.faces.cli.pilot_image import STEM, Image

TRACED = re.compile(rf'File "{STEM}", line (\d+)(, in \S+)?')


def translated(text: str, image: Image) -> str:
    """``text`` with the places of our sources in the place of lines of the image."""

    def place(found: re.Match[str]) -> str:
        path, line, function = image.place_of(int(found[1]))
        return f'File "{path}", line {line}' + (f", in {function}" if function else "")

    return TRACED.sub(place, text)


def told(lines: Iterable[int], image: Image) -> str:
    """One row for each line of the image."""
    rows = []
    for number in lines:
        path, line, function = image.place_of(number)
        rows.append(f"{STEM}:{number}  {path}:{line}  {function}".rstrip())
    return "\n".join(rows)
