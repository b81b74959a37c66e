"""Guarded: a bought pilot board whose host sees an emergency stop, a trip or a lost earth.

Such a board has no input for these, so their lines go to the Pi. While one says so, or a person
has not cleared what it said, the permit that goes on to the board is 0 A, and the report has the
fault, so that the session ends by its usual path. This is a second way, in software and over a
serial line: the contactor's supply has to be broken by the contact itself.

Lines that cannot be read any more are ``BOARD_FAILED``, not quiet ones.
"""

import asyncio
import dataclasses
import logging
from typing import Protocol

from ampkeeper.hal.errors import AbsentError
from ampkeeper.hal.pilots.codes import (
    BOARD_FAILED,
    EMERGENCY_STOP,
    NO_STOP_LINE,
    SERVICE,
    SUPPLY_LOST,
)
from ampkeeper.hal.pilots.handed_on import HandedOn
from ampkeeper.hal.ports import Clock, Permit, Pilot, PilotIdentity, PilotStatus

LOOK_S = 0.02  # two looks that agree count
GOOD_S = 10.0  # a fault that goes by itself goes after this: as PE_LOST in ring 1

STOPS = (EMERGENCY_STOP, SUPPLY_LOST)

log = logging.getLogger(__name__)


class Lines(Protocol):
    """What ``hal/linux/trips.py`` gives."""

    @property
    def watched(self) -> frozenset[int]:
        """The faults that have a line."""

    def open(self) -> None:
        """Claim; raise AbsentError."""

    def tripped(self) -> frozenset[int]:
        """The faults whose lines say so now; raise AbsentError if they cannot be read."""

    def close(self) -> None:
        """Release; safe twice."""


class GuardedPilot(HandedOn):
    """The ``Pilot`` port over another one, and lines that take the permit away."""

    def __init__(self, inner: Pilot, lines: Lines, clock: Clock) -> None:
        super().__init__(inner)
        self.inner = inner
        self._lines = lines
        self._clock = clock
        self._faults: dict[int, float] = {}  # in force: when its line last said so
        self._seen: frozenset[int] = frozenset()  # at the last look
        self._asked = Permit(0.0, 1, keep_locked=False)
        self._timer: asyncio.TimerHandle | None = None

    async def open(self) -> PilotIdentity:
        """Claim the lines first: without them the board is set to nothing, and nothing charged."""
        self.close()
        try:
            self._lines.open()
            self._seen = self._lines.tripped()
        except AbsentError:
            await self.inner.open()
            self.close()
            raise
        self._look()
        self._watch()
        return self._introduced(await self.inner.open())

    def permit(self, permit: Permit) -> None:
        """Send one permit; of 0 A while a line or an uncleared fault stands against it."""
        self._asked = permit
        self.inner.permit(dataclasses.replace(permit, current_a=0.0) if self._faults else permit)

    def clear_fault(self, fault: int) -> None:
        """Clear a fault whose line is quiet again; and ask the board."""
        if fault in self._faults and fault not in self._seen:
            del self._faults[fault]
        super().clear_fault(fault)

    async def next_status(self) -> PilotStatus:
        """The board's next report, with the faults of the lines."""
        status = await self.inner.next_status()
        self._look()
        if not self._faults:
            return status
        faults = sorted({*status.faults, *self._faults})
        return dataclasses.replace(status, faults=tuple(faults))

    def close(self) -> None:
        """Release board and lines; safe twice."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.inner.close()
        self._lines.close()

    def _introduced(self, identity: PilotIdentity) -> PilotIdentity:
        """The board, with the stop that it does not see and this computer does."""
        watched = self._lines.watched
        if EMERGENCY_STOP in watched:
            cannot = tuple(each for each in identity.cannot if each != NO_STOP_LINE)
            identity = dataclasses.replace(identity, cannot=cannot)
        return dataclasses.replace(identity, has_stop=not watched.isdisjoint(STOPS))

    def _watch(self) -> None:
        """Look for as long as the board is open, whoever waits for what."""
        self._timer = asyncio.get_running_loop().call_later(LOOK_S, self._watch)
        self._look()

    def _look(self) -> None:
        """Raise what two looks agree on, at once; drop what has been quiet for long enough."""
        now_s = self._clock.now_s()
        seen = self._tripped()
        agreed, self._seen = seen & self._seen, seen
        is_new = not agreed <= self._faults.keys()
        self._faults.update(dict.fromkeys(agreed, now_s))
        for fault, said_s in tuple(self._faults.items()):
            if fault not in SERVICE and fault not in seen and now_s - said_s >= GOOD_S:
                del self._faults[fault]
        if is_new:
            self.permit(self._asked)

    def _tripped(self) -> frozenset[int]:
        try:
            return self._lines.tripped()
        except AbsentError as error:
            if BOARD_FAILED not in self._seen:
                log.error("nothing is charged: %s", error)
            return frozenset((BOARD_FAILED,))
