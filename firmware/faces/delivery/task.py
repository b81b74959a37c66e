"""Delivery's task: sends what is owed by one way, oldest first, until each has arrived.

What arrived is written down before the next; between the two a power cut sends it again, with
the same id. Whoever is away is asked again, ever more seldom; who refuses a message for good is
not asked for it again.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from ampkeeper.firmware.billing.charge_log import Charge
from ampkeeper.firmware.faces.delivery.letters import wait_s
from ampkeeper.firmware.store.errors import StoreError
from ampkeeper.firmware.store.journals import AddDelivery, DeliveryDone
from ampkeeper.firmware.store.store import Store
from ampkeeper.firmware.store.task import StoreWorker
from ampkeeper.firmware.transfers.task import DaemonWorker
from ampkeeper.hal.errors import HalError, RefusedError

IDLE_S = 60.0  # between two looks where nobody said that something is owed

Send = Callable[[str, Charge], None]
"""Takes the id of a message and what it tells; blocks; RefusedError: never, HalError: not now."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Source:
    """Where it is read what is owed."""

    store: Store
    worker: StoreWorker
    charge: Callable[[Store, str], Charge | None]


class DeliveryFace:
    """One way out of the station."""

    def __init__(self, way: str, source: Source, send: Send) -> None:
        self.grew = asyncio.Event()  # something more is owed
        self._way = way
        self._source = source
        self._send = send
        self._executor = DaemonWorker(f"delivery by {way}")
        self._tries = 0

    def start(self, group: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
        """The task of it; ended by cancellation."""
        return [group.create_task(self.run(), name=f"delivery by {self._way}")]

    async def run(self) -> None:
        """Send for ever."""
        while True:
            self.grew.clear()
            is_done = await self._send_next()
            if not is_done:
                await self._rest()

    async def _rest(self) -> None:
        """Until something new is owed; after a failure for its time."""
        if self._tries:
            await asyncio.sleep(wait_s(self._tries))
            return
        try:
            async with asyncio.timeout(IDLE_S):
                await self.grew.wait()
        except TimeoutError:
            return

    async def _send_next(self) -> bool:
        """True if another may follow at once."""
        source = self._source
        try:
            owed: AddDelivery | None = await source.worker.run(source.store.delivery, self._way)
            if owed is None:
                return False
            charge = await source.worker.run(source.charge, source.store, owed.tx_id)
        except StoreError as error:
            log.warning("delivery by %s: the books cannot be read now: %s", self._way, error)
            return False
        if charge is not None and not await self._sent(owed.message_id, charge):
            return False
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
            self._tries += 1
            wait = wait_s(self._tries)
            text = "delivery by %s: %s; tried again in %.0f s"
            log.warning(text, self._way, error, wait)
            return False
        self._tries = 0
        return True
