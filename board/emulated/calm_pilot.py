"""Calm pilot: the driver of a pilot board to which nothing is said while all is calm."""

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from ampkeeper.hal.pilots.handed_on import HandedOn
from ampkeeper.hal.pilots.linked import LinkedPilot
from ampkeeper.hal.ports import Clock, Permit, PerPhase, PilotIdentity, PilotStatus

if TYPE_CHECKING:
    from ampkeeper.board.emulated.calm import Calm


class LineClock:
    """The clock of what talks on the line to ring 1: stands while nothing is said there."""

    def __init__(self, clock: Clock) -> None:
        self.slept_s = 0.0
        self._clock = clock

    def now(self) -> datetime:
        """The wall's time, which goes on."""
        return self._clock.now()

    def now_s(self) -> float:
        """Without the time that was leapt over."""
        return self._clock.now_s() - self.slept_s


class CalmPilot(HandedOn):
    """A linked pilot that is silent while all is calm."""

    def __init__(self, inner: LinkedPilot, calm: "Calm") -> None:
        super().__init__(inner)
        self._inner = inner
        self._calm = calm
        self._permit: Permit | None = None

    async def open(self) -> PilotIdentity:
        """As the line says."""
        return await self._inner.open()

    def permit(self, permit: Permit) -> None:
        """The same again needs no word while all is calm; another one ends it."""
        if self._calm.is_on:
            if permit == self._permit:
                return
            self._calm.end()
        self._permit = permit
        self._inner.permit(permit)

    def measured(self, current_a: PerPhase, voltage_v: PerPhase) -> None:
        """The same is measured as long as all is calm."""
        if not self._calm.is_on:
            self._inner.measured(current_a, voltage_v)

    def clear_fault(self, fault: int) -> None:
        """Somebody interferes."""
        self._calm.stir()
        super().clear_fault(fault)

    def adopt(self, profile: object) -> None:
        """Likewise."""
        self._calm.stir()
        super().adopt(profile)

    def self_test(self, number: int) -> None:
        """Likewise."""
        self._calm.stir()
        super().self_test(number)

    def freeze_trace(self) -> None:
        """Likewise."""
        self._calm.stir()
        super().freeze_trace()

    def rearm_trace(self) -> None:
        """Likewise."""
        self._calm.stir()
        super().rearm_trace()

    async def next_status(self) -> PilotStatus:
        """The next report, with the time that the station goes by."""
        await self._calm.park()
        status = await self._inner.next_status()
        return replace(status, taken_s=status.taken_s + self._calm.line_clock.slept_s)

    def close(self) -> None:
        """As the line does."""
        self._inner.close()
