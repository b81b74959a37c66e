"""Sifter: finds the one answer to the last question among all bytes that a Modbus line carries.

Pure: bytes in, bytes out. An answer is a frame with the right check sum whose unit, function and
length (for a write: address and value) are those of the question, or an exception to it.
Noise round it, frames of other units, answers to other questions and our own echo are skipped.
A valid *request* that is not ours means another master: from then on nothing is believed until
the next question, for its answer could look exactly like ours.
Modbus over Serial Line V1.02 section 2.5.1; Modbus on TCP V1.0b section 3.1.
"""

import struct

WRITE_ONE, WRITE_MANY = 6, 16
REQUESTS = (1, 2, 3, 4, 5, 6, 15, 16)  # functions whose requests are looked for
REQUEST_BYTES = 8  # of those that carry no list: unit, function, two words, check sum
REFUSAL_BYTES = 5
FRAME_BYTES_MAX = 260  # TCP; 256 on a serial line
EXCEPTION = 0x80


class Sifter:
    """What counts as an answer to one question at a time."""

    def __init__(self, is_tcp: bool) -> None:
        self.is_foreign = False  # another master has been heard since the question
        self._is_tcp = is_tcp
        self._has_echo = False  # the adapter hears itself
        self._question = b""  # unit, function and data, without frame
        self._sent = b""
        self._tid = b""

    def asked(self, sent: bytes) -> None:
        """Take the frame that was just sent for the question."""
        self.is_foreign = False
        self._sent = sent
        self._tid, self._question = (sent[:2], sent[6:]) if self._is_tcp else (b"", sent[:-2])

    def answer(self, heard: bytes) -> bytes:
        """Return the answer in what was heard since the question, or nothing."""
        if not self._question:
            return b""
        return self._answer_tcp(heard) if self._is_tcp else self._answer_rtu(heard)

    def _answer_tcp(self, heard: bytes) -> bytes:
        """Frame by frame: on TCP nothing is lost in between."""
        at = 0
        while len(heard) - at >= REQUEST_BYTES:
            size = 6 + int.from_bytes(heard[at + 4 : at + 6], "big")
            frame = heard[at : at + size]
            if size > FRAME_BYTES_MAX or len(frame) < size:
                return b""
            if frame[:4] == self._tid + b"\0\0" and self._is_answer(frame[6:]):
                return frame
            at += size
        return b""

    def _answer_rtu(self, heard: bytes) -> bytes:
        """The first frame that is right, wherever it begins."""
        found = b""
        at = self._echo_bytes(heard)
        while at < len(heard):
            frame = self._frame_at(heard, at)
            if frame and self._is_answer(frame[:-2]):
                found = found or frame
            elif frame and frame != self._sent:  # that would be our echo behind noise
                self.is_foreign = True
            at += len(frame) or 1
        return b"" if self.is_foreign else found

    def _echo_bytes(self, heard: bytes) -> int:
        """How much of it is our own question; where one register is written, so is the answer."""
        if self._question[1] != WRITE_ONE:
            self._has_echo = heard.startswith(self._sent)
        return len(self._sent) if self._has_echo else 0

    def _frame_at(self, heard: bytes, at: int) -> bytes:
        """Return the answer to us, or any master's request, that begins here; else nothing."""
        unit, function = self._question[:2]
        if len(heard) - at < REFUSAL_BYTES:
            return b""
        sizes = [REQUEST_BYTES] if heard[at + 1] in REQUESTS else []
        if heard[at] == unit and heard[at + 1] == function | EXCEPTION:
            sizes = [REFUSAL_BYTES]
        elif heard[at] == unit and heard[at + 1] == function:
            sizes = [self._answer_bytes(), *sizes]
        for size in sizes:
            frame = heard[at : at + size]
            if len(frame) == size and crc(frame[:-2]) == frame[-2:]:
                return frame
        return b""

    def _answer_bytes(self) -> int:
        """How long the answer on a serial line has to be."""
        if self._question[1] in (WRITE_ONE, WRITE_MANY):
            return REQUEST_BYTES
        return REFUSAL_BYTES + 2 * int.from_bytes(self._question[4:6], "big")

    def _is_answer(self, body: bytes) -> bool:
        """Whether unit, function and data, without frame, are an answer to the question."""
        unit, function = self._question[:2]
        if len(body) < 3 or body[0] != unit:
            return False
        if body[1] == function | EXCEPTION:
            return len(body) == REFUSAL_BYTES - 2
        if function in (WRITE_ONE, WRITE_MANY):
            return body == self._question[:6]  # address and value, or address and count
        data_bytes = self._answer_bytes() - REFUSAL_BYTES
        is_whole = body[2] == data_bytes and len(body) == 3 + data_bytes
        return body[1] == function and is_whole


def _crc_row(value: int) -> int:
    for _ in range(8):
        value = (value >> 1) ^ 0xA001 if value & 1 else value >> 1
    return value


CRC_TABLE = tuple(_crc_row(value) for value in range(256))


def crc(data: bytes) -> bytes:
    """Return the two bytes that end a frame on a serial line; V1.02 section 6.2.2."""
    value = 0xFFFF
    for byte in data:
        value = (value >> 8) ^ CRC_TABLE[(value ^ byte) & 0xFF]
    return struct.pack("<H", value)
