"""Orders that a bought board confirms and does not take: no answer is believed over a look."""

import asyncio

import pytest

from ampkeeper.board.emulated.virtual_time import run_virtual
from ampkeeper.hal.errors import HalError
from ampkeeper.hal.pilots.bought import LOOK_S
from ampkeeper.hal.ports import Permit
from tests.support.bought import KINDS, Bought, bought

PERMIT = Permit(16.0, 3, keep_locked=False)
NOTHING = Permit(0.0, 3, keep_locked=False)
MANY = 1_000
each_board = pytest.mark.parametrize("kind", KINDS)


async def charging(rig: Bought) -> None:
    await rig.pilot.open()
    rig.car.plug()
    while rig.board.current_ma == 0:
        rig.pilot.permit(PERMIT)
        await rig.pilot.next_status()


@each_board
def test_an_end_of_the_current_that_was_lost_is_told_again_in_the_next_turns(kind: str) -> None:
    async def scenario() -> None:
        async with bought(kind) as rig:
            await charging(rig)
            rig.board.lost_count = 2
            began_s = asyncio.get_running_loop().time()
            while rig.board.offered_ma:
                rig.pilot.permit(NOTHING)
                status = await rig.pilot.next_status()
                assert status.limit_a == 0.0
            assert asyncio.get_running_loop().time() - began_s < 5 * LOOK_S
            assert rig.pilot.line.overruled == 2

    run_virtual(scenario())


@each_board
def test_a_station_that_ends_is_not_content_with_a_confirmation(kind: str) -> None:
    async def scenario() -> None:
        async with bought(kind) as rig:
            await charging(rig)
            rig.board.lost_count = 1
            await rig.pilot.rest()
            assert rig.board.offered_ma == 0

    run_virtual(scenario())


@each_board
def test_a_board_that_takes_no_end_of_the_current_is_said_to_keep_it(kind: str) -> None:
    async def scenario() -> None:
        async with bought(kind) as rig:
            await charging(rig)
            rig.board.lost_count = MANY
            with pytest.raises(HalError, match="was told 0 A and"):
                await rig.pilot.rest()

    run_virtual(scenario())


@each_board
def test_a_board_that_keeps_its_current_is_not_opened(kind: str) -> None:
    async def scenario() -> None:
        async with bought(kind) as rig:
            await charging(rig)
            rig.board.lost_count = MANY
            with pytest.raises(HalError, match="was told 0 A and"):
                await rig.pilot.open()
            rig.board.lost_count = 1
            await rig.pilot.open()
            assert rig.board.offered_ma == 0

    run_virtual(scenario())
