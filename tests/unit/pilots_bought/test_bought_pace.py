"""The pace of what is offered, over a line that comes and goes."""

import asyncio
from itertools import pairwise

import pytest

from ampkeeper.board.emulated.virtual_time import run_virtual
from ampkeeper.hal.errors import HalError
from ampkeeper.hal.pilots.warrant import RAISE_S
from ampkeeper.hal.ports import Permit
from tests.support.bought import KINDS, OPENEVSE, Bought, bought

PERMIT = Permit(16.0, 3, keep_locked=False)


async def permit_for_ever(rig: Bought) -> None:
    while True:
        rig.pilot.permit(PERMIT)
        await asyncio.sleep(0.5)


async def open_for_ever(rig: Bought) -> None:
    while True:
        try:
            await rig.pilot.open()
            while True:
                await rig.pilot.next_status()
        except HalError:
            await asyncio.sleep(1.0)


@pytest.mark.parametrize("kind", KINDS)
def test_a_line_that_flaps_does_not_let_the_pilot_flap(kind: str) -> None:
    async def scenario() -> None:
        async with bought(kind) as rig:
            loop = asyncio.get_running_loop()
            changes = [(loop.time(), 0)]

            def note(_elapsed_ms: int) -> None:
                if rig.board.offered_ma != changes[-1][1]:
                    changes.append((loop.time(), rig.board.offered_ma))

            works = [asyncio.ensure_future(each(rig)) for each in (permit_for_ever, open_for_ever)]
            await asyncio.sleep(1.0)
            rig.steps.append(note)
            rig.car.plug()
            for _ in range(3):
                await asyncio.sleep(12.0)
                rig.power(False)
                await asyncio.sleep(1.5)
                rig.power(True)
            await asyncio.sleep(12.0)
            for work in works:
                work.cancel()
            rises = [
                one_s - before_s
                for (before_s, _), (one_s, current_ma) in pairwise(changes[1:])
                if current_ma > 0
            ]
            assert len(rises) == 3
            assert min(rises) >= RAISE_S - 0.3  # of the look before it

    run_virtual(scenario())


def test_a_report_is_as_old_as_the_first_that_was_asked_for_it() -> None:
    async def scenario() -> None:
        async with bought(OPENEVSE) as rig:
            await rig.pilot.open()
            await rig.pilot.next_status()
            assert rig.wire is not None
            rig.wire.delay_s = 0.2
            loop = asyncio.get_running_loop()
            for _ in range(4):
                status = await rig.pilot.next_status()
                assert loop.time() - status.taken_s > 1.5 * rig.wire.delay_s  # state, then current

    run_virtual(scenario())
