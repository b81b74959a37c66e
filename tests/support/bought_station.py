"""Bought station: opens a bought board and listens as the station does, and judges what it hears.

Every report has to be newer than the one before, and to show a class that the board showed since
``AGE_S`` before the time it names. The first that does not ends ``run`` with an AssertionError.
"""

import asyncio
from collections.abc import Callable

from ampkeeper.board.emulated.bought.openevse import STATES, OpenEvse
from ampkeeper.firmware.station.feeds import REOPEN_S, WRONG_S
from ampkeeper.hal.errors import HalError, WrongDeviceError
from ampkeeper.hal.pilots import codes
from ampkeeper.hal.ports import Permit, PilotStatus
from tests.support.bought import Bought

AGE_S = 0.5  # what a report shows may be older than it says by so much
PATIENCE_S = 40.0
PERMIT = Permit(16.0, 3, keep_locked=False)
CLASSES = {"A": codes.A, "B": codes.B, "C": codes.C}
RAPI_CLASSES = {STATES[letter]: shown for letter, shown in CLASSES.items()}


class Station:
    """Opens and listens as the station does, and judges what it was told."""

    def __init__(self, rig: Bought) -> None:
        self.rig = rig
        self.statuses: list[PilotStatus] = []
        self.is_permitting = True
        self.errors: list[str] = []
        self.wrong_count = 0  # pauses of a part that is another than configured
        self._task: asyncio.Task[None] | None = None
        self._shown: list[tuple[float, int]] = []  # since when, class
        self._note(0)
        rig.steps.append(self._note)

    async def run(self) -> None:
        """As ``feed_pilot``; ended by cancellation."""
        while True:
            try:
                await self._listen()
            except HalError as error:
                is_wrong = isinstance(error, WrongDeviceError)
                self.errors.append(str(error))
                self.wrong_count += is_wrong
                await asyncio.sleep(WRONG_S if is_wrong else REOPEN_S)

    def start(self) -> asyncio.Task[None]:
        """Run until the task returned is cancelled; ``until`` tells why it ended before."""
        self._task = asyncio.ensure_future(self.run())
        return self._task

    async def until(self, is_so: Callable[[], bool]) -> float:
        """Seconds until ``is_so``; at once an error where nobody listens any more."""
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        while not is_so():
            if self._task is not None and self._task.done():
                self._task.result()
            assert loop.time() - began_s < PATIENCE_S, f"heard last: {self.errors[-5:]}"
            await asyncio.sleep(0.02)
        return loop.time() - began_s

    async def _listen(self) -> None:
        await self.rig.pilot.open()
        while True:
            if self.is_permitting:
                self.rig.pilot.permit(PERMIT)
            status = await self.rig.pilot.next_status()
            assert not self.statuses or status.taken_s > self.statuses[-1].taken_s
            assert status.pilot in self._shown_since(status.taken_s - AGE_S), "an old class is told"
            self.statuses.append(status)

    def _note(self, elapsed_ms: int) -> None:
        board = self.rig.board
        shown = CLASSES[self.rig.car.state]
        if isinstance(board, OpenEvse):  # it believes a class after a while
            shown = RAPI_CLASSES.get(board.state, codes.INVALID)
        if not self._shown or self._shown[-1][1] != shown:
            self._shown.append((asyncio.get_running_loop().time(), shown))

    def _shown_since(self, since_s: float) -> set[int]:
        """The classes that the board showed from then until now."""
        later = {shown for at_s, shown in self._shown if at_s >= since_s}
        before = [shown for at_s, shown in self._shown if at_s < since_s]
        return later | set(before[-1:])
