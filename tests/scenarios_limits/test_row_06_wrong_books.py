"""Row 6: transactions and meter values are wrong after a reboot, or after a time offline.

Here all is written before it is acted upon: after power cuts, offline or not, the central system
is told one transaction, its samples in order, and the energy that truly flowed.
"""

import asyncio
from pathlib import Path

import pytest

from ampkeeper.board.emulated.virtual_time import run_virtual
from tests.support.rig import VERSIONS
from tests.support.transactions import UPDATE
from tests.support.virtual import Charger

SAMPLED = {"ocpp__keys__MeterValueSampleInterval": "20"}


@pytest.mark.parametrize("version", VERSIONS)
def test_power_cuts_offline_leave_one_transaction_and_its_true_energy(
    tmp_path: Path, version: str
) -> None:
    made = Charger(tmp_path, version, **SAMPLED)

    async def play() -> None:
        async with made.running():
            await made.charge()
            await asyncio.sleep(30)
            made.app.csms.set_network(False)
            await asyncio.sleep(30)
        async with made.running():
            made.app.csms.set_network(False)
            await made.until(lambda: made.status() == "Charging", 60)
            await asyncio.sleep(45)
        async with made.running():
            await made.until(lambda: made.status() == "Charging", 60)
            await asyncio.sleep(30)
            await made.settle()

    run_virtual(play())
    (told,) = made.check()
    made.check_bills([told])
    assert told.energy_wh > 0
    samples = [message for message in told.told if message.kind == UPDATE]
    assert len(samples) >= 5, "also of the time offline"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_car_that_left_while_the_power_was_gone_is_billed_what_it_took(
    tmp_path: Path, version: str
) -> None:
    made = Charger(tmp_path, version, **SAMPLED)

    async def play() -> None:
        async with made.running():
            await made.charge()
            await asyncio.sleep(45)
        async with made.running():
            made.unplug()
            await made.settle()

    run_virtual(play())
    (told,) = made.check()
    made.check_bills([told])
