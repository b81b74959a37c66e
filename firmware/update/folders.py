"""Folders: the installer that needs nothing but a disk: two folders, and a record of which starts.

    slots.json      which folder starts, as ``slots.py`` decides
    a/, b/          head (of the image), its payloads as files, app/ (the application, unpacked)

A folder counts once its ``head`` is there, which is written last; at each start its content is
held against what was signed. Nothing of the folder that is good is ever touched.
"""

import hashlib
import zipfile
import zlib
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import IO, BinaryIO

from ampkeeper.firmware.update.disk import (
    PART,
    Disk,
    folder_of,
    read_bounded,
    replace_whole,
    write_synced,
)
from ampkeeper.firmware.update.envelope import (
    CHUNK_BYTES,
    HEADER,
    SEAL_BYTES_MAX,
    Head,
    read_head,
    read_payloads,
)
from ampkeeper.firmware.update.manifest import MANIFEST_BYTES_MAX, RAUC, STATION, Payload
from ampkeeper.firmware.update.refused import Ground, ImageRefused
from ampkeeper.firmware.update.slots import (
    FACTORY,
    PLACES,
    TEXT_CHARS_MAX,
    TRYING,
    Slots,
    slots_of,
)
from ampkeeper.firmware.update.trust import Trust, trust_of
from ampkeeper.firmware.update.verdict import Target, check, check_board, check_signer

RECORD = "slots.json"
HEAD = "head"
APP = "app"
HEAD_BYTES_MAX = HEADER.size + MANIFEST_BYTES_MAX + SEAL_BYTES_MAX
APP_FILES_MAX = 5_000
APP_BYTES_MAX = 64 << 20  # unpacked; ours has some 4 MB
RESERVE_BYTES = 8 << 20  # left free for the books

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Machine:
    """What came with the machine: its board, the security counter of its own software, roots."""

    board: str
    counter: int
    trust: Trust


class Folders:
    """The slots of one machine. All of it blocks, and raises OSError where the disk does."""

    def __init__(self, disk: Disk, machine: Machine) -> None:
        self._disk = disk
        self._machine = machine

    def record(self) -> Slots:
        """What is kept; a machine that never installed anything has the default one.

        Raises ValueError for a record that is damaged: then nothing may start.
        """
        try:
            raw = read_bounded(self._disk, RECORD, TEXT_CHARS_MAX)
        except FileNotFoundError:
            return Slots(counter_min=self._machine.counter)
        return slots_of(raw.decode("utf-8", "replace"))

    def start(self) -> str:
        """At a start of the machine: the slot to run, written down before it is said; or none."""
        slots = self.record()
        counters = {FACTORY: self._machine.counter}
        for place in PLACES[1:]:
            counter = self._sound(place, slots)
            if counter is not None:
                counters[place] = counter
        moved, place = slots.started(counters)
        if moved != slots:
            self._keep(moved)
        return place

    def install(self, file: BinaryIO, now: datetime, progress: Progress) -> Head:
        """Install an image, telling the permille done; it is on trial from the next start.

        Raises ImageRefused before anything is changed that counts.
        """
        slots = self.record()
        if slots.state == TRYING:
            raise ImageRefused(Ground.DISK, "what was installed before is still on trial")
        head = read_head(file)
        target = Target(self._machine.board, slots.counter_min, self._trust(slots))
        trust = check(head, target, now)
        self._check_parts(head)
        place = slots.free
        self._clear(place)
        self._check_space(head)
        try:
            self._fill(file, head, place, progress)
        except ImageRefused:
            self._clear(place)
            raise
        self._keep(slots.installed(place, head.manifest.counter, trust.to_text()))
        return head

    def confirm(self) -> None:
        """What is on trial works."""
        self._change(self.record().confirmed())

    def reject(self, reason: str) -> None:
        """What is on trial does not work."""
        self._change(self.record().rejected(reason))

    def told(self) -> None:
        """How the trial ended is in the books."""
        self._change(self.record().told())

    def head_of(self, place: str) -> Head | None:
        """The head of the image in a slot; None if there is none that can be read."""
        try:
            return head_in(read_bounded(self._disk, f"{place}/{HEAD}", HEAD_BYTES_MAX))
        except (OSError, ValueError):
            return None

    # helpers

    def _change(self, slots: Slots) -> None:
        if slots != self.record():
            self._keep(slots)

    def _keep(self, slots: Slots) -> None:
        replace_whole(self._disk, RECORD, slots.to_text().encode())

    def _trust(self, slots: Slots) -> Trust:
        return trust_of(slots.trust) if slots.trust else self._machine.trust

    def _sound(self, place: str, slots: Slots) -> int | None:
        """The security counter of what is in a slot, if it is what was signed; else None."""
        head = self.head_of(place)
        if head is None:
            return None
        trust = self._trust(slots)
        if place == slots.new and slots.trust_new:
            trust = trust_of(slots.trust_new)
        try:
            check_signer(head, trust, head.manifest.created)
            check_board(head, self._machine.board)
            for payload in head.manifest.payloads:
                if self._digest(f"{place}/{payload.kind}") != payload.sha256:
                    return None
            if not self._is_unpacked(place, head):
                return None
        except (OSError, ValueError, zipfile.BadZipFile):
            return None
        return head.manifest.counter

    def _check_parts(self, head: Head) -> None:
        if head.manifest.payload(RAUC) is not None:
            raise ImageRefused(Ground.BOARD, "it replaces the whole system, by rauc; not here")

    def _check_space(self, head: Head) -> None:
        """Packed and unpacked; the slot was cleared before."""
        wanted = 2 * head.bytes_total + RESERVE_BYTES
        free = self._disk.free_bytes()
        if free < wanted:
            raise ImageRefused(
                Ground.SPACE, f"{free >> 20} MiB are free where {wanted >> 20} MiB are needed"
            )

    def _clear(self, place: str) -> None:
        """Its head first: from then on the slot is none."""
        names = self._disk.names(place)
        if HEAD in names:
            self._disk.remove(f"{place}/{HEAD}")
            self._disk.sync_folder(place)
        for name in names:
            if name != HEAD:
                self._disk.remove(f"{place}/{name}")

    def _fill(self, file: BinaryIO, head: Head, place: str, progress: Progress) -> None:
        disk, total = self._disk, sum(one.bytes for one in head.manifest.payloads)
        disk.make_folder(place)
        disk.sync_folder("")
        for payload in head.manifest.payloads:
            disk.create(f"{place}/{payload.kind}")

        def take(payload: Payload, raw: bytes) -> None:
            disk.append(f"{place}/{payload.kind}", raw)

        for done in read_payloads(file, head, take):
            progress(done * 900 // total)
        for payload in head.manifest.payloads:
            disk.sync(f"{place}/{payload.kind}")
        self._unpack(place, head)
        file.seek(-(head.bytes_total), 2)
        raw = file.read(head.bytes)
        write_synced(disk, f"{place}/{HEAD}{PART}", (raw,))
        disk.sync_folder(place)
        disk.rename(f"{place}/{HEAD}{PART}", f"{place}/{HEAD}")
        disk.sync_folder(place)
        progress(1000)

    def _unpack(self, place: str, head: Head) -> None:
        if head.manifest.payload(STATION) is None:
            return
        folders = {f"{place}/{APP}"}
        self._disk.make_folder(f"{place}/{APP}")
        with self._disk.open(f"{place}/{STATION}") as file, _archive(file) as archive:
            for info in _members(archive):
                name = f"{place}/{APP}/{info.filename}"
                for folder in _folders_of(name, folders):
                    self._disk.make_folder(folder)
                    folders.add(folder)
                with archive.open(info) as member:
                    write_synced(self._disk, name, _chunks(member))
        for folder in sorted(folders, reverse=True):
            self._disk.sync_folder(folder)

    def _is_unpacked(self, place: str, head: Head) -> bool:
        """True if the application's files are those of its archive, and no others."""
        if head.manifest.payload(STATION) is None:
            return True
        with self._disk.open(f"{place}/{STATION}") as file, _archive(file) as archive:
            wanted = {info.filename: (info.file_size, info.CRC) for info in _members(archive)}
        if set(self._disk.names(f"{place}/{APP}")) != set(wanted):
            return False
        for name, (size, crc) in wanted.items():
            found_size, found_crc = 0, 0
            with self._disk.open(f"{place}/{APP}/{name}") as file:
                for chunk in _chunks(file):
                    found_size += len(chunk)
                    found_crc = zlib.crc32(chunk, found_crc)
            if (found_size, found_crc) != (size, crc):
                return False
        return True

    def _digest(self, name: str) -> str:
        digest = hashlib.sha256()
        with self._disk.open(name) as file:
            for chunk in _chunks(file):
                digest.update(chunk)
        return digest.hexdigest()


def head_in(raw: bytes) -> Head:
    """The head that ``raw`` is; raises ImageRefused."""
    return read_head(BytesIO(raw))


def _archive(file: BinaryIO) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise ImageRefused(Ground.CONTENT, f"station: no zip archive ({error})") from error


def _members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The files in it; raises ImageRefused for too many, too much, or a name that leads out."""
    found = [info for info in archive.infolist() if not info.is_dir()]
    names = [info.filename for info in found]
    if len(found) > APP_FILES_MAX or sum(info.file_size for info in found) > APP_BYTES_MAX:
        text = f"station: more than {APP_FILES_MAX} files or {APP_BYTES_MAX >> 20} MiB unpacked"
        raise ImageRefused(Ground.CONTENT, text)
    odd = [name for name in names if name.startswith("/") or ".." in name.split("/")]
    if odd or len(set(names)) != len(names):
        text = f"station: a file named {odd[0][:60]!r}" if odd else "station: a file twice"
        raise ImageRefused(Ground.CONTENT, text)
    return found


def _folders_of(name: str, there: Container[str]) -> list[str]:
    """The folders that hold a file and are not there, the outer first."""
    missing = []
    folder = folder_of(name)
    while folder not in there:
        missing.append(folder)
        folder = folder_of(folder)
    return missing[::-1]


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(CHUNK_BYTES):
        yield chunk
