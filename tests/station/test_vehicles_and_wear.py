"""A card brings its car's profile to ring 1; what wears the contactor outlives every start."""

import asyncio
from dataclasses import replace
from pathlib import Path

from ampkeeper.board.emulated.virtual_time import run_virtual
from ampkeeper.firmware.config.model import Protection, Vehicle
from ampkeeper.firmware.safety.supervisor import Supervisor
from tests.support.rig import CARD
from tests.support.virtual import Charger


def ring(made: Charger) -> Supervisor:
    return made.bench.rings[1].board.supervisor


def test_the_card_brings_the_profile_of_its_car_and_the_car_takes_it_away(tmp_path: Path) -> None:
    made = Charger(tmp_path)
    vehicle = Vehicle(tags=(CARD.lower(),), like="zoe_gen1", min_a=9.0)
    made.config = replace(made.config, vehicle=(vehicle,))

    async def play() -> None:
        async with made.running():
            await made.until(lambda: made.registered)
            assert ring(made).profile.min_ma == 6_000
            await made.charge()
            profile = ring(made).profile
            assert (profile.min_ma, profile.may_switch_phases) == (9_000, 0)
            await made.settle()
            await asyncio.sleep(1)
            assert ring(made).profile.min_ma == 6_000

    run_virtual(play())
    made.check()


def test_a_profile_comes_back_after_ring_1_started_anew(tmp_path: Path) -> None:
    made = Charger(tmp_path)
    made.config = replace(made.config, protection=Protection(vehicle="zoe_gen1"))

    async def play() -> None:
        async with made.running():
            await made.charge()
            await made.restart_ring_1(0.2)
            assert ring(made).profile.min_ma == 6_000
            await made.until(lambda: ring(made).profile.min_ma == 8_000)

    run_virtual(play())


def test_the_contactors_counts_outlive_ring_1_and_the_station(tmp_path: Path) -> None:
    made = Charger(tmp_path)

    async def play() -> None:
        async with made.running():
            await made.charge()
            await made.settle()
            assert ring(made).protection.wear.closings == 1
            await made.restart_ring_1(0.2)
            await made.until(lambda: ring(made).protection.wear.closings == 1)
            await made.charge()
            await made.settle()
        async with made.running():
            await made.until(lambda: ring(made).protection.wear.closings == 2)
            await made.charge()
            assert ring(made).protection.wear.closings == 3
            await made.settle()

    run_virtual(play())


def test_trips_that_went_by_themselves_are_counted_over_ring_1_and_the_station(
    tmp_path: Path,
) -> None:
    made = Charger(tmp_path)

    def retries() -> int:
        return ring(made).protection.leakage.retry_count

    async def play() -> None:
        async with made.running():
            await made.until(lambda: made.registered)
            ring(made).protection.leakage.restore_retries(2)
            await asyncio.sleep(1)
            await made.restart_ring_1(0.2)
            assert retries() == 0
            await made.until(lambda: retries() == 2)
        async with made.running():
            await made.until(lambda: retries() == 2)

    run_virtual(play())


def test_ring_1_knows_what_the_meter_shows(tmp_path: Path) -> None:
    made = Charger(tmp_path)

    async def play() -> None:
        async with made.running():
            await made.charge()
            await asyncio.sleep(5)
            metered = ring(made).protection.metered
            assert metered._station_ma[0] > 5_000
            assert metered._station_mv[0] > 200_000

    run_virtual(play())
