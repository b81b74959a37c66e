"""Contactless card: an ISO/IEC 14443 A card as a reader's field sees it, bit by bit.

States and answers after ISO/IEC 14443-3, section 6.4: what a card does not expect silences it
and sends it back to IDLE, or to HALT if it came from there. Written for the reader twins and on
its own: nothing here is shared with a driver.
"""

from collections.abc import Sequence

IDLE, READY, ACTIVE, HALT = range(4)
SHORT_BITS = 7
REQA, WUPA = 0x26, 0x52
LEVELS = {0x93: 0, 0x95: 1, 0x97: 2}
TAG = 0x88
HLTA = b"\x50\x00\x57\xcd"
MORE = 0x04
ATQA = {4: 0x0004, 7: 0x0044, 10: 0x0084}  # by size of the UID
SAK = 0x08


class ContactlessCard:
    """One card; ``uid`` of 4, 7 or 10 bytes."""

    def __init__(self, uid: bytes) -> None:
        if len(uid) not in ATQA:
            raise ValueError(f"UID has {len(uid)} bytes, allowed are 4, 7 and 10")
        self.uid = uid
        self.levels = _levels(uid)
        self.lose_field()

    def lose_field(self) -> None:
        """Forget everything, as without power."""
        self.state = IDLE
        self._rest = IDLE  # where nonsense sends it
        self._level = 0

    def hear(self, bits: Sequence[int]) -> list[int]:
        """Take a frame's bits, without parity; return the answer's, none for silence."""
        data = _to_bytes(bits)
        if len(bits) == SHORT_BITS:
            return self._called(data[0])
        if self.state == READY and len(bits) >= 16 and LEVELS.get(data[0]) == self._level:
            return self._asked(bits, data)
        if self.state == ACTIVE and data == HLTA:
            self.state = self._rest = HALT
            return []
        self.state = self._rest
        return []

    def _called(self, command: int) -> list[int]:
        is_for_us = command == WUPA or (command == REQA and self._rest == IDLE)
        if self.state in (READY, ACTIVE) or not is_for_us:
            self.state = self._rest
            return []
        self.state, self._level = READY, 0
        return _to_bits(ATQA[len(self.uid)].to_bytes(2, "little"))

    def _asked(self, bits: Sequence[int], data: bytes) -> list[int]:
        """Answer anticollision or select at the level it is at."""
        own = _to_bits(self.levels[self._level])
        known_count = (data[1] >> 4) * 8 + (data[1] & 7) - 16
        if data[1] == 0x70:
            return self._selected(data)
        if len(bits) - 16 != known_count or not 0 <= known_count < len(own):
            self.state = self._rest
            return []
        if list(bits[16:]) != own[:known_count]:
            self.state = self._rest  # another card is meant
            return []
        return own[known_count:]

    def _selected(self, data: bytes) -> list[int]:
        is_meant = data[2:7] == self.levels[self._level] and data[7:] == check_a(data[:7])
        if not is_meant:
            self.state = self._rest
            return []
        self._level += 1
        has_more = self._level < len(self.levels)
        self.state = READY if has_more else ACTIVE
        sak = bytes([MORE if has_more else SAK])
        return _to_bits(sak + check_a(sak))


def check_a(data: bytes) -> bytes:
    """CRC_A, bit by bit as the register in annex B of the standard."""
    register = 0x6363
    for bit in _to_bits(data):
        feedback = (register ^ bit) & 1
        register >>= 1
        if feedback:
            register ^= 0x8408
    return bytes([register & 0xFF, register >> 8])


def _levels(uid: bytes) -> list[bytes]:
    """The UID as its cascade levels, each with its check byte."""
    parts = []
    rest = uid
    while len(rest) > 4:
        parts.append(bytes([TAG]) + rest[:3])
        rest = rest[3:]
    parts.append(rest)
    return [part + bytes([part[0] ^ part[1] ^ part[2] ^ part[3]]) for part in parts]


def _to_bits(data: bytes) -> list[int]:
    """First bit on air first: the lowest of each byte."""
    return [byte >> place & 1 for byte in data for place in range(8)]


def _to_bytes(bits: Sequence[int]) -> bytes:
    """The other way; the last byte may be short."""
    return bytes(
        sum(bit << place for place, bit in enumerate(bits[start : start + 8]))
        for start in range(0, len(bits), 8)
    )
