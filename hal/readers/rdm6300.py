"""RDM6300: 125 kHz reader on a UART (9600 8N1, sends only); reports EM4100 tags.

14 bytes: 02, ten hex digits (version byte and 32-bit number), two hex digits (exclusive or of
those five bytes), 03; again and again while the tag is held. All five bytes are the token, ten
digits of kind Local: who leaves the version byte out gives two tags one name. Any EM4100 can be
copied at a market stall; it names a tag and proves nothing. The part cannot be asked.
"""

from ampkeeper.hal.ports import ByteStream, Clock, Tag
from ampkeeper.hal.readers.form import LOCAL, Form
from ampkeeper.hal.readers.unasked import UnaskedReader

BAUD = 9_600
START, END = 0x02, 0x03
FRAME_BYTES = 14
ID_BYTES = 5
REPEAT_S = 2.0  # it repeats every 65 ms; this bridges a tag at the edge of the field


class Rdm6300Decoder:
    """Finds frames in a stream of bytes; after a false start it goes on one byte behind it."""

    def __init__(self, form: Form) -> None:
        self.bad_count = 0  # starts that were no frame
        self.stray_count = 0
        self._form = form
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Tag]:
        """Take ``data`` and return the tags whose frames are complete now."""
        self.stray_count += len(data)
        self._buffer += data
        tags: list[Tag] = []
        while (start := self._buffer.find(START)) >= 0:
            del self._buffer[:start]
            if len(self._buffer) < FRAME_BYTES:
                return tags
            number = _number(bytes(self._buffer[:FRAME_BYTES]))
            if number:
                tags.append(self._form.of_bytes(number, LOCAL))
                self.stray_count = len(self._buffer) - FRAME_BYTES
            else:
                self.bad_count += 1
            del self._buffer[: FRAME_BYTES if number else 1]
        self._buffer.clear()
        return tags

    def clear(self) -> None:
        """Forget what has not become a frame."""
        self._buffer.clear()
        self.stray_count = 0


class Rdm6300Reader(UnaskedReader):
    """One reader on one line."""

    def __init__(
        self, stream: ByteStream, clock: Clock, form: Form | None = None, name: str = "RDM6300"
    ) -> None:
        super().__init__(stream, clock, Rdm6300Decoder(form or Form()), name, REPEAT_S)


def _number(frame: bytes) -> bytes:
    """The five bytes that a frame carries, or nothing if it is none."""
    if frame[-1] != END:
        return b""
    try:
        body = bytes.fromhex(frame[1:-1].decode("ascii"))
    except ValueError:
        return b""
    check = 0
    for byte in body:
        check ^= byte
    return b"" if check or len(body) != ID_BYTES + 1 else body[:ID_BYTES]
