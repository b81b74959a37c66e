"""Uploads: makes the log that was asked for, and sends it; one at a time.

A new request ends the one that is under way. What a power cut interrupts is not begun again: the
central system hears that it failed, and may ask anew.
"""

import asyncio
import json
import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from ampkeeper.firmware.ocpp.ports.transfer import (
    IDLE,
    LOG,
    SECURITY,
    LogOrder,
    TransferStatus,
)
from ampkeeper.firmware.station.dossier import Sources, Span, diagnostics, security_log
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.statuses import Statuses
from ampkeeper.firmware.station.task import StationTask
from ampkeeper.firmware.store.changes import SaveTransfer
from ampkeeper.firmware.store.errors import StoreError
from ampkeeper.firmware.store.store import Store, open_read_only
from ampkeeper.firmware.store.task import StoreWorker
from ampkeeper.firmware.transfers.address import Address, address_of
from ampkeeper.firmware.transfers.archive import Part, pack
from ampkeeper.firmware.transfers.plan import Ended, plan_of
from ampkeeper.firmware.transfers.progress import Tenths
from ampkeeper.firmware.transfers.task import Mover, discard
from ampkeeper.hal.ports import Clock

UPLOADING, UPLOADED, FAILED = "Uploading", "Uploaded", "UploadFailure"
CANCELED = "AcceptedCanceled"
STATUSES = {  # why it was not sent -> whitepaper 6.19
    "": UPLOADED,
    "denied": "PermissionDenied",
    "untrusted": "PermissionDenied",
    "unsupported": "NotSupportedOperation",
    "refused": "BadMessage",
}
ROW = "upload"
ODD = re.compile(r"[^A-Za-z0-9_-]+")
SERIAL_CHARS = 40

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class UploadMeans:
    """What logs are made of and sent with."""

    mover: Mover
    sources: Sources
    folder: Path


@dataclass(frozen=True, slots=True)
class _Job:
    order: LogOrder
    place: Address  # of the file itself


class Uploads:
    """The log that is sent: at most one."""

    def __init__(
        self,
        task: StationTask,
        books: tuple[Store, StoreWorker],
        clock: Clock,
        statuses: Statuses,
        means: UploadMeans,
    ) -> None:
        self._task = task
        self._store, self._worker = books
        self._clock = clock
        self._statuses = statuses
        self._means = means
        self._file = means.folder / "upload.zip"
        self._job: _Job | None = None
        self._work: asyncio.Task[None] | None = None
        self._ordered = asyncio.Event()

    # asked by a dialect, answered at once

    def status(self) -> TransferStatus:
        """Uploading, with its request, or Idle."""
        if self._job is None:
            return TransferStatus(LOG, IDLE)
        return TransferStatus(LOG, UPLOADING, self._job.order.request_id)

    def order(self, order: LogOrder) -> tuple[str, str]:
        """Begin to make and send a log, in place of one that is under way."""
        folder = address_of(order.location)
        if not isinstance(folder, Address):
            return "rejected", ""
        name = self._name(order.kind)
        before = self._job
        job = _Job(order, folder.of_file(name))
        told = [TransferStatus(LOG, UPLOADING, order.request_id)]
        if before is not None:
            told.insert(0, _end_of_canceled(before.order, order))
        if not self._task.post(partial(self._on_step, order.request_id, told)):
            return "rejected", ""
        self._job = job
        self._ordered.set()
        if self._work is not None:
            self._work.cancel()
        return ("accepted" if before is None else "canceled"), name

    # the task

    async def run(self) -> None:
        """Carry out requests until cancelled."""
        await self._recall()
        async with asyncio.TaskGroup() as group:
            while True:
                await self._ordered.wait()  # ended by a request
                self._ordered.clear()
                job = self._job
                assert job is not None, "it was ordered"
                self._work = group.create_task(self._carry_out(job), name="upload")
                await asyncio.wait({self._work})  # ended by its end, or by a new request
                self._work = None

    async def _recall(self) -> None:
        """Tell of what a power cut interrupted."""
        text = (await self._worker.insist(self._store.transfers)).get(ROW, "")
        if not text or self._job is not None:
            return
        try:
            kept = json.loads(text)
            request_id = None if kept is None else int(kept)
        except (ValueError, TypeError):
            request_id = None
        told = [TransferStatus(LOG, FAILED, request_id)]
        await self._task.put(partial(self._on_end, None, told))

    async def _carry_out(self, job: _Job) -> None:
        mover, order = self._means.mover, job.order
        try:
            await mover.run(partial(self._pack, order))
        except (OSError, StoreError, ValueError) as error:
            ended = Ended("no_room", f"the log cannot be made: {error}")
        else:
            plan = plan_of(order.retries, order.interval_s)
            tell = Tenths(self._tell_progress)
            ended = await mover.send(job.place, self._file, plan, tell)
        await mover.run(partial(discard, self._file))
        if not ended.is_good:
            log.warning("the log was not sent: %s: %s", ended.word, ended.text)
        told = [TransferStatus(LOG, STATUSES.get(ended.word, FAILED), order.request_id)]
        await self._task.put(partial(self._on_end, job, told))
        await self._task.settled()

    def _pack(self, order: LogOrder) -> None:
        """In the mover's thread: a reader of its own, so that the station's books do not wait."""
        span = Span(order.oldest, order.latest)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        books = open_read_only(self._store.path)
        try:
            parts: Iterable[Part]
            if order.kind == SECURITY:
                parts = security_log(books, span)
            else:
                parts = diagnostics(self._means.sources, books, span, self._clock.now())
            with self._file.open("wb") as sink:
                pack(parts, sink)
        finally:
            books.close()

    # events

    def _on_step(
        self,
        request_id: int | None,
        told: list[TransferStatus],
        now: datetime,
        now_s: float,
    ) -> Effects:
        return self._effects(json.dumps(request_id), told)

    def _on_end(
        self, job: _Job | None, told: list[TransferStatus], now: datetime, now_s: float
    ) -> Effects:
        """Nothing happens if a new request came first."""
        if self._job is not job:
            return Effects()
        self._job = None
        return self._effects("", told)

    def _effects(self, row: str, told: list[TransferStatus]) -> Effects:
        changes = [SaveTransfer(ROW, row), self._statuses.add(told)]
        effects = Effects(changes=[*changes], acts=[self._statuses.say])
        for status in told:
            effects.notice("log_upload", told=status.status, request_id=status.request_id)
        return effects

    def _tell_progress(self, percent: int) -> None:
        listeners = self._task.listeners
        if listeners is not None:
            listeners.notice("log_upload_progress", {"percent": percent})

    def _name(self, kind: str) -> str:
        serial = ODD.sub("-", self._means.sources.identity.get("serial", ""))[:SERIAL_CHARS]
        at = self._clock.now().astimezone(UTC).strftime("%Y%m%dT%H%M%S")
        return f"{serial or 'station'}_{kind}_{at}Z.zip"


def _end_of_canceled(before: LogOrder, after: LogOrder) -> TransferStatus:
    """What is told of a request that another one ended.

    GetLog's answer tells it of a log that had a request; 2.0.1 has a status of its own for that.
    """
    is_told_by_answer = before.request_id is not None and after.request_id is not None
    return TransferStatus(LOG, CANCELED if is_told_by_answer else FAILED, before.request_id)
