"""Terminal's task: hears of cards, and asks the terminal for what is written down, until done.

Whoever is not reached, or does not say what became of it, is asked again, ever more seldom, by
the same name; a hold of which nobody knows is given back. Cards are heard while money moves.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any

from ampkeeper.firmware.billing import payments
from ampkeeper.firmware.billing.charge_log import Charge
from ampkeeper.firmware.station.task import StationTask
from ampkeeper.firmware.station.till import Till, state_of
from ampkeeper.firmware.store.changes import SavePayment
from ampkeeper.firmware.store.errors import StoreError
from ampkeeper.firmware.store.store import Store
from ampkeeper.firmware.store.task import StoreWorker
from ampkeeper.firmware.terminal import MakeTerminal, Terminal
from ampkeeper.hal.errors import HalError, RefusedError

HOLD_S = 90.0  # for a person to enter a number, and the bank to answer
MOVE_S = 60.0  # to capture or release
IDLE_S = 60.0  # between two looks where nobody said that something is to be done
FIRST_WAIT_S, WAIT_S_MAX = 5.0, 300.0  # after a failure; twice as long each time
MISSING = "the books have no end of that session"
CARD_WAIT_S = 10.0  # before a terminal that is not there is looked for again

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Source:
    """Where it is read what was kept, and what a session came to; how long that may yet change."""

    store: Store
    worker: StoreWorker
    charge: Callable[[Store, str], Charge | None]
    price_wait_s: Callable[[Charge], float]


class TerminalFace:
    """One payment terminal of the station; ``till`` decides what it is asked for."""

    def __init__(self, till: Till, task: StationTask, source: Source, make: MakeTerminal) -> None:
        self.till = till
        self._task = task
        self._source = source
        self._make = make
        self._grew = asyncio.Event()
        self._tries: dict[str, tuple[int, float]] = {}  # by reference: how many, not before (s)
        till.grew = self._grew.set

    def start(self, group: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
        """The tasks of it; ended by cancellation."""
        return [group.create_task(self.run(), name="payment terminal")]

    async def run(self) -> None:
        """Take up what the books hold, then work for ever."""
        source = self._source
        kept = await source.worker.insist(source.store.open_payments)
        await self._task.put(partial(self.till.on_start, kept))
        await self._task.settled()
        self._task.followers.append(self.till.follow)
        terminal = self._make()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._hear(terminal), name="payment cards")
            group.create_task(self._work(terminal), name="payments")

    async def _hear(self, terminal: Terminal) -> None:
        while True:
            try:
                card = await terminal.card()  # ended by a card, or by the terminal's failure
            except HalError as error:
                log.warning("payment terminal: %s", error)
                await asyncio.sleep(CARD_WAIT_S)
                continue
            await self._task.put(partial(self.till.on_card, card))

    async def _work(self, terminal: Terminal) -> None:
        while True:
            self._grew.clear()
            due = self._due()
            if due is not None:
                await self._do(terminal, due)
                await self._task.settled()
                continue
            try:
                async with asyncio.timeout(self._rest_s()):
                    await self._grew.wait()
            except TimeoutError:
                continue

    def _due(self) -> SavePayment | None:
        """What the terminal is asked for next: who stands before it goes first."""
        waiting = self._waiting()
        self._tries = {one.reference: self._tries.get(one.reference, (0, 0.0)) for one in waiting}
        now_s = _now_s()
        due = [one for one in waiting if self._tries[one.reference][1] <= now_s]
        return min(due, key=lambda one: state_of(one) != payments.ASKING, default=None)

    def _waiting(self) -> list[SavePayment]:
        open_ones = self.till.open.values()
        return [one for one in open_ones if payments.ASKED_IN[state_of(one)] != payments.NOTHING]

    def _rest_s(self) -> float:
        now_s = _now_s()
        due_s = min((until_s for _, until_s in self._tries.values()), default=now_s + IDLE_S)
        return max(0.0, min(IDLE_S, due_s - now_s))

    async def _do(self, terminal: Terminal, payment: SavePayment) -> None:
        match payments.ASKED_IN[state_of(payment)]:
            case payments.HOLD:
                await self._hold(terminal, payment)
            case payments.READ:
                await self._read(payment)
            case payments.CAPTURE:
                assert payment.claimed is not None, "the table asks for it with an amount only"
                await self._move(payment, terminal.capture(payment.reference, payment.claimed))
            case payments.RELEASE:
                await self._move(payment, terminal.release(payment.reference))

    async def _hold(self, terminal: Terminal, payment: SavePayment) -> None:
        try:
            async with asyncio.timeout(HOLD_S):
                await terminal.hold(payment.reference, payment.held, payment.currency)
        except RefusedError as error:
            await self._answer(payment, payments.NO, str(error))
        except (HalError, TimeoutError) as error:
            await self._answer(payment, payments.UNSURE, str(error) or "no answer in time")
        else:
            await self._answer(payment, payments.GRANTED)

    async def _read(self, payment: SavePayment) -> None:
        source = self._source
        assert payment.tx_id is not None, "only what began can be over"
        try:
            charge = await source.worker.run(source.charge, source.store, payment.tx_id)
        except StoreError as error:
            self._later(payment, error)
            return
        if charge is None:
            self._later(payment, MISSING)
            await self._task.put(partial(self.till.on_missing, payment.reference, MISSING))
            return
        wait_s = min(self._source.price_wait_s(charge), IDLE_S)
        if wait_s > 0.0:
            self._tries[payment.reference] = (0, _now_s() + wait_s)
            return
        claim = payments.claim(charge, payment.held, payment.currency)
        if claim.why:
            log.warning("payment %s: %s", payment.reference, claim.why)
        await self._task.put(partial(self.till.on_claim, payment.reference, claim))

    async def _move(self, payment: SavePayment, asked: Coroutine[Any, Any, None]) -> None:
        try:
            async with asyncio.timeout(MOVE_S):
                await asked
        except RefusedError as error:
            await self._answer(payment, payments.NEVER, str(error))
        except (HalError, TimeoutError) as error:
            self._later(payment, error)
        else:
            await self._answer(payment, payments.DONE)

    async def _answer(self, payment: SavePayment, event: int, why: str = "") -> None:
        await self._task.put(partial(self.till.on_answer, payment.reference, event, why))

    def _later(self, payment: SavePayment, error: Exception | str) -> None:
        tries = self._tries[payment.reference][0] + 1
        wait_s = min(FIRST_WAIT_S * 2.0 ** min(tries - 1, 10), WAIT_S_MAX)
        self._tries[payment.reference] = (tries, _now_s() + wait_s)
        words = str(error) or "no answer in time"
        log.warning("payment %s: %s; again in %.0f s", payment.reference, words, wait_s)


def _now_s() -> float:
    return asyncio.get_running_loop().time()
