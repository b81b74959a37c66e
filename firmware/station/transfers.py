"""Transfers: updates and logs together, as a dialect asks for them and as the station runs them."""

import asyncio
from collections.abc import Callable

from ampkeeper.firmware.ocpp.ports.transfer import LogOrder, TransferStatus, UpdateOrder
from ampkeeper.firmware.station.statuses import OWED, Statuses
from ampkeeper.firmware.station.sticks import Sticks
from ampkeeper.firmware.station.trials import Trials
from ampkeeper.firmware.station.update_steps import RESET_KEY
from ampkeeper.firmware.station.updates import Updates
from ampkeeper.firmware.station.uploads import Uploads
from ampkeeper.firmware.store.store import Store
from ampkeeper.firmware.store.task import StoreWorker
from ampkeeper.firmware.update.launch import RESTART_KIND

SAY_AGAIN_S = 60.0  # a status that got no answer


class Transfers:
    """Implements ``TransferPort``."""

    def __init__(
        self,
        updates: Updates,
        uploads: Uploads,
        statuses: Statuses,
        trials: Trials,
        sticks: Sticks,
        takes_unsigned: Callable[[], bool],
    ) -> None:
        self._updates = updates
        self._uploads = uploads
        self._statuses = statuses
        self._trials = trials
        self._sticks = sticks
        self._takes_unsigned = takes_unsigned
        self._is_owing = asyncio.Event()
        statuses.on_owed = self._is_owing.set

    def takes_unsigned(self) -> bool:
        return self._takes_unsigned()

    def order_update(self, order: UpdateOrder) -> str:
        return self._updates.order(order)

    def update_status(self) -> TransferStatus:
        return self._updates.status()

    @property
    def is_on_trial(self) -> bool:
        """True while what runs has not proved itself."""
        return self._trials.is_on

    def is_updating(self) -> bool:
        return self._updates.is_busy

    def order_log(self, order: LogOrder) -> tuple[str, str]:
        return self._uploads.order(order)

    def log_status(self) -> TransferStatus:
        return self._uploads.status()

    def accepted(self) -> None:
        """The central system accepts us: what is owed can be told."""
        self._statuses.say()

    async def recall(self, store: Store, worker: StoreWorker) -> None:
        """Take up what was owed when the power went; before anything else here."""
        self._statuses.recall((await worker.insist(store.transfers)).get(OWED, "[]"))
        kind = await worker.insist(store.meta, RESET_KEY)
        self._updates.was_restarted = kind == RESTART_KIND
        await self._trials.recall()

    async def run(self) -> None:
        """Carry out what is ordered, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._updates.run(), name="updates")
            group.create_task(self._uploads.run(), name="uploads")
            group.create_task(self._trials.run(), name="trial")
            group.create_task(self._sticks.run(), name="sticks")
            while True:
                await self._is_owing.wait()  # ended by the next status
                await asyncio.sleep(SAY_AGAIN_S)
                self._statuses.say()
                if not self._statuses.is_owing:
                    self._is_owing.clear()
