"""Updates: carries out an order to update the station's software, one state after another.

The table says what follows what; here is what each state has to do, in a task that a new order
ends and begins again. Each step is written down before anything else happens, and what is told
of it is written with it.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from ampkeeper.firmware.ocpp.ports.transfer import IDLE, UPDATE, TransferStatus, UpdateOrder
from ampkeeper.firmware.security_events import SecurityEventKind
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.hold import Hold
from ampkeeper.firmware.station.install_hours import InstallHours
from ampkeeper.firmware.station.statuses import Statuses
from ampkeeper.firmware.station.task import StationTask
from ampkeeper.firmware.station.trials import Trials
from ampkeeper.firmware.station.update_fetch import FILE_BYTES_MAX, Fetch
from ampkeeper.firmware.station.update_file import digest_of, install_same, remove, take
from ampkeeper.firmware.station.update_grounds import Refusal, refusal_of
from ampkeeper.firmware.station.update_steps import (
    NoteSecurity,
    effects_of,
    event_of,
    on_restart,
    on_reverted,
)
from ampkeeper.firmware.station.update_way import Way, until
from ampkeeper.firmware.store.store import Store
from ampkeeper.firmware.store.task import StoreWorker
from ampkeeper.firmware.transfers.address import BadAddress, address_of
from ampkeeper.firmware.transfers.plan import plan_of
from ampkeeper.firmware.transfers.progress import Tenths
from ampkeeper.firmware.transfers.task import Mover
from ampkeeper.firmware.update import table
from ampkeeper.firmware.update.installer import Installer, InstallError, Phase
from ampkeeper.firmware.update.job import Job, Order, job_of
from ampkeeper.firmware.update.refused import ImageRefused
from ampkeeper.hal.ports import Clock

REFUSALS = {
    "InvalidCertificate": "invalid_certificate",
    "RevokedCertificate": "revoked_certificate",
}
REFUSED = (ImageRefused, InstallError, OSError)
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class UpdateMeans:
    """What updates are carried out with. ``check_signing`` is that of ``SecurityPort``."""

    mover: Mover
    installer: Installer
    trials: Trials
    folder: Path
    hold: Hold
    check_signing: Callable[[str], str]
    note_security: NoteSecurity
    lets_in: Callable[[], bool]  # whether sessions may begin while an update waits for others
    hours: InstallHours


class Updates:
    """The update of this station: at most one at a time."""

    def __init__(
        self,
        task: StationTask,
        books: tuple[Store, StoreWorker],
        clock: Clock,
        statuses: Statuses,
        means: UpdateMeans,
    ) -> None:
        self._way = Way(task, means.hold, means.lets_in)
        self._fetched = means.folder / "update.part"
        self._fetching = Fetch(means.mover, means.installer, clock, self._fetched)
        self.was_restarted = False  # for an update, just now
        self._job = Job()
        self._task = task
        self._store, self._worker = books
        self._clock = clock
        self._statuses = statuses
        self._means = means
        self._brought = means.folder / "brought.part"
        self._offered: Path | None = None  # by somebody who stands here
        self._is_ours = False  # nobody misses it afterwards
        self._problem = ""  # of what was offered
        self._percent = 0  # of what is done now
        self._digest = b""  # of the file that was checked
        self._is_begun = True  # the file, if there is one, belongs to the order
        self._work: asyncio.Task[None] | None = None
        self._ordered = asyncio.Event()

    # asked by a dialect, answered at once

    @property
    def is_busy(self) -> bool:
        """True while something is still to come of an order."""
        return self._job.is_busy

    def status(self) -> TransferStatus:
        """The status told last; Idle after Installed, and where nothing was told (L01.FR.28)."""
        job = self._job
        if job.told in ("", "Installed"):
            return TransferStatus(UPDATE, IDLE)
        return TransferStatus(UPDATE, job.told, job.request_id)

    def view(self) -> dict[str, Any]:
        """Where it stands, for people."""
        job = self._job
        state = "TAKING" if self._offered is not None else table.STATES[job.state]
        reason = self._problem or job.reason or None
        return {"state": state.lower(), "percent": self._percent, "reason": reason}

    def offer(self, source: Path, *, is_ours: bool = False) -> None:
        """Install the file that somebody brought; ValueError: not now. ``view`` tells the rest.

        ``is_ours``: it is gone once it was looked at.

        It needs no OCPP signature: who can be here can replace the disk.
        """
        if self._job.is_busy or self._offered is not None:
            raise ValueError("an update is under way")
        self._offered, self._problem, self._is_ours = source, "", is_ours
        self._ordered.set()

    def order(self, asked: UpdateOrder) -> str:
        """Begin an update, in place of one that can be canceled."""
        was_busy = self._job.is_busy
        if was_busy and not self._job.can_be_canceled:
            return "rejected"
        certificate = ""
        if asked.certificate or asked.signature:
            from ampkeeper.firmware.update.signature import pem_of  # 9 MB, if ever

            certificate = pem_of(asked.certificate) or ""
            refusal = self._refusal(certificate)
            if refusal:
                return refusal
        is_bad = isinstance(address_of(asked.location), BadAddress)
        if is_bad and not (was_busy and asked.request_id is not None):
            return "rejected"  # but a signed one cancels, whatever it would fetch (L01.FR.26)
        plan = plan_of(asked.retries, asked.interval_s)
        order = Order(
            location=asked.location,
            retries=plan.retries,
            interval_s=plan.interval_s,
            fetch_at=asked.fetch_at,
            install_at=asked.install_at,
            request_id=asked.request_id,
            certificate=certificate,
            signature=asked.signature,
        )
        if not self._begin(order):
            return "rejected"
        return "canceled" if was_busy else "accepted"

    def _begin(self, order: Order) -> bool:
        """From now on this order is carried out; False: the station cannot keep up."""
        before = self._job
        self._job = before.ordered(order, self._clock.now())
        if not self._task.post(partial(self._on_ordered, self._job)):
            self._job = before
            return False
        self._is_begun = False
        self._ordered.set()
        if self._work is not None:
            self._work.cancel()
        return True

    @property
    def _file(self) -> Path:
        """The file of the order."""
        order = self._job.order
        return self._brought if order is not None and order.is_local else self._fetched

    def _refusal(self, certificate: str) -> str:
        """Empty if the signing certificate is good (L01.FR.23 to FR.25)."""
        found = self._means.check_signing(certificate) if certificate else "InvalidCertificate"
        if found:
            kind = SecurityEventKind.INVALID_SIGNING_CERTIFICATE
            self._means.note_security(kind, found)
        return REFUSALS.get(found, "invalid_certificate") if found else ""

    # the task

    async def run(self) -> None:
        """Carry out orders until cancelled."""
        await self._recall()
        async with asyncio.TaskGroup() as group:
            while True:
                self._ordered.clear()
                if not self._job.keeps_free:
                    await self._way.release()
                if self._offered is not None:
                    await self._take_in(self._offered)
                if self._job.is_busy:
                    self._work = group.create_task(self._advance(), name="update step")
                    await asyncio.wait({self._work})  # ended by its step, or by a new order
                    self._work = None
                else:
                    await self._ordered.wait()  # ended by an order

    async def _take_in(self, source: Path) -> None:
        """Copy what was offered, look at it, and begin."""
        run, now = self._means.mover.run, self._clock.now()
        try:
            await run(partial(take, source, self._brought, FILE_BYTES_MAX))
            await run(partial(self._means.installer.examine, self._brought, now))
        except (*REFUSED, ValueError) as error:
            self._problem = refusal_of(error).written(self._means.note_security)
        if self._is_ours:
            await run(partial(remove, source))
        self._offered = None
        if not self._problem and self._job.is_busy:
            self._problem = "an order of the central system came first"
        if self._problem or not self._begin(Order("", 0, 0, now, is_local=True)):
            await run(partial(remove, self._brought))

    async def _recall(self) -> None:
        """Take up what stood when the power went."""
        text = (await self._worker.insist(self._store.transfers)).get(UPDATE, "")
        if not self._ordered.is_set():  # else an order came first
            try:
                self._job = job_of(text) if text else Job()
            except ValueError as error:
                log.error("the update that was under way cannot be taken up: %s", error)
            await self._take_outcome()
            await self._step(table.POWER)
        self._means.trials.begin()

    async def _take_outcome(self) -> None:
        """Hear from the installer what became of what it installed."""
        installer, mover = self._means.installer, self._means.mover
        outcome = await mover.run(installer.outcome)
        event, why = event_of(self._job.state, outcome, self.was_restarted)
        if event is not None:
            await self._step(event, why)
        elif outcome.phase is Phase.REVERTED:  # of what nobody ordered from afar
            await self._task.put(partial(on_reverted, outcome.reason))
            await self._task.settled()
        await mover.run(installer.forget)

    async def _advance(self) -> None:
        """Do what the present state is for."""
        order = self._job.order
        assert order is not None, "only idle is without one"
        match self._job.state:
            case table.PLANNED:
                await until(self._clock, order.fetch_at)
                await self._step(table.DUE)
            case table.FETCHING:
                await self._fetch(order)
            case table.CHECKING | table.RECHECKING:
                await self._check(order)
            case table.READY:
                await self._make_way(order)
            case table.DATED:
                await until(self._clock, self._begin_at(order))
                await self._step(table.DUE)
            case table.WAITING:
                await self._way.wait()
                await self._step(table.FREE)
            case table.INSTALLING:
                await self._install()
            case table.RESTARTING:
                await self._way.wait()
                await self._task.put(on_restart)
                await asyncio.Event().wait()  # ended by the restart
            case table.TRYING:
                await self._means.trials.passed.wait()  # or it restarts, and this ends with it
                await self._take_outcome()

    async def _fetch(self, order: Order) -> None:
        tell = Tenths(partial(self._tell_progress, "fetching"))
        is_begun, self._is_begun = self._is_begun, True
        refusal = await self._fetching.run(order, is_begun, tell)
        if refusal is None:
            await self._step(table.FETCHED)
        else:
            await self._refuse(refusal)

    async def _check(self, order: Order) -> None:
        try:
            self._digest = digest = await self._means.mover.run(partial(digest_of, self._file))
        except OSError as error:
            await self._step(table.LOST, f"the file: {error.strerror}")
            return
        is_signed = bool(order.signature or order.certificate)
        if is_signed:
            from ampkeeper.firmware.update.signature import why_not  # 9 MB, if ever

            why = why_not(digest, order.certificate, order.signature)
            if why:
                kind = SecurityEventKind.INVALID_FIRMWARE_SIGNATURE
                await self._refuse(Refusal(table.BAD, why, kind))
                return
        refusal = await self._examine()
        if refusal is not None and not refusal.is_late:
            await self._refuse(refusal)
            return
        await self._step(table.GOOD if is_signed else table.PLAIN)

    async def _examine(self) -> Refusal | None:
        """What the maker's own signature and words say against the file; before all else is."""
        examine = partial(self._means.installer.examine, self._file, self._clock.now())
        try:
            await self._means.mover.run(examine)
        except REFUSED as error:
            return refusal_of(error)
        return None

    async def _refuse(self, refusal: Refusal) -> None:
        """It ends here; what looks like an attack is in the security log."""
        await self._step(refusal.event, refusal.written(self._means.note_security))

    async def _make_way(self, order: Order) -> None:
        refusal = await self._examine()
        if refusal is not None:
            await self._refuse(refusal.afterwards())
        elif self._begin_at(order) > self._clock.now():
            await self._step(table.TOO_EARLY)
        elif self._means.installer.needs_idle:
            await self._step(table.BUSY if self._task.station.is_busy else table.CLEAR)
        else:
            await self._step(table.FREE)

    def _begin_at(self, order: Order) -> datetime:
        """From when it may be installed: as ordered, else within the owner's hours."""
        now = self._clock.now()
        if order.install_at is not None or order.is_local:
            return order.install_at or now
        return self._means.hours.begin_at(now)

    async def _install(self) -> None:
        if self._job.keeps_free:
            await self._way.keep_free()
        loop = asyncio.get_running_loop()
        tell = Tenths(partial(self._tell_progress, "installing"))

        def progress(permille: int) -> None:
            loop.call_soon_threadsafe(tell, permille, 1000)

        installer, now = self._means.installer, self._clock.now()
        install = partial(install_same, installer, self._file, self._digest, now, progress)
        self._means.hold.is_installing = True
        try:
            needs_restart = await self._means.mover.run(install)
        except REFUSED as error:
            await self._refuse(refusal_of(error).afterwards())
            return
        finally:
            self._means.hold.is_installing = False
        await self._step(table.RESTART if needs_restart else table.DONE)

    async def _step(self, event: int, reason: str = "") -> None:
        """Write down what follows."""
        before = self._job
        after = before.stepped(event, reason)
        if after == before:
            return
        found = table.moved(before.state, event)
        assert found is not None, "it moved"
        step = partial(self._on_step, before, after, found[1])
        await self._task.put(step)
        await self._task.settled()
        if not after.is_busy:
            await self._means.mover.run(partial(remove, self._fetched, self._brought))

    # events

    def _on_ordered(self, job: Job, now: datetime, now_s: float) -> Effects:
        is_local = job.order is not None and job.order.is_local
        return self._written(job, "" if is_local else job.told, is_local)

    def _on_step(self, before: Job, after: Job, told: str, now: datetime, now_s: float) -> Effects:
        """Nothing happens if a new order came first."""
        if self._job is not before:
            return Effects()
        self._job = after
        return self._written(after, told, before.order is not None and before.order.is_local)

    def _written(self, job: Job, told: str, is_local: bool) -> Effects:
        return effects_of(job, told, is_local, self._statuses, self._means.note_security)

    def _tell_progress(self, what: str, percent: int) -> None:
        self._percent = percent
        listeners = self._task.listeners
        if listeners is not None:
            listeners.notice("update_progress", {"what": what, "percent": percent})
