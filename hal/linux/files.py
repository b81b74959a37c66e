"""Files: one folder of this machine's disk, for updates; every name stays inside it."""

import os
from pathlib import Path, PurePosixPath
from typing import BinaryIO

WRITE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
APPEND = os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW


class FolderDisk:
    """The disk under ``root``, which is made if it is not there. Blocks."""

    def __init__(self, root: Path) -> None:
        self._root = root
        root.mkdir(mode=0o755, parents=True, exist_ok=True)

    def path(self, name: str) -> Path:
        """Where a name is; ValueError for one that leads out."""
        parts = PurePosixPath(name).parts
        if name.startswith("/") or ".." in parts or "\0" in name or "\\" in name:
            raise ValueError(f"{name!r} leads out of its folder")
        return self._root.joinpath(*parts)

    def open(self, name: str) -> BinaryIO:
        """A file, to read."""
        return self.path(name).open("rb")

    def create(self, name: str) -> None:
        """An empty file, also in the place of a folder without files."""
        path = self.path(name)
        try:
            handle = os.open(path, WRITE, 0o644)
        except IsADirectoryError:
            _remove_empty(path)
            handle = os.open(path, WRITE, 0o644)
        os.close(handle)

    def append(self, name: str, data: bytes) -> None:
        """More bytes at the end; all of them, or OSError."""
        handle = os.open(self.path(name), APPEND)
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(handle, view) :]
        finally:
            os.close(handle)

    def sync(self, name: str) -> None:
        """Wait until the bytes are on the disk."""
        _sync(self.path(name))

    def sync_folder(self, name: str) -> None:
        """Wait until the names are on the disk."""
        _sync(self.path(name))

    def rename(self, old: str, new: str) -> None:
        """Another name, in one step."""
        self.path(old).replace(self.path(new))

    def remove(self, name: str) -> None:
        """Remove a file."""
        self.path(name).unlink()

    def make_folder(self, name: str) -> None:
        """A folder, unless it is there."""
        self.path(name).mkdir(mode=0o755, exist_ok=True)

    def names(self, folder: str) -> list[str]:
        """All files below, sorted."""
        root = self.path(folder)
        found = (path for path in root.rglob("*") if not path.is_dir() or path.is_symlink())
        return sorted(path.relative_to(root).as_posix() for path in found)

    def free_bytes(self) -> int:
        """What a user without privileges may still write."""
        told = os.statvfs(self._root)
        return told.f_bavail * told.f_frsize


def _remove_empty(root: Path) -> None:
    """A folder and those in it; OSError, and no file is lost, where there are files."""
    for folder, _, _ in os.walk(root, topdown=False):
        Path(folder).rmdir()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
