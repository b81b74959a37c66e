"""A whole charger in virtual time with a watched central system, and power that can be cut.

A cut falls at an instant of virtual time, or around one access to the store: just before it or
just after it, which is where the order of writing and acting shows.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar, TypeVarTuple

from ampkeeper.board.emulated.virtual_charger import VirtualCharger
from ampkeeper.board.emulated.virtual_time import START_UTC, LoopClock, VirtualLoop
from ampkeeper.firmware.pilot import PilotBoard
from ampkeeper.firmware.safety.signals import Settings
from ampkeeper.hal.memory_socket import MemoryDialer
from tests.support.books import names
from tests.support.csms import WatchedCsms
from tests.support.images import factory_file
from tests.support.record import breaches
from tests.support.rig import CAR, CARD
from tests.support.transactions import MOST, Transaction, transaction_breaches, transactions
from tests.support.watch import Watch

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

STATION = "AK0001"


class CuttingLoop(VirtualLoop):
    """A virtual loop whose store fails for ever from one access on, as if the power went."""

    def __init__(self) -> None:
        super().__init__(START_UTC)
        self.accesses = 0  # to the store, so far
        self.cut_at = 0  # the access at which power goes; 0: never
        self.is_cut_before = False  # that access is not carried out either
        self.has_cut = asyncio.Event()  # the power is gone

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """Run ``func`` now, unless the power is gone: then nothing comes back."""
        if _is_close(func):
            return super().run_in_executor(executor, func, *args)
        if self.has_cut.is_set():
            return self.create_future()
        self.accesses += 1
        if self.accesses != self.cut_at:
            return super().run_in_executor(executor, func, *args)
        self.has_cut.set()
        if not self.is_cut_before:
            super().run_in_executor(executor, func, *args)
        return self.create_future()

    def cut_after(self, accesses: int, is_cut_before: bool) -> None:
        """Let the power go at the so-manieth access to the store from now on."""
        self.cut_at = self.accesses + accesses
        self.is_cut_before = is_cut_before

    def power_on(self) -> None:
        """Forget the cut."""
        self.cut_at = 0
        self.has_cut.clear()


def _is_close(func: Any) -> bool:
    """Closing the file is what the end of a process does, and changes nothing."""
    return getattr(getattr(func, "func", None), "__name__", "") == "close"


class Charger(VirtualCharger):
    """The virtual charger with a ``WatchedCsms``; judge it with ``check`` at the end."""

    def __init__(self, folder: Path, version: str = "2.0.1", seed: int = 1, **sets: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        told = [("ocpp.versions", f'["{version}"]')]
        told += [("update.factory_file", str(factory_file(folder / "made")))]
        told += [("update.allow_unsigned_orders", "true")]
        told += [(key.replace("__", "."), value) for key, value in sets.items()]
        super().__init__(folder, seed, told)
        self.version = version
        self.is_16 = version == "1.6"
        self.watch: Watch
        self.is_on = False
        self._ring_epoch = 1_000_000

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Charger"]:
        """Power on; at the end power off, as a cut would."""
        if not hasattr(self, "csms"):
            self.csms = WatchedCsms(now=LoopClock().now)
            self.dialer = MemoryDialer(self._accept)
            self.watch = Watch(self._running_tx, asyncio.get_running_loop().time)
        try:
            async with super().running():
                self.bench.after_step = self._look
                self.is_on = True
                yield self
        finally:
            self.is_on = False
            self.watch.power_off()
            self.watched.record.power_cut()

    @property
    def watched(self) -> WatchedCsms:
        """The central system as what it is here."""
        assert isinstance(self.csms, WatchedCsms)
        return self.csms

    @property
    def told(self) -> list[Transaction]:
        """The transactions on the wire."""
        return transactions(self.watched.record)

    async def charge(self, **car: Any) -> None:
        """Plug a car in, hold a card, wait until energy flows."""
        await self.until(lambda: self.status() == "Available" and self.registered)
        self.plug(**(CAR | car))
        self.swipe(CARD)
        await self.until(lambda: self.status() == "Charging")
        await self.until(lambda: sum(self.car.power_uw) > 0)

    def withhold_pongs(self) -> None:
        """From now on no ping of the present connection is answered."""
        for far in self._talks.values():
            far.gives_pongs = False

    @property
    def registered(self) -> bool:
        """True while the central system accepts us."""
        return bool(self.app.csms.view()["registration"] == "accepted")

    @property
    def faults(self) -> list[str]:
        """The faults that EVSE 1 shows."""
        return list(self.seen()["faults"])

    async def settle(self, seconds: float = 900.0) -> None:
        """The car leaves; wait until the socket is free and nothing is owed."""
        self.unplug()
        await self.until(lambda: self.registered and self.is_free, seconds)
        await self.until(lambda: self.app.task.owed.count == 0, seconds)

    @property
    def is_free(self) -> bool:
        """True if nothing is left of any car."""
        evse = self.app.station.evses[1]
        is_known = evse.status is not None and not evse.is_busy
        return is_known and self.status() == "Available" and not self.car.has_cable

    async def restart_ring_1(self, silence_s: float) -> None:
        """The pilot board's watchdog bites: it is silent for a while and knows nothing."""
        ring, causes = self.bench.rings[1], self.car.causes
        causes.pilot_link = "silent"
        settings = Settings()
        settings.phases, settings.is_socket = self.car.spec.phases, int(self.car.spec.is_socket)
        self._ring_epoch += 1
        ring.machine.board = PilotBoard(settings, "emulated", self._ring_epoch, image=1)
        await asyncio.sleep(silence_s)
        causes.pilot_link = "ok"

    def check(self, rejected: tuple[str, ...] = ()) -> list[Transaction]:
        """Judge the wire; every transaction must be over. Returns them."""
        assert tuple(self.csms.rejected) == rejected
        assert self.watch.breaches == [], self.watch.breaches
        record = self.watched.record
        broken = breaches(record)
        found = self.told
        for each in found:
            broken += transaction_breaches(each)
        assert broken == [], f"{broken}\n{record.tail(60)}"
        return found

    def _look(self) -> None:
        self.watch.step(self.car)

    def _running_tx(self) -> str | None:
        """What the books have, told to the central system or not yet."""
        running = self.app.station.evses[1].session.charge
        return running.tx_id if running is not None else None

    def check_bills(self, found: list[Transaction], most_wh: float = MOST) -> None:
        """Each transaction is billed what truly flowed in it, and nothing flowed outside."""
        tx_ids = names(self.state_dir, self.is_16)
        bills = {tx_ids[each.key]: each.energy_wh for each in found}
        for tx_id, billed_wh in bills.items():
            assert abs(self.watch.metered_wh(tx_id) - billed_wh) <= most_wh, (tx_id, billed_wh)
        assert set(self.watch.metered_mwh) <= set(bills)

    def check_energy(self, found: list[Transaction], metered_wh: int) -> None:
        """All that was metered is billed, and no more."""
        billed_wh = sum(each.energy_wh for each in found)
        assert abs(metered_wh - billed_wh) <= MOST * max(1, len(found)), (metered_wh, billed_wh)


def run_cutting(main: Callable[[CuttingLoop], Coroutine[Any, Any, T]]) -> T:
    """Run ``main`` on a new ``CuttingLoop`` to its end."""
    with asyncio.Runner(loop_factory=CuttingLoop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, CuttingLoop)
        return runner.run(main(loop))
