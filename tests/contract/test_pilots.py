"""What every pilot does: ring 1 behind our link, bought boards, and one behind a stop at the Pi.

Each in virtual time over memory, and over a pty on a loop whose time runs faster than the wall's
and waits for a machine that cannot keep up. The drivers are the shipped ones.
What only ring 1 of our own does is in ``test_linked_pilots.py``, what only bought boards do in
``tests/unit/pilots_bought``.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial

import pytest

from ampkeeper.board.emulated.virtual_time import LoopClock, ScaledLoop, run_virtual
from ampkeeper.firmware.safety.contactor import CLOSED, OPEN
from ampkeeper.firmware.safety.pilot import A
from ampkeeper.firmware.safety.profile import Profile
from ampkeeper.firmware.safety.selftest import LAST
from ampkeeper.firmware.safety.sequence import CHARGING, IDLE
from ampkeeper.firmware.safety.signals import DUTY_X1
from ampkeeper.hal.errors import AbsentError
from ampkeeper.hal.ports import Permit, Pilot, PilotStatus, SelfTest
from tests.support.board_pilots import board_pilot
from tests.support.bought import KINDS
from tests.support.pilot_benches import Far, Pair, fronted, guarded, linked

PERMIT_16_A = Permit(16.0, 3, keep_locked=False)
PTY_SPEED = 3
ABSENT_S = 3.0  # a bought board's request may be on its way when it falls silent


Open = Callable[[], AbstractAsyncContextManager[Pair]]
Scenario = Callable[[Pilot, Far], Awaitable[None]]
Run = Callable[[Scenario], None]


def play(make: Open, is_pty: bool, scenario: Scenario) -> None:
    async def main() -> None:
        async with make() as (pilot, far), asyncio.timeout(120):
            await scenario(pilot, far)

    if not is_pty:
        run_virtual(main())
        return
    with asyncio.Runner(loop_factory=lambda: ScaledLoop(PTY_SPEED)) as runner:
        runner.run(main())


MAKERS = {
    "linked": linked,
    "board": board_pilot,
    "guarded": guarded,
    **{kind: partial(fronted, kind) for kind in KINDS},
}
RUNS = {
    f"{name}-{'pty' if is_pty else 'memory'}": partial(play, partial(make, is_pty), is_pty)
    for name, make in MAKERS.items()
    for is_pty in (False, True)
}
each_pilot = pytest.mark.parametrize("run", RUNS.values(), ids=RUNS.keys())


async def opened(pilot: Pilot) -> None:
    """Greet, and say that nothing has to be put back."""
    await pilot.open()
    pilot.restore_faults(())


async def reported(pilot: Pilot, is_so: Callable[[PilotStatus], bool]) -> PilotStatus:
    """Permit and take reports until one is so."""
    for _ in range(400):
        pilot.permit(PERMIT_16_A)
        status = await pilot.next_status()
        if is_so(status):
            return status
    raise AssertionError(f"never so: {status}")


async def charge(pilot: Pilot, far: Far) -> PilotStatus:
    far.plug_in_and_draw()
    return await reported(pilot, lambda status: status.contactor == CLOSED)


async def hear_all(pilot: Pilot) -> None:
    """Take reports for as long as there are any."""
    while True:
        await pilot.next_status()


@each_pilot
def test_open_tells_who_is_there(run: Run) -> None:
    async def scenario(pilot: Pilot, far: Far) -> None:
        assert (await pilot.open()).board

    run(scenario)


@each_pilot
def test_an_idle_board_shows_no_car_and_no_current(run: Run) -> None:
    async def scenario(pilot: Pilot, far: Far) -> None:
        await opened(pilot)
        status = await reported(pilot, lambda status: status.pilot == A)
        assert (status.sequence, status.contactor, status.duty_ticks) == (IDLE, OPEN, DUTY_X1)
        assert (status.is_coil_on, status.faults) == (False, ())

    run(scenario)


@each_pilot
def test_reports_follow_each_other_and_are_never_older_than_their_look(run: Run) -> None:
    async def scenario(pilot: Pilot, far: Far) -> None:
        await opened(pilot)
        clock = LoopClock()
        last = await pilot.next_status()
        for _ in range(6):
            status = await pilot.next_status()
            assert 0 < status.taken_s - last.taken_s < 1.0
            assert status.uptime_ms > last.uptime_ms
            assert clock.now_s() - status.taken_s < 0.5
            last = status

    run(scenario)


@each_pilot
def test_permits_charge_the_car(run: Run) -> None:
    async def scenario(pilot: Pilot, far: Far) -> None:
        await opened(pilot)
        status = await charge(pilot, far)
        assert (status.sequence, status.limit_a, status.phases) == (CHARGING, 16.0, 3)
        assert status.is_coil_on
        assert status.is_mirror_made is not False
        assert status.closing_count == 1

    run(scenario)


@each_pilot
def test_without_a_permit_nothing_is_offered_and_an_old_one_ends_the_charge(run: Run) -> None:
    async def scenario(pilot: Pilot, far: Far) -> None:
        await opened(pilot)
        await charge(pilot, far)
        clock = LoopClock()
        pilot.permit(PERMIT_16_A)
        permitted_s = clock.now_s()
        status = await pilot.next_status()
        while status.duty_ticks != DUTY_X1:
            status = await pilot.next_status()
        assert 1.5 < clock.now_s() - permitted_s < 3.0
        while status.contactor == CLOSED:
            status = await pilot.next_status()
        assert not status.is_coil_on

    run(scenario)


@each_pilot
def test_a_permit_of_nothing_ends_the_charge_at_once(run: Run) -> None:
    async def scenario(pilot: Pilot, far: Far) -> None:
        await opened(pilot)
        await charge(pilot, far)
        clock = LoopClock()
        ended_s = clock.now_s()
        status = await pilot.next_status()
        while status.duty_ticks != DUTY_X1:
            pilot.permit(Permit(0.0, 3, keep_locked=False))
            status = await pilot.next_status()
        assert clock.now_s() - ended_s < 1.0

    run(scenario)


@each_pilot
def test_a_car_that_leaves_is_seen_and_the_contactor_opens(run: Run) -> None:
    async def scenario(pilot: Pilot, far: Far) -> None:
        await opened(pilot)
        await charge(pilot, far)
        far.unplug()
        status = await reported(pilot, lambda status: (status.pilot, status.contactor) == (A, OPEN))
        assert (status.stop_count, status.is_coil_on) == (1, False)

    run(scenario)


@each_pilot
def test_a_latched_fault_is_reported_and_cleared(run: Run) -> None:
    async def scenario(pilot: Pilot, far: Far) -> None:
        await opened(pilot)
        await charge(pilot, far)
        far.fail(True)
        status = await reported(pilot, lambda status: status.faults == (far.fault,))
        far.fail(False)
        for _ in range(10):
            status = await reported(pilot, lambda status: True)
        assert status.faults == (far.fault,)
        assert not status.is_coil_on
        pilot.clear_fault(far.fault)
        await reported(pilot, lambda status: status.faults == ())

    run(scenario)


@each_pilot
def test_a_fault_of_before_is_put_back_and_holds(run: Run) -> None:
    async def scenario(pilot: Pilot, far: Far) -> None:
        await pilot.open()
        pilot.restore_faults([far.fault])
        far.plug_in_and_draw()
        await reported(pilot, lambda status: status.faults == (far.fault,))
        for _ in range(10):
            assert not (await reported(pilot, lambda status: True)).is_coil_on

    run(scenario)


@each_pilot
def test_a_silent_board_is_absent_soon_and_no_report_comes_from_before(run: Run) -> None:
    async def scenario(pilot: Pilot, far: Far) -> None:
        await opened(pilot)
        await pilot.next_status()
        far.power(False)
        clock = LoopClock()
        died_s = clock.now_s()
        with pytest.raises(AbsentError):
            await hear_all(pilot)
        assert 0.9 <= clock.now_s() - died_s < ABSENT_S

    run(scenario)


@each_pilot
def test_a_board_that_never_answers_is_absent(run: Run) -> None:
    async def scenario(pilot: Pilot, far: Far) -> None:
        far.power(False)
        with pytest.raises(AbsentError):
            await pilot.open()

    run(scenario)


@each_pilot
def test_it_opens_again_after_absence(run: Run) -> None:
    async def scenario(pilot: Pilot, far: Far) -> None:
        far.power(False)
        with pytest.raises(AbsentError):
            await pilot.open()
        far.power(True)
        await opened(pilot)
        await charge(pilot, far)

    run(scenario)


@each_pilot
def test_close_is_safe_twice_and_a_permit_then_goes_nowhere(run: Run) -> None:
    async def scenario(pilot: Pilot, far: Far) -> None:
        await opened(pilot)
        pilot.close()
        pilot.close()
        pilot.permit(PERMIT_16_A)
        with pytest.raises(AbsentError):
            await hear_all(pilot)

    run(scenario)


@each_pilot
def test_every_self_test_has_a_result_when_asked_and_is_taken_once(run: Run) -> None:
    async def scenario(pilot: Pilot, far: Far) -> None:
        await opened(pilot)
        for _ in range(5):
            await pilot.next_status()
        pilot.take_tests()
        pilot.report_tests()
        told: dict[int, SelfTest] = {}
        while len(told) < LAST:
            await pilot.next_status()
            told |= {test.number: test for test in pilot.take_tests()}
        assert sorted(told) == list(range(1, LAST + 1))
        assert pilot.take_tests() == ()

    run(scenario)


@each_pilot
def test_what_a_board_cannot_use_does_it_no_harm(run: Run) -> None:
    async def scenario(pilot: Pilot, far: Far) -> None:
        await opened(pilot)
        pilot.adopt(Profile())
        pilot.measured((9.5, None, 0.0), (230.0, None, None))
        pilot.restore_wear(1_234, 5)
        pilot.freeze_trace()
        await reported(pilot, lambda status: (status.closings, status.under_load) == (1_234, 5))
        pilot.rearm_trace()
        await charge(pilot, far)

    run(scenario)
