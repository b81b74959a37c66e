"""The outbox of the core's fakes behind the task's asynchronous port."""

import asyncio

from ampkeeper.firmware.ocpp import effects as fx
from tests.unit.ocpp_core.core_fakes import MemoryOutbox, Row


class AsyncOutbox:
    """A ``MemoryOutbox`` that is waited for."""

    def __init__(self, outbox: MemoryOutbox) -> None:
        self.outbox = outbox
        self.claimed: list[int] = []

    async def head(self) -> Row | None:
        await asyncio.sleep(0)
        return self.outbox.find_head()

    async def count(self) -> int:
        return len(self.outbox.rows)

    async def claim(self, row_id: int) -> None:
        self.claimed.append(row_id)

    async def done(self, row_id: int, csms_tx_id: int | None) -> None:
        self.outbox.carry_out(fx.FactDone(row_id, csms_tx_id))

    async def failed(self, row_id: int) -> None:
        self.outbox.carry_out(fx.FactFailed(row_id))

    async def discard(self, row_id: int) -> None:
        self.outbox.carry_out(fx.FactDiscarded(row_id))

    async def mark_offline(self) -> None:
        self.outbox.carry_out(fx.MarkOffline())
