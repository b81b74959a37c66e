"""Hand-written Modbus slave on a pty, that answers late, twice, or somebody else's question.

Register ``a`` holds the number ``a``, so every value tells which register it came from.
"""

import asyncio
import struct
from collections.abc import Callable

from ampkeeper.board.emulated.twin_line import PtyLine

Answers = list[tuple[float, bytes]]  # (seconds from now, bytes)


def crc(data: bytes) -> bytes:
    """Modbus over Serial Line V1.02, section 6.2.2."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ 0xA001 if value & 1 else value >> 1
    return struct.pack("<H", value)


def answer_to(request: bytes) -> bytes:
    """The right answer to a read request."""
    unit, function, address, count = struct.unpack(">BBHH", request[:6])
    words = struct.pack(f">{count}H", *range(address, address + count))
    body = bytes([unit, function, len(words)]) + words
    return body + crc(body)


def refusal_of(request: bytes, code: int) -> bytes:
    """An exception response."""
    body = bytes([request[0], request[1] | 0x80, code])
    return body + crc(body)


def prompt(request: bytes, number: int) -> Answers:
    return [(0.0, answer_to(request))]


class Slave:
    """``plan`` says what to send when, for the request of that number."""

    def __init__(self, plan: Callable[[bytes, int], Answers] = prompt) -> None:
        self.plan = plan
        self.requests: list[bytes] = []
        self.line = PtyLine(self._heard)
        self._timers: list[asyncio.TimerHandle] = []

    def _heard(self, request: bytes) -> None:
        assert len(request) == 8
        assert crc(request[:6]) == request[6:]
        self.requests.append(request)
        loop = asyncio.get_running_loop()
        for delay_s, data in self.plan(request, len(self.requests) - 1):
            self._timers.append(loop.call_later(delay_s, self.line.write, data))

    def close(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self.line.close()
