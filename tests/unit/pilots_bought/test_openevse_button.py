"""OpenEVSE's own button: switched off, and a stop at the board is one until it is taken back."""

from collections.abc import Awaitable, Callable

import pytest

from ampkeeper.board.emulated.bought.openevse import BUTTON_OFF, OpenEvse
from ampkeeper.board.emulated.virtual_time import run_virtual
from ampkeeper.hal.pilots import codes
from ampkeeper.hal.pilots.openevse import OWN_BUTTON
from ampkeeper.hal.ports import Permit, PilotStatus
from tests.support.bought import OPENEVSE, Bought, bought

PERMIT = Permit(16.0, 3, keep_locked=False)
NOTHING = Permit(0.0, 3, keep_locked=False)
LONG = 60  # turns: 15 s, three times the pace of a rise

Story = Callable[[Bought, OpenEvse], Awaitable[None]]


def play(story: Story, has_menu: bool = True) -> None:
    async def main() -> None:
        async with bought(OPENEVSE) as rig:
            assert isinstance(rig.board, OpenEvse)
            rig.board.has_menu = has_menu
            identity = await rig.pilot.open()
            assert (OWN_BUTTON in identity.cannot) != has_menu
            rig.car.plug()
            await turns(rig, 20)
            assert rig.board.current_ma == 16_000
            await story(rig, rig.board)

    run_virtual(main())


async def turns(rig: Bought, count: int, permit: Permit = PERMIT) -> PilotStatus:
    for _ in range(count):
        rig.pilot.permit(permit)
        status = await rig.pilot.next_status()
    return status


def test_the_button_is_switched_off_once_for_it_wears_the_eeprom() -> None:
    async def story(rig: Bought, board: OpenEvse) -> None:
        assert board.flags & BUTTON_OFF
        writes = board.eeprom_writes
        rig.pilot.close()
        await rig.pilot.open()
        await turns(rig, LONG)
        assert board.eeprom_writes == writes

    play(story)


def test_it_is_still_off_after_a_reboot_and_off_again_after_a_reset_of_the_settings() -> None:
    async def story(rig: Bought, board: OpenEvse) -> None:
        board.power_up()
        await turns(rig, 4)
        assert board.flags & BUTTON_OFF
        board.flags = 0x0001  # as after a factory reset
        board.power_up()
        await turns(rig, 4)
        assert board.flags & BUTTON_OFF
        board.flags = 0x0001  # by another host's $FF B 1
        await turns(rig, 2)
        assert board.flags & BUTTON_OFF

    play(story)


def test_a_press_stops_the_current_and_the_next_lets_it_go_on() -> None:
    async def story(rig: Bought, board: OpenEvse) -> None:
        board.press()
        status = await turns(rig, LONG)
        assert (board.current_ma, status.limit_a, status.contactor) == (0, 0.0, codes.OPEN)
        assert (status.limited_by, status.faults) == (codes.BY_BOARD, ())
        board.press()
        await turns(rig, LONG)
        assert board.current_ma == 16_000

    play(story)


def test_a_long_press_does_nothing() -> None:
    async def story(rig: Bought, board: OpenEvse) -> None:
        board.press(is_long=True)
        await turns(rig, 8)
        assert board.current_ma == 16_000

    play(story)


@pytest.mark.parametrize("stop", ["press", "sleep", "disable"])
def test_a_stop_at_the_board_outlives_the_pace_of_a_rise(stop: str) -> None:
    async def story(rig: Bought, board: OpenEvse) -> None:
        getattr(board, stop)()
        status = await turns(rig, LONG)
        assert (board.current_ma, status.limit_a) == (0, 0.0)

    play(story, has_menu=False)


def test_whoever_starts_it_again_at_the_board_is_let() -> None:
    async def story(rig: Bought, board: OpenEvse) -> None:
        board.press()
        await turns(rig, 20)
        board.press()
        await turns(rig, LONG)
        assert board.current_ma == 16_000

    play(story, has_menu=False)


def test_nobody_starts_it_at_the_board_without_a_permit() -> None:
    async def story(rig: Bought, board: OpenEvse) -> None:
        await turns(rig, 20, NOTHING)
        board.press()
        assert board.offered_ma > 0
        await turns(rig, 3, NOTHING)
        assert board.offered_ma == 0

    play(story, has_menu=False)


@pytest.mark.parametrize("has_menu", [True, False])
def test_the_next_permit_and_the_next_car_know_nothing_of_it(has_menu: bool) -> None:
    async def story(rig: Bought, board: OpenEvse) -> None:
        board.press()
        await turns(rig, 20)
        await turns(rig, 2, NOTHING)
        await turns(rig, LONG)
        assert board.current_ma == 16_000
        board.press()
        await turns(rig, 20)
        rig.car.unplug()
        await turns(rig, 4)
        rig.car.plug()
        await turns(rig, LONG)
        assert board.current_ma == 16_000

    play(story, has_menu)


def test_a_boot_that_nobody_told_of_is_no_stop() -> None:
    async def story(rig: Bought, board: OpenEvse) -> None:
        board.has_boot_lock = True
        board.power_up()
        board.told.clear()  # $AB was lost on the line
        await turns(rig, LONG)
        assert not board.is_boot_locked
        assert board.current_ma == 16_000

    play(story)
