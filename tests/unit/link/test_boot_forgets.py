"""A latched fault that a start of ring 1 has forgotten: no permit is quicker than its return.

The car asks for current all the time, the station permits ten times a second, and the wire
loses, doubles, delays and reorders. The contactor must never close.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from ampkeeper.board.emulated.virtual_time import LoopClock, run_virtual
from ampkeeper.firmware.safety.fault import CONTACTOR_WELDED, RCD_DC
from ampkeeper.hal.errors import AbsentError
from ampkeeper.hal.memory import Noise, memory_pair
from ampkeeper.hal.pilots.linked import LinkedPilot
from ampkeeper.hal.ports import Permit, PilotStatus
from tests.unit.link.far_side import FarSide
from tests.unit.link.link_bench import Bench, captive

PERMIT = Permit(16.0, 3, keep_locked=False)
CALM = Noise()
BAD = Noise(0.15, 0.1, 0.1, 0.1, 0.2, 0.2)


class Rig:
    """A station that is quick to permit, and slow by ``late_s`` to say what it remembers."""

    def __init__(self, seed: int, noise: Noise, late_s: float) -> None:
        self.near, far = memory_pair(seed, noise)
        self.side = FarSide(far, drawing(1_000))
        self.pilot = LinkedPilot(self.near, LoopClock(), captive())
        self.faults: tuple[int, ...] = (CONTACTOR_WELDED, RCD_DC)
        self.late_s = late_s
        self.busy_s = 0.0  # for so long the station reads nothing, once, while it reminds
        self.statuses: list[PilotStatus] = []

    async def hear(self) -> None:
        """Take reports for ever; remind ring 1 when one says that it has booted."""
        while True:
            with suppress(AbsentError):
                await self.pilot.open()
                await self._take()

    async def _take(self) -> None:
        while True:
            status = await self.pilot.next_status()
            self.statuses.append(status)
            if status.is_forgetful:
                await asyncio.sleep(self.late_s)
                self.pilot.restore_rcd_retries(3)
                self.pilot.restore_faults(self.faults)
                if status.rcd_retry_count:
                    await asyncio.sleep(self.busy_s)
                    self.busy_s = 0.0

    async def permit(self) -> None:
        while True:
            self.pilot.permit(PERMIT)
            await asyncio.sleep(0.1)

    def reboot(self, epoch: int) -> None:
        self.side.restart(drawing(epoch))


def drawing(epoch: int) -> Bench:
    bench = Bench(epoch=epoch)
    bench.plug_in_and_draw()
    return bench


def played(
    scenario: Callable[[Rig], Awaitable[None]],
    seed: int = 0,
    noise: Noise = CALM,
    late_s: float = 0.0,
) -> None:
    async def main() -> None:
        rig = Rig(seed, noise, late_s)
        tasks = [asyncio.ensure_future(run()) for run in (rig.side.run, rig.hear, rig.permit)]
        try:
            await scenario(rig)
        finally:
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    run_virtual(main())


def closings(rig: Rig) -> int:
    return sum(what == "coil" and value for _, what, value in rig.side.bench.edges)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("late_s", [0.0, 0.3])
def test_no_permit_overtakes_a_latched_fault_on_a_bad_wire(seed: int, late_s: float) -> None:
    async def scenario(rig: Rig) -> None:
        restored = 0
        for boot in range(6):
            await asyncio.sleep(4)
            assert closings(rig) == 0
            restored += rig.side.bench.board.supervisor.faults.bitmap() == 0b110
            rig.reboot(2_000 + 100 * boot)
        assert restored, "the reminder never came through"

    played(scenario, seed, BAD, late_s)


def test_the_same_car_charges_where_nothing_has_to_be_put_back() -> None:
    async def scenario(rig: Rig) -> None:
        rig.faults = ()
        await asyncio.sleep(4)
        assert closings(rig) == 1
        rig.reboot(2_000)
        await asyncio.sleep(80)  # a car that was there at the start waits for the reclosing time
        assert closings(rig) == 1

    played(scenario)


def test_a_fault_that_came_since_the_last_greeting_is_among_those_put_back() -> None:
    async def scenario(rig: Rig) -> None:
        rig.faults = ()
        await asyncio.sleep(4)
        rig.faults = (CONTACTOR_WELDED,)
        rig.reboot(2_000)
        await asyncio.sleep(80)
        assert closings(rig) == 0
        assert rig.statuses[-1].faults == (CONTACTOR_WELDED,)

    played(scenario)


def test_a_station_that_says_nothing_of_the_past_gets_no_charge() -> None:
    async def scenario(rig: Rig) -> None:
        await asyncio.sleep(20)
        assert closings(rig) == 0
        assert rig.statuses[-1].is_forgetful
        assert rig.side.bench.status()["settings_id"] == 0

    played(scenario, late_s=1_000.0)


def test_counts_are_back_before_ring_1_takes_permits() -> None:
    async def scenario(rig: Rig) -> None:
        rig.faults = ()
        board = rig.side.bench.board
        for _ in range(1_000):
            await asyncio.sleep(0.001)
            if board.link.status.values["settings_id"]:
                break
        assert board.supervisor.protection.leakage.retry_count == 3
        await asyncio.sleep(1)
        assert rig.statuses[-1].rcd_retry_count == 3
        assert not rig.statuses[-1].is_forgetful

    played(scenario)


def test_a_report_of_before_the_reminder_is_forgetful_also_in_one_read_with_its_answer() -> None:
    async def scenario(rig: Rig) -> None:
        rig.side.line_s = 0.15  # a report of before leaves while the reminder is on its way
        await asyncio.sleep(4)
        rig.busy_s = 0.5
        rig.reboot(2_000)
        await asyncio.sleep(4)
        assert any(status.is_forgetful for status in rig.statuses)
        for status in rig.statuses:
            assert status.is_forgetful or CONTACTOR_WELDED in status.faults, status.uptime_ms

    played(scenario)
