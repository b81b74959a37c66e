"""Keeper: starts ring 1's process and starts it again whenever it ends.

It gives it no orders and no life: a station that dies leaves ring 1 running, which ends the
charge when the permit has run out. The next station finds it at the same socket.
"""

import asyncio
import logging
from collections.abc import Sequence

from ampkeeper.board.pi_peak.ring import TAKEN

AGAIN_S, AGAIN_S_MAX = 0.5, 30.0  # doubles while it does not stay up ...
UP_S = 10.0  # ... for this long
END_S = 10.0  # ring 1 ends a charge within 7 s of its SIGTERM

log = logging.getLogger(__name__)


class RingKeeper:
    """One child process, by its command line."""

    def __init__(self, command: Sequence[str]) -> None:
        self.start_count = 0
        self._command = tuple(command)

    async def run(self) -> None:
        """Keep it running until cancelled; then let it end the charge, and end."""
        again_s = AGAIN_S
        loop = asyncio.get_running_loop()
        while True:
            started_s = loop.time()
            code = await self._live()
            if code == TAKEN:
                log.info("ring 1 of an earlier station still runs; it is used")
            else:
                log.error("ring 1 ended with %d; it is started again", code)
            is_short = loop.time() - started_s < UP_S
            again_s = min(AGAIN_S_MAX, again_s * 2) if is_short else AGAIN_S
            await asyncio.sleep(again_s)

    async def _live(self) -> int:
        """One life; the return value is how it ended."""
        process = await asyncio.create_subprocess_exec(*self._command)
        self.start_count += 1
        try:
            return await process.wait()  # ended by its end, or by cancellation
        finally:
            if process.returncode is None:
                await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    process.terminate()
    try:
        async with asyncio.timeout(END_S):
            await process.wait()
    except TimeoutError:
        log.error("ring 1 did not end within %s s; it is killed", END_S)
        process.kill()
        await process.wait()
