"""CRC-16 of contactless cards and their readers: x^16 + x^12 + x^5 + 1, last bit first.

ISO/IEC 14443-3, annex B (CRC_A, initial 0x6363); CRC-16/MCRF4XX (initial 0xFFFF).
"""

POLYNOMIAL = 0x8408


def crc16(data: bytes, initial: int) -> bytes:
    """Return the two check bytes of ``data``, as they are sent: the low one first."""
    crc = initial
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (POLYNOMIAL if crc & 1 else 0)
    return crc.to_bytes(2, "little")
