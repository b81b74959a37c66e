"""A trip and an emergency stop in a whole session with OCPP, on each bought board's twin.

One stop, one reason, ``Faulted`` until a person clears it with the cause gone; then the next
session goes as any other.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from ampkeeper.board.emulated.bought.evse_din import TEST_MS, EvseDin
from ampkeeper.board.emulated.bought.heidelberg import Heidelberg
from ampkeeper.board.emulated.virtual_time import run_virtual
from ampkeeper.firmware.safety.fault import EMERGENCY_STOP, RCD_AC
from ampkeeper.hal.ports import Clock, Pilot
from tests.support.bought import EVSE_DIN, KINDS, OPENEVSE, Bought
from tests.support.bought_charger import BoughtCharger, Fit
from tests.support.rig import VERSIONS
from tests.support.stop_lines import StopLines

RCD_WIRED = 1 << 4  # register 2005
TEST_S = TEST_MS / 1_000
LONG_S = 400.0  # an OpenEVSE would try again by now
OPEN_S = 1.0  # two looks at the line, a turn, and what the twin's relay takes; the car stops first

Story = Callable[[BoughtCharger], Awaitable[None]]
each_version = pytest.mark.parametrize("version", VERSIONS)


def play(folder: Path, kind: str, version: str, story: Story, fit: Fit) -> None:
    async def main() -> None:
        charger = BoughtCharger(folder, kind, version, fit)
        async with charger.running():
            await story(charger)

    run_virtual(main())


def monitored(rig: Bought, clock: Clock) -> Pilot:
    """A residual-current monitor is wired to the board."""
    if isinstance(rig.board, EvseDin):
        rig.board.memory[5] |= RCD_WIRED
    return rig.pilot


def error_codes(charger: BoughtCharger) -> list[str]:
    """What 1.6 gave as the cause of ``Faulted``."""
    told = charger.csms.record.calls("StatusNotification")
    return [each["errorCode"] for each in told if each.get("status") == "Faulted"]


async def next_session(charger: BoughtCharger) -> None:
    """The car of the fault has left: the next one charges, and is billed."""
    await charger.charge("04A224B2")
    await asyncio.sleep(60)
    first, second = await charger.settle()
    assert (first.is_over, second.is_over) == (True, True)
    assert second.energy_wh > 0


@pytest.mark.parametrize("kind", [EVSE_DIN, OPENEVSE])
@each_version
def test_a_residual_current_ends_the_transaction_until_a_person_clears_it(
    tmp_path: Path, kind: str, version: str
) -> None:
    async def story(charger: BoughtCharger) -> None:
        await charger.charge()
        board = charger.rig.board
        assert not isinstance(board, Heidelberg)
        board.is_leaking = True
        await charger.until(lambda: not board.is_on, 1.0)
        await charger.until(lambda: charger.status == "Faulted")
        assert charger.seen()["faults"] == ["RcdAc"]
        board.is_leaking = False
        await asyncio.sleep(LONG_S)
        assert (board.current_ma, charger.status) == (0, "Faulted")
        assert charger.csms.record.statuses()[-1] == "Faulted"
        charger.rig.pilot.clear_fault(RCD_AC)
        await charger.until(lambda: charger.seen()["faults"] == [])
        (told,) = await charger.settle()
        assert told.reason == ("GroundFault" if version == "2.0.1" else "Other")
        assert version == "2.0.1" or error_codes(charger) == ["GroundFailure"]
        await next_session(charger)

    play(tmp_path, kind, version, story, monitored)


@each_version
def test_after_a_trip_an_evse_din_offers_nothing_before_its_monitor_passed_a_test(
    tmp_path: Path, version: str
) -> None:
    async def story(charger: BoughtCharger) -> None:
        await charger.charge()
        board = charger.rig.board
        assert isinstance(board, EvseDin)
        board.is_leaking = True
        await charger.until(lambda: charger.status == "Faulted")
        board.is_leaking = False
        charger.rig.car.unplug()
        await asyncio.sleep(5.0)
        charger.rig.pilot.clear_fault(RCD_AC)
        cleared_s = asyncio.get_running_loop().time()
        await charger.until(lambda: charger.status == "Available")
        charger.rig.car.plug()
        charger.reader.hold("04A224B2")
        await charger.until(lambda: board.offered_ma > 0)
        assert asyncio.get_running_loop().time() - cleared_s >= TEST_S

    play(tmp_path, EVSE_DIN, version, story, monitored)


@pytest.mark.parametrize("kind", KINDS)
@each_version
def test_an_emergency_stop_ends_the_transaction_until_a_person_clears_it(
    tmp_path: Path, kind: str, version: str
) -> None:
    stop = StopLines()

    async def story(charger: BoughtCharger) -> None:
        await charger.charge()
        board = charger.rig.board
        stop.press()
        assert await charger.until(lambda: not board.is_on) < OPEN_S
        await charger.until(lambda: charger.status == "Faulted")
        assert charger.seen()["faults"] == ["EmergencyStop"]
        stop.press(False)
        await asyncio.sleep(60)
        assert (board.current_ma, charger.status) == (0, "Faulted")
        charger.pilot.clear_fault(EMERGENCY_STOP)
        await charger.until(lambda: charger.seen()["faults"] == [])
        (told,) = await charger.settle()
        assert told.reason == "EmergencyStop"
        assert version == "2.0.1" or error_codes(charger) == ["OtherError"]
        await next_session(charger)

    play(tmp_path, kind, version, story, lambda rig, clock: stop.guarding(rig.pilot, clock))
