"""Sessions from plug to unplug, each as a whole process on both OCPP versions."""

from itertools import groupby
from pathlib import Path

import pytest

from tests.support.rig import CAR, CARD, VERSIONS, Rig, rig

pytestmark = [pytest.mark.process, pytest.mark.parametrize("version", VERSIONS)]

SOLD_WH = 12  # enough to see that the meter runs
CHARGED = {
    "1.6": ["Available", "Preparing", "Charging", "Finishing", "Available"],
    "2.0.1": ["Available", "Occupied", "Available"],
}


async def charging(made: Rig, sold_wh: int = SOLD_WH) -> None:
    """Wait until energy flows, and look at what is true then."""
    first = await made.charger.until_status("Charging")
    wanted_wh = first["energy_wh"] + sold_wh
    evse = await made.charger.until("energy flows", lambda evse: evse["energy_wh"] >= wanted_wh)
    assert (evse["contactor"], evse["lock"]) == ("closed", "locked")
    assert evse["pilot"]["state"] == "C2"
    assert (evse["limit_a"], evse["limited_by"]) == (20.0, "cable")
    assert evse["session"]["state"] == "charging"
    assert evse["faults"] == []


async def left(made: Rig) -> None:
    """The car leaves, and nothing is left of it."""
    await made.charger.car(plugged=False)
    evse = await made.charger.until(
        "the socket is free",
        lambda evse: evse["status"] == "Available" and evse["lock"] == "unlocked",
    )
    assert (evse["contactor"], evse["session"]) == ("open", None)
    await made.charger.until_told("contactor", "state", ["open", "closed", "open"])


async def test_the_card_comes_first_and_ends_it(tmp_path: Path, version: str) -> None:
    async with rig(tmp_path, version) as made:
        before = await made.charger.evse()
        await made.charger.swipe(CARD)
        evse = await made.charger.until_status("Preparing")
        assert (evse["session"]["state"], evse["session"]["id"]) == ("authorised", None)
        await made.charger.car(plugged=True, **CAR)
        await charging(made)
        await made.charger.swipe(CARD)
        evse = await made.charger.until_status("Finishing")
        done = await made.only(before)
        await left(made)
        assert (done.reason, done.id_token) == ("Local", CARD)
        assert done.energy_wh >= SOLD_WH
        assert made.csms.record.calls("Authorize") != []
        await made.until_told(CHARGED[version])


async def test_in_real_time_every_line_is_a_real_one(tmp_path: Path, version: str) -> None:
    """At speed 1 pilot board, meter and reader hang on pseudo-terminals, as on serial ports."""
    async with rig(tmp_path, version, speed=1.0) as made:
        before = await made.charger.evse()
        await made.charger.car(plugged=True, **CAR)
        await made.charger.swipe(CARD)
        await charging(made, sold_wh=6)
        await made.charger.swipe(CARD)
        await made.charger.until_status("Finishing")
        done = await made.only(before)
        await left(made)
        assert (done.reason, done.id_token) == ("Local", CARD)


async def test_the_plug_comes_first_and_unplugging_ends_it(tmp_path: Path, version: str) -> None:
    async with rig(tmp_path, version) as made:
        before = await made.charger.evse()
        await made.charger.car(plugged=True, **CAR)
        evse = await made.charger.until_status("Preparing")
        assert (evse["pilot"]["state"], evse["contactor"], evse["session"]) == ("B1", "open", None)
        await made.charger.swipe(CARD)
        await charging(made)
        await left(made)
        done = await made.only(before)
        assert done.reason == "EVDisconnected"
        await made.until_told(CHARGED[version])


async def test_the_central_system_starts_and_ends_it(tmp_path: Path, version: str) -> None:
    async with rig(tmp_path, version) as made:
        before = await made.charger.evse()
        await made.charger.car(plugged=True, **CAR)
        await made.charger.until_status("Preparing")
        assert (await made.remote_start())["status"] == "Accepted"
        await charging(made)
        assert (await made.remote_stop())["status"] == "Accepted"
        await made.charger.until_status("Finishing")
        done = await made.only(before)
        assert (done.reason, done.id_token) == ("Remote", CARD)
        assert made.csms.record.calls("Authorize") == []
        await left(made)
        await made.until_told(CHARGED[version])
        if version == "2.0.1":
            assert done.triggers[0] == "RemoteStart"
            assert done.told[0].payload["transactionInfo"]["remoteStartId"] == 77
            assert done.triggers[-1] == "RemoteStop"


async def test_a_limit_of_0_pauses_it_and_another_resumes_it(tmp_path: Path, version: str) -> None:
    async with rig(tmp_path, version) as made:
        before = await made.charger.evse()
        await made.charger.car(plugged=True, **CAR)
        await made.charger.swipe(CARD)
        await charging(made)
        assert await made.set_current(0) == "Accepted"
        evse = await made.charger.until(
            "the limit of 0 opens", lambda evse: evse["contactor"] == "open"
        )
        evse = await made.charger.until_status("SuspendedEVSE")
        assert (evse["limit_a"], evse["limited_by"]) == (0.0, "ocpp")
        assert (evse["lock"], evse["pilot"]["state"]) == ("locked", "B1")
        paused_wh = evse["energy_wh"]
        assert await made.set_current(10) == "Accepted"
        await made.charger.until_status("Charging")
        evse = await made.charger.until(
            "it goes on", lambda evse: evse["energy_wh"] >= paused_wh + SOLD_WH
        )
        assert (evse["limit_a"], evse["limited_by"]) == (10.0, "ocpp")
        assert max(evse["current_a"]) <= 10.0
        await made.charger.swipe(CARD)
        await made.charger.until_status("Finishing")
        done = await made.only(before)
        assert done.reason == "Local"
        await made.charger.until_told("contactor", "state", ["open", "closed"] * 2 + ["open"])
        if version == "1.6":
            told = made.csms.record.statuses()
            told = [each for each in told if each != "SuspendedEV"]  # a car that begins late
            once = [each for each, _ in groupby(told)]
            assert once == [*CHARGED[version][:3], "SuspendedEVSE", "Charging", "Finishing"]
        else:
            states = [m.payload["transactionInfo"].get("chargingState") for m in done.told]
            paused = states.index("SuspendedEVSE")
            assert "Charging" in states[:paused]
            assert "Charging" in states[paused:]
