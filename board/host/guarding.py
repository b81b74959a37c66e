"""Guarding: the station's side of the guard: starts it, beats, and starts it again if it ends."""

import asyncio
import logging
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

BEAT_S = 1.0
AGAIN_S = 1.0
MODULE = "ampkeeper.board.host.guard"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LastOrder:
    """How a board is set to nothing by whoever has only its line."""

    port: str
    baud: int
    parity: str
    request: bytes
    answer: bytes  # how a confirmation begins

    def command(self) -> list[str]:
        """How to start the guard."""
        frames = (self.request.hex(), self.answer.hex())
        return [sys.executable, "-m", MODULE, self.port, str(self.baud), self.parity, *frames]


class Guarding:
    """One child process, by its command line."""

    def __init__(self, command: Sequence[str]) -> None:
        self.start_count = 0
        self._command = tuple(command)

    async def run(self) -> None:
        """Keep it running until cancelled: then its pipe ends, and it gives the last order."""
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
                await _beat(process, process.stdin)
        finally:
            process.stdin.close()


async def _beat(process: asyncio.subprocess.Process, pipe: asyncio.StreamWriter) -> None:
    """One beat, and the time to the next, or to the guard's end."""
    with suppress(ConnectionError):
        pipe.write(b".")
        await pipe.drain()
    with suppress(TimeoutError):
        async with asyncio.timeout(BEAT_S):
            await process.wait()
