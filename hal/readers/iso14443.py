"""ISO/IEC 14443-3 type A: the frames that find a card's UID, without I/O.

A UID comes in one to three levels of four bytes (cascade). A level's answer is four bytes and
their exclusive or. While the card says in its SAK, which a CRC covers, that there is more, the
first byte is the cascade tag and three belong to the UID: a reader that stops there reports
another card's. The SAK decides, for there are cards whose UID of four bytes begins like the tag.
ISO/IEC 14443-3, sections 6.2.4, 6.5.3 and 6.5.4.
"""

from ampkeeper.hal.readers.crc16 import crc16

WAKE_UP_ALL = 0x52  # WUPA, 7 bits: also cards that were halted
HALT = b"\x50\x00"
SELECT = (0x93, 0x95, 0x97)  # by cascade level
ANTICOLLISION_NVB = 0x20  # two bytes are valid: this command itself
SELECT_NVB = 0x70  # seven are: a whole level
CASCADE_TAG = 0x88
SAK_INCOMPLETE = 0x04
CRC_INITIAL = 0x6363  # CRC_A
LEVEL_BYTES = 5  # four and their exclusive or


class CardError(Exception):
    """What came back is no card's answer."""


def crc_a(data: bytes) -> bytes:
    """Return the two check bytes of ``data``, as they are sent."""
    return crc16(data, CRC_INITIAL)


def with_crc(data: bytes) -> bytes:
    """Return ``data`` and its check bytes."""
    return data + crc_a(data)


def find_frame(level: int, known: bytes, known_bits: int) -> bytes:
    """Return the command that asks for what follows ``known_bits`` bits of a level's UID."""
    nvb = ANTICOLLISION_NVB + (known_bits // 8 << 4) + known_bits % 8
    return bytes([SELECT[level], nvb]) + known


def select_frame(level: int, answer: bytes) -> bytes:
    """Return the command that selects the card with this answer at this level."""
    return with_crc(bytes([SELECT[level], SELECT_NVB]) + answer)


def checked_level(answer: bytes) -> bytes:
    """Return the four bytes of a level's answer; raise CardError."""
    if len(answer) != LEVEL_BYTES:
        raise CardError(f"{len(answer)} bytes of UID, should be {LEVEL_BYTES}")
    check = 0
    for byte in answer:
        check ^= byte
    if check:
        raise CardError(f"UID {answer.hex(' ')}: its bytes do not fit its check byte")
    return answer[:4]


def checked_sak(answer: bytes) -> int:
    """Return the select acknowledge; raise CardError."""
    if len(answer) != 3 or crc_a(answer[:1]) != answer[1:]:
        raise CardError(f"SAK {answer.hex(' ')}: wrong CRC")
    return answer[0]


def uid_part(level: int, four: bytes, sak: int) -> tuple[bytes, bool]:
    """Return what a level adds to the UID, and whether there is more; raise CardError."""
    has_more = bool(sak & SAK_INCOMPLETE)
    if has_more and four[0] != CASCADE_TAG:
        raise CardError(f"UID {four.hex(' ')} with SAK {sak:02X}: is there more or not?")
    if has_more and level == len(SELECT) - 1:
        raise CardError("UID of more than three levels")
    return (four[1:] if has_more else four), has_more
