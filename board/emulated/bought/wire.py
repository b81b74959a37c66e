"""Wire: what is between a twin and its driver, and what may go wrong there.

The twin's end of a ``ByteStream``: a pty or memory. Each fault is an attribute; all is well with
what they are at first.
"""

import asyncio
from collections.abc import Callable

from ampkeeper.hal.errors import AbsentError
from ampkeeper.hal.ports import ByteStream

Answers = Callable[[bytes], list[bytes]]
STEP_MS = 10


class Wire:
    """Answers what comes, as well as the line does."""

    def __init__(self, stream: ByteStream, answers: Answers) -> None:
        self.is_silent = False
        self.is_deaf = False  # the twin does not even hear
        self.before = b""
        self.after = b""
        self.flipped = -1  # this byte of each answer is damaged
        self.cut_count = 0  # bytes missing at the end
        self.copies = 1
        self.delay_s = 0.0
        self.unit: int | None = None  # another unit's number in the answer, checksum included
        self.reframe: Callable[[bytes], bytes] = bytes
        self._stream = stream
        self._is_open = False
        self._answers = answers

    async def serve(self) -> None:
        """Answer for ever; ended by cancellation."""
        try:
            while True:
                try:
                    data = await self._heard()
                except AbsentError:  # the driver closed its end, or the line was pulled out
                    self._is_open = False
                    await asyncio.sleep(0.02)
                    continue
                for answer in [] if self.is_deaf else self._answers(data):
                    await self._send(answer)
        finally:
            self._stream.close()

    def plug(self, stream: ByteStream) -> None:
        """Go on at another line's end; whoever pulled the old one out has ended it."""
        self._stream = stream
        self._is_open = False

    async def _heard(self) -> bytes:
        """What comes next; ended by data, or by the end of the line."""
        if not self._is_open:
            await self._stream.open()
            self._is_open = True
        return await self._stream.read()

    def say(self, data: bytes) -> None:
        """Send unasked."""
        if not self.is_silent:
            self._stream.write(data)

    async def _send(self, answer: bytes) -> None:
        if self.is_silent:
            return
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        damaged = bytearray(self.reframe(answer))
        if 0 <= self.flipped < len(damaged):
            damaged[self.flipped] ^= 0x10
        whole = self.before + bytes(damaged[: len(damaged) - self.cut_count]) + self.after
        self._stream.write(whole * self.copies)


async def pass_time(step: Callable[[int], None]) -> None:
    """Let a twin live by the running loop's clock; ended by cancellation."""
    loop = asyncio.get_running_loop()
    now_ms = round(loop.time() * 1_000)
    while True:
        await asyncio.sleep(STEP_MS / 1_000)
        due_ms = round(loop.time() * 1_000)
        while now_ms + STEP_MS <= due_ms:
            step(STEP_MS)
            now_ms += STEP_MS
