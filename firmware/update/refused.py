"""Refused: why an image is not taken, as one value for people, statuses and security events."""

from enum import StrEnum


class Ground(StrEnum):
    """What kind of thing was wrong."""

    FORMAT = "format"  # no image, damaged, or of a kind that this software does not know
    SIGNATURE = "signature"
    SIGNER = "signer"  # expired, revoked, of another root
    CONTENT = "content"  # a payload is not what was signed
    BOARD = "board"  # for other hardware
    OLDER = "older"  # a security counter below what ran here
    EXPIRED = "expired"
    CLOCK = "clock"  # it is not known what time it is
    SPACE = "space"
    DISK = "disk"


class ImageRefused(ValueError):
    """An image that is not taken; nothing was changed. The text is one sentence for people."""

    def __init__(self, ground: Ground, text: str) -> None:
        super().__init__(text)
        self.ground = ground
