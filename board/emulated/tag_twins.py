"""Tag twins: an RDM6300, a TWN4 and a reader that poses as a keyboard, on a line or without one.

Each speaks as its part does and is written from the part's description, not from its driver.
The RDM6300 only talks: while a tag is held it repeats its frame. The TWN4 answers requests and
finds tags only while its field is on and their technology is asked for. The keyboard types.
"""

import asyncio
import struct
from collections.abc import Callable

from ampkeeper.board.emulated.twin_line import PtyLine

REPEAT_S = 0.065
HOLD_S = 1.0
EM4102, MIFARE, ISO15693 = 0x40, 0x80, 0x82
HEX = b"0123456789ABCDEF"
KEY_CODES = {
    key: code
    for first, row in ((2, "1234567890"), (16, "qwertyuiop"), (30, "asdfghjkl"), (44, "zxcvbnm"))
    for code, key in enumerate(row, first)
}
KEYPAD_CODES = dict(zip("7894561230", (71, 72, 73, 75, 76, 77, 79, 80, 81, 82), strict=True))
ENTER, KEYPAD_ENTER, LEFT_SHIFT, CAPS_LOCK = 28, 96, 42, 58
SYN, KEY = 0, 1

Write = Callable[[bytes], None]


class Rdm6300Twin:
    """One reader; ``write`` puts bytes on its line."""

    def __init__(self, write: Write, repeat_s: float = REPEAT_S) -> None:
        self.frame_count = 0
        self._write = write
        self._repeat_s = repeat_s
        self._left = 0
        self._frame = b""
        self._timer: asyncio.TimerHandle | None = None

    def hold(self, number: bytes, hold_s: float = HOLD_S) -> None:
        """Hold a tag of five bytes into the field for ``hold_s``."""
        if len(number) != 5:
            raise ValueError(f"number has {len(number)} bytes, an EM4100 has 5")
        self.remove()
        self._frame = rdm6300_frame(number)
        self._left = max(1, round(hold_s / self._repeat_s))
        self._say()

    def remove(self) -> None:
        """Take it away now."""
        self._left = 0
        if self._timer is not None:
            self._timer.cancel()

    def _say(self) -> None:
        if self._left <= 0:
            return
        self._left -= 1
        self.frame_count += 1
        self._write(self._frame)
        self._timer = asyncio.get_running_loop().call_later(self._repeat_s, self._say)


class Twn4Twin:
    """One reader, bytes in and bytes out; ``has_crc`` and ``is_keyboard`` as it was set up."""

    def __init__(self, now_s: Callable[[], float], has_crc: bool = False) -> None:
        self.is_keyboard = False  # as shipped: says nothing
        self.is_field_on = False
        self.beep_count = 0
        self.masks = (0, 0)  # LF, HF
        self._now_s = now_s
        self._has_crc = has_crc
        self._held: tuple[int, bytes, float] | None = None
        self._line = b""

    def hold(self, number: bytes, hold_s: float = HOLD_S, kind: int = MIFARE) -> None:
        """Hold a tag of this type into the field for ``hold_s``."""
        self._held = (kind, number, self._now_s() + hold_s)

    def remove(self) -> None:
        """Take it away now."""
        self._held = None

    def feed(self, data: bytes) -> bytes:
        """Take what the host wrote and return what the reader answers."""
        if self.is_keyboard:
            return b""
        *lines, self._line = (self._line + data).split(b"\r")
        return b"".join(self._spoken(self._answer(line)) for line in lines)

    def _answer(self, line: bytes) -> bytes:
        """Status and data for one request."""
        if len(line) % 2 or any(digit not in HEX + b"abcdef" for digit in line):
            return b"\x05"
        request = bytes.fromhex(line.decode())
        if self._has_crc:
            request, check = request[:-2], request[-2:]
            if check != struct.pack("<H", mcrf4xx(request)):
                return b"\x05"
        code, arguments = request[:2], request[2:]
        sizes = {"0005": 0, "0407": 7, "0500": 1, "0501": 0, "0502": 8, "0503": 0}
        if code.hex() not in sizes:
            return b"\x01"
        if len(arguments) != sizes[code.hex()]:
            return b"\x02" if len(arguments) < sizes[code.hex()] else b"\x03"
        return b"\x00" + self._carry_out(code, arguments)

    def _carry_out(self, code: bytes, arguments: bytes) -> bytes:
        if code == b"\x00\x05":
            return b"\x01"
        if code == b"\x04\x07":
            self.beep_count += 1
        elif code == b"\x05\x00":
            self.is_field_on = True
            return self._search(arguments[0])
        elif code == b"\x05\x01":
            self.is_field_on = False
        elif code == b"\x05\x02":
            self.masks = struct.unpack("<II", arguments)
        elif code == b"\x05\x03":
            return struct.pack("<II", *self.masks)
        return b""

    def _search(self, size_max: int) -> bytes:
        if self._held is None or self._now_s() >= self._held[2]:
            return b"\x00"
        kind, number, _ = self._held
        mask = self.masks[kind >= 0x80]
        if not mask >> (kind & 0x1F) & 1 or len(number) > size_max:
            return b"\x00"
        return bytes([1, kind, 8 * len(number), len(number)]) + number

    def _spoken(self, answer: bytes) -> bytes:
        check = struct.pack("<H", mcrf4xx(answer)) if self._has_crc else b""
        return (answer + check).hex().upper().encode() + b"\r"


class WedgeTwin:
    """A keyboard's events; ``write`` puts them where the kernel's would come from."""

    def __init__(self, write: Write) -> None:
        self.at_us = 5_000_000
        self._write = write

    def type_text(self, text: str, is_keypad: bool = False, key_us: int = 8_000) -> None:
        """Type a token and Enter, as fast as readers do."""
        for key in text:
            self.press(self._code(key, is_keypad), key_us)
        self.press(KEYPAD_ENTER if is_keypad else ENTER, key_us)

    def press(self, code: int, after_us: int = 8_000) -> None:
        """Press and release one key; letters in upper case come with Shift."""
        self.at_us += after_us
        self._write(self.event(KEY, code, 1) + self.event(SYN, 0, 0))
        self.at_us += after_us // 4
        self._write(self.event(KEY, code, 0) + self.event(SYN, 0, 0))

    def event(self, kind: int, code: int, value: int) -> bytes:
        """One ``input_event``, in the machine's own layout."""
        second, microsecond = divmod(self.at_us, 1_000_000)
        return struct.pack("llHHi", second, microsecond, kind, code, value)

    def _code(self, key: str, is_keypad: bool) -> int:
        if is_keypad and key in KEYPAD_CODES:
            return KEYPAD_CODES[key]
        if key.isupper():
            self._write(self.event(KEY, LEFT_SHIFT, 1))
        return KEY_CODES[key.lower()]


class TwinOnPty:
    """A pseudo-terminal with a twin at its far end, which can be pulled out and put back."""

    def __init__(self, heard: Callable[[bytes], bytes] | None = None) -> None:
        self.is_silent = False
        self._heard = heard
        self._line = PtyLine(self._from_driver)

    def plug(self) -> str:
        """Connect; return the path, which is another one each time."""
        return self._line.open()

    def unplug(self) -> None:
        """Pull it out: whoever has it open sees it end."""
        self._line.close()

    def write(self, data: bytes) -> None:
        """Send to the driver; lost while unplugged or silent."""
        if not self.is_silent:
            self._line.write(data)

    def _from_driver(self, data: bytes) -> None:
        if self._heard is not None:
            self.write(self._heard(data))


def rdm6300_frame(number: bytes) -> bytes:
    """The 14 bytes for a tag's number."""
    check = 0
    for byte in number:
        check ^= byte
    return b"\x02" + (number + bytes([check])).hex().upper().encode() + b"\x03"


def mcrf4xx(data: bytes) -> int:
    """CRC-16/MCRF4XX, byte by byte without a loop over bits."""
    register = 0xFFFF
    for byte in data:
        mixed = (byte ^ register) & 0xFF
        mixed ^= (mixed << 4) & 0xFF
        register = (mixed << 8 | register >> 8) ^ mixed >> 4 ^ mixed << 3
    return register & 0xFFFF
