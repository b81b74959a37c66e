"""Rauc files: what is kept on the disk of the two systems that rauc switches.

    handed.json     what was given to rauc, until the machine has started once more
    a/, b/          of the image in that system: its head, its pilot part, what rauc wrote then;
                    and the bundle, until rauc has installed it

A head counts for the system whose content rauc says is what it wrote then: ``written`` names it.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO

from ampkeeper.firmware.update.disk import Disk, digest_in, read_bounded, replace_whole
from ampkeeper.firmware.update.envelope import Head
from ampkeeper.firmware.update.manifest import PILOT, RAUC
from ampkeeper.firmware.update.payloads import (
    HEAD,
    HEAD_BYTES_MAX,
    check_payloads,
    check_room,
    head_in,
    keep_head,
    keep_payloads,
)
from ampkeeper.firmware.update.rauc_slots import HANDED_CHARS_MAX, Handed, handed_of
from ampkeeper.firmware.update.refused import ImageRefused

if TYPE_CHECKING:
    from pathlib import Path

HANDED = "handed.json"
WRITTEN = "written"
DIGEST_CHARS_MAX = 64


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
        """Keep what an image brings for a system; ``file`` is the image, from its first byte.

        Raises ImageRefused for a payload that is not what was signed, or too large for the disk,
        and keeps what it has, unless the file changes meanwhile.
        """
        total = head.bytes_total - head.bytes
        check_payloads(file, head, lambda done: progress(done, 2 * total))
        check_room(self.disk, place, head.bytes_total)
        try:
            self.clear(place)
            keep_payloads(
                self.disk, place, file, head, lambda done: progress(total + done, 2 * total)
            )
            keep_head(self.disk, place, file, head)
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
            return self.bound_if_readable(place, digest)
        except OSError:
            return None

    def bound_if_readable(self, place: str, digest: str) -> Head | None:
        """The same; raises OSError where what is there cannot be read, and nobody knows."""
        try:
            written = read_bounded(self.disk, f"{place}/{WRITTEN}", DIGEST_CHARS_MAX)
            head = head_in(read_bounded(self.disk, f"{place}/{HEAD}", HEAD_BYTES_MAX))
            pilot = head.manifest.payload(PILOT)
            is_whole = pilot is None or digest_in(self.disk, f"{place}/{PILOT}") == pilot.sha256
        except (FileNotFoundError, ValueError):
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
