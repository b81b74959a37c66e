"""TWN4 frames: lines of hexadecimal digits to bytes and back, without any I/O.

Simple protocol in ASCII: each request and each answer is hexadecimal digits and CR. Where the
reader is set to it, two bytes of CRC-16/MCRF4XX, the low one first, end the bytes.
An answer's first byte is its status. Elatec, TWN4 Simple Protocol (m).
"""

from ampkeeper.hal.readers.crc16 import crc16

OK = 0
STATUSES = (
    "ok",
    "unknown function",
    "missing parameter",
    "unused parameters",
    "invalid function",
    "parser error",
)
CRC_INITIAL = 0xFFFF  # CRC-16/MCRF4XX
CRC_BYTES = 2
END = b"\r"
LINE_MAX = 128  # digits; the longest answer used here has 46

GET_USB_TYPE = bytes.fromhex("0005")
BEEP = bytes.fromhex("0407")
SEARCH_TAG = bytes.fromhex("0500")
RF_OFF = bytes.fromhex("0501")
SET_TAG_TYPES = bytes.fromhex("0502")
GET_TAG_TYPES = bytes.fromhex("0503")


class FrameError(Exception):
    """A line that is no answer."""


def encode(data: bytes, has_crc: bool) -> bytes:
    """Return the line that carries ``data``."""
    check = crc16(data, CRC_INITIAL) if has_crc else b""
    return (data + check).hex().upper().encode() + END


def decode(line: bytes, has_crc: bool) -> bytes:
    """Return what a line carries, status first; raise FrameError."""
    try:
        data = bytes.fromhex(line.decode("ascii"))
    except ValueError:
        raise FrameError(f"line {line[:LINE_MAX]!r} is not hexadecimal") from None
    if has_crc:
        data, check = data[:-CRC_BYTES], data[-CRC_BYTES:]
        if check != crc16(data, CRC_INITIAL):
            raise FrameError(f"line {line[:LINE_MAX]!r}: wrong CRC")
    if not data:
        raise FrameError("empty answer")
    return data


def status_name(status: int) -> str:
    """What a status says."""
    return STATUSES[status] if status < len(STATUSES) else "unknown status"


class LineCutter:
    """Cuts a stream of bytes into lines; one that is too long is dropped whole."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._is_long = False

    def feed(self, data: bytes) -> list[bytes]:
        """Take ``data`` and return the lines that are complete now, without their end."""
        lines = []
        for byte in data:
            if byte in b"\r\n":
                if self._line and not self._is_long:
                    lines.append(bytes(self._line))
                self.clear()
            elif len(self._line) >= LINE_MAX:
                self._is_long = True
            else:
                self._line.append(byte)
        return lines

    def clear(self) -> None:
        """Forget the line that has begun."""
        self._line.clear()
        self._is_long = False
