"""Frames: how a message travels over a line that loses, repeats and mangles bytes.

    offset  bytes  what
    0       2      sync, A5 5A
    2       1      length of the payload, 0 to 96
    3       1      sequence, counts frames of one direction modulo 256
    4       1      message type
    5       n      payload
    5 + n   2      CRC-16 of everything from the length on, high byte first

CRC-16 is 0x1021 from 0xFFFF (CRC-16/IBM-3740): it finds any three wrong bits and any burst of
16 in a frame this short. No input raises; whatever is refused is counted. After a bad frame the
search goes on one byte later, so a frame that lies inside rubbish is still found.
"""

from array import array

TYPE_CHECKING = False
if TYPE_CHECKING:
    Buffer = bytes | bytearray | memoryview

    def const(value: int) -> int:
        """Return ``value``; MicroPython's compiler puts it in place of the name."""
        return value

else:
    try:
        from micropython import const
    except ImportError:

        def const(value: int) -> int:
            return value


_SYNC_1 = const(0xA5)
_SYNC_2 = const(0x5A)
HEADER_BYTES = const(5)
CRC_BYTES = const(2)
PAYLOAD_BYTES_MAX = const(96)
FRAME_BYTES_MAX = const(HEADER_BYTES + PAYLOAD_BYTES_MAX + CRC_BYTES)
_PARSER_BYTES = const(4 * FRAME_BYTES_MAX)
PARTIAL_MS_MAX = const(100)  # a whole frame takes 9 ms at 115,200 baud
COUNT_MAX = const(0x3FFFFFFF)  # the largest integer that the pilot board holds without allocating


def crc_table() -> "array[int]":
    """The 256 remainders, 512 bytes: twice as fast on the pilot board as a table of 16."""
    table = array("H", bytes(512))
    for index in range(256):
        crc = index << 8
        for _ in range(8):
            crc = ((crc << 1) ^ 0x1021) & 0xFFFF if crc & 0x8000 else crc << 1
        table[index] = crc
    return table


CRC_TABLE = crc_table()


def crc16_by_table(buffer: "Buffer", start: int, end: int) -> int:
    """CRC-16 of ``buffer[start:end]``; allocates nothing."""
    table = CRC_TABLE
    crc = 0xFFFF
    for index in range(start, end):
        crc = ((crc << 8) & 0xFF00) ^ table[(crc >> 8) ^ buffer[index]]
    return crc


try:
    from binascii import crc_hqx
except ImportError:  # MicroPython
    crc16 = crc16_by_table
else:

    def crc16(buffer: "Buffer", start: int, end: int) -> int:
        """The same sum from CPython's own code: 0.4 us for 64 bytes instead of 18."""
        return crc_hqx(memoryview(buffer)[start:end], 0xFFFF)


def seal(buffer: bytearray, length: int, sequence: int, kind: int) -> int:
    """Put header and CRC round the payload that lies at ``HEADER_BYTES``; return the total."""
    assert 0 <= length <= PAYLOAD_BYTES_MAX
    buffer[0] = _SYNC_1
    buffer[1] = _SYNC_2
    buffer[2] = length
    buffer[3] = sequence & 0xFF
    buffer[4] = kind
    end = HEADER_BYTES + length
    crc = crc16(buffer, 2, end)
    buffer[end] = crc >> 8
    buffer[end + 1] = crc & 0xFF
    return end + CRC_BYTES


def one_more(count: int) -> int:
    """Count up, and stay at the end of the scale."""
    return count + 1 if count < COUNT_MAX else count


class FrameParser:
    """Finds frames in a stream. ``feed`` and ``next`` in turn until all is taken.

    After ``next`` returned True the frame is in ``kind``, ``sequence``, ``length`` and, from
    ``offset`` on, in ``buffer``, until the next call.
    """

    def __init__(self) -> None:
        self.buffer = bytearray(_PARSER_BYTES)
        self.kind = 0
        self.sequence = 0
        self.length = 0
        self.offset = 0
        self.good_count = 0
        self.noise_bytes = 0  # skipped in search of a sync
        self.bad_crc_count = 0
        self.bad_length_count = 0
        self.truncated_count = 0
        self._start = 0
        self._end = 0
        self._waited_ms = 0

    def feed(self, data: "Buffer", start: int = 0) -> int:
        """Take bytes from ``data[start:]``; return how many, at least one if ``next`` was run."""
        if self._start == self._end:
            self._start = self._end = 0
        elif self._end + len(data) - start > _PARSER_BYTES:
            self._move_to_front()
        count = min(len(data) - start, _PARSER_BYTES - self._end)
        buffer = self.buffer
        end = self._end
        for index in range(count):
            buffer[end + index] = data[start + index]
        self._end = end + count
        return count

    def next(self) -> bool:
        """Find the next good frame; False when more bytes are needed."""
        while self._find_sync():
            total = HEADER_BYTES + self.buffer[self._start + 2] + CRC_BYTES
            if total > FRAME_BYTES_MAX:
                self.bad_length_count = one_more(self.bad_length_count)
                self._skip(1)
                continue
            if self._end - self._start < total:
                return False
            if self._is_sound(total):
                self._expose(total)
                return True
            self.bad_crc_count = one_more(self.bad_crc_count)
            self._skip(1)
        return False

    def tick(self, elapsed_ms: int) -> bool:
        """Give up a beginning that never ends; True if ``next`` should look again.

        Else a sync that noise made up would hold back the permits behind it until they expire.
        """
        if self._start == self._end:
            return False
        self._waited_ms = min(self._waited_ms + elapsed_ms, PARTIAL_MS_MAX + 1)
        if self._waited_ms <= PARTIAL_MS_MAX:
            return False
        self.truncated_count = one_more(self.truncated_count)
        self._skip(1)
        return True

    def clear(self) -> None:
        """Forget what is half read."""
        self._start = self._end = 0
        self._waited_ms = 0

    def _find_sync(self) -> bool:
        """Move to the next sync; False when no whole header is there."""
        buffer = self.buffer
        while self._start < self._end:
            is_last = self._start + 1 == self._end
            if buffer[self._start] == _SYNC_1 and (is_last or buffer[self._start + 1] == _SYNC_2):
                return self._end - self._start >= HEADER_BYTES
            self.noise_bytes = one_more(self.noise_bytes)
            self._skip(1)
        return False

    def _is_sound(self, total: int) -> bool:
        """Compare the CRC of the frame at the front."""
        end = self._start + total - CRC_BYTES
        crc = crc16(self.buffer, self._start + 2, end)
        return self.buffer[end] == crc >> 8 and self.buffer[end + 1] == crc & 0xFF

    def _expose(self, total: int) -> None:
        """Show the frame at the front to the caller, and step over it."""
        self.length = self.buffer[self._start + 2]
        self.sequence = self.buffer[self._start + 3]
        self.kind = self.buffer[self._start + 4]
        self.offset = self._start + HEADER_BYTES
        self.good_count = one_more(self.good_count)
        self._skip(total)

    def _skip(self, count: int) -> None:
        self._start += count
        self._waited_ms = 0

    def _move_to_front(self) -> None:
        """Make room behind; what is left is always less than one frame after ``next``."""
        buffer = self.buffer
        count = self._end - self._start
        for index in range(count):
            buffer[index] = buffer[self._start + index]
        self._start = 0
        self._end = count
