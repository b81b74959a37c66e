"""Flash slots: which program a pilot board starts: good, trying, reverted, dead, as one table.

As the station's own slots (``firmware/update/slots.py``): what is on trial starts three times at
most, each start written down before it is made; unless the station says that it works, the one
before starts again by itself; if that is lost, the one from the factory goes before what failed,
for as long as that lies there.
Nothing starts whose security counter is below what was good.

The record is in two files, written in turn, each with a sequence number and a CRC: whatever a
power cut leaves of the one that was being written, the other is whole. So it asks nothing of the
file system but that a file which was closed stays, on littlefs as on FAT.
"""

import struct

from ampkeeper.hal.link.frame import crc16

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Store(Protocol):
        """The board's files. What was written is there when the call returns."""

        def read(self, name: str, most: int) -> "bytes | None":
            """A file's first ``most`` bytes; None if not there. Raise OSError if unreadable."""

        def write(self, name: str, data: bytes) -> None:
            """A file anew."""

        def append(self, name: str, data: bytes) -> None:
            """More at the end of a file, which is made if it is not there."""

        def remove(self, name: str) -> None:
            """Remove a file, if it is there."""

        def size(self, name: str) -> int:
            """A file's bytes; -1 if it is not there."""

        def digest(self, name: str) -> bytes:
            """SHA-256 of a file."""


GOOD, TRYING, REVERTED, DEAD = range(4)  # states
STATES = ("GOOD", "TRYING", "REVERTED", "DEAD")
INSTALLED, START, SPENT, CONFIRM, REJECT, UNSOUND, NOTHING = range(7)  # events
EVENTS = ("INSTALLED", "START", "SPENT", "CONFIRM", "REJECT", "UNSOUND", "NOTHING")
FACTORY, A, B, NONE = range(4)  # places
FOLDERS = ("", "a/", "b/")  # of the places
SPARES = (  # what starts where the good one cannot, by the slot whose trial ended badly
    (B, A, FACTORY),  # none: what was good before
    (B, FACTORY, A),
    (A, FACTORY, B),
)

# fmt: off
TABLE = (
    # state     event      next
    (GOOD,      INSTALLED, TRYING),
    (GOOD,      START,     GOOD),
    (GOOD,      UNSOUND,   GOOD),      # another that is sound is the good one from now on
    (GOOD,      NOTHING,   DEAD),
    (TRYING,    START,     TRYING),
    (TRYING,    CONFIRM,   GOOD),
    (TRYING,    SPENT,     REVERTED),
    (TRYING,    REJECT,    REVERTED),
    (TRYING,    UNSOUND,   REVERTED),
    (REVERTED,  INSTALLED, TRYING),
    (REVERTED,  START,     REVERTED),
    (REVERTED,  UNSOUND,   REVERTED),
    (REVERTED,  NOTHING,   DEAD),
    (DEAD,      INSTALLED, TRYING),    # by the station; until then there is no ring 1
)
IGNORED = {
    GOOD: (SPENT, CONFIRM, REJECT),
    TRYING: (INSTALLED, NOTHING),      # it is taken back first
    REVERTED: (SPENT, CONFIRM, REJECT),
    DEAD: (START, SPENT, CONFIRM, REJECT, UNSOUND, NOTHING),
}
# fmt: on

STARTS_MAX = 3
NO_REASON, WAS_SPENT, WAS_REJECTED, WAS_UNSOUND = range(4)
REASONS = (
    "nothing went back",
    "it started three times and the station never said that it works",
    "the station took it back",
    "it was not what had been flashed",
)
RECORDS = ("slots.0", "slots.1")
FORM = "<4sIBBBBBIII"
MAGIC = b"AKPS"
WHY_BITS = 4  # of their byte; above them is the slot that failed
RECORD_BYTES = struct.calcsize(FORM) + 2
SEQUENCE_MAX = 0x3FFFFFFF


class Slots:
    """What starts next, and why. Every change is written before anything is done about it."""

    def __init__(self, store: "Store") -> None:
        self.state = GOOD
        self.good = FACTORY
        self.new = NONE
        self.starts_left = 0
        self.why = NO_REASON  # of the last trial that ended badly
        self.failed = FACTORY  # the slot whose last trial ended badly; FACTORY: neither
        self.counter_min = 0  # as the station said; nothing below it starts
        self.counter_new = 0
        self.trial_id = 0  # of the image that is on trial, or was last
        self._store = store
        self.is_lost = False  # there were records, and none can be read: what they said, too
        self._sequence = 0
        self._load()

    def free(self) -> int:
        """Where an image may be put: never where the good one is."""
        return B if self.good == A else A

    def due(self) -> int:
        """What starts next."""
        if self.state == DEAD:
            return NONE
        return self.new if self.state == TRYING else self.good

    def failed_id(self) -> int:
        """Of the image that it went back from by itself; 0: from none."""
        is_own = self.state == REVERTED and self.why != WAS_REJECTED
        return self.trial_id if is_own else 0

    def installed(self, counter: int, image_id: int) -> None:
        """An image is whole in the slot that was free."""
        assert self.state != TRYING, "one trial at a time"
        self.new = self.free()
        if self.new == self.failed:
            self.failed = FACTORY
        self.starts_left = STARTS_MAX
        self.counter_new = counter
        self.trial_id = image_id
        self._move(INSTALLED)

    def started(self, counters: "list[int]") -> int:
        """At a start: the place to start, or NONE; by place the counter of what is sound, or -1.

        Where nothing can be written, a trial, whose starts would not be counted, does not start.
        """
        try:
            return self._chosen(counters)
        except OSError:
            if self.state == TRYING:
                self.state, self.new = REVERTED, NONE  # for this start; the record stays
            is_good = self.state != DEAD and self._may(self.good, counters)
            return self.good if is_good else NONE

    def _chosen(self, counters: "list[int]") -> int:
        if self.state == TRYING:
            if not self._may(self.new, counters):
                self._back(UNSOUND, WAS_UNSOUND)
            elif self.starts_left == 0:
                self._back(SPENT, WAS_SPENT)
            else:
                self.starts_left -= 1
                self._move(START)
                return self.new
        if self.state == DEAD:
            return NONE
        if self._may(self.good, counters):
            return self.good
        for place in SPARES[self.failed]:
            if self._may(place, counters):
                self.good = place
                self._move(UNSOUND)
                return place
        self._move(NOTHING)
        return NONE

    def confirmed(self, counter_min: int) -> None:
        """What is on trial works, and nothing below ``counter_min`` ever runs."""
        if self.state == TRYING:
            before = self.counter_min
            self.good = self.new
            self.counter_min = counter_min
            self._forget(CONFIRM)
            if counter_min != before:
                self._keep()  # in both records: one that is lost brings no older counter back

    def floored(self, counter_min: int) -> None:
        """Nothing below ``counter_min`` ever runs; what does is good already."""
        if counter_min != self.counter_min:
            self.counter_min = counter_min
            self._keep()
            self._keep()

    def secure(self) -> None:
        """What was recovered is written down, before what it was recovered from may go."""
        if self.is_lost:
            self._keep()

    def rejected(self) -> None:
        """What is on trial does not work, or is not wanted."""
        if self.state == TRYING:
            self._back(REJECT, WAS_REJECTED)

    def _back(self, event: int, why: int) -> None:
        self.why = why
        self.failed = self.new
        self._forget(event)

    def _forget(self, event: int) -> None:
        self.new = NONE
        self.starts_left = 0
        self.counter_new = 0
        self._move(event)

    def _may(self, place: int, counters: "list[int]") -> bool:
        return counters[place] >= self.counter_min

    def _move(self, event: int) -> None:
        for state, on, next_state in TABLE:
            if state == self.state and on == event:
                self.state = next_state
                self._keep()
                return

    def _keep(self) -> None:
        """Write the record that is not the newest."""
        sequence = self._sequence % SEQUENCE_MAX + 1
        told = struct.pack(
            FORM,
            MAGIC,
            sequence,
            self.state,
            self.good,
            self.new,
            self.starts_left,
            self.failed << WHY_BITS | self.why,
            self.counter_min,
            self.counter_new,
            self.trial_id,
        )
        crc = crc16(told, 0, len(told))
        self._store.write(RECORDS[sequence & 1], told + bytes((crc >> 8, crc & 0xFF)))
        self._sequence = sequence
        self.is_lost = False

    def _load(self) -> None:
        """The newest record that is whole. Without one, only a new board may start.

        One file alone that is not whole is what a cut of the first write leaves; one that cannot
        be read may have said anything.
        """
        is_there = 0
        best = None
        for name in RECORDS:
            try:
                raw = self._store.read(name, RECORD_BYTES + 1)
            except OSError:
                is_there = len(RECORDS)
                continue
            is_there += raw is not None
            found = record_of(raw) if raw else None
            if found and (best is None or found[1] > best[1]):
                best = found
        if best is None:
            if is_there >= len(RECORDS):
                self.state = DEAD
                self.is_lost = True
            return
        self._sequence, self.state, self.good, self.new = best[1:5]
        self.starts_left, why, self.counter_min, self.counter_new = best[5:9]
        self.why, self.failed = why & (1 << WHY_BITS) - 1, why >> WHY_BITS
        self.trial_id = best[9]


def record_of(raw: bytes) -> "tuple[int, ...] | None":
    """What ``Slots`` wrote; None for anything else."""
    if len(raw) != RECORD_BYTES or raw[:4] != MAGIC:
        return None
    crc = crc16(raw, 0, RECORD_BYTES - 2)
    if raw[-2] != crc >> 8 or raw[-1] != crc & 0xFF:
        return None
    found = struct.unpack(FORM, raw[:-2])
    state, good, new = found[2:5]
    is_right = state <= DEAD and good in (FACTORY, A, B) and new in (A, B, NONE) and good != new
    is_right = is_right and found[6] >> WHY_BITS in (FACTORY, A, B)
    return found if is_right and (state == TRYING) == (new != NONE) else None
