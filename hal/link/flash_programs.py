"""Flash programs: what lies in a pilot board's slots, which is sound, and the key of the pair.

A program is sound if who has the key of the pair offered it for this board, and its bytes are
those of the offer. The key is kept twice, each time with a CRC, so that one bad file does not end
the pair, nor one wrong bit in it.
"""

from ampkeeper.hal.link import flash as f
from ampkeeper.hal.link.flash_slots import FOLDERS, A, B, Slots
from ampkeeper.hal.link.frame import CRC_BYTES, crc16

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ampkeeper.hal.link.flash_slots import Store

KEYS = ("pair.key", "pair.key2")
KEY_FILE_BYTES = f.KEY_BYTES + CRC_BYTES
HEAD = "head"
IMAGE = "image.mpy"
WORDS = (f.GOOD, f.TRYING, f.WENT_BACK, f.WENT_BACK)  # by the state of the slots


class Programs:
    """What lies in the slots, and which of it is sound."""

    def __init__(self, store: "Store", board: str) -> None:
        self.store = store
        self.board = board
        self.slots = Slots(store)
        self.recover()

    def key(self) -> bytes:
        """Of the pair; empty if there is none yet. Raise OSError if no copy can be read."""
        failure = None
        for name in KEYS:
            try:
                key = key_in(self.store.read(name, KEY_FILE_BYTES + 1) or b"")
            except OSError as error:
                failure = error
                continue
            if key:
                return key
        if failure:
            raise failure
        return b""

    def keep_key(self, key: bytes) -> None:
        """Write the copies that are not this key. Raise OSError."""
        raw = key_file_of(key)
        for name in KEYS:
            try:
                is_there = self.store.read(name, KEY_FILE_BYTES + 1) == raw
            except OSError:
                is_there = False
            if not is_there:
                self.store.write(name, raw)

    def is_paired(self) -> bool:
        """True if there is a key; one that cannot be read is there."""
        try:
            return bool(self.key())
        except OSError:
            return True

    def heal_key(self) -> None:
        """Write a copy of the key that is damaged anew, if it can be."""
        try:
            self.keep_key(self.key())
        except OSError:  # the other one does
            return

    def recover(self) -> None:
        """Both records are lost, and with them the least counter: that of what lies in the slots.

        The lower of two, since either may be the good one: what the station wants is never below
        it, and nobody brings back what is older than both.
        """
        if not self.slots.is_lost:
            return
        counters = []
        for place in (A, B):
            head = self.head(place)
            try:
                if head and self.is_genuine(head):
                    counters.append(int(head[1]))
            except OSError:  # the key: without it no offer is taken
                return
        if counters:
            self.slots.counter_min = max(self.slots.counter_min, min(counters))

    def start(self) -> int:
        """At a start of the board: the place to start, written down before; or NONE."""
        return self.slots.started([0, self._counter(A), self._counter(B)])

    def head(self, place: int) -> "tuple[Any, ...] | None":
        """What was offered of the image in a slot, by ``OFFER_FORM``; None if none can be read."""
        if place not in (A, B):
            return None
        try:
            raw = self.store.read(FOLDERS[place] + HEAD, f.OFFER_BYTES + 1)
        except OSError:
            return None
        return f.unpack(f.OFFER_FORM, raw) if raw else None

    def image_id(self, place: int) -> int:
        """Of the image in a slot; 0: none."""
        head = self.head(place)
        return f.image_id_of(head[3]) if head else 0

    def told(self, place: int) -> int:
        """What IDENTITY tells of the program in a slot, and of the trial."""
        return 4 * self.image_id(place) + WORDS[self.slots.state]

    def version(self, place: int) -> str:
        """Of the image in a slot; empty: none."""
        head = self.head(place)
        return f.text_of(head[2]) if head else ""

    def is_genuine(self, head: "tuple[Any, ...]") -> bool:
        """True if who has the key of the pair says this of an image for this board."""
        key = self.key()
        size, counter, version, digest, mac = head
        return bool(key) and f.is_same(
            mac, f.mac_of(key, self.board, size, counter, version, digest)
        )

    def _counter(self, place: int) -> int:
        """The security counter of what is in a slot; -1 if it is not what was offered."""
        head = self.head(place)
        if not head:
            return -1
        try:
            return int(head[1]) if self._is_whole(place, head) else -1
        except OSError:
            return -1

    def _is_whole(self, place: int, head: "tuple[Any, ...]") -> bool:
        """True if it is what was offered. Raise OSError if it cannot be read."""
        name, store = FOLDERS[place] + IMAGE, self.store
        if not self.is_genuine(head) or store.size(name) != head[0]:
            return False
        return bool(store.digest(name) == head[3])


def key_file_of(key: bytes) -> bytes:
    """What a copy of the key holds: the key, and its CRC, high byte first."""
    crc = crc16(key, 0, len(key))
    return key + bytes((crc >> 8, crc & 0xFF))


def key_in(raw: bytes) -> bytes:
    """The key in a copy of it; empty where it is not what was written."""
    key = raw[: f.KEY_BYTES]
    return key if f.is_key(key) and raw == key_file_of(key) else b""
