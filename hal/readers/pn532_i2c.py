"""PN532 on I2C: the chip at 0x24 as a byte stream, so that the driver is that of the UART.

Each read begins with a status byte: 01 once an answer is ready, which a read of that byte alone
leaves in place. A frame is fetched in one transfer, with room behind it for what the chip adds.
Being addressed wakes the chip, so the UART's wake-up is not sent; the address that wakes it may
go without acknowledge. NXP PN532 User Manual UM0701-02, sections 6.2.4 and 7.2.11.
"""

import asyncio
from typing import Protocol

from ampkeeper.hal.errors import AbsentError, TransientError
from ampkeeper.hal.readers import pn532_frames as frames

ADDRESS = 0x24  # 0x48 with the direction bit
READY = 0x01
READY_POLL_S = 0.01
WAKE_S = 0.002  # section 7.2.11: the oscillator starts
ACK_BYTES = 1 + len(frames.ACK_FRAME)
ANSWER_BYTES = 96  # status, frame overhead, one target with 10 bytes of UID and 64 of ATS
NOT_ACKNOWLEDGED_MAX = 3  # in a row, while an answer is due: the chip is gone
WAITING_MAX = 8  # frames not sent yet; the oldest is dropped


class I2cPart(Protocol):
    """A device on an I2C bus; calls block, and raise TransientError or AbsentError."""

    name: str

    def open(self) -> None:
        """Take the bus."""

    def write(self, data: bytes) -> None:
        """Write in one transfer."""

    def read(self, count: int) -> bytes:
        """Read in one transfer."""

    def close(self) -> None:
        """Release the bus; safe twice."""


class Pn532I2cStream:
    """The chip as a ``ByteStream``; transfers run in a worker thread, for a bus can be stuck."""

    def __init__(self, part: I2cPart) -> None:
        self.dropped_count = 0
        self._part = part
        self._waiting: list[bytes] = []
        self._is_ack_due = False

    async def open(self) -> None:
        """Take the bus and wake the chip; raise AbsentError."""
        self.close()
        await asyncio.to_thread(self._part.open)
        if not await self._is_there():
            await asyncio.sleep(WAKE_S)
            if not await self._is_there():
                self.close()
                raise AbsentError(f"nothing answers at {self._part.name}")

    async def read(self) -> bytes:
        """Send what waits, then return the next answer; the caller's limit ends the wait."""
        missed_count = 0
        while True:
            try:
                await self._send()
                is_ready = (await asyncio.to_thread(self._part.read, 1))[:1] == bytes([READY])
                if is_ready and (data := await self._fetch()):
                    return data
                missed_count = 0
            except TransientError as error:
                missed_count += 1
                if missed_count >= NOT_ACKNOWLEDGED_MAX:
                    raise AbsentError(str(error)) from None
            await asyncio.sleep(READY_POLL_S)

    def write(self, data: bytes) -> None:
        """Queue one frame for the next ``read``; the UART's wake-up is not for this bus."""
        if data == frames.WAKE_UP:
            return
        self.dropped_count += len(self._waiting) == WAITING_MAX
        self._waiting = [*self._waiting, data][-WAITING_MAX:]

    def close(self) -> None:
        """Release the bus; safe twice."""
        self._part.close()
        self._waiting.clear()
        self._is_ack_due = False

    async def _is_there(self) -> bool:
        try:
            await asyncio.to_thread(self._part.read, 1)
        except TransientError:
            return False
        return True

    async def _send(self) -> None:
        while self._waiting:
            data = self._waiting.pop(0)
            await asyncio.to_thread(self._part.write, data)
            self._is_ack_due = data != frames.ACK_FRAME

    async def _fetch(self) -> bytes:
        count = ACK_BYTES if self._is_ack_due else ANSWER_BYTES
        data = await asyncio.to_thread(self._part.read, count)
        self._is_ack_due = False
        return data[1:] if data[:1] == bytes([READY]) else b""
