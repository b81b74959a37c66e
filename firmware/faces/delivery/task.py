"""Delivery's task: sends what is owed by one way, oldest first, until each has arrived.

What arrived is written down before the next; between the two a power cut sends it again, with
the same id. Whoever is away is asked again, ever more seldom; who refuses a message for good is
not asked for it again. One that fails again and again, or waits for its price, lets others pass.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass

from ampkeeper.firmware.billing.charge_log import Charge
from ampkeeper.firmware.faces.delivery.letters import UNMADE, wait_s
from ampkeeper.firmware.store.errors import StoreError
from ampkeeper.firmware.store.journals import AddDelivery, DeliveryDone
from ampkeeper.firmware.store.store import Store
from ampkeeper.firmware.store.task import StoreWorker
from ampkeeper.firmware.transfers.task import DaemonWorker
from ampkeeper.hal.errors import HalError, RefusedError

IDLE_S = 60.0  # between two looks where nobody said that something is owed
FIRM_TRIES = 3  # of one message, before the next goes before it

Send = Callable[[str, Charge], None]
"""Takes the id of a message and what it tells; blocks; RefusedError: never, HalError: not now."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Source:
    """Where it is read what is owed; ``price_wait_s``: how long a charge still waits for that."""

    store: Store
    worker: StoreWorker
    charge: Callable[[Store, str], Charge | None]
    price_wait_s: Callable[[Charge], float]


@dataclass(frozen=True, slots=True)
class Aside:
    """A message that is not sent before ``until_s``; without a try it waits for its price."""

    tries: int
    until_s: float


class DeliveryFace:
    """One way out of the station."""

    def __init__(self, way: str, source: Source, send: Send) -> None:
        self.grew = asyncio.Event()  # something more is owed, or a price is known
        self._way = way
        self._source = source
        self._send = send
        self._executor = DaemonWorker(f"delivery by {way}")
        self._tries = 0  # that failed in a row, of whatever message
        self._aside: dict[str, Aside] = {}

    def start(self, group: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
        """The task of it; ended by cancellation."""
        return [group.create_task(self.run(), name=f"delivery by {self._way}")]

    async def run(self) -> None:
        """Send for ever."""
        while True:
            self._hear()
            is_done = await self._send_next()
            if not is_done:
                await self._rest()

    async def _rest(self) -> None:
        """Until something new is owed; after a failure for its time."""
        if self._tries:
            await asyncio.sleep(wait_s(self._tries))
            return
        due_s = min((one.until_s - _now_s() for one in self._aside.values()), default=IDLE_S)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, min(IDLE_S, due_s))):
                await self.grew.wait()

    def _hear(self) -> None:
        """With news, look again at what waits for its price."""
        if self.grew.is_set():
            self.grew.clear()
            self._aside = {name: one for name, one in self._aside.items() if one.tries}

    async def _send_next(self) -> bool:
        """True if another may follow at once."""
        source, now_s = self._source, _now_s()
        later = [name for name, one in self._aside.items() if one.until_s > now_s]
        try:
            find = source.store.delivery
            owed: AddDelivery | None = await source.worker.run(find, self._way, later)
            if owed is None:
                self._aside = {name: self._aside[name] for name in later}
                return False
            charge = await source.worker.run(source.charge, source.store, owed.tx_id)
        except StoreError as error:
            log.warning("delivery by %s: the books cannot be read now: %s", self._way, error)
            return False
        price_wait_s = 0.0 if charge is None else source.price_wait_s(charge)
        if price_wait_s > 0.0:
            self._aside[owed.message_id] = Aside(0, now_s + price_wait_s)
            return True
        if charge is not None and charge.is_owed and not await self._sent(owed.message_id, charge):
            return False
        self._aside.pop(owed.message_id, None)
        await source.worker.insist(source.store.commit, [DeliveryDone(owed.message_id)])
        return True

    async def _sent(self, message_id: str, charge: Charge) -> bool:
        loop = asyncio.get_running_loop()
        try:
            # ended by the time-outs of the far side's socket
            await loop.run_in_executor(self._executor, self._send, message_id, charge)
        except RefusedError as error:
            log.error("delivery by %s: %s is refused for good: %s", self._way, message_id, error)
        except HalError as error:
            self._failed(message_id, error, 1)
            return False
        except UNMADE as error:
            self._failed(message_id, error, FIRM_TRIES)
            return False
        self._tries = 0
        return True

    def _failed(self, message_id: str, error: Exception, tries: int) -> None:
        """Ask again later; after ``FIRM_TRIES`` of this message the next goes before it."""
        self._tries += 1
        before = self._aside.get(message_id)
        tries += before.tries if before is not None else 0
        wait = wait_s(self._tries)
        firm_s = 0.0 if tries < FIRM_TRIES else wait + wait_s(tries)
        self._aside[message_id] = Aside(tries, _now_s() + firm_s)
        text = "delivery by %s: %s: %s; tried again in %.0f s"
        log.warning(text, self._way, message_id, error, max(wait, firm_s))


def _now_s() -> float:
    return asyncio.get_running_loop().time()
