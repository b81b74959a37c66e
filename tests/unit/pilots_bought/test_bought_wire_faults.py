"""Faults on the wire of bought boards, over a pty: no stale report, and how soon it is over."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from ampkeeper.board.emulated.bought.openevse_words import frame
from ampkeeper.board.emulated.bought.rtu import framed
from ampkeeper.board.emulated.bought.wire import Wire
from ampkeeper.board.emulated.virtual_time import ScaledLoop
from ampkeeper.hal.errors import HalError
from ampkeeper.hal.ports import Permit, PilotStatus
from tests.support.bought import EVSE_DIN, HEIDELBERG, OPENEVSE, Bought, bought

SPEED = 3
FAULT_S = 2.5  # how long the line is bad
RECOVERY_S = 8.0  # the longest that is accepted, reopening included
PERMIT = Permit(16.0, 3, keep_locked=False)


class Station:
    """Opens and listens as the station does, and keeps what it was told."""

    def __init__(self, rig: Bought) -> None:
        self.rig = rig
        self.statuses: list[PilotStatus] = []
        self.is_permitting = True

    async def run(self) -> None:
        while True:
            try:
                await self._listen()
            except HalError:
                await asyncio.sleep(0.5)

    async def _listen(self) -> None:
        await self.rig.pilot.open()
        while True:
            if self.is_permitting:
                self.rig.pilot.permit(PERMIT)
            self.statuses.append(await self.rig.pilot.next_status())


@asynccontextmanager
async def charging(kind: str) -> AsyncIterator[Station]:
    async with bought(kind, is_pty=True) as rig:
        station = Station(rig)
        task = asyncio.ensure_future(station.run())
        rig.car.plug()
        try:
            await until(lambda: rig.board.current_ma == 16_000)
            yield station
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def until(is_so: Callable[[], bool]) -> float:
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    while not is_so():
        assert loop.time() - began_s < 30
        await asyncio.sleep(0.02)
    return loop.time() - began_s


def silence(wire: Wire, kind: str) -> None:
    wire.is_silent = True


def noise_before(wire: Wire, kind: str) -> None:
    wire.before = b"\x00\x55\xaa"


def noise_after(wire: Wire, kind: str) -> None:
    wire.after = b"\xff\x13"


def damage(wire: Wire, kind: str) -> None:
    wire.flipped = 4


def short(wire: Wire, kind: str) -> None:
    wire.cut_count = 2


def other_unit(wire: Wire, kind: str) -> None:
    """Another unit's number, or another command's id, with a right sum."""

    def renumbered(answer: bytes) -> bytes:
        if kind == OPENEVSE:
            return frame(answer[1:].partition(b" :")[0].decode() + " :00")
        return framed(b"\x09" + answer[1:-2])

    wire.reframe = renumbered


def refusal(wire: Wire, kind: str) -> None:
    def refused(answer: bytes) -> bytes:
        if kind == OPENEVSE:
            return frame("NK :" + answer.partition(b" :")[2][:2].decode())
        return framed(bytes((answer[0], answer[1] | 0x80, 2)))

    wire.reframe = refused


def longer(wire: Wire, kind: str) -> None:
    wire.reframe = lambda answer: answer[:-2] + bytes(4) + answer[-2:]


def twice(wire: Wire, kind: str) -> None:
    wire.copies = 2


def late(wire: Wire, kind: str) -> None:
    wire.delay_s = 0.7


FAULTS = (
    silence,
    noise_before,
    noise_after,
    damage,
    short,
    other_unit,
    refusal,
    longer,
    twice,
    late,
)


@pytest.mark.parametrize("kind", [EVSE_DIN, OPENEVSE, HEIDELBERG])
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_bad_line_gives_no_stale_report_and_is_over_soon(
    kind: str,
    fault: Callable[[Wire, str], None],
    record_property: Callable[[str, object], None],
) -> None:
    async def main() -> None:
        async with charging(kind) as station:
            rig, loop = station.rig, asyncio.get_running_loop()
            assert rig.wire is not None
            healthy = dict(vars(rig.wire))
            fault(rig.wire, kind)
            await asyncio.sleep(FAULT_S)
            rig.car.is_ready = False  # what is told from now on has to show this
            vars(rig.wire).update(healthy)
            over_s = loop.time()
            before = len(station.statuses)
            await until(lambda: len(station.statuses) > before + 3)
            took_s = station.statuses[before].taken_s - over_s
            assert took_s < RECOVERY_S
            await until(lambda: not station.statuses[-1].is_coil_on)
            record_property("covered", f"recovered in {took_s:.2f} s")
            for one, next_one in zip(station.statuses, station.statuses[1:], strict=False):
                assert next_one.taken_s > one.taken_s

    with asyncio.Runner(loop_factory=lambda: ScaledLoop(SPEED)) as runner:
        runner.run(main())


@pytest.mark.parametrize("kind", [EVSE_DIN, HEIDELBERG])
def test_a_second_master_that_raises_the_current_is_overruled(kind: str) -> None:
    async def main() -> None:
        async with charging(kind) as station:
            station.is_permitting = False
            await until(lambda: station.rig.board.offered_ma == 0)
            address, value = (1_000, 3_200) if kind == EVSE_DIN else (261, 160)
            assert station.rig.board.write(address, (value,)) == 0
            assert await until(lambda: station.rig.board.offered_ma > 0) < 1.0
            assert await until(lambda: station.rig.board.offered_ma == 0) < 2.0
            assert station.rig.pilot.line.overruled >= 1

    with asyncio.Runner(loop_factory=lambda: ScaledLoop(1)) as runner:
        runner.run(main())


@pytest.mark.parametrize(("kind", "left_ma"), [(OPENEVSE, 6_000), (HEIDELBERG, 0)])
def test_a_board_with_a_watchdog_falls_back_when_nobody_asks(kind: str, left_ma: int) -> None:
    async def main() -> None:
        async with charging(kind) as station:
            assert station.rig.wire is not None
            station.rig.wire.is_deaf = True
            took_s = await until(lambda: station.rig.board.current_ma == left_ma)
            assert 3.0 < took_s < 12.0

    with asyncio.Runner(loop_factory=lambda: ScaledLoop(SPEED)) as runner:
        runner.run(main())
