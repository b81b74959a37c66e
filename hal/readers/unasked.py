"""Unasked reader: what drivers share whose part sends tokens by itself and cannot be asked.

Silence is normal; only the end of the line is an error. A part that sends on and on without a
token is not the reader that was configured, or at another speed: it is given up with a message
that names it, what it sent is forgotten, and until its line is quiet opening it fails.
"""

import asyncio
from typing import Protocol

from ampkeeper.hal.errors import AbsentError
from ampkeeper.hal.ports import ByteStream, Clock, Tag
from ampkeeper.hal.readers.presence import Presence

TAGS_MAX = 16  # waiting; the oldest is dropped, nobody stands there any more
REPEAT_S = 1.0  # readers repeat a token while it is held
QUIET_S = 0.5  # after a flood; at 9600 baud 480 bytes
SETTLE_S = 0.05  # a pause within a token is shorter, between two of them longer
SETTLE_READS_MAX = 64


class Decoder(Protocol):
    """Makes tokens of bytes."""

    @property
    def stray_count(self) -> int:
        """Bytes since the last end of a token."""

    def feed(self, data: bytes) -> list[Tag]:
        """Take ``data`` and return the tokens that are complete now."""

    def clear(self) -> None:
        """Forget what has not become a token."""


class UnaskedReader:
    """One reader on one line."""

    stray_max = 4_096  # bytes without the end of a token: more are no reader's

    def __init__(
        self, stream: ByteStream, clock: Clock, decoder: Decoder, name: str, repeat_s: float
    ) -> None:
        self.name = name
        self._stream = stream
        self._clock = clock
        self._decoder = decoder
        self._presence = Presence(unseen_s=repeat_s)
        self._tags: list[Tag] = []
        self._left_s = clock.now_s()  # when somebody was last waiting for a token
        self._is_open = False
        self._was_flooded = False

    async def open(self) -> None:
        """Take the line; raise AbsentError."""
        self.close()
        await self._stream.open()
        await self._settle()
        if self._was_flooded:
            await self._prove_quiet()
        self._is_open = True

    async def next_tag(self) -> Tag:
        """Wait for a token; raise AbsentError when the line ends. Call again to go on."""
        if not self._is_open:
            await self.open()
        self._presence.pass_unwatched(self._clock.now_s() - self._left_s)
        try:
            return await self._next_new()
        except AbsentError:
            self.close()
            raise
        finally:
            self._left_s = self._clock.now_s()

    def close(self) -> None:
        """Release the line; safe twice."""
        self._stream.close()
        self._decoder.clear()
        self._tags.clear()
        self._is_open = False

    async def _next_new(self) -> Tag:
        """The next token that is a new presentation; ended by somebody who comes, or the line."""
        while True:
            while self._tags:
                tag = self._tags.pop(0)
                if self._presence.see(tag.uid, self._clock.now_s()):
                    return tag
            self._take(await self._stream.read())

    def _take(self, data: bytes) -> None:
        """Decode; raise AbsentError when there is too much that is no token."""
        self._tags += self._decoder.feed(data)
        del self._tags[:-TAGS_MAX]
        if self._decoder.stray_count > self.stray_max:
            self._was_flooded = True
            raise AbsentError(
                f"{self.name}: {self._decoder.stray_count} bytes without the end of a token, "
                f"at most {self.stray_max}: another device, or another speed?"
            )

    async def _settle(self) -> None:
        """Throw away what is under way: the end of a token could be somebody else's."""
        for _ in range(SETTLE_READS_MAX):
            try:
                async with asyncio.timeout(SETTLE_S):
                    await self._stream.read()
            except TimeoutError:
                return

    async def _prove_quiet(self) -> None:
        """After a flood: a token or a pause ends it; raise AbsentError while it lasts."""
        try:
            async with asyncio.timeout(QUIET_S):
                self._tags = self._decoder.feed(await self._stream.read())
        except TimeoutError:
            self._was_flooded = False
            return
        if not self._tags:
            self.close()
            raise AbsentError(f"{self.name}: still sends what is no token")
        self._was_flooded = False
