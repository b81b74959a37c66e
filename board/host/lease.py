"""Lease: one user's hold on a bus that a meter and a pilot board share.

Each opens and closes its own; the line is taken with the first and released with the last. So a
meter that is given up does not cut off the pilot board beside it.
"""

import asyncio
from collections.abc import Sequence

from ampkeeper.hal.errors import AbsentError
from ampkeeper.hal.ports import ModbusBus


class SharedBus:
    """A bus and who holds it."""

    def __init__(self, bus: ModbusBus) -> None:
        self.bus = bus
        self.holders: set[int] = set()
        self.opening = asyncio.Lock()  # two that open a line at once: the second finds it in use

    def lease(self) -> "Lease":
        """A hold for one user, not open yet."""
        return Lease(self)


class Lease:
    """The ``ModbusBus`` port for one of several users."""

    def __init__(self, shared: SharedBus) -> None:
        self._shared = shared

    async def open(self) -> None:
        """Take the line; raise AbsentError. Safe again when it is open."""
        async with self._shared.opening:  # ended by the bus's own time-out
            await self._shared.bus.open()
        self._shared.holders.add(id(self))

    async def read_registers(
        self, unit: int, function: int, address: int, count: int
    ) -> tuple[int, ...]:
        """Read; raise any of the hardware layer's errors."""
        return await self._held().read_registers(unit, function, address, count)

    async def write_register(
        self, unit: int, address: int, value: int, *, attempts: int = 2
    ) -> None:
        """Write one register; raise any of the hardware layer's errors."""
        await self._held().write_register(unit, address, value, attempts=attempts)

    async def write_registers(
        self, unit: int, address: int, values: Sequence[int], *, attempts: int = 2
    ) -> None:
        """Write registers; raise any of the hardware layer's errors."""
        await self._held().write_registers(unit, address, values, attempts=attempts)

    def close(self) -> None:
        """Give up the hold; safe twice."""
        self._shared.holders.discard(id(self))
        if not self._shared.holders:
            self._shared.bus.close()

    def _held(self) -> ModbusBus:
        if id(self) not in self._shared.holders:
            raise AbsentError("not open")
        return self._shared.bus
