"""TWN4: Elatec's multi-frequency reader in its simple protocol (USB-CDC, or UART 9600 8N1).

Sets which technologies it looks for, asks four times a second for a tag, and switches the field
off between two looks. Without a CRC a disturbed line can make one tag another: a new tag is then
asked for twice and has to be the same. It beeps for each presentation, which says that a card
was read, not that it is welcome. Units ship as keyboards: the simple-protocol firmware has to be
loaded first. Lines are ``twn4_frames.py``. Elatec, TWN4 Simple Protocol (m).
"""

import asyncio

from ampkeeper.hal.errors import AbsentError, TransientError, WrongDeviceError
from ampkeeper.hal.ports import ByteStream, Clock, Tag
from ampkeeper.hal.readers import twn4_frames as frames
from ampkeeper.hal.readers.form import ISO14443, ISO15693, LOCAL, Form
from ampkeeper.hal.readers.polled import POLL_S, PolledReader, UnclearError

ID_BYTES_MAX = 16
TYPES = {"hf": (0, 0xFFFF_FFFF), "lf": (0xFFFF_FFFF, 0), "all": (0xFFFF_FFFF, 0xFFFF_FFFF)}
KINDS = {0x80: ISO14443, 0x82: ISO15693}  # by the type of tag; all others are Local
BEEP_SOUND = bytes.fromhex("64 6009 6400 0000")  # full volume, 2400 Hz, 100 ms on, 0 off
ANSWER_S = 0.5  # a search through all technologies
QUIET_S = 0.2  # after a failure: a late answer must not become the next one's
DRAIN_READS_MAX = 64
ATTEMPTS = 2  # per command
LOOKS_PER_CHECK = 20  # 5 s: a reader that was reset looks for what it likes


class Twn4Reader(PolledReader):
    """One reader on one line. ``types`` is one of ``TYPES``; ``has_crc`` as the reader is set."""

    name = "TWN4"

    def __init__(
        self,
        stream: ByteStream,
        clock: Clock,
        poll_s: float = POLL_S,
        form: Form | None = None,
        has_crc: bool = False,
        beeps: bool = True,
        types: str = "hf",
    ) -> None:
        super().__init__(clock, poll_s)
        self._stream = stream
        self._form = form or Form()
        self._has_crc = has_crc
        self._beeps = beeps
        self._types = b"".join(mask.to_bytes(4, "little") for mask in TYPES[types])
        self._cutter = frames.LineCutter()
        self._waiting: list[bytes] = []
        self._sure_uid = ""  # read twice the same, or under a CRC
        self._look_count = 0

    async def _start(self) -> None:
        """Prove that it speaks the protocol, and tell it what to look for."""
        await self._stream.open()
        answer = await self._command(frames.GET_USB_TYPE, 1)
        if answer[0] != frames.OK:
            raise WrongDeviceError(
                f"TWN4: identity answer is {answer[0]} ({frames.status_name(answer[0])}): "
                "another protocol, or a CRC on one side only?"
            )
        await self._done(frames.SET_TAG_TYPES + self._types, 1)

    async def _look(self) -> Tag | None:
        """Return the tag in the field, or None; the field is off when it ends."""
        self._look_count += 1
        if self._look_count % LOOKS_PER_CHECK == 0:
            await self._prove_types()
        tag = await self._search()
        if tag is not None and tag.uid != self._sure_uid:
            again = tag if self._has_crc else await self._search()
            if again != tag:
                raise UnclearError("two looks saw two tags")
            self._sure_uid = tag.uid
        await self._done(frames.RF_OFF, 1)
        return tag

    async def _welcome(self) -> None:
        """Beep; a reader that does not has read the card all the same."""
        if not self._beeps:
            return
        try:
            await self._done(frames.BEEP + BEEP_SOUND, 1)
        except (TransientError, AbsentError):
            return

    def _stop(self) -> None:
        self._stream.close()
        self._cutter.clear()
        self._waiting.clear()

    async def _prove_types(self) -> None:
        """Set again what it looks for if it has forgotten."""
        answer = await self._done(frames.GET_TAG_TYPES, 1 + len(self._types))
        if answer[1:] != self._types:
            await self._done(frames.SET_TAG_TYPES + self._types, 1)

    async def _search(self) -> Tag | None:
        """Ask for a tag once."""
        answer = await self._done(frames.SEARCH_TAG + bytes([ID_BYTES_MAX]), 2)
        if answer[1] == 0:
            return None
        kind, size = answer[2] if len(answer) > 2 else 0, answer[4] if len(answer) > 4 else 0
        number = answer[5:]  # status, found, type, bits, size
        if not size or len(number) != size:
            raise TransientError(f"tag answer {answer.hex(' ')} holds no number")
        return self._form.of_bytes(number, KINDS.get(kind, LOCAL))

    async def _done(self, data: bytes, size_min: int) -> bytes:
        """Send a command; return its answer, which must say that it was carried out."""
        answer = await self._command(data, size_min)
        if answer[0] != frames.OK:
            name = frames.status_name(answer[0])
            raise TransientError(f"command {data[:2].hex()}: status {answer[0]} ({name})")
        return answer

    async def _command(self, data: bytes, size_min: int) -> bytes:
        """Send a command, return its answer; the one retry policy of this driver."""
        error = TransientError("never asked")
        for _ in range(ATTEMPTS):
            try:
                return await self._exchange(data, size_min)
            except TransientError as transient:
                error = transient
                await self._drain()
        raise error

    async def _exchange(self, data: bytes, size_min: int) -> bytes:
        """Send a command once; the next line is its answer."""
        self._stream.write(frames.encode(data, self._has_crc))
        try:
            async with asyncio.timeout(ANSWER_S):
                line = await self._next_line()
        except TimeoutError:
            raise TransientError(f"no answer within {ANSWER_S} s") from None
        try:
            answer = frames.decode(line, self._has_crc)
        except frames.FrameError as error:
            raise TransientError(str(error)) from None
        if answer[0] == frames.OK and len(answer) < size_min:
            raise TransientError(f"answer {answer.hex(' ')} is another command's")
        return answer

    async def _next_line(self) -> bytes:
        """The next line; the caller's limit ends the wait."""
        while not self._waiting:
            self._waiting += self._cutter.feed(await self._stream.read())
        return self._waiting.pop(0)

    async def _drain(self) -> None:
        """Throw away what still comes, until the line is quiet."""
        self._waiting.clear()
        for _ in range(DRAIN_READS_MAX):
            try:
                async with asyncio.timeout(QUIET_S):
                    await self._stream.read()
            except TimeoutError:
                break
        self._cutter.clear()
