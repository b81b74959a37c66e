"""Pilot image: the part of an image that a pilot board runs; what the station wants of its board.

The payload ``pilot`` begins with 64 bytes: a magic, the name of the pilot board and the version,
each of 16 bytes of ASCII filled with zeros, and 16 zeros; the program follows. The maker's seal
over the manifest covers it all. What goes to the board is the program, with a MAC by the key of
the pair (``hal/link/flash.py``), made by a station that has verified the seal.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from ampkeeper.firmware.update.disk import Disk, read_bounded, replace_whole
from ampkeeper.firmware.update.manifest import PILOT, Manifest
from ampkeeper.firmware.update.refused import Ground, ImageRefused
from ampkeeper.hal.link.flash import IMAGE_BYTES_MAX, KEY_BYTES, TEXT_BYTES, is_key
from ampkeeper.hal.link.flash_host import Flashable

MAGIC = b"AMPKEEPER PILOT\n"
HEAD_BYTES = 4 * TEXT_BYTES
BYTES_MAX = HEAD_BYTES + IMAGE_BYTES_MAX
TEXT = re.compile(rb"([0-9A-Za-z][0-9A-Za-z.+~_-]*)\x00*")
KEY_FILE = "pair.key"


@dataclass(frozen=True, slots=True)
class PilotImage:
    """``board`` is the name that the pilot board says in its IDENTITY; up to 16 characters."""

    board: str
    version: str
    program: bytes

    def to_bytes(self) -> bytes:
        """As it stands in an image."""
        texts = (one.encode("ascii") for one in (self.board, self.version))
        head = MAGIC + b"".join(one.ljust(TEXT_BYTES, b"\0") for one in texts) + bytes(TEXT_BYTES)
        assert len(head) == HEAD_BYTES, f"{self.board} or {self.version} is too long"
        return head + self.program


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the software that runs wants its pilot boards to run. ``counter`` as in its manifest.

    ``is_on_trial``: the station's own software is; what is wanted may change back.
    ``begins_anew``: a root let its security counter begin again: the board's may be above it.
    """

    image: PilotImage
    counter: int
    is_on_trial: bool = False
    begins_anew: bool = False

    def flashable(self, key: bytes) -> Flashable:
        """As it is offered to a board of this pair."""
        image = self.image
        return Flashable(image.board, image.version, self.counter, image.program, key)


def pilot_image_of(raw: bytes) -> PilotImage:
    """The image in a payload; raises ImageRefused."""
    if len(raw) > BYTES_MAX:
        raise _refused(f"{len(raw)} bytes, at most {BYTES_MAX}")
    if raw[: len(MAGIC)] != MAGIC or len(raw) <= HEAD_BYTES:
        raise _refused("no program for a pilot board")
    if raw[3 * TEXT_BYTES : HEAD_BYTES] != bytes(TEXT_BYTES):
        raise _refused("of a kind that this software does not know")
    board, version = (_text(raw[at : at + TEXT_BYTES]) for at in (TEXT_BYTES, 2 * TEXT_BYTES))
    return PilotImage(board, version, raw[HEAD_BYTES:])


def check_pilot_raw(manifest: Manifest, raw: bytes, pilot_board: str) -> PilotImage | None:
    """The pilot part of an image for a station with this pilot board; raises ImageRefused.

    None where the station's pilot board is not ours (``pilot_board`` empty): the manifest names
    the station's board, so the image is for it, and its pilot part is for its sisters.
    """
    payload = manifest.payload(PILOT)
    if payload is None or not pilot_board:
        return None
    image = pilot_image_of(raw)
    if image.board != pilot_board:
        text = f"its pilot part is for {image.board}; the pilot board here is {pilot_board}"
        raise ImageRefused(Ground.BOARD, text)
    if image.version != payload.version:
        raise _refused(f"it calls itself {image.version}, and the manifest {payload.version}")
    return image


def raw_in(disk: Disk, place: str) -> bytes:
    """The pilot part in a slot, as it was signed; raises ImageRefused, OSError."""
    try:
        return read_bounded(disk, f"{place}/{PILOT}", BYTES_MAX)
    except ValueError as error:
        raise _refused(str(error)) from error


def pair_key(disk: Disk, draw: Callable[[int], bytes]) -> bytes:
    """The key of the pair; drawn and written down once, before any board is told it.

    All pilot boards of one station have the same. Raises OSError, and ValueError if what is
    there is no key: a new one would be refused by every board that has the old.
    """
    try:
        key = read_bounded(disk, KEY_FILE, KEY_BYTES)
    except FileNotFoundError:
        key = _checked(draw(KEY_BYTES))
        replace_whole(disk, KEY_FILE, key)
    return _checked(key)


def _checked(key: bytes) -> bytes:
    if len(key) != KEY_BYTES:
        raise ValueError(f"{KEY_FILE}: {len(key)} bytes where {KEY_BYTES} are due")
    if not is_key(key):
        raise ValueError(f"{KEY_FILE}: {KEY_BYTES} times the same byte, which nobody drew")
    return key


def _text(raw: bytes) -> str:
    found = TEXT.fullmatch(raw)
    if found is None:
        raise _refused(f"{raw[:TEXT_BYTES]!r} is no name")
    return found[1].decode("ascii")


def _refused(text: str) -> ImageRefused:
    return ImageRefused(Ground.CONTENT, f"pilot: {text}")
