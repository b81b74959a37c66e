"""A whole session with OCPP on each bought board's twin, and what ends a charge there."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from ampkeeper.board.emulated.bought.openevse import OpenEvse
from ampkeeper.board.emulated.virtual_time import run_virtual
from ampkeeper.firmware.station.desk import Event
from tests.support.bought import EVSE_DIN, HEIDELBERG, KINDS, OPENEVSE
from tests.support.bought_charger import BoughtCharger
from tests.support.rig import VERSIONS
from tests.support.transactions import MOST

Story = Callable[[BoughtCharger], Awaitable[None]]
each_board = pytest.mark.parametrize("kind", KINDS)


def play(folder: Path, kind: str, story: Story, version: str = "2.0.1") -> None:
    async def main() -> None:
        charger = BoughtCharger(folder, kind, version)
        async with charger.running():
            await story(charger)

    run_virtual(main())


@each_board
@pytest.mark.parametrize("version", VERSIONS)
def test_a_session_from_plug_to_unplug_is_told_and_billed(
    tmp_path: Path, kind: str, version: str
) -> None:
    async def story(charger: BoughtCharger) -> None:
        await charger.charge()
        assert charger.rig.board.current_ma == 16_000
        await asyncio.sleep(600)
        assert charger.status == "Charging"
        charger.reader.hold("04A224B1")  # the same card stops
        await charger.until(lambda: charger.rig.board.current_ma == 0)
        (told,) = await charger.settle()
        assert told.is_over
        assert abs(told.energy_wh - charger.rig.car.energy_wh) <= MOST
        assert told.energy_wh > 1_700

    play(tmp_path, kind, story, version)


@each_board
def test_a_car_that_is_full_suspends_and_one_that_leaves_ends(tmp_path: Path, kind: str) -> None:
    async def story(charger: BoughtCharger) -> None:
        await charger.charge()
        charger.rig.car.is_ready = False
        await charger.until(lambda: charger.status == "SuspendedEV")
        charger.rig.car.is_ready = True
        await charger.until(lambda: charger.status == "Charging")
        assert [each.is_over for each in await charger.settle()] == [True]

    play(tmp_path, kind, story)


@each_board
def test_a_limit_reaches_the_car(tmp_path: Path, kind: str) -> None:
    async def story(charger: BoughtCharger) -> None:
        await charger.charge()
        evse, clock = charger.app.station.evses[1], charger.app.clock
        evse.limit_by("test", 10.0, "a test", clock.now())
        took_s = await charger.until(lambda: charger.rig.board.current_ma == 10_000)
        assert took_s < 2.0
        evse.limit_by("test", None, "", clock.now())
        took_s = await charger.until(lambda: charger.rig.board.current_ma == 16_000)
        assert took_s > 3.0  # up in steps that a car can follow

    play(tmp_path, kind, story)


@each_board
def test_a_board_that_was_silent_in_a_charge_starts_at_nothing_and_goes_on(
    tmp_path: Path, kind: str
) -> None:
    async def story(charger: BoughtCharger) -> None:
        await charger.charge()
        charger.rig.power(False)
        await charger.until(lambda: "PilotLinkLost" in charger.seen()["faults"])
        await asyncio.sleep(8)
        left_ma = charger.rig.board.current_ma
        assert left_ma == {EVSE_DIN: 16_000, OPENEVSE: 6_000, HEIDELBERG: 0}[kind]
        charger.rig.power(True)
        await charger.until(lambda: charger.rig.pilot.line.greetings == 2)
        assert charger.rig.board.offered_ma == 0
        await charger.until(lambda: charger.status == "Charging")
        assert [each.is_over for each in await charger.settle()] == [True]

    play(tmp_path, kind, story)


async def stuck(event: Event) -> None:
    """A station that gets nowhere any more; reports are still taken."""
    await asyncio.Event().wait()


@each_board
def test_the_end_of_the_permit_ends_the_current(tmp_path: Path, kind: str) -> None:
    async def story(charger: BoughtCharger) -> None:
        await charger.charge()
        charger.app.task.handle = stuck
        took_s = await charger.until(lambda: charger.rig.board.current_ma == 0)
        assert took_s <= 2.0 + 1.0

    play(tmp_path, kind, story)


def test_a_press_of_the_boards_own_button_suspends_and_the_next_goes_on(tmp_path: Path) -> None:
    async def story(charger: BoughtCharger) -> None:
        await charger.charge()
        board = charger.rig.board
        assert isinstance(board, OpenEvse)
        board.press()
        await charger.until(lambda: charger.status == "SuspendedEVSE")
        await asyncio.sleep(60)
        assert (board.current_ma, charger.status) == (0, "SuspendedEVSE")
        board.press()
        await charger.until(lambda: charger.status == "Charging")
        assert [each.is_over for each in await charger.settle()] == [True]

    play(tmp_path, OPENEVSE, story)
