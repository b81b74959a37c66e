"""A disk in memory, and everything that may be left of it when the power goes.

What a file system promises, as ext4, xfs and btrfs keep it: bytes are there after a sync of their
file, which keeps the entry that made it, too; names after a sync of their folder. A strict disk
keeps no name before its folder is synced, as POSIX has it. Of bytes that are not synced may be
left what ``leftovers.py`` says, of names any subset of a few. A rename is never torn.
"""

import errno
import io
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import BinaryIO

from ampkeeper.firmware.update.disk import folder_of
from tests.support.leftovers import (
    Change,
    Content,
    Cut,
    Write,
    applied,
    leftovers,
    subsets,
)

EMPTY = Content(())
Files = Mapping[str, Content]


class Inode:
    """One file's bytes: what is on the disk, and the changes that may not be."""

    def __init__(self, durable: Content = EMPTY) -> None:
        self.durable = durable
        self.pending: list[Change] = []
        self._whole = durable
        self._left: list[tuple[str, Content]] | None = None

    def change(self, change: Change) -> None:
        """Not synced."""
        self.pending.append(change)
        self._whole, self._left = applied(self._whole, [change]), None

    def sync(self) -> None:
        """All of it is on the disk."""
        self.durable, self.pending, self._left = self._whole, [], None

    def lose(self) -> None:
        """A sync that failed: what was written is read on, and never written to the disk."""
        self.pending, self._left = [], None

    def content(self) -> Content:
        """What a reader finds."""
        return self._whole

    def left(self) -> list[tuple[str, Content]]:
        """All that may be found of it after the power went, each once."""
        if self._left is None:
            found: dict[int, tuple[str, Content]] = {}
            for pattern, content in leftovers(self.durable, self.pending):
                found.setdefault(content.key, (pattern, content))
            self._left = list(found.values())
        return self._left


@dataclass(frozen=True, eq=False)
class NameChange:
    """One entry of a folder that changes: ``inode`` None removes it; ``old`` goes with it."""

    name: str
    inode: Inode | None
    old: str = ""


@dataclass(frozen=True, eq=False)
class FolderMade:
    """The entry of a folder."""

    name: str


Names = dict[str, Inode]


@dataclass(frozen=True, eq=False)
class FolderGone:
    """The entry of a folder without files, which a file takes."""

    name: str


Entry = NameChange | FolderMade | FolderGone


@dataclass
class CrashDisk:
    """A ``Disk``; ``after`` is called after each thing that was done to it."""

    names_now: Names = field(default_factory=dict)
    names_durable: Names = field(default_factory=dict)
    folders: set[str] = field(default_factory=lambda: {""})
    folders_durable: set[str] = field(default_factory=lambda: {""})
    pending: list[Entry] = field(default_factory=list)
    after: Callable[[], None] = lambda: None
    free: int = 1 << 30
    is_strict: bool = False
    forgets_to_sync: bool = False  # the control: what holds without syncs shows nothing

    # the port

    def open(self, name: str) -> BinaryIO:
        if name not in self.names_now:
            raise FileNotFoundError(name)
        return io.BytesIO(self.names_now[name].content().raw)

    def create(self, name: str) -> None:
        self._needs_folder(name)
        self._take_place_of_folder(name)
        if name in self.names_now:
            self.names_now[name].change(Cut(0))
        else:
            inode = self.names_now[name] = Inode()
            self.pending.append(NameChange(name, inode))
        self.after()

    def append(self, name: str, data: bytes) -> None:
        inode = self.names_now[name]
        inode.change(Write(inode.content().size, bytes(data)))
        self.after()

    def sync(self, name: str) -> None:
        if self.forgets_to_sync:
            return
        inode = self.names_now[name]
        inode.sync()
        if not self.is_strict and any(_makes(one, inode) for one in self.pending):
            self._settle(lambda one: _is_of(one, name))
        self.after()

    def sync_folder(self, name: str) -> None:
        if self.forgets_to_sync:
            return
        self._settle(lambda one: folder_of(one.name) == name)
        self.after()

    def rename(self, old: str, new: str) -> None:
        self._needs_folder(new)
        inode = self.names_now.pop(old)
        self.names_now[new] = inode
        self.pending.append(NameChange(new, inode, old))
        self.after()

    def remove(self, name: str) -> None:
        del self.names_now[name]
        self.pending.append(NameChange(name, None))
        self.after()

    def make_folder(self, name: str) -> None:
        self._needs_folder(name)
        if name in self.names_now:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), name)
        if name not in self.folders:
            self.folders.add(name)
            self.pending.append(FolderMade(name))

    def names(self, folder: str) -> list[str]:
        head = f"{folder}/" if folder else ""
        return sorted(name[len(head) :] for name in self.names_now if name.startswith(head))

    def free_bytes(self) -> int:
        return self.free

    # the power

    def leftovers(self) -> Iterator[tuple[str, dict[str, Content]]]:
        """Each state of the disk that may be found if the power goes now; some come twice."""
        for count in range(len(self.pending) + 1):
            names = self._names_after(self.pending[:count])
            yield from _contents(names)
        for chosen in subsets(self.pending):
            names = self._names_after(chosen)
            yield "some names", {name: inode.durable for name, inode in names.items()}
            yield "some names", {name: inode.content() for name, inode in names.items()}

    def durable(self) -> "CrashDisk":
        """The disk with nothing but what was synced."""
        names = self._names_after([])
        return found({name: inode.durable for name, inode in names.items()})

    def _names_after(self, entries: list[Entry]) -> Names:
        """What the folders hold with these changes; nothing in a folder that is not there."""
        names, folders = dict(self.names_durable), set(self.folders_durable)
        for entry in entries:
            _apply(names, folders, entry)
        return {name: inode for name, inode in names.items() if _ancestors(name) <= folders}

    def _settle(self, is_synced: Callable[[Entry], bool]) -> None:
        kept = []
        for entry in self.pending:
            if is_synced(entry):
                _apply(self.names_durable, self.folders_durable, entry)
                if isinstance(entry, FolderGone):  # only once all in it was
                    kept = [one for one in kept if entry.name not in _ancestors(one.name)]
            else:
                kept.append(entry)
        self.pending = kept

    def _take_place_of_folder(self, name: str) -> None:
        """Folders without files go, the inner first; each may be the last before a cut."""
        if name not in self.folders:
            return
        if self.names(name):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), name)
        below = [one for one in self.folders if name in (one, *_ancestors(one))]
        for folder in sorted(below, reverse=True):
            self.folders.remove(folder)
            self.pending.append(FolderGone(folder))
            self.after()

    def _needs_folder(self, name: str) -> None:
        assert folder_of(name) in self.folders, f"nobody made the folder of {name}"


def found(files: Files) -> CrashDisk:
    """The disk when the power is back."""
    inodes = {name: Inode(content) for name, content in files.items()}
    folders = {""}.union(*(_ancestors(name) for name in files))
    return CrashDisk(inodes, dict(inodes), folders, set(folders))


def _contents(names: Names) -> Iterator[tuple[str, dict[str, Content]]]:
    """With these names: nothing unsynced, everything, and a part of one file between others."""
    least = {name: inode.durable for name, inode in names.items()}
    most = {name: inode.content() for name, inode in names.items()}
    yield "nothing", least
    yield "everything", most
    for name, inode in names.items():
        if inode.pending:
            for pattern, content in inode.left():
                yield pattern, {**least, name: content}
                yield pattern, {**most, name: content}


def _apply(names: Names, folders: set[str], entry: Entry) -> None:
    if isinstance(entry, FolderMade):
        folders.add(entry.name)
        return
    if isinstance(entry, FolderGone):  # it was empty: nothing that was in it is found again
        folders.discard(entry.name)
        for name in [one for one in names if entry.name in _ancestors(one)]:
            del names[name]
        return
    if entry.old:
        names.pop(entry.old, None)
    if entry.inode is None:
        names.pop(entry.name, None)
    else:
        names[entry.name] = entry.inode


def _makes(entry: Entry, inode: Inode) -> bool:
    return isinstance(entry, NameChange) and entry.inode is inode and not entry.old


def _is_of(entry: Entry, name: str) -> bool:
    """True for all that a journal keeps with the entry that made a file."""
    if isinstance(entry, FolderMade):
        return entry.name in _ancestors(name)
    if isinstance(entry, FolderGone):
        return entry.name == name
    return name in (entry.name, entry.old)


@lru_cache
def _ancestors(name: str) -> frozenset[str]:
    folders = {""}
    while name := folder_of(name):
        folders.add(name)
    return frozenset(folders)
