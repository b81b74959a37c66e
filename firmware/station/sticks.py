"""Sticks: looks into a folder for images, and offers one to the updates.

``update/stick.py`` decides; mounting is the system's matter. A file that is no image for this
station is told once, and left alone. Nothing is written to the folder.
"""

import asyncio
import logging
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path

from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.task import StationTask
from ampkeeper.firmware.station.update_grounds import refusal_of
from ampkeeper.firmware.station.update_steps import NoteSecurity
from ampkeeper.firmware.station.updates import REFUSED, Updates
from ampkeeper.firmware.store.changes import SaveMeta
from ampkeeper.firmware.store.store import Store
from ampkeeper.firmware.store.task import StoreWorker
from ampkeeper.firmware.transfers.task import Mover
from ampkeeper.firmware.update.installer import Installer
from ampkeeper.firmware.update.stick import (
    FILES_MAX,
    Candidate,
    Entry,
    best,
    is_image,
    to_text,
    tried_of,
)
from ampkeeper.hal.ports import Clock

LOOK_S = 10.0
NAMES_MAX = 1_000  # of the folder that are read
TRIED_KEY = "stick_tried"
OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # no link, and no pipe that waits

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StickMeans:
    """``folder`` None: there is none to look into. ``is_on_trial``: what runs may yet go."""

    folder: Path | None
    mover: Mover
    installer: Installer
    note_security: NoteSecurity
    is_on_trial: Callable[[], bool]


class Sticks:
    """The folder that is watched."""

    def __init__(
        self,
        task: StationTask,
        books: tuple[Store, StoreWorker],
        clock: Clock,
        updates: Updates,
        means: StickMeans,
    ) -> None:
        self._task = task
        self._store, self._worker = books
        self._clock = clock
        self._updates = updates
        self._means = means
        self._seen: set[Entry] = set()
        self._tried: list[str] = []

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        folder = self._means.folder
        if folder is None:
            return
        await self._recall()
        while True:
            await self._look(folder)
            await asyncio.sleep(LOOK_S)

    async def _recall(self) -> None:
        text = await self._worker.insist(partial(self._store.meta, TRIED_KEY)) or ""
        try:
            self._tried = tried_of(text)
        except ValueError as error:
            log.error("which images of sticks were tried is forgotten: %s", error)

    async def _look(self, folder: Path) -> None:
        entries = await self._means.mover.run(partial(images_in, folder))
        self._seen.intersection_update(entries)
        fresh = [entry for entry in entries if entry not in self._seen]
        if not fresh or self._updates.is_busy or self._means.is_on_trial():
            return
        self._seen.update(fresh)
        found = [one for entry in fresh if (one := await self._judged(folder, entry)) is not None]
        chosen, tried = best(found, self._means.installer.version(), self._tried)
        for one in found:
            if one is not chosen:
                log.info("%s is left alone: %s", one.entry.name, one.version)
        if tried != self._tried:
            self._tried = tried
            await self._task.put(partial(_on_tried, tried, chosen))
            await self._task.settled()
        if chosen is not None:
            self._offer(folder / chosen.entry.name)

    def _offer(self, file: Path) -> None:
        log.info("%s is installed", file.name)
        try:
            self._updates.offer(file)
        except ValueError as error:
            log.warning("%s: %s", file.name, error)

    async def _judged(self, folder: Path, entry: Entry) -> Candidate | None:
        """The image, if it may be installed here and now; else that is told."""
        examine = partial(self._examine, folder / entry.name, entry, self._clock.now())
        try:
            return await self._means.mover.run(examine)
        except (*REFUSED, ValueError) as error:
            refusal = refusal_of(error)
        log.warning("%s is not installed: %s", entry.name, refusal.reason)
        if refusal.noted is not None:
            self._means.note_security(refusal.noted, f"{entry.name}: {refusal.reason}")
        await self._task.put(partial(_on_refused, entry.name, refusal.reason))
        return None

    def _examine(self, file: Path, entry: Entry, now: datetime) -> Candidate:
        from ampkeeper.firmware.update.envelope import read_head  # 9 MB, if ever

        with os.fdopen(os.open(file, OPEN), "rb") as opened:
            if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
                raise ValueError("it is no file")
            head = read_head(opened)
        self._means.installer.examine(file, now)
        told = head.manifest
        return Candidate(entry, told.version, told.counter, told.created, head.digest.hex())


def images_in(folder: Path) -> list[Entry]:
    """The images that lie there; none where the folder cannot be read. Blocks."""
    try:
        with os.scandir(folder) as entries:
            named = [entry for entry in islice(entries, NAMES_MAX) if is_image(entry.name)]
            found = [_entry(entry) for entry in named if entry.is_file(follow_symlinks=False)]
    except OSError:
        return []
    return sorted(found)[:FILES_MAX]


def _entry(found: "os.DirEntry[str]") -> Entry:
    told = found.stat(follow_symlinks=False)
    return Entry(found.name, told.st_size, told.st_mtime_ns)


def _on_tried(tried: list[str], chosen: Candidate | None, now: datetime, now_s: float) -> Effects:
    effects = Effects(changes=[SaveMeta(TRIED_KEY, to_text(tried))])
    if chosen is not None:
        effects.notice("stick", file=chosen.entry.name, change="taken", version=chosen.version)
    return effects


def _on_refused(name: str, reason: str, now: datetime, now_s: float) -> Effects:
    effects = Effects()
    effects.notice("stick", file=name, change="refused", reason=reason)
    return effects
