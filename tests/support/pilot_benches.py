"""Pilot benches: every pilot driver over what it drives, for ``contract/``; not open yet.

The emulated board's is in ``board_pilots.py``.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Protocol

from ampkeeper.board.emulated.bought.heidelberg import ERROR, Heidelberg
from ampkeeper.board.emulated.virtual_time import LoopClock
from ampkeeper.firmware.safety.fault import BOARD_FAILED, EMERGENCY_STOP, RCD_AC
from ampkeeper.hal.linux.stream import PtyStream, SerialStream
from ampkeeper.hal.memory import memory_pair
from ampkeeper.hal.pilots.linked import LinkedPilot
from ampkeeper.hal.ports import Pilot
from tests.support.bought import EVSE_DIN, Bought, bought
from tests.support.stop_lines import StopLines
from tests.unit.link.far_side import FarSide
from tests.unit.link.link_bench import Bench, captive


class Far(Protocol):
    """The far side of any pilot. ``fault`` is what ``fail`` brings; only a person clears it."""

    fault: int

    def plug_in_and_draw(self) -> None: ...

    def unplug(self) -> None: ...

    def power(self, is_on: bool) -> None: ...

    def fail(self, is_bad: bool) -> None: ...


class LinkedFar:
    """Ring 1 of our own on a bench."""

    fault = RCD_AC

    def __init__(self, side: FarSide) -> None:
        self._side = side

    def plug_in_and_draw(self) -> None:
        self._side.bench.plug_in_and_draw()

    def unplug(self) -> None:
        self._side.bench.level_mv = 12_000

    def power(self, is_on: bool) -> None:
        self._side.is_powered = is_on

    def fail(self, is_bad: bool) -> None:
        self._side.bench.inputs.rcd_ac = int(is_bad)


class BoughtFar:
    """The twin of a bought board."""

    def __init__(self, rig: Bought) -> None:
        self._rig = rig
        self.fault = BOARD_FAILED if isinstance(rig.board, Heidelberg) else RCD_AC

    def plug_in_and_draw(self) -> None:
        self._rig.plug_in_and_draw()

    def unplug(self) -> None:
        self._rig.car.unplug()

    def power(self, is_on: bool) -> None:
        self._rig.power(is_on)

    def fail(self, is_bad: bool) -> None:
        board = self._rig.board
        if isinstance(board, Heidelberg):
            board.failure = ERROR if is_bad else 0
        else:
            board.is_leaking = is_bad


class GuardedFar(BoughtFar):
    """A bought board whose host sees an emergency stop, which is the fault here."""

    def __init__(self, rig: Bought, stop: StopLines) -> None:
        super().__init__(rig)
        self.fault = EMERGENCY_STOP
        self._stop = stop

    def fail(self, is_bad: bool) -> None:
        self._stop.press(is_bad)


Pair = tuple[Pilot, Far]


@asynccontextmanager
async def linked(is_pty: bool) -> AsyncIterator[Pair]:
    far_pty = PtyStream() if is_pty else None
    near, far = memory_pair() if far_pty is None else (SerialStream(far_pty.path), far_pty)
    side = FarSide(far, Bench())
    pilot = LinkedPilot(near, LoopClock(), captive(), "0.1.0")
    running = asyncio.ensure_future(side.run())
    try:
        yield pilot, LinkedFar(side)
    finally:
        pilot.close()
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        if far_pty is not None:
            far_pty.destroy()


@asynccontextmanager
async def fronted(kind: str, is_pty: bool) -> AsyncIterator[Pair]:
    async with bought(kind, is_pty=is_pty) as rig:
        yield rig.pilot, BoughtFar(rig)


@asynccontextmanager
async def guarded(is_pty: bool) -> AsyncIterator[Pair]:
    stop = StopLines()
    async with bought(EVSE_DIN, is_pty=is_pty) as rig:
        pilot = stop.guarding(rig.pilot, LoopClock())
        try:
            yield pilot, GuardedFar(rig, stop)
        finally:
            pilot.close()
