"""Guarding: the station's side of the guard: starts it, beats, and starts it again if it ends.

No beat goes out while a pilot's driver gets nowhere: a permit that ran out has to be told to the
board by that driver, so a station whose driver stands is dead, whatever else of it lives.
"""

import asyncio
import logging
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from ampkeeper.board.host.guard import AT_NOTHING, BEAT
from ampkeeper.hal.pilots.bought import BoughtPilot

BEAT_S = 1.0
AGAIN_S = 1.0
END_S = 2.0  # for a guard that has nothing to do
MODULE = "ampkeeper.board.host.guard"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LastOrder:
    """How a board is set to nothing by whoever has only its line."""

    port: str
    baud: int
    parity: str
    request: bytes
    answer: bytes  # what confirms it
    question: bytes  # a confirmation may come from an order of before, and carry no value
    shown: bytes  # what is in the answer of a board that is set to nothing

    def command(self) -> list[str]:
        """How to start the guard."""
        frames = (self.request, self.answer, self.question, self.shown)
        texts = (self.port, str(self.baud), self.parity, *(frame.hex() for frame in frames))
        return [sys.executable, "-P", "-m", MODULE, *texts]


class Guarding:
    """One child process, by its command line."""

    def __init__(self, command: Sequence[str]) -> None:
        self.start_count = 0
        self.pilots: Sequence[BoughtPilot] = ()  # of the station's present life
        self.is_at_nothing = False  # the boards were seen at 0 A, and nobody steers them
        self._command = tuple(command)

    async def run(self) -> None:
        """Keep it running until cancelled: then its pipe ends, and it gives the last order.

        Unless the boards were seen at nothing: then it is told to end.
        """
        while True:
            await self._live()
            log.error("the guard of the pilot board ended; it is started again")
            await asyncio.sleep(AGAIN_S)

    async def _live(self) -> None:
        pipe = asyncio.subprocess.PIPE
        # A session of its own: Ctrl-C and a hang-up of the terminal are not for it.
        process = await asyncio.create_subprocess_exec(
            *self._command, stdin=pipe, start_new_session=True
        )
        self.start_count += 1
        assert process.stdin is not None, "it was asked for"
        try:
            while process.returncode is None:
                await self._beat(process, process.stdin)
        finally:
            if self.is_at_nothing:
                process.stdin.write(AT_NOTHING)
            process.stdin.close()
            if self.is_at_nothing:
                await _ended(process)

    async def _beat(self, process: asyncio.subprocess.Process, pipe: asyncio.StreamWriter) -> None:
        """One beat, and the time to the next, or to the guard's end."""
        if not any(pilot.is_stuck for pilot in self.pilots):
            with suppress(ConnectionError):
                pipe.write(BEAT)
                await pipe.drain()
        with suppress(TimeoutError):
            async with asyncio.timeout(BEAT_S):
                await process.wait()


async def _ended(process: asyncio.subprocess.Process) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(END_S):
            await process.wait()
