"""Frames: bytes of a Modbus/TCP connection in, requests out; and the frames of answers. Pure.

Modbus Messaging on TCP/IP Implementation Guide V1.0b section 3.1.3 (header), Modbus Application
Protocol V1.1b3 section 7 (exceptions). A stream that is no Modbus is never in step again, so its
connection has to end.
"""

import struct
from dataclasses import dataclass

HEADER = struct.Struct(">HHHB")  # transaction, protocol, bytes that follow, unit
PROTOCOL = 0
BEHIND_LENGTH = 1  # the unit is counted with what follows
PDU_BYTES_MAX = 253
EXCEPTION = 0x80
ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE, BUSY = 1, 2, 3, 6


class NoModbus(ValueError):
    """What came is no Modbus/TCP; the words say why."""


class Exceptional(Exception):
    """The request is answered with this exception code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Request:
    """One request; ``data`` is what stands behind the function code."""

    transaction: int
    unit: int
    function: int
    data: bytes


class Frames:
    """The requests of one connection; holds less than one frame of bytes back."""

    def __init__(self) -> None:
        self._held = b""

    @property
    def is_midway(self) -> bool:
        """True while the rest of a frame is missing."""
        return bool(self._held)

    def feed(self, data: bytes) -> list[Request]:
        """The requests that are whole now; raise NoModbus."""
        self._held += data
        found = []
        while len(self._held) >= HEADER.size:
            transaction, protocol, length, unit = HEADER.unpack_from(self._held)
            pdu_bytes = length - BEHIND_LENGTH
            if protocol != PROTOCOL:
                raise NoModbus(f"protocol {protocol}: must be {PROTOCOL}")
            if not 1 <= pdu_bytes <= PDU_BYTES_MAX:
                raise NoModbus(f"length {length}: must be 2 to {PDU_BYTES_MAX + BEHIND_LENGTH}")
            pdu = self._held[HEADER.size : HEADER.size + pdu_bytes]
            if len(pdu) < pdu_bytes:
                break
            self._held = self._held[HEADER.size + pdu_bytes :]
            found.append(Request(transaction, unit, pdu[0], pdu[1:]))
        return found


def answer(request: Request, data: bytes) -> bytes:
    """The frame that answers; ``data`` stands behind the function code."""
    return _frame(request, bytes([request.function]) + data)


def refusal(request: Request, code: int) -> bytes:
    """The frame that answers with an exception."""
    return _frame(request, bytes([request.function | EXCEPTION, code]))


def _frame(request: Request, pdu: bytes) -> bytes:
    length = len(pdu) + BEHIND_LENGTH
    return HEADER.pack(request.transaction, PROTOCOL, length, request.unit) + pdu
