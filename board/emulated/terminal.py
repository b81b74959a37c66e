"""Terminal: a simulated payment terminal with its bank, which a power cut of the station spares.

Cards are shown by ``show``; one that declines has no money. What is held stays held until it is
captured or released, so a test can count what was forgotten. Implements ``firmware.terminal``.
"""

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Any

from ampkeeper.hal.errors import AbsentError, RefusedError, TransientError

SHOWN_MAX = 16  # cards that wait; a further one is refused
KEPT_MAX = 50  # of what is over, the newest
HELD, CAPTURED, RELEASED = "held", "captured", "released"


@dataclass(slots=True)
class Hold:
    """What the bank holds for a reference, or held."""

    reference: str
    held: int
    currency: str
    state: str = HELD
    captured: int = 0


class TerminalTwin:
    """The terminal, the people before it, and the bank behind it."""

    def __init__(self) -> None:
        self.is_up = True  # False: it does what it is asked for, and nobody hears its answer
        self.is_there = True
        self.answers_after_s = 0.0
        self.holds: dict[str, Hold] = {}
        self._shown: deque[tuple[str, bool]] = deque()
        self._is_declined = False
        self._news = asyncio.Event()

    def show(self, card: str, is_declined: bool = False) -> bool:
        """Show a card; False when too many wait already."""
        if len(self._shown) >= SHOWN_MAX:
            return False
        self._shown.append((card, is_declined))
        self._news.set()
        return True

    def open_holds(self) -> list[Hold]:
        """What is neither captured nor released."""
        return [one for one in self.holds.values() if one.state == HELD]

    async def card(self) -> str:
        while not self._shown:
            self._news.clear()
            await self._news.wait()  # ended by somebody with a card
        card, self._is_declined = self._shown.popleft()
        return card

    async def hold(self, reference: str, amount: int, currency: str) -> None:
        self._reach()
        if reference in self.holds and self.holds[reference].state == RELEASED:
            raise RefusedError(f"{reference}: it was released before it came")
        if reference not in self.holds:
            if self._is_declined:
                raise RefusedError("the bank declines", "denied")
            self.holds[reference] = Hold(reference, amount, currency)
            self._tidy()
        await self._tell()

    async def capture(self, reference: str, amount: int) -> None:
        found = self._find(reference)
        if found.state == RELEASED or amount > found.held:
            raise RefusedError(f"{reference}: {amount} of {found.held}, {found.state}", "refused")
        if found.state == HELD:
            found.state, found.captured = CAPTURED, amount
        await self._tell()

    async def release(self, reference: str) -> None:
        self._reach()
        if reference not in self.holds:
            self.holds[reference] = Hold(reference, 0, "", RELEASED)
            raise RefusedError(f"{reference}: nothing is held", "missing")
        found = self.holds[reference]
        if found.state == CAPTURED:
            raise RefusedError(f"{reference}: it is captured", "refused")
        found.state = RELEASED
        await self._tell()

    def kept(self) -> list[list[Any]]:
        """What a power cut of the station leaves as it is."""
        return [
            [one.reference, one.held, one.currency, one.state, one.captured]
            for one in self.holds.values()
        ]

    def load(self, kept: list[list[Any]]) -> None:
        """Take up what ``kept`` returned."""
        self.holds = {row[0]: Hold(*row) for row in kept}

    # helpers

    def _find(self, reference: str) -> Hold:
        self._reach()
        found = self.holds.get(reference)
        if found is None:
            raise RefusedError(f"{reference}: nothing is held", "missing")
        return found

    def _reach(self) -> None:
        if not self.is_there:
            raise AbsentError("the payment terminal does not answer")

    async def _tell(self) -> None:
        await asyncio.sleep(self.answers_after_s)
        if not self.is_up:
            raise TransientError("the payment terminal's answer is lost")

    def _tidy(self) -> None:
        over = [name for name, one in self.holds.items() if one.state != HELD]
        for name in over[: max(0, len(over) - KEPT_MAX)]:
            del self.holds[name]
