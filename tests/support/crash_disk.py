"""A disk in memory, and everything that may be left of it when the power goes.

What a file system promises, as ext4, xfs and btrfs keep it: bytes are there after a sync of their
file, which keeps the entry that made it, too; names after a sync of their folder. Of what is not
synced all may be there, nothing, all but one write, the last write alone, or a torn last write;
of names not synced, the first so many. A rename is never torn.
"""

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from ampkeeper.firmware.update.disk import folder_of

SECTOR_BYTES = 512


Content = bytes | memoryview


class Inode:
    """One file's bytes: what is on the disk, and the writes that may not be."""

    def __init__(self, durable: Content = b"") -> None:
        self.durable = durable
        self.pending: list[bytes] = []
        self._whole: Content = durable

    def write(self, data: bytes) -> None:
        """At its end, not synced."""
        self.pending.append(data)
        self._whole = b"".join((self.durable, *self.pending))

    def sync(self) -> None:
        """All of it is on the disk."""
        self.durable, self.pending = self._whole, []

    def content(self) -> Content:
        """What a reader finds; the same object until it changes."""
        return self._whole

    def leftovers(self) -> Iterator[Content]:
        """All that may be found of it after the power went, but nothing and everything."""
        whole, begun = memoryview(self._whole), len(self.durable)
        for place, write in enumerate(self.pending[:-1]):
            before = self._joined(self.pending[:place])
            yield before + bytes(len(write)) + self._joined(self.pending[place + 1 :], b"")
        for size in range(begun + SECTOR_BYTES, len(whole), SECTOR_BYTES):
            yield whole[:size]
        if len(self.pending) > 1:
            last = self.pending[-1]
            yield bytes(self.durable) + bytes(len(whole) - begun - len(last)) + last

    def _joined(self, writes: list[bytes], before: bytes | None = None) -> bytes:
        return b"".join((self.durable if before is None else before, *writes))


@dataclass(frozen=True)
class NameChange:
    """One entry of a folder that changes: ``inode`` None removes it; ``old`` goes with it."""

    name: str
    inode: Inode | None
    old: str = ""


Names = dict[str, Inode]


@dataclass
class CrashDisk:
    """A ``Disk``; ``after`` is called after each thing that was done to it."""

    names_now: Names = field(default_factory=dict)
    names_durable: Names = field(default_factory=dict)
    folders: set[str] = field(default_factory=lambda: {""})
    pending: list[NameChange] = field(default_factory=list)
    after: Callable[[], None] = lambda: None
    free: int = 1 << 30
    forgets_to_sync: bool = False  # the control: what holds without syncs shows nothing

    # the port

    def open(self, name: str) -> BinaryIO:
        if name not in self.names_now:
            raise FileNotFoundError(name)
        return io.BytesIO(self.names_now[name].content())

    def create(self, name: str) -> None:
        self._needs_folder(name)
        if name in self.names_now:
            self.remove(name)
        inode = self.names_now[name] = Inode()
        self.pending.append(NameChange(name, inode))
        self.after()

    def append(self, name: str, data: bytes) -> None:
        self.names_now[name].write(bytes(data))
        self.after()

    def sync(self, name: str) -> None:
        if self.forgets_to_sync:
            return
        inode = self.names_now[name]
        inode.sync()
        if any(one.inode is inode and not one.old for one in self.pending):
            self._settle([one for one in self.pending if name in (one.name, one.old)])
        self.after()

    def sync_folder(self, name: str) -> None:
        if self.forgets_to_sync:
            return
        self._settle([one for one in self.pending if folder_of(one.name) == name])
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
        self.folders.add(name)  # journaled with what is put into it

    def names(self, folder: str) -> list[str]:
        head = f"{folder}/" if folder else ""
        return sorted(name[len(head) :] for name in self.names_now if name.startswith(head))

    def free_bytes(self) -> int:
        return self.free

    # the power

    def leftovers(self) -> Iterator[dict[str, Content]]:
        """Each state of the disk that may be found if the power goes now; some come twice."""
        for count in range(len(self.pending) + 1):
            names = dict(self.names_durable)
            for change in self.pending[:count]:
                _apply(names, change)
            dirty = [name for name, inode in names.items() if inode.pending]
            least = {name: inode.durable for name, inode in names.items()}
            most = {name: inode.content() for name, inode in names.items()}
            yield least
            yield most
            for name in dirty:
                for content in names[name].leftovers():
                    yield {**least, name: content}
                    yield {**most, name: content}

    def _settle(self, changes: list[NameChange]) -> None:
        for change in changes:
            _apply(self.names_durable, change)
        self.pending = [one for one in self.pending if one not in changes]

    def _needs_folder(self, name: str) -> None:
        assert folder_of(name) in self.folders, f"nobody made the folder of {name}"


def found(files: Mapping[str, Content]) -> CrashDisk:
    """The disk when the power is back."""
    inodes = {name: Inode(content) for name, content in files.items()}
    folders = {""}
    for name in files:
        folder = folder_of(name)
        while folder:
            folders.add(folder)
            folder = folder_of(folder)
    return CrashDisk(inodes, dict(inodes), folders)


def _apply(names: Names, change: NameChange) -> None:
    if change.old:
        names.pop(change.old, None)
    if change.inode is None:
        names.pop(change.name, None)
    else:
        names[change.name] = change.inode
