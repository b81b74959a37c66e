"""EVSE-DIN's test of its residual-current monitor: before the first charge, and after each car."""

import asyncio

import pytest

from ampkeeper.board.emulated.bought.evse_din import TEST_MS, EvseDin
from ampkeeper.board.emulated.virtual_time import run_virtual
from ampkeeper.hal.pilots import codes
from ampkeeper.hal.pilots.rcd_test import LATE_S
from ampkeeper.hal.ports import Permit, PilotStatus, SelfTest
from tests.support.bought import EVSE_DIN, Bought, bought

PERMIT = Permit(16.0, 3, keep_locked=False)
RCD_WIRED = 1 << 4
TEST_S = TEST_MS / 1_000
FIRMWARES = (18, 16)


def wired(rig: Bought, firmware: int = 18) -> EvseDin:
    assert isinstance(rig.board, EvseDin)
    rig.board.firmware = firmware
    rig.board.memory[5] |= RCD_WIRED
    return rig.board


async def followed(rig: Bought, wait_s: float) -> tuple[PilotStatus, list[SelfTest]]:
    """The last report after so long under a permit, and the results on the way."""
    tests: list[SelfTest] = []
    end_s = asyncio.get_running_loop().time() + wait_s
    while True:
        rig.pilot.permit(PERMIT)
        status = await rig.pilot.next_status()
        tests += rig.pilot.take_tests()
        if asyncio.get_running_loop().time() >= end_s:
            return status, tests


@pytest.mark.parametrize("firmware", FIRMWARES)
def test_a_car_charges_after_the_test_and_not_before(firmware: int) -> None:
    async def scenario() -> None:
        async with bought(EVSE_DIN) as rig:
            board = wired(rig, firmware)
            await rig.pilot.open()
            rig.car.plug()
            status, _ = await followed(rig, TEST_S - 5.0)
            assert (status.faults, board.offered_ma) == ((), 0)
            status, tests = await followed(rig, 12.0)
            assert [test.result for test in tests] == [codes.PASSED]
            assert tests[0].duration_ms == pytest.approx(TEST_MS, abs=2_000)
            assert (status.faults, status.sequence, board.is_on) == ((), codes.CHARGING, True)

    run_virtual(scenario())


@pytest.mark.parametrize("firmware", FIRMWARES)
def test_a_monitor_that_does_not_trip_keeps_the_car_waiting(firmware: int) -> None:
    async def scenario() -> None:
        async with bought(EVSE_DIN) as rig:
            board = wired(rig, firmware)
            board.is_test_broken = True
            await rig.pilot.open()
            rig.car.plug()
            status, tests = await followed(rig, LATE_S + 5.0)
            assert [test.result for test in tests] == [codes.RUNNING, codes.FAILED]
            assert codes.RCD_TEST_FAILED in status.faults
            assert (board.offered_ma, board.is_on) == (0, False)

    run_virtual(scenario())


def test_the_next_car_waits_for_a_test_of_its_own() -> None:
    async def scenario() -> None:
        async with bought(EVSE_DIN) as rig:
            board = wired(rig)
            await rig.pilot.open()
            rig.car.plug()
            status, _ = await followed(rig, TEST_S + 10.0)
            assert status.sequence == codes.CHARGING
            rig.car.unplug()
            await followed(rig, 3.0)
            rig.car.plug()
            status, _ = await followed(rig, TEST_S - 10.0)
            assert (status.faults, board.offered_ma) == ((), 0)
            status, _ = await followed(rig, 20.0)
            assert (status.faults, status.sequence) == ((), codes.CHARGING)

    run_virtual(scenario())


def test_a_residual_current_in_a_charge_is_latched_until_a_person_clears_it() -> None:
    async def scenario() -> None:
        async with bought(EVSE_DIN) as rig:
            board = wired(rig)
            await rig.pilot.open()
            rig.car.plug()
            await followed(rig, TEST_S + 10.0)
            board.is_leaking = True
            status, _ = await followed(rig, 2.0)
            assert (codes.RCD_AC in status.faults, board.is_on) == (True, False)
            board.is_leaking = False
            status, _ = await followed(rig, 120.0)
            assert (codes.RCD_AC in status.faults, board.offered_ma) == (True, 0)
            rig.pilot.clear_fault(codes.RCD_AC)
            status, _ = await followed(rig, TEST_S + 20.0)
            assert (status.faults, status.sequence) == ((), codes.CHARGING)

    run_virtual(scenario())
