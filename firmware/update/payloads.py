"""Payloads: held against the manifest before a slot is cleared for them, then kept in it.

Both installers do so here. Whatever is refused is refused by ``check_payloads``, and the slot has
what it had; ``keep_payloads`` refuses only a file that was changed since.
"""

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO

from ampkeeper.firmware.update.disk import PART, Disk, write_synced
from ampkeeper.firmware.update.envelope import (
    HEADER,
    SEAL_BYTES_MAX,
    Head,
    read_head,
    read_payloads,
)
from ampkeeper.firmware.update.manifest import MANIFEST_BYTES_MAX, Payload
from ampkeeper.firmware.update.refused import Ground, ImageRefused

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

HEAD = "head"
HEAD_BYTES_MAX = HEADER.size + MANIFEST_BYTES_MAX + SEAL_BYTES_MAX
RESERVE_BYTES = 8 << 20  # left free for the books

Tell = Callable[[int], None]


def section(file: BinaryIO, head: Head, kind: str) -> BinaryIO:
    """One payload of an image, to read, as if it were a file."""
    return io.BufferedReader(_Section(file, head, kind))


def check_payloads(file: BinaryIO, head: Head, tell: Tell) -> None:
    """Hash all of an image whose head was read, telling the bytes done; the head is ``file``'s.

    Raises ImageRefused. Keeps nothing, and leaves ``file`` behind the head.
    """
    file.seek(head.bytes)
    for done in read_payloads(file, head, _drop):
        tell(done)
    file.seek(head.bytes)


def check_room(disk: Disk, place: str, wanted_bytes: int) -> None:
    """Raise ImageRefused unless so much has room, once what is in a slot has gone."""
    free = disk.free_bytes() + sum(_bytes_of(disk, f"{place}/{n}") for n in disk.names(place))
    wanted = wanted_bytes + RESERVE_BYTES
    if free < wanted:
        text = f"{free >> 20} MiB are free where {wanted >> 20} MiB are needed"
        raise ImageRefused(Ground.SPACE, text)


def keep_payloads(disk: Disk, place: str, file: BinaryIO, head: Head, tell: Tell) -> None:
    """Each payload as a file of a slot, synced; ``file`` stands behind the head.

    Raises ImageRefused for a file that is not what was checked, OSError.
    """
    disk.make_folder(place)
    disk.sync_folder("")
    for payload in head.manifest.payloads:
        disk.create(f"{place}/{payload.kind}")

    def take(payload: Payload, raw: bytes) -> None:
        disk.append(f"{place}/{payload.kind}", raw)

    for done in read_payloads(file, head, take):
        tell(done)
    for payload in head.manifest.payloads:
        disk.sync(f"{place}/{payload.kind}")


def keep_head(disk: Disk, place: str, file: BinaryIO, head: Head) -> None:
    """The head of what was kept, whole or not at all: with it a slot counts."""
    file.seek(0)
    raw = file.read(head.bytes)
    if head_in(raw) != head:  # that is what was judged
        raise ImageRefused(Ground.CONTENT, "the file was changed while it was installed")
    write_synced(disk, f"{place}/{HEAD}{PART}", (raw,))
    disk.sync_folder(place)
    disk.rename(f"{place}/{HEAD}{PART}", f"{place}/{HEAD}")
    disk.sync_folder(place)


def head_in(raw: bytes) -> Head:
    """The head that ``raw`` is; raises ImageRefused."""
    return read_head(io.BytesIO(raw))


class _Section(io.RawIOBase):
    """Where one payload of an image stands."""

    def __init__(self, file: BinaryIO, head: Head, kind: str) -> None:
        super().__init__()
        kinds = [one.kind for one in head.manifest.payloads]
        sizes = [one.bytes for one in head.manifest.payloads]
        at = kinds.index(kind)
        self._file = file
        self._begin = head.bytes + sum(sizes[:at])
        self._size = sizes[at]
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError(f"{base + offset} is before the begin of the payload")
        self._at = base + offset
        return self._at

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        view = memoryview(buffer)
        left = max(0, self._size - self._at)
        self._file.seek(self._begin + self._at)
        raw = self._file.read(min(len(view), left))
        view[: len(raw)] = raw
        self._at += len(raw)
        return len(raw)


def _drop(payload: Payload, raw: bytes) -> None:
    """It was hashed."""


def _bytes_of(disk: Disk, name: str) -> int:
    with disk.open(name) as file:
        return file.seek(0, io.SEEK_END)
