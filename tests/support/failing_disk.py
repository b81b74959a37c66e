"""A disk that fails: at one operation, from one on, or whenever it is written to.

A sync that fails loses what was to be written: the system takes it for written, reads it on, and
never tries again, as Linux does (Rebello et al., "Can applications recover from fsync failures?",
USENIX ATC 2020). An append that finds no room has written half.
"""

import errno
import os
from collections.abc import Callable
from typing import BinaryIO

from tests.support.crash_disk import CrashDisk

GROWS = ("create", "append", "rename", "make_folder")
WRITES = (*GROWS, "remove", "sync", "sync_folder")


class FailingDisk:
    """A ``Disk`` in front of another; ``is_due`` is asked before each operation of ``kinds``."""

    def __init__(
        self, disk: CrashDisk, error: int, is_due: Callable[[int], bool], kinds: tuple[str, ...]
    ) -> None:
        self.disk = disk
        self.count = 0  # of operations of these kinds
        self.failed = ""  # the last that did
        self._error = error
        self._is_due = is_due
        self._kinds = kinds

    def open(self, name: str) -> BinaryIO:
        self._may("open", name)
        return self.disk.open(name)

    def create(self, name: str) -> None:
        self._may("create", name)
        self.disk.create(name)

    def append(self, name: str, data: bytes) -> None:
        try:
            self._may("append", name)
        except OSError:
            if self._error == errno.ENOSPC:
                self.disk.append(name, data[: len(data) // 2])
            raise
        self.disk.append(name, data)

    def sync(self, name: str) -> None:
        try:
            self._may("sync", name)
        except OSError:
            self.disk.names_now[name].lose()
            raise
        self.disk.sync(name)

    def sync_folder(self, name: str) -> None:
        self._may("sync_folder", name)
        self.disk.sync_folder(name)

    def rename(self, old: str, new: str) -> None:
        self._may("rename", new)
        self.disk.rename(old, new)

    def remove(self, name: str) -> None:
        self._may("remove", name)
        self.disk.remove(name)

    def make_folder(self, name: str) -> None:
        self._may("make_folder", name)
        self.disk.make_folder(name)

    def names(self, folder: str) -> list[str]:
        return self.disk.names(folder)

    def free_bytes(self) -> int:
        return self.disk.free_bytes()

    def _may(self, kind: str, name: str) -> None:
        if kind not in self._kinds:
            return
        self.count += 1
        if self._is_due(self.count):
            self.failed = f"{kind} {name}"
            raise OSError(self._error, os.strerror(self._error), name)
