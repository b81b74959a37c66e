"""A meter that is silent, says NaN, stands still or runs backwards while a car charges.

What is not measured is not sold: 6 A once the last value is 5 s old, nothing once it is 15 s old,
and never a bill for what no meter showed.
"""

import asyncio
from pathlib import Path

import pytest

from ampkeeper.board.emulated.virtual_time import run_virtual
from tests.support.rig import CARD, VERSIONS
from tests.support.virtual import Charger

STALE_S, LOST_S = 5.0, 15.0
SLACK_S = 2.5  # between two readings, and for the car to follow
WH_PER_S = 16 * 230 * 3 / 3600


def offered_a(made: Charger) -> float:
    return float(made.seen()["limit_a"])


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("fault", ["silent", "nan"])
def test_without_values_it_slows_down_then_stops_and_goes_on_when_they_return(
    tmp_path: Path, version: str, fault: str
) -> None:
    made = Charger(tmp_path, version)
    name = "MeterSilent" if fault == "silent" else "MeterImplausible"

    async def play() -> None:
        async with made.running():
            await made.charge()
            await asyncio.sleep(10)
            made.car.causes.meter = fault
            slowed_s = await made.until(lambda: offered_a(made) == 6.0, STALE_S + SLACK_S)
            assert slowed_s >= STALE_S - SLACK_S
            assert made.seen()["limited_by"] == "meter"
            stopped_s = await made.until(lambda: offered_a(made) == 0.0, LOST_S)
            assert slowed_s + stopped_s >= LOST_S - SLACK_S
            # a car that has not yet obeyed X1 may be offered current again in between
            await made.until(lambda: not made.car.contactor.is_closed, 40)
            assert name in made.faults
            assert made.status() == ("Faulted" if fault == "silent" else "SuspendedEVSE")
            dark_mwh = made.car.register.energy_mwh
            await asyncio.sleep(60)
            assert made.car.register.energy_mwh == dark_mwh
            made.car.causes.meter = "ok"
            await made.until(lambda: made.status() == "Charging", 30)
            assert made.faults == []
            await asyncio.sleep(10)
            made.swipe(CARD)
            await made.until(lambda: made.told[0].is_over, 20)
            await made.settle()

    run_virtual(play())
    (done,) = made.check()
    assert done.reason == "Local"
    made.check_bills([done])


@pytest.mark.parametrize("version", VERSIONS)
def test_a_session_whose_meter_stays_silent_ends_with_the_last_value_in_the_books(
    tmp_path: Path, version: str
) -> None:
    made = Charger(tmp_path, version)

    async def play() -> None:
        async with made.running():
            await made.charge()
            await asyncio.sleep(70)
            made.car.causes.meter = "silent"
            await asyncio.sleep(8)
            made.swipe(CARD)
            await made.until(lambda: made.told[0].is_over, 30)
            made.car.causes.meter = "ok"
            await made.settle()

    run_virtual(play())
    (done,) = made.check()
    assert done.reason == "Local"
    assert [event["tx_id"] for event in made.trace.of("meter_missing_at_end")] != []
    (metered_mwh,) = made.watch.metered_mwh.values()
    unbilled_wh = metered_mwh / 1_000 - done.energy_wh
    assert -1 <= unbilled_wh <= (10 + 16) * WH_PER_S, "at most since the last sample"


@pytest.mark.parametrize("fault", ["frozen", "backwards"])
def test_a_meter_that_lies_is_a_fault_and_sells_next_to_nothing(tmp_path: Path, fault: str) -> None:
    made = Charger(tmp_path)
    made.car.register.set_wh(50_000)

    async def play() -> None:
        async with made.running():
            await made.charge()
            await asyncio.sleep(10)
            made.car.causes.meter = fault
            await made.until(lambda: "MeterImplausible" in made.faults, 70)
            await made.until(lambda: offered_a(made) == 0.0, 30)
            # a car that has not yet obeyed X1 may be offered current again in between
            await made.until(lambda: not made.car.contactor.is_closed, 40)
            lying_mwh = made.car.register.energy_mwh
            await asyncio.sleep(120)
            given_wh = (made.car.register.energy_mwh - lying_mwh) / 1_000
            assert given_wh <= 30 * WH_PER_S, "given away while the meter lied"
            made.car.causes.meter = "ok"
            # one that came back within a minute is not trusted for ten
            await made.until(lambda: made.status() == "Charging", 660)
            await asyncio.sleep(10)
            await made.settle()

    run_virtual(play())
    (done,) = made.check()
    assert done.energy_wh >= 0
    (metered_mwh,) = made.watch.metered_mwh.values()
    assert done.energy_wh <= metered_mwh / 1_000 + 1, "never more than truly flowed"


def test_a_meter_that_is_reset_in_mid_charge_goes_on_from_where_it_stood(tmp_path: Path) -> None:
    made = Charger(tmp_path)
    made.car.register.set_wh(123_456)

    async def play() -> None:
        async with made.running():
            await made.charge()
            await asyncio.sleep(60)
            made.car.register.set_wh(0)
            await asyncio.sleep(60)
            assert made.status() == "Charging"
            assert offered_a(made) == 20.0
            await made.settle()

    run_virtual(play())
    (done,) = made.check()
    assert done.start_wh == 123_456
    assert 110 * WH_PER_S <= done.energy_wh <= 125 * WH_PER_S
