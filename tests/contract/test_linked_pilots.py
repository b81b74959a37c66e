"""What only ring 1 of our own does, behind our link: over memory in virtual time, over a pty."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from ampkeeper.board.emulated.virtual_time import LoopClock, ScaledLoop, run_virtual
from ampkeeper.firmware.safety.contactor import CLOSED
from ampkeeper.firmware.safety.profile import Profile
from ampkeeper.firmware.safety.recorder import ASKED, ROW_BYTES
from ampkeeper.firmware.safety.selftest import LAST, PASSED
from ampkeeper.firmware.safety.sequence import IDLE
from ampkeeper.firmware.safety.signals import YES
from ampkeeper.hal.link.messages import PROTOCOL
from ampkeeper.hal.linux.stream import PtyStream, SerialStream
from ampkeeper.hal.memory import memory_pair
from ampkeeper.hal.pilots.codes import NO_STOP_LINE
from ampkeeper.hal.pilots.linked import LinkedPilot
from ampkeeper.hal.ports import ByteStream, Permit, Pilot, PilotIdentity, PilotStatus, SelfTest
from tests.unit.link.far_side import FarSide
from tests.unit.link.link_bench import LEVEL_B, Bench, captive

EARTH = 15  # a self-test that never ends: the protective earth
PERMIT_16_A = Permit(16.0, 3, keep_locked=False)
Scenario = Callable[[Pilot, FarSide], Awaitable[None]]
Run = Callable[[Scenario], None]


async def play(near: ByteStream, far: ByteStream, scenario: Scenario) -> None:
    side = FarSide(far, Bench())
    pilot = LinkedPilot(near, LoopClock(), captive(), "0.1.0")
    running = asyncio.ensure_future(side.run())
    try:
        async with asyncio.timeout(120):
            await scenario(pilot, side)
    finally:
        pilot.close()
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


def over_memory(scenario: Scenario) -> None:
    async def main() -> None:
        near, far = memory_pair()
        await play(near, far, scenario)

    run_virtual(main())


def over_pty(scenario: Scenario) -> None:
    async def main() -> None:
        far = PtyStream()
        try:
            await play(SerialStream(far.path), far, scenario)
        finally:
            far.destroy()

    with asyncio.Runner(loop_factory=lambda: ScaledLoop(4)) as runner:
        runner.run(main())


each_line = pytest.mark.parametrize("run", [over_memory, over_pty])


async def begin(pilot: Pilot) -> None:
    """Open; no fault is left from before."""
    await pilot.open()
    pilot.restore_faults(())


async def hear_all(pilot: Pilot) -> None:
    """Take reports for as long as there are any."""
    while True:
        await pilot.next_status()


async def charge(pilot: Pilot, side: FarSide) -> PilotStatus:
    """Permit and wait until the contactor is closed."""
    side.bench.plug_in_and_draw()
    for _ in range(100):
        pilot.permit(PERMIT_16_A)
        status = await pilot.next_status()
        if status.contactor == CLOSED:
            return status
    raise AssertionError("the contactor did not close")


@each_line
def test_open_tells_who_is_there(run: Run) -> None:
    async def scenario(pilot: Pilot, side: FarSide) -> None:
        assert await pilot.open() == PilotIdentity("bench", "9.9.9", PROTOCOL)

    run(scenario)


@each_line
def test_a_status_is_in_the_stations_units(run: Run) -> None:
    async def scenario(pilot: Pilot, side: FarSide) -> None:
        await pilot.open()
        status = await pilot.next_status()
        assert (status.sequence, status.high_mv, status.low_mv) == (IDLE, 12_000, 12_000)
        assert (status.temperature_c, status.faults, status.is_coil_on) == (25.0, (), False)

    run(scenario)


@each_line
def test_reports_come_ten_times_a_second(run: Run) -> None:
    async def scenario(pilot: Pilot, side: FarSide) -> None:
        await pilot.open()
        first = await pilot.next_status()
        for _ in range(10):
            last = await pilot.next_status()
        count = 10 + last.line["lost"] - first.line["lost"]
        assert 95 * count <= last.uptime_ms - first.uptime_ms <= 105 * count
        assert 0.05 * count < last.taken_s - first.taken_s < 0.2 * count

    run(scenario)


@each_line
def test_results_of_self_tests_come_when_asked_and_are_taken_once(run: Run) -> None:
    async def scenario(pilot: Pilot, side: FarSide) -> None:
        await begin(pilot)
        for _ in range(20):
            await pilot.next_status()
        pilot.take_tests()
        pilot.report_tests()
        told = {}
        while len(told) < LAST:
            await pilot.next_status()
            told |= {test.number: test for test in pilot.take_tests()}
        assert sorted(told) == list(range(1, LAST + 1))
        assert (told[EARTH].result, told[EARTH].value) == (PASSED, YES)
        assert pilot.take_tests() == ()

    run(scenario)


@each_line
def test_a_self_test_is_run_when_asked(run: Run) -> None:
    async def scenario(pilot: Pilot, side: FarSide) -> None:
        await begin(pilot)
        for _ in range(20):
            await pilot.next_status()
        pilot.take_tests()
        pilot.self_test(EARTH)
        tests: tuple[SelfTest, ...] = ()
        while not tests:
            await pilot.next_status()
            tests = pilot.take_tests()
        assert [test.number for test in tests] == [EARTH]

    run(scenario)


@each_line
def test_a_frozen_trace_is_taken_once_and_the_recorder_runs_when_told(run: Run) -> None:
    async def scenario(pilot: Pilot, side: FarSide) -> None:
        await begin(pilot)
        pilot.freeze_trace()
        trace = None
        while trace is None:
            status = await pilot.next_status()
            trace = pilot.take_trace()
        assert status.trace_id == trace.trace_id == 1
        assert (trace.cause, len(trace.rows) % ROW_BYTES) == (ASKED, 0)
        assert len(trace.rows) >= 100 * ROW_BYTES
        assert pilot.take_trace() is None
        pilot.rearm_trace()
        while (await pilot.next_status()).trace_id:
            pass

    run(scenario)


@each_line
def test_measurements_a_profile_and_counts_reach_ring_1(run: Run) -> None:
    async def scenario(pilot: Pilot, side: FarSide) -> None:
        await begin(pilot)
        side.bench.level_mv = LEVEL_B
        pilot.adopt(Profile())
        pilot.restore_wear(1_234, 5)
        while True:
            pilot.measured((9.5, None, 0.0), (230.0, None, None))
            status = await pilot.next_status()
            if status.profile_id and (status.closings, status.under_load) == (1_234, 5):
                break
        protection = side.bench.board.supervisor.protection
        assert protection.metered.currents_ma == [9_500, -1, 0]

    run(scenario)


@pytest.mark.parametrize("has_stop", [True, False])
def test_a_board_built_without_a_stop_is_introduced_so(has_stop: bool) -> None:
    async def main() -> None:
        near, far = memory_pair()
        running = asyncio.ensure_future(FarSide(far, Bench()).run())
        pilot = LinkedPilot(near, LoopClock(), captive(), "0.1.0", has_stop)
        identity = await pilot.open()
        assert (identity.has_stop, NO_STOP_LINE not in identity.cannot) == (has_stop, has_stop)
        pilot.close()
        running.cancel()
        await asyncio.wait([running])

    run_virtual(main())
