"""The linked pilot: measurements and profiles up, self-tests and traces down, over any line."""

import asyncio
import math

import pytest

from ampkeeper.firmware.safety.fault import RCD_DC
from ampkeeper.firmware.safety.profile import Profile
from ampkeeper.firmware.safety.recorder import ASKED, ROW_BYTES
from ampkeeper.firmware.safety.selftest import PASSED
from ampkeeper.firmware.safety.signals import NO_SENSOR
from ampkeeper.hal.link.messages import REARM_TRACE, STATUS, Message
from ampkeeper.hal.memory import Noise
from ampkeeper.hal.pilots import linked
from ampkeeper.hal.pilots.convert import to_milli, to_status
from ampkeeper.hal.ports import Trace
from tests.unit.link.link_bench import LEVEL_B, Bench
from tests.unit.link.test_linked_pilot import Rig, rigged

Station = "asyncio.Future[None]"


async def until_trace(rig: Rig, limit_s: float) -> Trace:
    """Wait for a whole trace."""
    end_s = rig.clock.now_s() + limit_s
    while rig.clock.now_s() < end_s:
        await asyncio.sleep(0.05)
        trace = rig.pilot.take_trace()
        if trace is not None:
            return trace
    raise AssertionError(f"no trace within {limit_s} s")


def rows_of(bench: Bench) -> bytes:
    data = bytearray(bench.board.recorder.total())
    bench.board.recorder.read(0, data)
    return bytes(data)


def test_values_per_phase_cross_in_thousandths_and_what_is_not_known_as_such() -> None:
    assert to_milli((16.0, 0.0, None)) == (16_000, 0, -1)
    assert to_milli((0.0004, 0.0006, 1_000.0)) == (0, 1, 1_000_000)
    assert to_milli((-0.1, 1_000.1, math.nan)) == (-1, -1, -1)
    assert to_milli((math.inf, -math.inf, 230.0)) == (-1, -1, 230_000)


def test_what_the_meter_shows_reaches_ring_1() -> None:
    async def scenario(rig: Rig, station: Station) -> None:
        await asyncio.sleep(3)
        rig.pilot.measured((9.5, None, 0.0), (229.9, 231.0, None))
        await asyncio.sleep(0.1)
        metered = rig.bench.board.supervisor.protection.metered
        assert metered.currents_ma == [9_500, -1, 0]
        assert metered.voltages_mv == [229_900, 231_000, -1]

    rigged(scenario)


def test_a_profile_is_kept_in_force_over_a_restart_of_ring_1() -> None:
    async def scenario(rig: Rig, station: Station) -> None:
        rig.bench.level_mv = LEVEL_B
        await asyncio.sleep(3)
        profile = Profile()
        profile.min_ma = 10_000
        rig.pilot.adopt(profile)
        await asyncio.sleep(1)
        assert rig.bench.board.supervisor.profile.min_ma == 10_000
        rig.side.restart(Bench(epoch=77_000))
        rig.bench.level_mv = LEVEL_B
        await asyncio.sleep(3)
        assert rig.bench.board.supervisor.profile.min_ma == 10_000

    rigged(scenario)


def test_results_are_dated_back_by_their_age_and_taken_once() -> None:
    async def scenario(rig: Rig, station: Station) -> None:
        await asyncio.sleep(5)
        rig.pilot.take_tests()
        rig.bench.board.supervisor.protection.selftests.finish(17, True, 3, 1, 4, 20)
        done_s = rig.clock.now_s()
        await asyncio.sleep(1)
        (told,) = rig.pilot.take_tests()
        assert (told.number, told.result, told.value, told.low, told.high) == (17, PASSED, 3, 1, 4)
        assert (told.duration_ms, told.count) == (20, 1)
        assert told.taken_s == pytest.approx(done_s, abs=1.1)  # ages are whole seconds
        assert rig.pilot.take_tests() == ()
        await asyncio.sleep(60)
        rig.pilot.report_tests()
        await asyncio.sleep(1)
        tests = {test.number: test for test in rig.pilot.take_tests()}
        assert sorted(tests) == list(range(1, 30))
        assert tests[17].taken_s == pytest.approx(done_s, abs=1.2)

    rigged(scenario)


def test_results_that_nobody_takes_have_a_limit() -> None:
    async def scenario(rig: Rig, station: Station) -> None:
        for _ in range(8):
            await asyncio.sleep(2)
            rig.pilot.report_tests()
        assert len(rig.pilot.take_tests()) == linked.TESTS_MAX

    rigged(scenario)


def test_a_self_test_runs_when_asked() -> None:
    async def scenario(rig: Rig, station: Station) -> None:
        await asyncio.sleep(5)
        rig.pilot.take_tests()
        rig.pilot.self_test(15)
        await asyncio.sleep(1)
        assert [test.number for test in rig.pilot.take_tests()] == [15]

    rigged(scenario)


def test_a_fault_is_fetched_as_a_trace_and_the_next_one_after_it_is_rearmed() -> None:
    async def scenario(rig: Rig, station: Station) -> None:
        await asyncio.sleep(12)
        rig.bench.inputs.rcd_dc = 1
        trace = await until_trace(rig, 8)
        assert (trace.trace_id, trace.cause) == (1, RCD_DC)
        assert trace.rows == rows_of(rig.bench)
        assert len(trace.rows) == 1_000 * ROW_BYTES
        frozen_s = 12 + 0.01 + 1.0
        assert trace.taken_s == pytest.approx(frozen_s, abs=0.15)
        await asyncio.sleep(10)
        assert rig.pilot.take_trace() is None
        assert rig.bench.board.recorder.trace_id == 1, "nobody let it run again"
        rig.pilot.rearm_trace()
        await asyncio.sleep(1)
        assert rig.bench.board.recorder.trace_id == 0
        rig.pilot.freeze_trace()
        trace = await until_trace(rig, 8)
        assert (trace.trace_id, trace.cause) == (2, ASKED)

    rigged(scenario)


@pytest.mark.parametrize("seed", range(3))
def test_a_line_that_loses_doubles_and_reorders_still_brings_the_whole_trace(seed: int) -> None:
    async def scenario(rig: Rig, station: Station) -> None:
        await asyncio.sleep(5)
        rig.pilot.freeze_trace()
        trace = await until_trace(rig, 60)
        assert trace.rows == rows_of(rig.bench)
        assert rig.pilot.counters()["lost"] > 0

    rigged(scenario, seed=seed, noise=Noise(0.05, 0.02, 0.02, 0.02, 0.02, 0.02))


def test_a_ring_1_that_restarts_in_the_middle_of_a_trace_gives_the_next_one_whole() -> None:
    async def scenario(rig: Rig, station: Station) -> None:
        await asyncio.sleep(12)
        rig.pilot.freeze_trace()
        await asyncio.sleep(2.0)
        assert rig.bench.board.recorder.trace_id == 1
        rig.side.restart(Bench(epoch=77_000))
        await asyncio.sleep(5)
        assert rig.pilot.take_trace() is None
        rig.pilot.freeze_trace()
        trace = await until_trace(rig, 8)
        assert trace.rows == rows_of(rig.bench)

    rigged(scenario)


def test_an_order_to_go_on_that_was_lost_with_the_line_leaves_no_frozen_recorder() -> None:
    async def scenario(rig: Rig, station: Station) -> None:
        await asyncio.sleep(5)
        rig.pilot.freeze_trace()
        first = await until_trace(rig, 8)
        rig.side.is_powered = False
        await asyncio.sleep(0.5)
        rig.pilot.rearm_trace()
        await asyncio.sleep(5)
        rig.side.is_powered = True
        again = await until_trace(rig, 10)
        assert (again.trace_id, again.rows) == (first.trace_id, first.rows)

    rigged(scenario)


def test_an_order_to_go_on_that_is_said_again_after_a_greeting_costs_no_other_trace() -> None:
    async def scenario(rig: Rig, station: Station) -> None:
        await asyncio.sleep(5)
        rig.pilot.freeze_trace()
        first = await until_trace(rig, 8)
        rig.pilot.rearm_trace()
        await asyncio.sleep(1)
        rig.pilot.freeze_trace()
        await asyncio.sleep(2)
        rig.pilot.link.command(REARM_TRACE, first.trace_id)  # not known to have been run
        await asyncio.sleep(1)
        assert rig.bench.board.recorder.trace_id == first.trace_id + 1

    rigged(scenario)


def test_a_contactors_counts_are_given_back() -> None:
    async def scenario(rig: Rig, station: Station) -> None:
        await asyncio.sleep(3)
        rig.pilot.restore_wear(2**40, 5)
        await asyncio.sleep(1)
        wear = rig.bench.board.supervisor.protection.wear
        assert (wear.closings, wear.under_load) == (1_000_000_000, 5)  # units.COUNT_MAX

    rigged(scenario)


def test_no_sensor_is_no_temperature() -> None:
    values = dict(Message(STATUS).values)
    assert to_status(values | {"temperature_dc": NO_SENSOR}, 0.0).temperature_c is None
    assert to_status(values | {"temperature_dc": -32_767}, 0.0).temperature_c == -3276.7
    assert to_status(values | {"temperature_dc": 0}, 0.0).temperature_c == 0.0
