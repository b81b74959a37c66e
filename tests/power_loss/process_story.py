"""Process story: sessions of a charger as a process, each with the power cut at a random point.

``POST /v1/power`` is the cut: the process kills itself with nothing flushed. One charger goes
through several sessions, so that later ones stand on books that earlier cuts left.
"""

import asyncio
import contextlib
from dataclasses import dataclass, field
from random import Random

import httpx

from tests.support.books import Cut, expected_reason, names, open_transaction
from tests.support.emulator import State
from tests.support.rig import CAR, CARD, Rig
from tests.support.transactions import Transaction, transaction_breaches, transactions

LATEST_S = 3.0  # real seconds from plugging in to the cut
STOP_S = 2.2  # when the session is ended, if power is still there
ON_WH = 4  # a car that charges on is seen to, by this much


@dataclass(slots=True)
class Sessions:
    """One charger, its sessions, and what they led to."""

    rig: Rig
    random: Random
    ends_on_return: bool
    cuts: list[Cut] = field(default_factory=list)
    gone_on: int = 0  # sessions seen to charge on after the return

    async def one(self) -> None:
        """One session with one cut in it; the socket is free afterwards."""
        charger, random = self.rig.charger, self.random
        await charger.car(plugged=True, **CAR)
        is_offline = random.random() < 0.2
        acting = asyncio.create_task(self._act(is_offline))
        await asyncio.sleep(random.uniform(0.0, LATEST_S))
        acting.cancel()
        await asyncio.wait({acting})
        await self.rig.cut()
        tx_id, reason = open_transaction(charger.state_dir)
        leaves = random.random() < 0.2
        if leaves:
            charger.change_while_off(plugged=False)
        self.cuts.append(Cut(tx_id, reason, not leaves))
        await charger.start()
        if tx_id and reason is None and not leaves and not self.ends_on_return:
            await self._goes_on(tx_id)
        await self._leave(is_offline)

    async def _act(self, is_offline: bool) -> None:
        """Hold a card, and end the session after a while."""
        charger = self.rig.charger
        with contextlib.suppress(httpx.TransportError):
            await charger.swipe(CARD)
            if is_offline:
                await charger.until_status("Charging")
                await charger.network(up=False)
            await asyncio.sleep(STOP_S)
            if self.random.random() < 0.5:
                await charger.swipe(CARD)
            else:
                await charger.car(plugged=False)

    async def _goes_on(self, tx_id: str) -> None:
        """The same transaction is there, and sells energy again."""
        charger = self.rig.charger
        first = await charger.until("the session is back", lambda evse: _is(evse, tx_id))
        if self.random.random() < 0.5:
            return
        wanted_wh = first["energy_wh"] + ON_WH
        evse = await charger.until("it goes on", lambda evse: evse["energy_wh"] >= wanted_wh)
        assert _is(evse, tx_id), evse
        self.gone_on += 1
        if self.random.random() < 0.5:
            await charger.swipe(CARD)
            await charger.until("it ends", lambda evse: evse["session"] is None)

    async def _leave(self, is_offline: bool) -> None:
        charger = self.rig.charger
        await charger.car(plugged=False)
        await charger.until(
            "the socket is free",
            lambda evse: evse["status"] == "Available" and evse["lock"] == "unlocked",
        )
        if is_offline:
            await charger.network(up=True)
        await self.rig.registered()
        await self.rig.until_queue_empty()

    async def judge(self, before: State) -> list[Transaction]:
        """Everything on the wire and in the books is as it must be."""
        record = self.rig.csms.record
        found = transactions(record)
        self.rig.check()
        for each in found:
            broken = transaction_breaches(each)
            assert broken == [], f"{broken}\n{record.tail(80)}"
        await self.rig.billed_is_metered(before, found)
        known = names(self.rig.charger.state_dir, self.rig.is_16)
        assert sorted(known) == sorted(each.key for each in found)
        for each in found:
            expected = expected_reason(self.cuts, known[each.key], self.ends_on_return)
            is_right = each.reason == expected if expected else each.reason != "PowerLoss"
            assert is_right, (each.key, each.reason, expected, self.cuts)
        return found


def _is(evse: State, tx_id: str) -> bool:
    return evse["session"] is not None and evse["session"]["id"] == tx_id
