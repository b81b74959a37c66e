"""Files: what a pilot board keeps in its flash, below one folder. Both interpreters.

A file is on the flash when it is closed (littlefs) and everything is synced (FAT). A write stops
the RP2040's two cores for up to 400 ms, longer than its watchdog lets a running ring 1 be silent:
so these are used only while no ring 1 runs.
"""

import errno
import os
from hashlib import sha256

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

BUFFER_BYTES = 512
sync: "Any" = getattr(os, "sync", None)
fsync: "Any" = getattr(os, "fsync", None)  # of one file; only CPython has it


class Files:
    """The ``Store`` of ``hal/link/flash_slots.py`` in a folder; "" is the root."""

    def __init__(self, root: str) -> None:
        self._root = root

    def read(self, name: str, most: int) -> "bytes | None":
        """A file's first ``most`` bytes; None if it is not there. Raise OSError for the rest."""
        try:
            with open(self._root + name, "rb") as file:
                return file.read(most)
        except OSError as error:
            if error.errno != errno.ENOENT:
                raise
            return None

    def write(self, name: str, data: bytes) -> None:
        """A file anew."""
        self._put(name, "wb", data)

    def append(self, name: str, data: bytes) -> None:
        """More at the end of a file."""
        self._put(name, "ab", data)

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        if self.size(name) >= 0:
            os.remove(self._root + name)
            _sync()

    def size(self, name: str) -> int:
        """A file's bytes; -1 if it is not there. Raise OSError for the rest."""
        try:
            return os.stat(self._root + name)[6]
        except OSError as error:
            if error.errno != errno.ENOENT:
                raise
            return -1

    def digest(self, name: str) -> bytes:
        """SHA-256 of a file."""
        found = sha256()
        buffer = bytearray(BUFFER_BYTES)
        view = memoryview(buffer)
        with open(self._root + name, "rb") as file:
            count = file.readinto(buffer)
            while count:
                found.update(view[:count])
                count = file.readinto(buffer)
        return found.digest()

    def _put(self, name: str, mode: str, data: bytes) -> None:
        for folder in _folders_of(self._root + name):
            _make(folder)
        with open(self._root + name, mode) as file:
            file.write(data)
            if fsync is not None:
                file.flush()
                fsync(file.fileno())
        _sync()


def _sync() -> None:
    if fsync is None and sync is not None:
        sync()


def _folders_of(path: str) -> "list[str]":
    """The folders that hold a file, the outer first."""
    parts = path.split("/")[:-1]
    return ["/".join(parts[: end + 1]) for end in range(len(parts)) if parts[end]]


def _make(folder: str) -> None:
    try:
        os.stat(folder)
    except OSError:
        os.mkdir(folder)
