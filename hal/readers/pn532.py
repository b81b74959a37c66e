"""PN532: NFC reader chip on a UART (HSU, 115200 8N1) or on I2C; reports ISO/IEC 14443 A cards.

Wakes the chip, proves that it is one, and asks four times a second for a card. It reads UIDs only:
they can be copied, so a UID names a card and proves nothing. Two cards at once are read as one.
Frames are ``pn532_frames.py``; what a new presentation is, ``presence.py``; I2C is a byte stream
too, ``pn532_i2c.py``.
NXP PN532 User Manual UM0701-02, sections 7.2.2, 7.2.10, 7.3.1 and 7.3.5.
"""

import asyncio

from ampkeeper.hal.errors import TransientError, WrongDeviceError
from ampkeeper.hal.ports import ByteStream, Clock, Tag
from ampkeeper.hal.readers import pn532_frames as frames
from ampkeeper.hal.readers.form import ISO14443, UID_SIZES, Form
from ampkeeper.hal.readers.polled import POLL_S, PolledReader

GET_FIRMWARE = b"\x02"
SAM_NORMAL = b"\x14\x01\x00\x01"  # normal mode, no time-out, IRQ
RETRIES_ONE = b"\x32\x05\xff\x01\x01"  # else listing cards blocks until one comes
LIST_ONE_A = b"\x4a\x01\x00"  # one target, 106 kbit/s type A
CHIP_PN532 = 0x32  # first byte of the firmware answer

ACK_S = 0.1  # the chip acknowledges within 15 ms
ANSWER_S = 0.5  # listing with one retry takes 60 ms
ATTEMPTS = 2  # per command


class Pn532Reader(PolledReader):
    """One chip on one line, which nobody else uses."""

    name = "PN532"

    def __init__(
        self, stream: ByteStream, clock: Clock, poll_s: float = POLL_S, form: Form | None = None
    ) -> None:
        super().__init__(clock, poll_s)
        self._stream = stream
        self._form = form or Form()
        self._decoder = frames.Decoder()
        self._waiting: list[frames.Frame] = []

    async def _start(self) -> None:
        """Wake the chip and configure it."""
        await self._stream.open()
        self._stream.write(frames.WAKE_UP)
        firmware = await self._command(GET_FIRMWARE)
        if firmware[:1] != bytes([CHIP_PN532]):
            raise WrongDeviceError(
                f"PN532: firmware answer is {firmware.hex(' ')}, should begin with 32"
            )
        await self._command(SAM_NORMAL)
        await self._command(RETRIES_ONE)

    async def _look(self) -> Tag | None:
        """Return the card in the field, or None."""
        answer = await self._command(LIST_ONE_A)
        if answer[:1] == b"\x00":
            return None
        size = answer[5] if len(answer) > 5 else 0
        uid = answer[6 : 6 + size]  # count, target, ATQA (2), SAK, size, UID
        if size not in UID_SIZES or len(uid) != size:
            raise TransientError(f"card answer {answer.hex(' ')} holds no UID")
        return self._form.of_bytes(uid, ISO14443)

    def _stop(self) -> None:
        self._stream.close()
        self._decoder.clear()

    async def _command(self, data: bytes) -> bytes:
        """Send a command, return its answer; the one retry policy of this driver."""
        error = TransientError("never asked")
        for _ in range(ATTEMPTS):
            try:
                return await self._exchange(data)
            except TransientError as transient:
                error = transient
                self._stream.write(frames.ACK_FRAME)  # aborts what the chip still does
        raise error

    async def _exchange(self, data: bytes) -> bytes:
        """Send a command once; acknowledge first, then the answer with the next code."""
        self._decoder.clear()
        self._waiting.clear()
        self._stream.write(frames.encode(frames.TO_CHIP, data))
        await self._await_frame(frames.ACK, b"", ACK_S)
        answer = await self._await_frame(frames.RESPONSE, bytes([data[0] + 1]), ANSWER_S)
        return answer.data[1:]

    async def _await_frame(self, kind: int, prefix: bytes, limit_s: float) -> frames.Frame:
        """Return the next frame of ``kind`` that begins with ``prefix``, within ``limit_s``."""
        try:
            async with asyncio.timeout(limit_s):
                return await self._next_frame(kind, prefix)
        except TimeoutError:
            name = frames.KINDS[kind]
            raise TransientError(f"no {name} within {limit_s} s") from None

    async def _next_frame(self, kind: int, prefix: bytes) -> frames.Frame:
        """Skip frames that are not the one waited for; the caller's limit ends it."""
        while True:
            while self._waiting:
                frame = self._waiting.pop(0)
                if frame.kind == frames.ERROR:
                    raise TransientError("the chip did not understand")
                if frame.kind == kind and frame.data.startswith(prefix):
                    return frame
            self._waiting += self._decoder.feed(await self._stream.read())
