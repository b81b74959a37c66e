"""Polled reader: what drivers share whose part is asked four times a second for a card.

A driver says how its part is started, looked through and let go; this says what a presentation
is (``presence.py``) and when the part counts as gone. Something in the field that cannot be read,
such as a card at its edge, is neither a card nor an empty field: it changes nothing.
"""

import asyncio
from abc import abstractmethod

from ampkeeper.hal.errors import AbsentError, HalError, TransientError
from ampkeeper.hal.ports import Clock, Reader, Tag
from ampkeeper.hal.readers.presence import Presence

POLL_S = 0.25
MISSES_MAX = 3  # polls in a row without an answer: the part is gone or has been reset


class UnclearError(TransientError):
    """The part works; what is in its field could not be read."""


class PolledReader(Reader):
    """One reader that has to be asked. Drivers give ``_start``, ``_look`` and ``_stop``."""

    name = "reader"

    def __init__(self, clock: Clock, poll_s: float = POLL_S) -> None:
        self._clock = clock
        self._poll_s = poll_s
        self._presence = Presence()
        self._is_ready = False

    async def open(self) -> None:
        """Prove that the part is there; raise AbsentError or WrongDeviceError."""
        self.close()
        try:
            await self._start()
        except (TransientError, AbsentError) as error:
            self.close()
            raise AbsentError(f"{self.name}: {error}") from None
        except HalError:
            self.close()
            raise
        self._is_ready = True

    async def next_tag(self) -> Tag:
        """Wait for a new presentation; raise AbsentError. Call again to go on after one."""
        if not self._is_ready:
            await self.open()
        try:
            while True:
                tag = await self._next_look()
                if tag is not None:
                    await self._welcome()
                    return tag
                await asyncio.sleep(self._poll_s)
        except AbsentError:
            self.close()
            raise

    def close(self) -> None:
        """Release the part; safe twice."""
        self._is_ready = False
        self._stop()

    async def _next_look(self) -> Tag | None:
        """Look once; return a card if it is a new presentation."""
        try:
            tag = await self._patient_look()
        except UnclearError:
            return None
        now_s = self._clock.now_s()
        if tag is None:
            self._presence.see_nothing(now_s)
            return None
        return tag if self._presence.see(tag.uid, now_s) else None

    async def _patient_look(self) -> Tag | None:
        """Return what is in the field now; a part that keeps failing to answer is absent."""
        error = TransientError("never asked")
        for _ in range(MISSES_MAX):
            try:
                return await self._look()
            except UnclearError:
                raise
            except TransientError as transient:
                error = transient
                await asyncio.sleep(self._poll_s)
        raise AbsentError(f"{self.name}: {error}")

    @abstractmethod
    async def _start(self) -> None:
        """Prove that the part is there and configure it; raise any of the layer's errors."""

    @abstractmethod
    async def _look(self) -> Tag | None:
        """Return the card in the field, or None; raise UnclearError or that the part fails."""

    async def _welcome(self) -> None:
        """Let somebody know that the card was read, where the part can."""

    @abstractmethod
    def _stop(self) -> None:
        """Release what ``_start`` took; safe twice."""
