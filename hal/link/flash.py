"""Flash: what station and pilot board say to each other while the board's program is replaced.

A pair of different versions must be able to become one again, so these messages are apart from
``messages.py``, are understood by every version, and never change; new ones get new numbers. A
board that is flashed runs no ring 1, and says so: its IDENTITY names the protocol ``FLASHING``.
Both interpreters; integers little-endian, texts ASCII filled with zeros.
"""

import struct
from hashlib import sha256

from ampkeeper.hal.link.frame import (
    CRC_BYTES,
    FRAME_BYTES_MAX,
    HEADER_BYTES,
    PAYLOAD_BYTES_MAX,
    const,
    seal,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FLASHING = const(0xFFFF)  # in the place of a protocol: no ring 1 here, and no permit
ASK, STATE, PAIR, OFFER, CHUNK = range(64, 69)  # types
REVERT, RUN, FLOOR = range(70, 73)

IMAGE_BYTES_MAX = const(262_144)  # of a board's program; 2 MB of flash hold three
BLOCK_BYTES = const(1_024)  # written at once; while it is, nothing is heard
CHUNK_BYTES = const(64)
KEY_BYTES = const(32)
TEXT_BYTES = const(16)
FIXED, GOOD, TRYING, WENT_BACK = range(4)  # low bits of ``image`` in IDENTITY
COUNTER_MAX = const(0x3FFFFFFF)  # the largest integer that a board holds without allocating

# why something was not done; STATE has the newest
NOTHING, UNPAIRED, FORGED, OLDER, TOO_LONG, DAMAGED, DISK, PAIRED = range(8)
REFUSALS = (
    "nothing was refused",
    "the board has no key of the pair",
    "the image is not from the station that this board is paired with",
    "the image has a lower security counter than what was good on the board",
    "the image is empty, or longer than the board can hold",
    "what arrived is not what was offered",
    "the board cannot write it",
    "the board is paired with another station",
)

ENTER_FORM = "<IIIBI"  # COMMAND: epoch, counter, command_id, code, argument
STATE_FORM = "<IBBBBBBBIIIIII"
STATE_NAMES = (
    "session",  # new for each time that the board is flashed; what follows must carry it
    "is_paired",
    "refusal",
    "slots",  # state of flash_slots.py
    "good",
    "new",
    "starts_left",
    "why",  # it went back, as in flash_slots.py
    "counter_min",
    "due_id",  # of the image that starts next; 0: what the board came with, or none
    "good_id",
    "taking_id",  # of the image that is being taken; 0: none
    "received",  # bytes of it that are written
    "failed_id",  # of the image that it went back from
)
OFFER_FORM = "<II16s32s32s"  # bytes, counter, version, SHA-256, MAC; after the session
OFFER_BYTES = const(88)  # kept beside the image as they are
SESSION_FORM = "<I"
SESSION_BYTES = const(4)
CHUNK_HEAD = "<II"  # session, offset
FLOOR_FORM = "<II32s"  # image, counter, MAC; after the session


def pack(form: str, *values: "Any") -> bytes:
    """A payload."""
    return bytes(struct.pack(form, *values))


def unpack(form: str, payload: bytes) -> "tuple[Any, ...] | None":
    """The values in a payload of exactly the right length; else None."""
    return struct.unpack(form, payload) if len(payload) == struct.calcsize(form) else None


def framed(kind: int, payload: bytes, sequence: int) -> bytes:
    """One frame round a payload."""
    assert len(payload) <= PAYLOAD_BYTES_MAX
    buffer = bytearray(FRAME_BYTES_MAX)
    buffer[HEADER_BYTES : HEADER_BYTES + len(payload)] = payload
    total = seal(buffer, len(payload), sequence, kind)
    assert total == HEADER_BYTES + len(payload) + CRC_BYTES
    return bytes(buffer[:total])


def text_of(raw: bytes) -> str:
    """ASCII up to the first zero; what is not printable becomes a question mark."""
    found = ""
    for code in raw:
        if not code:
            break
        found += chr(code) if 0x20 <= code < 0x7F else "?"
    return found


def raw_of(text: str) -> bytes:
    """16 bytes of ASCII."""
    raw = bytes([ord(each) if ord(each) < 0x7F else ord("?") for each in text[:TEXT_BYTES]])
    return raw + bytes(TEXT_BYTES - len(raw))


def image_id_of(digest: bytes) -> int:
    """The short name of a program with this SHA-256: 28 bits, never 0."""
    return int.from_bytes(digest[:4], "little") & 0x0FFFFFFF or 1


def mac_of(key: bytes, board: str, size: int, counter: int, version: bytes, digest: bytes) -> bytes:
    """HMAC-SHA-256 over all that is said of an image, its own SHA-256 among it.

    The board's name is among it too, so an image for another board is a forged one.
    """
    told = b"ampkeeper pilot 1" + raw_of(board) + pack("<II", size, counter) + version + digest
    return hmac_sha256(key, told)


def floor_mac_of(key: bytes, board: str, session: int, image_id: int, counter: int) -> bytes:
    """HMAC-SHA-256 over a FLOOR; for one board, and one session of it."""
    told = b"ampkeeper floor 1" + raw_of(board) + pack("<III", session, image_id, counter)
    return hmac_sha256(key, told)


def hmac_sha256(key: bytes, data: bytes) -> bytes:
    """RFC 2104 with SHA-256; a key of at most 64 bytes."""
    assert len(key) <= 64
    key = key + bytes(64 - len(key))
    inner = sha256(bytes([each ^ 0x36 for each in key]) + data).digest()
    return sha256(bytes([each ^ 0x5C for each in key]) + inner).digest()


def is_key(raw: bytes) -> bool:
    """True for what may be a key: drawn, so neither zeros nor what an erased flash has."""
    return len(raw) == KEY_BYTES and raw != raw[:1] * KEY_BYTES


def is_same(one: bytes, other: bytes) -> bool:
    """Compare two MACs in a time that does not tell where they differ."""
    odd = len(one) ^ len(other)
    for index in range(min(len(one), len(other))):
        odd |= one[index] ^ other[index]
    return odd == 0
