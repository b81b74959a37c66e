"""Folders: the installer that needs nothing but a disk: two folders, and a record of which starts.

    slots.json      which folder starts, as ``slots.py`` decides
    a/, b/          head (of the image), its payloads as files, app/ (the application, unpacked),
                    compiled (what was made of its modules here)

A folder counts once its ``head`` is there, which is written last; at each start its content is
held against what was signed. Nothing of the folder that is good is ever touched.
"""

import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from ampkeeper.firmware.update.disk import Disk, digest_in, read_bounded
from ampkeeper.firmware.update.envelope import Head, read_head
from ampkeeper.firmware.update.manifest import RAUC, STATION
from ampkeeper.firmware.update.payloads import (
    HEAD,
    HEAD_BYTES_MAX,
    check_payloads,
    check_room,
    head_in,
    keep_head,
    keep_payloads,
    section,
)
from ampkeeper.firmware.update.record import Record
from ampkeeper.firmware.update.refused import Ground, ImageRefused
from ampkeeper.firmware.update.slots import (
    DEAD,
    FACTORY,
    PLACES,
    TRIAL_S,
    TRYING,
    Slots,
)
from ampkeeper.firmware.update.trust import Trust, trust_of
from ampkeeper.firmware.update.unpacked import UncleanError, is_whole, unpack, unpacked_bytes
from ampkeeper.firmware.update.verdict import Target, check, check_board, check_signer

CHECKED_PERMILLE, KEPT_PERMILLE = 200, 400  # of an installation; the rest is unpacking

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Machine:
    """What came with the machine: its board, the security counter of its own software, roots.

    ``is_release``: the software that asks is one, and believes no root for development.
    """

    board: str
    counter: int
    trust: Trust
    is_release: bool = False


class Folders:
    """The slots of one machine. All of it blocks, and raises OSError where the disk does."""

    def __init__(self, disk: Disk, machine: Machine, trial_s: int = TRIAL_S) -> None:
        """``trial_s``: how long what is installed may be on trial."""
        self._disk = disk
        self._trial_s = trial_s
        self._machine = machine
        self._record = Record(disk, machine.counter)
        self._unclean: set[str] = set()

    def record(self) -> Slots:
        """What is kept. Raises ValueError for a record that is damaged: then nothing may start."""
        return self._record.read()

    def start(self) -> str:
        """At a start of the machine: the slot to run, written down before it is said; or none.

        Where that cannot be written down, what is on trial does not run. A slot that cannot be
        read does not start, either; but what was good is not given up for it, only a trial.
        """
        slots = self.record()
        counters, is_all_read = self._counters(slots)
        moved, place = slots.started(counters)
        if not is_all_read and (moved.state == DEAD or moved.good != slots.good):
            moved = slots.ended(counters)
        if moved == slots:
            return place
        try:
            self._record.keep(moved)
        except OSError:
            if moved.state == TRYING:  # a start that is not counted
                _, place = slots.rejected("its start cannot be counted").started(counters)
        return place

    def is_clean(self, place: str) -> bool:
        """True unless ``start`` found, and could not drop, what nobody compiled there."""
        return place not in self._unclean

    def install(self, file: BinaryIO, now: datetime, progress: Progress) -> Head:
        """Install an image, telling the permille done; it is on trial from the next start.

        Raises ImageRefused before anything is changed, unless the file itself changes meanwhile:
        what the other slot has may be all that is left to start. After an OSError the same starts
        as before, and the room is free again, as far as the disk lets that be done.
        """
        slots = self.record()
        head, trust = self.judge(file, slots, now)
        place, total = slots.free, head.bytes_total - head.bytes
        check_payloads(file, head, lambda done: progress(done * CHECKED_PERMILLE // total))
        unpacked = unpacked_bytes(section(file, head, STATION))
        check_room(self._disk, place, head.bytes_total + unpacked)
        try:
            self._clear(place)
            self._fill(file, head, place, progress)
            counter = head.manifest.counter
            self._record.keep(slots.installed(place, counter, trust.to_text(), self._trial_s))
        except (ImageRefused, OSError):
            self._undo(place, slots)
            raise
        return head

    def judge(self, file: BinaryIO, slots: Slots, now: datetime) -> tuple[Head, Trust]:
        """Read the head of an image that may be installed now, and whom to believe with it.

        Raises ImageRefused. Changes nothing.
        """
        if slots.state == TRYING:
            raise ImageRefused(Ground.DISK, "what was installed before is still on trial")
        head = read_head(file)
        machine = self._machine
        target = Target(machine.board, slots.counter_min, self._trust(slots), machine.is_release)
        trust = check(head, target, now)
        self._check_parts(head)
        return head, trust

    def confirm(self) -> None:
        """What is on trial works."""
        self._record.confirm()

    def reject(self, reason: str) -> None:
        """What is on trial does not work."""
        self._record.reject(reason)

    def told(self) -> None:
        """How the trial ended is in the books."""
        self._record.told()

    def head_of(self, place: str) -> Head | None:
        """The head of the image in a slot; None if there is none that can be read."""
        try:
            return head_in(read_bounded(self._disk, f"{place}/{HEAD}", HEAD_BYTES_MAX))
        except (OSError, ValueError):
            return None

    # helpers

    def _undo(self, place: str, slots: Slots) -> None:
        """Without its head a slot is none, even where the record names it and cannot be written."""
        with suppress(OSError):
            self._clear(place)
        with suppress(OSError, ValueError):
            self._record.change(slots)

    def _trust(self, slots: Slots) -> Trust:
        return trust_of(slots.trust) if slots.trust else self._machine.trust

    def _counters(self, slots: Slots) -> tuple[dict[str, int], bool]:
        """The security counter of each slot that is sound, and whether all could be read."""
        counters, is_all_read = {FACTORY: self._machine.counter}, True
        for place in PLACES[1:]:
            try:
                counter = self._sound(place, slots)
            except OSError:
                counter, is_all_read = None, False
            if counter is not None:
                counters[place] = counter
        return counters, is_all_read

    def _sound(self, place: str, slots: Slots) -> int | None:
        """The security counter of what is in a slot, if it is what was signed; else None."""
        try:
            head = head_in(read_bounded(self._disk, f"{place}/{HEAD}", HEAD_BYTES_MAX))
            trust = self._trust(slots)
            if place == slots.new and slots.trust_new:
                trust = trust_of(slots.trust_new)
            is_release = self._machine.is_release
            check_signer(head, trust, head.manifest.created, is_release=is_release)
            check_board(head, self._machine.board)
            for payload in head.manifest.payloads:
                if digest_in(self._disk, f"{place}/{payload.kind}") != payload.sha256:
                    return None
            is_application = head.manifest.payload(STATION) is not None
            if is_application and not self._is_whole(place):
                return None
        except (FileNotFoundError, ValueError, zipfile.BadZipFile):
            return None
        return head.manifest.counter

    def _is_whole(self, place: str) -> bool:
        self._unclean.discard(place)
        try:
            return is_whole(self._disk, place)
        except UncleanError:
            self._unclean.add(place)
            return True

    def _check_parts(self, head: Head) -> None:
        if head.manifest.payload(RAUC) is not None:
            raise ImageRefused(Ground.BOARD, "it replaces the whole system, by rauc; not here")
        if head.manifest.payload(STATION) is None:
            raise ImageRefused(Ground.BOARD, "it has nothing for the station, which runs from it")

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
        total, span = head.bytes_total - head.bytes, KEPT_PERMILLE - CHECKED_PERMILLE

        def keep(done: int) -> None:
            progress(CHECKED_PERMILLE + done * span // total)

        def unpacked(done: int) -> None:
            progress(KEPT_PERMILLE + done * (999 - KEPT_PERMILLE) // 1000)

        file.seek(head.bytes)
        keep_payloads(self._disk, place, file, head, keep)
        unpack(self._disk, place, unpacked)
        keep_head(self._disk, place, file, head)
        progress(1000)
