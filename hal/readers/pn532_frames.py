"""PN532 frames: bytes to frames and back, for host and chip, without any I/O.

Noise, cut frames and false starts cost only themselves: after anything that is not a frame, the
search goes on one byte after its start, so a whole frame behind a cut one is found.
Not understood: extended frames (more than 254 bytes); no answer used here is that long.
NXP PN532 User Manual UM0701-02, section 6.2.1.
"""

from dataclasses import dataclass

ACK, NACK, ERROR, COMMAND, RESPONSE = range(5)  # kinds of frame
KINDS = ("ACK", "NACK", "ERROR", "COMMAND", "RESPONSE")
TO_CHIP, TO_HOST = 0xD4, 0xD5  # TFI, the first byte of the data
ERROR_CODE = 0x7F  # instead of a TFI: the chip did not understand

START = b"\x00\xff"
ACK_FRAME = bytes.fromhex("0000ff00ff00")
NACK_FRAME = bytes.fromhex("0000ffff0000")
ERROR_FRAME = bytes.fromhex("0000ff01ff7f8100")
WAKE_UP = b"\x55\x55" + bytes(14)  # section 7.2.11: HSU wake-up, then time for the oscillator
BUFFER_MAX = 1024  # bytes; older ones are dropped
DATA_MAX = 254  # bytes of data after the TFI


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame; ``data`` is without the TFI, and empty for ACK, NACK and ERROR."""

    kind: int
    data: bytes = b""


def encode(direction: int, data: bytes) -> bytes:
    """Return the frame that carries ``data`` to the chip (TO_CHIP) or to the host (TO_HOST)."""
    assert len(data) <= DATA_MAX
    body = bytes([direction]) + data
    length = len(body)
    checksums = bytes([-length & 0xFF]), bytes([-sum(body) & 0xFF])
    return b"\x00" + START + bytes([length]) + checksums[0] + body + checksums[1] + b"\x00"


class Decoder:
    """Finds frames in a stream of bytes."""

    def __init__(self) -> None:
        self.bad_count = 0  # starts that were no frame
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Frame]:
        """Take ``data`` and return the frames that are complete now."""
        self._buffer += data
        del self._buffer[:-BUFFER_MAX]
        frames: list[Frame] = []
        while (start := self._buffer.find(START)) >= 0:
            del self._buffer[:start]
            size, frame = _first(self._buffer)
            if size == 0:
                return frames
            del self._buffer[:size]
            if frame is None:
                self.bad_count += 1
            else:
                frames.append(frame)
        del self._buffer[:-1]  # the last byte may be half of a start
        return frames

    def clear(self) -> None:
        """Forget what has not become a frame."""
        self._buffer.clear()


def _first(buffer: bytearray) -> tuple[int, Frame | None]:
    """Return (bytes used, frame) of the frame at the start of ``buffer``; 0 bytes: need more."""
    if len(buffer) < 4:
        return 0, None
    length, check = buffer[2], buffer[3]
    if (length, check) == (0x00, 0xFF):
        return 4, Frame(ACK)
    if (length, check) == (0xFF, 0x00):
        return 4, Frame(NACK)
    if (length + check) & 0xFF or length == 0:
        return 1, None
    if len(buffer) < 5 + length:
        return 0, None
    body = bytes(buffer[4 : 4 + length])
    if (sum(body) + buffer[4 + length]) & 0xFF:
        return 1, None
    if body[0] == ERROR_CODE and length == 1:
        return 5 + length, Frame(ERROR)
    if body[0] == TO_CHIP:
        return 5 + length, Frame(COMMAND, body[1:])
    if body[0] == TO_HOST:
        return 5 + length, Frame(RESPONSE, body[1:])
    return 1, None
