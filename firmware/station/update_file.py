"""Update file: what is done to the file of an update in the state folder. All of it blocks."""

import hashlib
import os
import shutil
import stat
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from ampkeeper.firmware.transfers.task import ROOM_BYTES_MIN, discard
from ampkeeper.firmware.update.installer import Installer
from ampkeeper.firmware.update.refused import Ground, ImageRefused

OPEN = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC  # nothing waits for who writes a pipe
CHUNK_BYTES = 1 << 20


def prepare(file: Path, is_new: bool) -> None:
    """A folder for the file; what is there of another order goes."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if is_new:
        remove(file)


def remove(*files: Path) -> None:
    """The files, and the marks of how far they were fetched."""
    discard(*files, *(file.with_suffix(".mark") for file in files))


def take(source: Path, file: Path, bytes_max: int) -> None:
    """Copy what somebody brought, so that it stays when the stick goes; ValueError if too big."""
    prepare(file, True)
    with os.fdopen(os.open(source, OPEN), "rb") as opened, file.open("wb") as kept:
        told = os.fstat(opened.fileno())
        if not stat.S_ISREG(told.st_mode):
            raise ValueError(f"{source.name} is no file")
        size = told.st_size
        if size > bytes_max:
            raise ValueError(f"{source.name} has {size} bytes; at most {bytes_max}")
        if shutil.disk_usage(file.parent).free < size + ROOM_BYTES_MIN:
            raise ValueError(f"no room for the {size >> 20} MiB of {source.name}")
        while size and (chunk := opened.read(min(size, CHUNK_BYTES))):  # it may grow meanwhile
            kept.write(chunk)
            size -= len(chunk)
        kept.flush()
        os.fsync(kept.fileno())


def install_same(
    installer: Installer, file: Path, digest: bytes, now: datetime, progress: Callable[[int], None]
) -> bool:
    """Install the file if it is still the one of that digest; see ``Installer.install``.

    Days may lie between its check and this. Raises ImageRefused where it is another.
    """
    if digest_of(file) != digest:
        raise ImageRefused(Ground.CONTENT, "the file is not the one that was checked")
    return installer.install(file, now, progress)


def digest_of(file: Path) -> bytes:
    """SHA-256 of the whole file."""
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").digest()
