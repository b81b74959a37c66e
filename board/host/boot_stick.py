"""Boot stick: where nothing may start, an image that somebody brought is installed, if it may be.

The station watches ``update.stick_folder`` while it runs; here nothing runs, and the launcher looks
there once. Of the configuration no more is read than that: it may be of newer software.
"""

import os
import stat
import sys
import tomllib
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO

from ampkeeper.firmware.station.sticks import OPEN, images_in
from ampkeeper.firmware.update.folders import Folders
from ampkeeper.firmware.update.refused import ImageRefused
from ampkeeper.firmware.update.stick import Candidate, Entry, best

CONFIG = "--config"
CONFIG_BYTES_MAX = 1 << 20


def stick_folder_in(words: Sequence[str]) -> Path | None:
    """``update.stick_folder`` of the configuration that the station is started with, if any."""
    files = [after for word, after in pairwise(words) if word == CONFIG]
    files += [word.removeprefix(f"{CONFIG}=") for word in words if word.startswith(f"{CONFIG}=")]
    try:
        with Path(files[-1]).open("rb") as file:
            told = tomllib.loads(file.read(CONFIG_BYTES_MAX).decode())
    except (IndexError, OSError, ValueError):
        return None
    update: Any = told.get("update")
    folder = update.get("stick_folder") if isinstance(update, dict) else None
    if not isinstance(folder, str) or not folder.startswith("/") or update.get("enabled") is False:
        return None
    return Path(folder)


def install_brought(folder: Path, folders: Folders, now: datetime) -> bool:
    """Install the best image there that can be, judged like any other; True: it starts next."""
    judged = [_judged(folder, entry, folders, now) for entry in images_in(folder)]
    left = [one for one in judged if one is not None]
    while left:
        chosen, _ = best(left, "", [])
        assert chosen is not None, "nothing runs, and nothing was tried"
        if _is_installed(folder, chosen, folders, now):
            return True
        left.remove(chosen)
    return False


def _is_installed(folder: Path, chosen: Candidate, folders: Folders, now: datetime) -> bool:
    name = chosen.entry.name
    try:
        with _opened(folder / name) as file:
            folders.install(file, now, lambda permille: None)
    except (ImageRefused, OSError, ValueError) as error:
        _say(f"{name} is not installed: {error}")
        return False
    _say(f"{name} is installed: {chosen.version}")
    return True


def _judged(folder: Path, entry: Entry, folders: Folders, now: datetime) -> Candidate | None:
    try:
        with _opened(folder / entry.name) as file:
            head, _ = folders.judge(file, folders.record(), now)
    except (ImageRefused, OSError, ValueError) as error:
        _say(f"{entry.name} is not installed: {error}")
        return None
    told = head.manifest
    return Candidate(entry, told.version, told.counter, told.created, head.digest.hex())


def _opened(path: Path) -> BinaryIO:
    file = os.fdopen(os.open(path, OPEN), "rb")
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise ValueError("it is no file")
    return file


def _say(text: str) -> None:
    sys.stderr.write(f"ampkeeper: {text}\n")
