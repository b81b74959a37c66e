"""Faults that only a person clears: neither the power nor a restart of ring 1 clears them."""

import asyncio
from functools import partial
from pathlib import Path

import pytest

from ampkeeper.board.emulated.virtual_time import run_virtual
from ampkeeper.firmware.safety import fault
from tests.support.virtual import Charger

INSTANTS_S = (0.0, 0.01, 0.02, 0.03, 0.05, 0.08, 0.1, 0.15, 0.2, 0.3, 0.5)


async def tripped(made: Charger) -> None:
    """A residual current trips in mid-charge, and is gone again."""
    await made.charge()
    made.car.leakage.dc_ma = 6.0
    await made.until(lambda: made.faults == ["RcdDc"])
    made.car.leakage.dc_ma = 0.0
    await made.until(lambda: made.told[0].is_over, 20)


def test_power_that_goes_again_and_again_clears_nothing(tmp_path: Path) -> None:
    made = Charger(tmp_path)

    async def play() -> None:
        async with made.running():
            await tripped(made)
        for instant_s in INSTANTS_S:
            async with made.running():
                await asyncio.sleep(instant_s)
        async with made.running():
            await made.until(lambda: made.registered)
            await asyncio.sleep(5)
            assert made.faults == ["RcdDc"]
            assert made.status() == "Faulted"
        cleared = [event for event in made.trace.of("fault_cleared") if event["fault"] == "RcdDc"]
        assert cleared == [], "not even for a moment"

    run_virtual(play())


@pytest.mark.parametrize("silence_s", [0.2, 3.0])
def test_a_restart_of_ring_1_clears_nothing_and_a_person_does(
    tmp_path: Path, silence_s: float
) -> None:
    made = Charger(tmp_path)

    async def play() -> None:
        async with made.running():
            await tripped(made)
            await made.restart_ring_1(silence_s)
            await asyncio.sleep(10)
            assert made.faults == ["RcdDc"]
            made.swipe()
            await asyncio.sleep(10)
            assert len(made.told) == 1
            clear = partial(made.app.station.on_clear_fault, 1, fault.RCD_DC)
            made.app.task.post(clear)
            await made.until(lambda: made.faults == [], 5)
            await made.settle()

    run_virtual(play())
    made.check_bills(made.check())
