"""Nonsense over a real WebSocket while a car charges: the process lives and sells on."""

import asyncio
from pathlib import Path

import pytest

from tests.support.hostile import GARBAGE, TEN_MB, flood
from tests.support.rig import CAR, CARD, STATION, VERSIONS, Rig, rig

pytestmark = [pytest.mark.process, pytest.mark.parametrize("version", VERSIONS)]

FLOOD = 200
SOLD_WH = 5


async def sells(made: Rig) -> None:
    """It is the same process, it charges, and it answers the central system."""
    evse = await made.charger.evse()
    assert (evse["status"], evse["contactor"], evse["faults"]) == ("Charging", "closed", [])
    wanted_wh = evse["energy_wh"] + SOLD_WH
    await made.charger.until("it sells on", lambda evse: evse["energy_wh"] >= wanted_wh)
    await made.connected()
    assert await made.set_current(80) == "Accepted"


async def test_it_lives_and_the_bill_is_right(tmp_path: Path, version: str) -> None:
    async with rig(tmp_path, version) as made:
        before = await made.charger.evse()
        await made.charger.car(plugged=True, **CAR)
        await made.charger.swipe(CARD)
        await made.charger.until_status("Charging")
        for text in GARBAGE.values():
            await made.csms.say(STATION, text)
        await sells(made)
        assert made.csms.record.lives == [1], "none of it is a reason to leave"
        for text in flood(FLOOD, made.is_16):
            await made.csms.say(STATION, text)
        await sells(made)
        await made.csms.say(STATION, TEN_MB)  # longer than any frame may be: it hangs up
        await made.reconnected(1)
        await sells(made)
        made.csms.drop(STATION)
        await made.reconnected(2)
        await sells(made)
        await asyncio.gather(*(made.set_current(80) for _ in range(3)))
        await made.charger.swipe(CARD)
        await made.charger.until_status("Finishing")
        done = await made.only(before)
        assert done.reason == "Local"
        await made.charger.until_told("contactor", "state", ["open", "closed", "open"])
