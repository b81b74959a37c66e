"""Rauc files: what is kept on the disk of the two systems that rauc switches.

    handed.json     what was given to rauc, until the machine has started once more
    a/, b/          of the image in that system: its head, its pilot part, what rauc wrote then;
                    and the bundle, until rauc has installed it

A head counts for the system whose content rauc says is what it wrote then: ``written`` names it.
"""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO

from ampkeeper.firmware.update.disk import Disk, read_bounded, replace_whole, write_synced
from ampkeeper.firmware.update.envelope import CHUNK_BYTES, Head, read_payloads
from ampkeeper.firmware.update.folders import HEAD, HEAD_BYTES_MAX, head_in
from ampkeeper.firmware.update.manifest import PILOT, RAUC, Payload
from ampkeeper.firmware.update.rauc_slots import HANDED_CHARS_MAX, Handed, handed_of
from ampkeeper.firmware.update.refused import Ground, ImageRefused

if TYPE_CHECKING:
    from pathlib import Path

HANDED = "handed.json"
WRITTEN = "written"
DIGEST_CHARS_MAX = 64
RESERVE_BYTES = 8 << 20  # left free for the books


class RaucFiles:
    """One folder. All of it blocks, and raises OSError where the disk does."""

    def __init__(self, disk: Disk, path_of: "Callable[[str], Path]") -> None:
        self.disk = disk
        self._path_of = path_of

    def bundle(self, place: str) -> str:
        """Where the bundle for a system is, for rauc."""
        return str(self._path_of(f"{place}/{RAUC}"))

    def put(
        self, file: BinaryIO, head: Head, place: str, progress: Callable[[int, int], None]
    ) -> None:
        """Keep what an image brings for a system; ``file`` stands behind the head.

        Raises ImageRefused for a payload that is not what was signed, or too large for the disk.
        """
        self.clear(place)
        self._check_space(head)
        try:
            self._fill(file, head, place, progress)
        except ImageRefused:
            self.clear(place)
            raise

    def clear(self, place: str) -> None:
        """Nothing is kept of a system any more; first goes what makes a head count."""
        names = self.disk.names(place)
        for name in sorted(names, key=(WRITTEN, HEAD, *names).index):
            self.disk.remove(f"{place}/{name}")
            if name == WRITTEN:
                self.disk.sync_folder(place)

    def drop_bundle(self, place: str) -> None:
        """Rauc has it, and nobody needs it any more."""
        if RAUC in self.disk.names(place):
            self.disk.remove(f"{place}/{RAUC}")

    def bind(self, place: str, digest: str) -> None:
        """What is kept belongs to the content that rauc names so."""
        replace_whole(self.disk, f"{place}/{WRITTEN}", digest.encode("ascii", "replace"))

    def bound(self, place: str, digest: str) -> Head | None:
        """The head that belongs to this content of a system, if its pilot part is whole."""
        try:
            written = read_bounded(self.disk, f"{place}/{WRITTEN}", DIGEST_CHARS_MAX)
            head = head_in(read_bounded(self.disk, f"{place}/{HEAD}", HEAD_BYTES_MAX))
            pilot = head.manifest.payload(PILOT)
            is_whole = pilot is None or self._digest(f"{place}/{PILOT}") == pilot.sha256
        except (OSError, ValueError):
            return None
        return head if digest and is_whole and written == digest.encode() else None

    def keep_handed(self, handed: Handed) -> None:
        """Remember what is about to be given to rauc."""
        replace_whole(self.disk, HANDED, handed.to_text().encode())

    def handed(self) -> Handed | None:
        """What was given to rauc; None: nothing, or what is no longer readable."""
        try:
            raw = read_bounded(self.disk, HANDED, HANDED_CHARS_MAX)
            return handed_of(raw.decode("utf-8", "replace"))
        except (FileNotFoundError, ValueError):
            return None

    def drop_handed(self) -> None:
        """What came of it is in the record."""
        with suppress(FileNotFoundError):
            self.disk.remove(HANDED)
            self.disk.sync_folder("")

    def _check_space(self, head: Head) -> None:
        wanted = head.bytes_total + RESERVE_BYTES
        free = self.disk.free_bytes()
        if free < wanted:
            text = f"{free >> 20} MiB are free where {wanted >> 20} MiB are needed"
            raise ImageRefused(Ground.SPACE, text)

    def _fill(
        self, file: BinaryIO, head: Head, place: str, progress: Callable[[int, int], None]
    ) -> None:
        disk, total = self.disk, sum(one.bytes for one in head.manifest.payloads)
        disk.make_folder(place)
        disk.sync_folder("")
        for payload in head.manifest.payloads:
            disk.create(f"{place}/{payload.kind}")

        def take(payload: Payload, raw: bytes) -> None:
            disk.append(f"{place}/{payload.kind}", raw)

        for done in read_payloads(file, head, take):
            progress(done, total)
        for payload in head.manifest.payloads:
            disk.sync(f"{place}/{payload.kind}")
        file.seek(-head.bytes_total, 2)
        write_synced(disk, f"{place}/{HEAD}", (file.read(head.bytes),))
        disk.sync_folder(place)

    def _digest(self, name: str) -> str:
        digest = hashlib.sha256()
        with self.disk.open(name) as file:
            while chunk := file.read(CHUNK_BYTES):
                digest.update(chunk)
        return digest.hexdigest()
