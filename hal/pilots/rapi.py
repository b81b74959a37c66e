"""RAPI: frames of an OpenEVSE controller. Sans-IO.

A frame is ``$``, two letters and arguments with spaces between, perhaps `` :ss``, then ``^`` and
the XOR of all before it in two hex digits, and CR. The sequence id ``ss`` (01 to FF) comes back
in the reply: only so is a late reply not taken for the next one's. Frames that start ``$OK`` or
``$NK`` are replies; all others come unasked, also between a command and its reply.
Older firmware ends frames with ``*`` and the 8-bit sum; from it nothing is taken without a sum.
Source: OpenEVSE RAPI, ``rapi_proc.h``; limits of the controller's buffer as there.
"""

from dataclasses import dataclass

FRAME_CHARS_MAX = 32  # the controller's buffer; more is dropped there without a word
TOKENS_MAX = 10
HEARD_BYTES_MAX = 256  # without an end: noise
OK, NK = "OK", "NK"
SEQUENCE_MAX = 255
FIRST, LAST = 0x20, 0x7E  # printable ASCII, all that a frame holds


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame. ``sequence`` 0: it had none."""

    word: str
    arguments: tuple[str, ...]
    sequence: int = 0

    @property
    def is_reply(self) -> bool:
        """Whether it answers a command."""
        return self.word in (OK, NK)


def checksum(text: str) -> int:
    """XOR of all characters."""
    value = 0
    for byte in text.encode("ascii"):
        value ^= byte
    return value


def encode(words: str, sequence: int = 0) -> bytes:
    """Return the frame of a command, ``SC 16 V``; ValueError if the controller would drop it."""
    text = f"${words} :{sequence:02X}" if sequence else f"${words}"
    frame = f"{text}^{checksum(text):02X}\r"
    tokens = len(words.split(" ")) + (1 if sequence else 0)
    if len(frame) > FRAME_CHARS_MAX or tokens > TOKENS_MAX:
        raise ValueError(
            f"{frame!r}: {len(frame)} characters and {tokens} tokens, allowed are"
            f" {FRAME_CHARS_MAX} and {TOKENS_MAX}"
        )
    return frame.encode("ascii")


def decode(line: bytes) -> Frame | None:
    """Return the frame between ``$`` and CR, or None if it is none or damaged."""
    if not all(FIRST <= byte <= LAST for byte in line):
        return None
    text = line.decode("ascii")
    for mark, value_of in (("^", checksum), ("*", _sum)):
        body, found, digits = text.rpartition(mark)
        if found and len(digits) == 2 and _hex(digits) == value_of(body):
            return _parsed(body)
    return None


class Hearer:
    """Cuts what is heard into frames; counts what was none."""

    def __init__(self) -> None:
        self.garbled_count = 0
        self._heard = bytearray()

    def feed(self, data: bytes) -> list[Frame]:
        """Take bytes; return the frames that are whole now."""
        frames = []
        self._heard += data
        while (end := self._heard.find(b"\r")) >= 0:
            line = bytes(self._heard[:end])
            del self._heard[: end + 1]
            frame = self._frame(line)
            if frame is not None:
                frames.append(frame)
        if len(self._heard) > HEARD_BYTES_MAX:
            self._heard.clear()
            self.garbled_count += 1
        return frames

    def forget(self) -> None:
        """Drop a frame that has begun."""
        self._heard.clear()

    def _frame(self, line: bytes) -> Frame | None:
        """Look at the last ``$``: what is before it is noise, or a frame that was cut off."""
        start = line.rfind(b"$")
        frame = decode(line[start:]) if start >= 0 else None
        if frame is None or line[:start].strip(b"\n"):
            self.garbled_count += 1
        return frame


def _parsed(body: str) -> Frame | None:
    words = body.removeprefix("$").split()
    if not body.startswith("$") or not words:
        return None
    sequence = 0
    if words[-1].startswith(":") and len(words[-1]) == 3:
        sequence = _hex(words.pop()[1:])
    if sequence < 0 or not words:
        return None
    return Frame(words[0], tuple(words[1:]), sequence)


def _sum(text: str) -> int:
    return sum(text.encode("ascii")) & 0xFF


def _hex(digits: str) -> int:
    """Return the value of hex digits; -1 if they are none."""
    if not digits or any(digit not in "0123456789abcdefABCDEF" for digit in digits):
        return -1
    return int(digits, 16)
