"""Updates: carries out an order to update the station's software, one state after another.

The table says what follows what; here is what each state has to do, in a task that a new order
ends and begins again. Each step is written down before anything else happens, and what is told
of it is written with it.
"""

import asyncio
import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from ampkeeper.firmware.ocpp.ports.transfer import IDLE, UPDATE, TransferStatus, UpdateOrder
from ampkeeper.firmware.security_events import SecurityEventKind
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.hold import Hold
from ampkeeper.firmware.station.statuses import Statuses
from ampkeeper.firmware.station.task import StationTask
from ampkeeper.firmware.store.changes import SaveMeta, SaveTransfer
from ampkeeper.firmware.store.store import Store
from ampkeeper.firmware.store.task import StoreWorker
from ampkeeper.firmware.transfers.address import Address, BadAddress, address_of
from ampkeeper.firmware.transfers.plan import Plan, plan_of
from ampkeeper.firmware.transfers.progress import Tenths
from ampkeeper.firmware.transfers.task import Mover, discard
from ampkeeper.firmware.update import table
from ampkeeper.firmware.update.installer import Installer, InstallError
from ampkeeper.firmware.update.job import Job, Order, job_of
from ampkeeper.hal.ports import Clock

FILE_BYTES_MAX = 1 << 30
LOOK_S = 1.0  # while waiting for transactions to end
NAP_S_MAX = 30.0  # while waiting for a date: the clock may be set meanwhile
RESET_KEY = "reset_kind"
RESTART_KIND = "update"  # why the station restarts
REFUSALS = {
    "InvalidCertificate": "invalid_certificate",
    "RevokedCertificate": "revoked_certificate",
}
NOTED = {
    "InvalidSignature": SecurityEventKind.INVALID_FIRMWARE_SIGNATURE,
    "Installed": SecurityEventKind.FIRMWARE_UPDATED,
}

NoteSecurity = Callable[[SecurityEventKind, str], None]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class UpdateMeans:
    """What updates are carried out with. ``check_signing`` is that of ``SecurityPort``."""

    mover: Mover
    installer: Installer
    folder: Path
    hold: Hold
    check_signing: Callable[[str], str]
    note_security: NoteSecurity
    lets_in: Callable[[], bool]  # whether sessions may begin while an update waits for others


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
        self._hold = means.hold
        self._job = Job()
        self._task = task
        self._store, self._worker = books
        self._clock = clock
        self._statuses = statuses
        self._means = means
        self._file = means.folder / "update.part"
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
        before, now = self._job, self._clock.now()
        self._job = before.ordered(order, now)
        if not self._task.post(partial(self._on_ordered, self._job)):
            self._job = before
            return "rejected"
        self._is_begun = False
        self._ordered.set()
        if self._work is not None:
            self._work.cancel()
        return "canceled" if was_busy else "accepted"

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
                await self._release()
                if self._job.is_busy:
                    self._work = group.create_task(self._advance(), name="update step")
                    await asyncio.wait({self._work})  # ended by its step, or by a new order
                    self._work = None
                else:
                    await self._ordered.wait()  # ended by an order

    async def _recall(self) -> None:
        """Take up what stood when the power went."""
        text = (await self._worker.insist(self._store.transfers)).get(UPDATE, "")
        if self._ordered.is_set():
            return  # an order came first
        try:
            self._job = job_of(text) if text else Job()
        except ValueError as error:
            log.error("the update that was under way cannot be taken up: %s", error)
        if self._job.state in (table.INSTALLING, table.RESTARTING):
            await self._take_outcome()
        await self._step(table.POWER)

    async def _take_outcome(self) -> None:
        """Hear from the installer whether what it installed runs now."""
        installer, mover = self._means.installer, self._means.mover
        why = await mover.run(installer.outcome)
        if why is None and self._job.state == table.RESTARTING:
            why = "nothing was installed"
        if why is not None:
            await self._step(table.OLD_RUNS if why else table.NEW_RUNS, why)
        await mover.run(installer.forget)

    async def _advance(self) -> None:
        """Do what the present state is for."""
        order = self._job.order
        assert order is not None, "only idle is without one"
        match self._job.state:
            case table.PLANNED:
                await self._until(order.fetch_at)
                await self._step(table.DUE)
            case table.FETCHING:
                await self._fetch(order)
            case table.CHECKING | table.RECHECKING:
                await self._check(order)
            case table.READY:
                await self._make_way(order)
            case table.DATED:
                assert order.install_at is not None, "it was too early for it"
                await self._until(order.install_at)
                await self._step(table.DUE)
            case table.WAITING:
                await self._wait_for_transactions()
                await self._step(table.FREE)
            case table.INSTALLING:
                await self._install()
            case table.RESTARTING:
                await self._wait_for_transactions()
                await self._task.put(_on_restart)
                await asyncio.Event().wait()  # ended by the restart

    async def _fetch(self, order: Order) -> None:
        place = address_of(order.location)
        if not isinstance(place, Address):
            await self._step(table.LOST, place.reason)
            return
        make_room = partial(_prepare, self._file, not self._is_begun)
        try:
            await self._means.mover.run(make_room)
        except OSError as error:
            await self._step(table.LOST, f"no place for the file: {error.strerror}")
            return
        self._is_begun = True
        plan = Plan(order.retries, order.interval_s)
        tell = Tenths(partial(self._tell_progress, "fetching"))
        ended = await self._means.mover.fetch(place, self._file, FILE_BYTES_MAX, plan, tell)
        if ended.is_good:
            await self._step(table.FETCHED)
        else:
            await self._step(table.LOST, f"{ended.word}: {ended.text}")

    async def _check(self, order: Order) -> None:
        try:
            digest = await self._means.mover.run(partial(_digest, self._file))
        except OSError as error:
            await self._step(table.LOST, f"the file: {error.strerror}")
            return
        if not order.signature and not order.certificate:
            await self._step(table.PLAIN)
            return
        from ampkeeper.firmware.update.signature import why_not  # 9 MB, if ever

        why = why_not(digest, order.certificate, order.signature)
        await self._step(table.BAD if why else table.GOOD, why)

    async def _make_way(self, order: Order) -> None:
        if order.install_at is not None and order.install_at > self._clock.now():
            await self._step(table.TOO_EARLY)
        elif self._means.installer.needs_idle:
            await self._step(table.BUSY if self._task.station.is_busy else table.CLEAR)
        else:
            await self._step(table.FREE)

    async def _wait_for_transactions(self) -> None:
        """Wait until nobody is in, and let nobody in, at once or then (L01.FR.06, FR.07)."""
        while True:
            if not self._means.lets_in() or not self._task.station.is_busy:
                await self._keep_free()
            if self._hold.is_on and not self._task.station.is_busy:
                return
            await asyncio.sleep(LOOK_S)

    async def _keep_free(self) -> None:
        if not self._hold.is_on:
            await self._task.put(self._hold.on_begin)
            await self._task.settled()

    async def _install(self) -> None:
        if self._job.keeps_free:
            await self._keep_free()
        loop = asyncio.get_running_loop()
        tell = Tenths(partial(self._tell_progress, "installing"))

        def progress(permille: int) -> None:
            loop.call_soon_threadsafe(tell, permille, 1000)

        install = partial(self._means.installer.install, self._file, progress)
        self._hold.is_installing = True
        try:
            needs_restart = await self._means.mover.run(install)
        except (InstallError, OSError) as error:
            await self._step(table.FAILED, str(error))
            return
        finally:
            self._hold.is_installing = False
        await self._step(table.RESTART if needs_restart else table.DONE)

    async def _release(self) -> None:
        """Let people in again where nothing keeps them out any more."""
        if self._hold.is_on and not self._job.keeps_free:
            await self._task.put(self._hold.on_end)
            await self._task.settled()

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
            await self._means.mover.run(partial(_remove, self._file))

    # events

    def _on_ordered(self, job: Job, now: datetime, now_s: float) -> Effects:
        return self._effects(job, job.told)

    def _on_step(self, before: Job, after: Job, told: str, now: datetime, now_s: float) -> Effects:
        """Nothing happens if a new order came first."""
        if self._job is not before:
            return Effects()
        self._job = after
        return self._effects(after, told)

    def _effects(self, job: Job, told: str) -> Effects:
        effects = Effects(changes=[SaveTransfer(UPDATE, job.to_text())])
        state = table.STATES[job.state]
        effects.notice("update", state=state, told=told, reason=job.reason)
        if told:
            status = TransferStatus(UPDATE, told, job.request_id)
            effects.changes.append(self._statuses.add([status]))
            effects.acts.append(self._statuses.say)
        if told in NOTED:
            note = partial(self._means.note_security, NOTED[told], job.reason)
            effects.acts.append(note)
        return effects

    def _tell_progress(self, what: str, percent: int) -> None:
        listeners = self._task.listeners
        if listeners is not None:
            listeners.notice("update_progress", {"what": what, "percent": percent})

    async def _until(self, at: datetime) -> None:
        while True:
            wait_s = (at - self._clock.now()).total_seconds()
            if wait_s <= 0:
                return
            await asyncio.sleep(min(wait_s, NAP_S_MAX))


def _on_restart(now: datetime, now_s: float) -> Effects:
    return Effects(changes=[SaveMeta(RESET_KEY, RESTART_KIND)], restart=RESTART_KIND)


def _prepare(file: Path, is_new: bool) -> None:
    """A folder for the file; what is there of another order goes."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if is_new:
        _remove(file)


def _remove(file: Path) -> None:
    discard(file, file.with_suffix(".mark"))


def _digest(file: Path) -> bytes:
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").digest()
