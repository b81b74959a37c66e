"""Form: what a reader sends, as the token that OCPP knows. No I/O.

A card's UID is upper-case hexadecimal of 8, 14 or 20 digits, first byte first (OCPP 2.0.1 part 2,
IdTokenType; ISO/IEC 14443-3, section 6.5). Readers send it as bytes, as hexadecimal or decimal
digits, and some with the last byte first: which, is set once for a reader, never guessed. What
does not fit its form is no token: half a number could be somebody else's.
"""

from dataclasses import dataclass

from ampkeeper.hal.ports import Tag

AS_SENT, HEX, DECIMAL = "as_sent", "hex", "decimal"
DIGITS = (AS_SENT, HEX, DECIMAL)
REVERSED = "reversed"
BYTE_ORDERS = (AS_SENT, REVERSED)

ISO14443, ISO15693, LOCAL = "ISO14443", "ISO15693", "Local"  # OCPP 2.0.1 IdTokenEnumType
UID_SIZES = (4, 7, 10)  # bytes; ISO/IEC 14443-3, section 6.5.4
VICINITY_SIZE = 8  # bytes; ISO/IEC 15693-3, section 4.1: the first is E0
VICINITY_FIRST = 0xE0
UID_SIZE_MAX = 18  # bytes; 36 digits, OCPP 2.0.1 IdTokenType
SEPARATORS = str.maketrans("", "", ":- ")


@dataclass(frozen=True, slots=True)
class Form:
    """How a reader sends tokens. ``digits`` one of ``DIGITS``: what its text stands for."""

    digits: str = AS_SENT
    is_reversed: bool = False  # last byte first

    def of_bytes(self, uid: bytes, kind: str = "") -> Tag:
        """Return the token of a UID in bytes; without ``kind`` its size tells what it is."""
        ordered = uid[::-1] if self.is_reversed else uid
        return Tag(ordered.hex().upper(), kind or kind_of(ordered))

    def of_text(self, text: str, kind: str = LOCAL) -> Tag | None:
        """Return the token of a line of text; None if it is not of this form."""
        if self.digits == AS_SENT:
            return Tag(text, kind)
        uid = _hex(text) if self.digits == HEX else _decimal(text)
        return self.of_bytes(uid) if uid else None


def kind_of(uid: bytes) -> str:
    """The OCPP name of what has a UID of this size; first byte first."""
    if len(uid) in UID_SIZES:
        return ISO14443
    if len(uid) == VICINITY_SIZE and uid[0] == VICINITY_FIRST:
        return ISO15693
    return LOCAL


def _hex(text: str) -> bytes:
    """The bytes of pairs of digits, with or without separators; empty if they are not that."""
    digits = text.translate(SEPARATORS)
    if not digits.isascii() or len(digits) > 2 * UID_SIZE_MAX:
        return b""
    try:
        return bytes.fromhex(digits)
    except ValueError:
        return b""


def _decimal(text: str) -> bytes:
    """The bytes of a number: as many as the shortest UID that it fits in; empty if none."""
    if not (text.isascii() and text.isdigit()) or len(text) > 2 * UID_SIZE_MAX:
        return b""
    number = int(text)
    for size in UID_SIZES:
        if number < 1 << 8 * size:
            return number.to_bytes(size, "big")
    return b""
