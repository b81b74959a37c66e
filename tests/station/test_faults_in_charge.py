"""Faults in mid-charge: what the charger does, what it tells, and what it bills."""

import asyncio
from pathlib import Path

import pytest

from ampkeeper.board.emulated.virtual_time import run_virtual
from tests.support.rig import CARD, VERSIONS
from tests.support.virtual import Charger

STOP_S = 2.0 + 6.0 + 0.5  # the permit lapses, the car has its time, ring 1 opens


@pytest.mark.parametrize("version", VERSIONS)
def test_a_welded_contactor_holds_the_plug_and_starts_nothing(tmp_path: Path, version: str) -> None:
    made = Charger(tmp_path, version)

    async def play() -> None:
        async with made.running():
            await made.charge()
            made.car.contactor.is_welded = True
            made.swipe(CARD)
            await made.until(lambda: "ContactorWelded" in made.faults, 10)
            await made.until(lambda: made.status() == "Faulted")
            await made.until(lambda: made.told[0].is_over, 20)
            assert made.told[0].reason == "Local"
            assert made.car.lock.is_locked, "the outlet may be live"
            assert made.car.duty_ticks in (0, 62_500)
            made.swipe(CARD)
            made.swipe("04C0FFEE")
            await asyncio.sleep(30)
            assert len(made.told) == 1, "a welded charger begins nothing"
            assert made.seen()["session"] is None
            assert made.watch.closed_count == 1

    run_virtual(play())
    made.check_bills(made.check())
    assert made.watched.record.statuses()[-1] == "Faulted"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_silent_link_ends_the_charge_and_its_return_resumes_it(
    tmp_path: Path, version: str
) -> None:
    made = Charger(tmp_path, version)

    async def play() -> None:
        async with made.running():
            await made.charge()
            made.car.causes.pilot_link = "silent"
            await made.until(lambda: not made.car.contactor.is_closed, STOP_S)
            assert made.faults == ["PilotLinkLost"]
            assert made.status() == "Faulted"
            dark_mwh = made.car.register.energy_mwh
            await asyncio.sleep(60)
            assert made.car.register.energy_mwh == dark_mwh
            made.car.causes.pilot_link = "ok"
            await made.until(lambda: made.status() == "Charging", 30)
            assert made.faults == []
            await asyncio.sleep(10)
            made.swipe(CARD)
            await made.until(lambda: not made.car.contactor.is_closed)  # by the card, not the plug
            await made.settle()

    run_virtual(play())
    (done,) = made.check()
    assert done.reason == "Local"
    made.check_bills([done])


@pytest.mark.parametrize("version", VERSIONS)
def test_a_noisy_link_may_pause_a_charge_but_never_closes_or_bills_wrongly(
    tmp_path: Path, version: str
) -> None:
    made = Charger(tmp_path, version, seed=3)

    async def play() -> None:
        async with made.running():
            await made.charge()
            made.car.causes.pilot_link = "noisy"
            await asyncio.sleep(300)
            assert made.told[0].is_over is False
            made.car.causes.pilot_link = "ok"
            await made.until(lambda: made.status() == "Charging", 60)
            await made.settle()

    run_virtual(play())
    (done,) = made.check()
    assert done.reason == "EVDisconnected"
    made.check_bills([done])
    assert done.energy_wh > 100, "most of five minutes it charged"


def test_a_car_that_leaves_while_the_link_is_silent_is_billed_to_the_end(tmp_path: Path) -> None:
    made = Charger(tmp_path)

    async def play() -> None:
        async with made.running():
            await made.charge()
            made.car.causes.pilot_link = "silent"
            await asyncio.sleep(1)
            made.unplug()
            await made.until(lambda: not made.car.contactor.is_closed, 0.2)
            await asyncio.sleep(20)
            made.car.causes.pilot_link = "ok"
            await made.settle()

    run_virtual(play())
    (done,) = made.check()
    assert done.reason == "EVDisconnected"
    made.check_bills([done])


@pytest.mark.parametrize(
    "cause", ["rcd_dc_ma", "pe_open", "diode", "emergency_stop", "supply_lost"]
)
def test_what_endangers_people_opens_at_once_and_is_told(tmp_path: Path, cause: str) -> None:
    made = Charger(tmp_path)
    reasons = {
        "rcd_dc_ma": ("RcdDc", "GroundFault"),
        "pe_open": ("PeLost", "GroundFault"),
        "diode": ("DiodeFault", "Other"),
        "emergency_stop": ("EmergencyStop", "EmergencyStop"),
        "supply_lost": ("SupplyLost", "EVDisconnected"),
    }

    async def play() -> None:
        async with made.running():
            await made.charge()
            if cause == "rcd_dc_ma":
                made.car.leakage.dc_ma = 6
            elif cause == "diode":
                made.car.change_car({"diode": "short"})
            else:
                setattr(made.car.causes, cause, True)
            await made.until(lambda: not made.car.contactor.is_closed, 0.2)
            await made.until(lambda: made.status() == "Faulted", 1)
            assert made.faults == [reasons[cause][0]]
            await asyncio.sleep(10)
            assert not made.car.contactor.is_closed
            made.unplug()
            await made.until(lambda: made.told[0].is_over, 20)

    run_virtual(play())
    (done,) = made.check()
    assert done.reason == reasons[cause][1]
    made.check_bills([done])
    assert "Faulted" in made.watched.record.statuses()
