"""RTU: a Modbus slave by hand, so that no library's view of the wire is on both ends.

Modbus Application Protocol V1.1b3 sections 6.3, 6.4, 6.6, 6.12; Serial Line V1.02 section 2.5.
Frames are found by their length and checksum, not by gaps: a pty has none. A unit that nobody
here is stays silent, as on a line.
"""

from collections.abc import Mapping
from typing import Protocol

READS = (3, 4)
WRITE_ONE, WRITE_MANY = 6, 16
ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE = 1, 2, 3
HEARD_MAX = 512


class Device(Protocol):
    """The registers of one unit. An int instead of an answer is an exception code."""

    def read(self, function: int, address: int, count: int) -> tuple[int, ...] | int:
        """Return ``count`` registers."""

    def write(self, address: int, values: tuple[int, ...]) -> int:
        """Take registers; return 0, or an exception code."""


def crc(data: bytes) -> int:
    """CRC-16 of Modbus, section 6.2.2."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
    return value


def framed(data: bytes) -> bytes:
    """Append the checksum, low byte first."""
    return data + crc(data).to_bytes(2, "little")


class Slave:
    """The units of one line, or one end of it."""

    def __init__(self, units: Mapping[int, Device]) -> None:
        self.units = units
        self.request_count = 0
        self.exception = 0  # answer everything with this code
        self._heard = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes; return one answer for each request to a unit that is here."""
        self._heard += data
        answers = []
        while (frame := self._next()) is not None:
            device = self.units.get(frame[0])
            if device is not None:
                self.request_count += 1
                answers.append(framed(self._answer(device, frame)))
        del self._heard[:-HEARD_MAX]
        return answers

    def _next(self) -> bytes | None:
        """Return the next whole request; drop bytes that begin none."""
        while len(self._heard) >= 8:
            function = self._heard[1]
            length = 9 + self._heard[6] if function == WRITE_MANY else 8
            frame = bytes(self._heard[:length])
            if len(frame) == length and crc(frame) == 0:
                del self._heard[:length]
                return frame
            if len(frame) < length and length <= HEARD_MAX // 2 and function == WRITE_MANY:
                return None  # may still become one
            del self._heard[0]
        return None

    def _answer(self, device: Device, frame: bytes) -> bytes:
        unit, function = frame[0], frame[1]
        address, second = int.from_bytes(frame[2:4]), int.from_bytes(frame[4:6])
        if self.exception:
            return bytes((unit, function | 0x80, self.exception))
        if function in READS:
            words = device.read(function, address, second)
            if isinstance(words, int):
                return bytes((unit, function | 0x80, words))
            return bytes((unit, function, 2 * len(words))) + _bytes(words)
        code = ILLEGAL_FUNCTION
        if function == WRITE_ONE:
            code = device.write(address, (second,))
        elif function == WRITE_MANY:
            code = device.write(address, _words(frame[7:-2])) if frame[6] == 2 * second else 3
        return frame[:6] if code == 0 else bytes((unit, function | 0x80, code))


def _bytes(words: tuple[int, ...]) -> bytes:
    return b"".join(word.to_bytes(2) for word in words)


def _words(data: bytes) -> tuple[int, ...]:
    return tuple(int.from_bytes(data[at : at + 2]) for at in range(0, len(data), 2))
