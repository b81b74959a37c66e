"""The power goes in mid-charge and returns: the same transaction goes on, or ends with a reason."""

from pathlib import Path

import pytest

from tests.support.emulator import State
from tests.support.rig import CAR, CARD, VERSIONS, Rig, rig

pytestmark = [pytest.mark.process, pytest.mark.parametrize("version", VERSIONS)]

END = ('session.on_power_return="end"',)
SOLD_WH = 12


async def cut_in_mid_charge(made: Rig) -> tuple[State, State]:
    """Charge, then cut the power; the states before the session and just before the cut."""
    before = await made.charger.evse()
    await made.charger.car(plugged=True, **CAR)
    await made.charger.swipe(CARD)
    first = await made.charger.until_status("Charging")
    wanted_wh = first["energy_wh"] + SOLD_WH
    cut = await made.charger.until("energy flows", lambda evse: evse["energy_wh"] >= wanted_wh)
    await made.cut()
    return before, cut


async def test_a_car_still_there_charges_on_in_the_same_transaction(
    tmp_path: Path, version: str
) -> None:
    async with rig(tmp_path, version) as made:
        before, cut = await cut_in_mid_charge(made)
        await made.charger.start()
        evse = await made.charger.until(
            "it charges on", lambda evse: evse["energy_wh"] >= cut["energy_wh"] + SOLD_WH
        )
        assert evse["session"]["id"] == cut["session"]["id"]
        assert evse["session"]["started"] == cut["session"]["started"]
        assert (evse["status"], evse["lock"]) == ("Charging", "locked")
        await made.charger.swipe(CARD)
        await made.charger.until_status("Finishing")
        done = await made.only(before)
        assert (done.reason, done.id_token) == ("Local", CARD)


async def test_it_ends_with_power_loss_where_that_is_configured(
    tmp_path: Path, version: str
) -> None:
    async with rig(tmp_path, version, END) as made:
        before, _ = await cut_in_mid_charge(made)
        await made.charger.start()
        done = await made.only(before)
        assert done.reason == "PowerLoss"
        evse = await made.charger.until_status("Finishing")
        assert (evse["session"], evse["contactor"]) == (None, "open")
        await made.charger.until_told("contactor", "state", ["open"])  # nothing was sold
        await made.charger.until("it is free", lambda evse: evse["lock"] == "unlocked")


async def test_it_ends_with_power_loss_when_the_car_has_left_meanwhile(
    tmp_path: Path, version: str
) -> None:
    async with rig(tmp_path, version) as made:
        before, _ = await cut_in_mid_charge(made)
        made.charger.change_while_off(plugged=False)
        await made.charger.start()
        done = await made.only(before)
        assert done.reason == "PowerLoss"
        evse = await made.charger.until_status("Available")
        assert evse["session"] is None
        await made.charger.until_told("contactor", "state", ["open"])


async def test_time_does_not_run_back_however_fast_it_ran(tmp_path: Path, version: str) -> None:
    async with rig(tmp_path, version, speed=20.0) as made:
        before = (await made.charger.state())["time"]
        for _ in range(3):
            await made.cut()
            await made.charger.start()
            await made.charger.until("it tells", lambda evse: made.charger.events != [])
            after = made.charger.events[0]["time"]
            assert after >= before
            before = (await made.charger.state())["time"]
