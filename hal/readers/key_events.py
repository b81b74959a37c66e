"""Key events: what a reader that poses as a keyboard types, out of the kernel's events. No I/O.

Key codes are places on a keyboard, not characters, so no layout of the system changes them; what
is typed reads as on a US keyboard, letters in upper case. A token ends with Enter. A pause that
no reader makes, a key that belongs in no token, and events that the kernel dropped each make
all up to the next Enter nothing: the end of a token could be somebody else's.
Linux, ``Documentation/input/input.rst`` and ``event-codes.rst``.
"""

import struct
from typing import Final

from ampkeeper.hal.ports import Tag
from ampkeeper.hal.readers.form import LOCAL, Form

EVENT: Final = struct.Struct("@llHHi")  # seconds, microseconds, type, code, value
EV_SYN, EV_KEY = 0x00, 0x01
SYN_DROPPED = 3
PRESSED = 1  # 0 is released, 2 repeated by the kernel
ENTER, KEYPAD_ENTER = 28, 96
MODIFIERS = (29, 42, 54, 56, 58, 69, 97, 100, 125, 126)  # Ctrl, Shift, Alt, locks, Meta
TEXT_MAX = 36  # characters; OCPP 2.0.1 IdTokenType
GAP_US_MAX = 500_000  # readers type a key in 1 to 50 ms

ROWS = (  # code of the first key, and what follows it
    (2, "1234567890-="),
    (16, "QWERTYUIOP"),
    (30, "ASDFGHJKL;"),
    (44, "ZXCVBNM,./"),
    (71, "789-456"),
    (79, "1230."),
    (57, " "),
)
KEYS: Final = {first + place: key for first, row in ROWS for place, key in enumerate(row)}


class KeyDecoder:
    """Cuts events into tokens. ``gap_us_max`` is the longest pause between two keys of one."""

    def __init__(self, form: Form, gap_us_max: int = GAP_US_MAX) -> None:
        self.stray_count = 0  # bytes since the last Enter
        self._form = form
        self._gap_us_max = gap_us_max
        self._buffer = bytearray()
        self._text = ""
        self._is_bad = False
        self._at_us = 0

    def feed(self, data: bytes) -> list[Tag]:
        """Take whole or cut events and return the tokens that are complete now."""
        self.stray_count += len(data)
        self._buffer += data
        size = len(self._buffer) // EVENT.size * EVENT.size
        events = bytes(self._buffer[:size])
        del self._buffer[:size]
        tags = []
        for second, microsecond, kind, code, value in EVENT.iter_unpack(events):
            if kind == EV_SYN and code == SYN_DROPPED:
                self._is_bad = True
            elif kind == EV_KEY and value == PRESSED and code not in MODIFIERS:
                tag = self._press(code, second * 1_000_000 + microsecond)
                tags += [tag] if tag else []
        return tags

    def clear(self) -> None:
        """Forget what has not become a token."""
        self._buffer.clear()
        self._begin()
        self.stray_count = 0

    def _press(self, code: int, at_us: int) -> Tag | None:
        """Take one key; return a token if it ended one."""
        if self._text and not 0 <= at_us - self._at_us <= self._gap_us_max:
            self._is_bad = True
        self._at_us = at_us
        if code in (ENTER, KEYPAD_ENTER):
            text = "" if self._is_bad else self._text.strip()
            self._begin()
            self.stray_count = 0
            return self._form.of_text(text, LOCAL) if text else None
        if code not in KEYS or len(self._text) >= TEXT_MAX:
            self._is_bad = True
        else:
            self._text += KEYS[code]
        return None

    def _begin(self) -> None:
        self._text = ""
        self._is_bad = False
