"""Words: what types of number stand in registers, and how their words become values.

Pure. ``t5`` to ``t7`` are Iskra's: t5 is an exponent of ten (int8) and 24 bits without sign, t6
the same with sign, t7 a power factor of sign (import or export), character and ten-thousandths.
An integer type may say "not available" by its largest value: all ones without sign, 7FFF...
with; a float by NaN.
"""

import math
import struct
from collections.abc import Sequence

LAYOUT = {
    "u16": ">H", "i16": ">h", "u32": ">I", "i32": ">i", "u64": ">Q", "i64": ">q",
    "f32": ">f", "f64": ">d",
}  # fmt: skip
T5, T6, T7 = "t5", "t6", "t7"
TYPES = (*LAYOUT, T5, T6, T7)
T7_EXPORT = 0xFF
SINGLE_DIGITS = (6, 7, 8, 9)  # what a float of 32 bits may need
BITS_24, SIGN_24 = 0xFF_FFFF, 0x80_0000


def words_of(kind: str) -> int:
    """Return how many registers a value of this type takes."""
    return struct.calcsize(LAYOUT[kind]) // 2 if kind in LAYOUT else 2


def number(kind: str, words: Sequence[int], is_high_first: bool = True) -> float:
    """Turn ``words`` into the number they stand for; an integer for integer types."""
    in_order = words if is_high_first else tuple(reversed(words))
    data = struct.pack(f">{len(words)}H", *in_order)
    if kind in LAYOUT:
        value: float = struct.unpack(LAYOUT[kind], data)[0]
        return value
    return _power_factor(data) if kind == T7 else _scaled(data, has_sign=kind == T6)


def shortest(value: float) -> float:
    """The shortest decimal that is the same f32: 230.1, not 230.10000610351562."""
    data = struct.pack(">f", value)
    for digits in SINGLE_DIGITS:
        shorter = float(f"{value:.{digits}g}")
        if struct.pack(">f", shorter) == data:
            return shorter
    return value


def is_available(kind: str, words: Sequence[int], is_high_first: bool = True) -> bool:
    """Tell whether ``words`` are a value and not the mark for "not available"."""
    value = number(kind, words, is_high_first)
    if kind in ("f32", "f64"):
        return not math.isnan(value)
    if kind in LAYOUT:
        bits = 16 * len(words) - (kind[0] == "i")
        return value != (1 << bits) - 1
    return any(word != 0xFFFF for word in words)


def text(words: Sequence[int]) -> str:
    """Turn ``words`` into the ASCII text they hold; nothing for what is no text."""
    data = struct.pack(f">{len(words)}H", *words).rstrip(b"\0 ").lstrip(b"\0 ")
    shown = data.decode("ascii", errors="replace")
    return shown if shown.isprintable() and "\ufffd" not in shown else ""


def _scaled(data: bytes, has_sign: bool) -> float:
    """Mantissa of three bytes times ten to the first byte, as near as a float comes."""
    exponent = struct.unpack(">b", data[:1])[0]
    mantissa = int.from_bytes(data[1:], "big")
    if has_sign and mantissa & SIGN_24:
        mantissa -= BITS_24 + 1
    return float(mantissa * 10**exponent if exponent >= 0 else mantissa / 10**-exponent)


def _power_factor(data: bytes) -> float:
    """Below zero while energy is exported; whether inductive or capacitive is left out."""
    value: float = struct.unpack(">H", data[2:])[0] / 10_000
    return -value if data[0] == T7_EXPORT else value
