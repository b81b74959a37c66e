"""Nonvolatile: what of the simulated world survives a power cut, in one mapped file.

Two slots, written in turn; each carries a sequence number and a CRC-32. Whatever instant the
process is killed at, the slot that was not being written is whole, so the newest whole slot is
the latest state or the one before it. A killed process leaves its mapped pages to the kernel;
``flush`` is for the machine's own power cuts only.
"""

import fcntl
import json
import mmap
import os
import struct
import zlib
from pathlib import Path
from typing import Any

SLOT_BYTES = 32_768
HEADER = struct.Struct("<4sIQII")  # magic, format, sequence, length, CRC-32 of the others + body
MAGIC = b"AKNV"
FORMAT = 2
BODY_BYTES_MAX = SLOT_BYTES - HEADER.size


class Nonvolatile:
    """The file; a second process that opens it gets BlockingIOError."""

    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._fd)
            raise
        os.ftruncate(self._fd, 2 * SLOT_BYTES)
        os.posix_fallocate(self._fd, 0, 2 * SLOT_BYTES)  # a full disk must fail here, not later
        self._map = mmap.mmap(self._fd, 2 * SLOT_BYTES)
        self._body = b""
        self.sequence = 0

    def read(self) -> dict[str, Any] | None:
        """The newest whole state; None in a new file or when both slots are spoiled."""
        slots = [slot for slot in (self._slot(0), self._slot(1)) if slot is not None]
        if not slots:
            return None
        self.sequence, self._body = max(slots)
        found = json.loads(self._body)
        assert isinstance(found, dict)
        return found

    def write(self, state: dict[str, Any]) -> None:
        """Keep ``state``; costs nothing when it equals what is kept."""
        body = json.dumps(state, separators=(",", ":"), allow_nan=False).encode()
        if body == self._body:
            return
        if len(body) > BODY_BYTES_MAX:
            raise ValueError(f"state of {len(body)} bytes, at most {BODY_BYTES_MAX} fit")
        self.sequence += 1
        start = self.sequence % 2 * SLOT_BYTES
        header = _header(self.sequence, body)
        self._map[start : start + len(header) + len(body)] = header + body
        self._body = body

    def flush(self) -> None:
        """Bring the file to the disk; blocks, and may run in a thread of its own."""
        os.fdatasync(self._fd)

    def close(self) -> None:
        """Release the file; safe twice."""
        if self._fd < 0:
            return
        self._map.close()
        os.close(self._fd)
        self._fd = -1

    def _slot(self, number: int) -> tuple[int, bytes] | None:
        start = number * SLOT_BYTES
        head = self._map[start : start + HEADER.size]
        magic, layout, sequence, length, _ = HEADER.unpack(head)
        if magic != MAGIC or layout != FORMAT or length > BODY_BYTES_MAX:
            return None
        body = self._map[start + HEADER.size : start + HEADER.size + length]
        return (sequence, body) if _header(sequence, body) == head else None


def _header(sequence: int, body: bytes) -> bytes:
    plain = HEADER.pack(MAGIC, FORMAT, sequence, len(body), 0)
    return HEADER.pack(MAGIC, FORMAT, sequence, len(body), zlib.crc32(body, zlib.crc32(plain)))
