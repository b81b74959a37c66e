"""RAPI line: one command at a time over a byte stream, each with its own sequence id.

A reply counts only with the id of the command that waits; any other is late and counted. What
comes unasked is kept for whoever asks ``take_asyncs``. A command is tried twice.
"""

import asyncio
from collections import deque

from ampkeeper.hal.errors import TransientError
from ampkeeper.hal.pilots.rapi import NK, SEQUENCE_MAX, Frame, Hearer, encode
from ampkeeper.hal.ports import ByteStream

REPLY_S = 0.5  # the controller answers at once; hosts wait this long
ATTEMPTS = 2
ASYNCS_MAX = 16  # not taken; the oldest is dropped: each is told again by the state


class RapiLine:
    """The line of one controller."""

    def __init__(self, name: str, stream: ByteStream) -> None:
        self.late_count = 0  # replies to nothing that waited
        self.damaged_count = 0  # commands that the controller could not read, or so it said
        self.heard = asyncio.Event()  # something came unasked
        self._name = name
        self._stream = stream
        self._hearer = Hearer()
        self._sequence = 0
        self._asyncs: deque[Frame] = deque(maxlen=ASYNCS_MAX)

    @property
    def garbled_count(self) -> int:
        """Lines heard that were no frames."""
        return self._hearer.garbled_count

    async def open(self) -> None:
        """Take the line; raise AbsentError."""
        await self._stream.open()
        self._hearer.forget()
        self._asyncs.clear()

    def close(self) -> None:
        """Release the line; safe twice."""
        self._stream.close()

    async def ask(self, words: str) -> Frame:
        """Send a command and return its reply, OK or NK; raise TransientError or AbsentError."""
        for _ in range(ATTEMPTS):
            self._sequence = self._sequence % SEQUENCE_MAX + 1
            self._stream.write(encode(words, self._sequence))
            try:
                async with asyncio.timeout(REPLY_S):
                    return await self._reply(self._sequence)
            except TimeoutError:
                continue
        raise TransientError(f"{self._name}: no reply to {words.split()[0]} in {REPLY_S} s, twice")

    async def order(self, words: str) -> Frame:
        """Send a command that has to be taken; raise TransientError for NK too."""
        reply = await self.ask(words)
        if reply.word == NK:
            raise TransientError(f"{self._name}: refuses {words}: NK {' '.join(reply.arguments)}")
        return reply

    async def listen(self, wait_s: float) -> bool:
        """Wait for something unasked, at most ``wait_s``; return whether it came."""
        try:
            async with asyncio.timeout(wait_s):
                while not self._asyncs:
                    self._hear(await self._stream.read())
        except TimeoutError:
            return False
        return True

    def take_asyncs(self) -> tuple[Frame, ...]:
        """Return what came unasked since the last call."""
        asyncs = tuple(self._asyncs)
        self._asyncs.clear()
        return asyncs

    async def _reply(self, sequence: int) -> Frame:
        """Hear until the reply with this id; ended by the caller's time-out."""
        while True:
            for frame in self._hear(await self._stream.read()):
                if frame.sequence == sequence:
                    return frame
                self.late_count += 1

    def _hear(self, data: bytes) -> list[Frame]:
        """Return the replies in ``data``; keep the rest."""
        replies = []
        for frame in self._hearer.feed(data):
            if frame.is_reply:
                replies.append(frame)
            else:
                self._asyncs.append(frame)
        return replies
