"""Disk: the few things an update does to files, so that a test can cut the power between any two.

A file's bytes are there after ``sync``; that it exists under its name, or no longer does, after
``sync_folder`` of what holds it. Names are relative to one folder, with "/" between parts.
"""

import hashlib
from collections.abc import Iterable
from typing import BinaryIO, Protocol

PART = ".part"
READ_BYTES = 1 << 20  # at once


class Disk(Protocol):
    """One folder. Every method may raise OSError; ``read`` FileNotFoundError."""

    def open(self, name: str) -> BinaryIO:
        """A file, to read."""

    def create(self, name: str) -> None:
        """An empty file; one that is there is emptied, and a folder without files makes room."""

    def append(self, name: str, data: bytes) -> None:
        """More bytes at the end of a file."""

    def sync(self, name: str) -> None:
        """Wait until a file's bytes are on the disk."""

    def sync_folder(self, name: str) -> None:
        """Wait until the names in a folder are on the disk; "" is the folder itself."""

    def rename(self, old: str, new: str) -> None:
        """Give a file another name in one step, in the place of one that has it."""

    def remove(self, name: str) -> None:
        """Remove a file."""

    def make_folder(self, name: str) -> None:
        """A folder, unless it is there; the one that holds it is there."""

    def names(self, folder: str) -> list[str]:
        """All files below a folder, sorted, seen from there; none if it is not there."""

    def free_bytes(self) -> int:
        """How much more may be written."""


def write_synced(disk: Disk, name: str, chunks: Iterable[bytes]) -> None:
    """A new file whose bytes are on the disk; its name is not yet sure to be."""
    disk.create(name)
    for chunk in chunks:
        disk.append(name, chunk)
    disk.sync(name)


def replace_whole(disk: Disk, name: str, data: bytes) -> None:
    """Put ``data`` in the place of a file: after a power cut it is the old one or the new one."""
    write_synced(disk, name + PART, (data,))
    disk.rename(name + PART, name)
    disk.sync_folder(folder_of(name))


def read_bounded(disk: Disk, name: str, bytes_max: int) -> bytes:
    """A file's bytes; ValueError if it has more than ``bytes_max``."""
    with disk.open(name) as file:
        data = file.read(bytes_max + 1)
    if len(data) > bytes_max:
        raise ValueError(f"{name}: more than {bytes_max} bytes")
    return data


def digest_in(disk: Disk, name: str) -> str:
    """SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with disk.open(name) as file:
        while chunk := file.read(READ_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def folder_of(name: str) -> str:
    """What holds a file; "" for the folder itself."""
    return name.rpartition("/")[0]
