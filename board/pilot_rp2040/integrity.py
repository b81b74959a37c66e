"""Integrity: whether the files on the board are those that were flashed (self-test 1).

``manifest.txt`` has one line per file, ``sha256 bytes path``, after a first line with the
versions. Run once, before the watchdog; a missing manifest is a failure, not an exemption.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MANIFEST = "manifest.txt"
CHECK_FIRMWARE = 1 << 1  # self-test 1
BUFFER_BYTES = 512
LINE_PARTS = 3


def is_intact(hashlib: "Any", binascii: "Any", root: str = "") -> bool:
    """True if every file of the manifest under ``root`` has the hash that stands there."""
    try:
        with open(root + MANIFEST) as manifest:
            manifest.readline()
            lines = manifest.read().split("\n")
        wanted = [line.split(" ", 2) for line in lines if line]
        if not wanted:
            return False
        buffer = bytearray(BUFFER_BYTES)
        for parts in wanted:
            if len(parts) != LINE_PARTS:
                return False
            if hash_of(hashlib, binascii, root + parts[2], buffer) != parts[0]:
                return False
    except (OSError, ValueError):  # gone, or no text
        return False
    return True


def hash_of(hashlib: "Any", binascii: "Any", path: str, buffer: bytearray) -> str:
    """SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    view = memoryview(buffer)
    with open(path, "rb") as file:
        count = file.readinto(buffer)
        while count:
            digest.update(view[:count])
            count = file.readinto(buffer)
    return str(binascii.hexlify(digest.digest()), "ascii")
