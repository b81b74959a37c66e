"""Flasher: a pilot board's end of the line while its program is replaced. No ring 1, no current.

Bytes in, bytes out, and a tick; it knows no pins and no clock. What is offered is judged before
a byte of it is kept: length, security counter, and a MAC by the key of the pair over both and
over the SHA-256, which is compared when all has come and again at each start. What was taken is
kept over a power cut, and gone on with. An offer never touches the good program.

    slots.0, slots.1      which program starts (``flash_slots.py``)
    pair.key, pair.key2   32 bytes and a CRC, the same in both, written once, told to nobody
    a/, b/                image.mpy, and head: what was offered; head comes last, and goes first
    part                  what was offered, while it is taken
"""

from ampkeeper.hal.link import flash as f
from ampkeeper.hal.link.flash_programs import HEAD, IMAGE, Programs
from ampkeeper.hal.link.flash_slots import FOLDERS, NONE, TRYING
from ampkeeper.hal.link.frame import CRC_BYTES, HEADER_BYTES, FrameParser, seal
from ampkeeper.hal.link.messages import BOOT_UNKNOWN, HELLO, IDENTITY, Message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ampkeeper.hal.link.frame import Buffer

PART = "part"
IDLE_MS = 30_000  # without a word from the station: then what is due starts


class Flasher:
    """Feed bytes, let time pass, send what ``to_send`` gives, end it when ``is_over``."""

    def __init__(self, programs: Programs, session: int) -> None:
        assert session > 0
        self.parser = FrameParser()
        self.programs = programs
        self.is_over = False
        self.ignored_count = 0  # frames that are nothing to a board that is flashed
        self._session = session
        self._sequence = 0
        self._refusal = f.NOTHING
        self._block = bytearray()  # taken, not written
        self._received = 0
        self._offer = b""
        self._idle_ms = 0
        self._nonce = 0
        self._answers: "list[int]" = []
        self._facts: "tuple[int, ...]" = ()  # of the state, that are read from files
        try:
            self._take_up()
        except OSError:
            self._drop()

    def feed(self, data: "Buffer") -> None:
        """Take bytes from the station and do what they ask. Never raises."""
        taken = 0
        while taken < len(data):
            taken += self.parser.feed(data, taken)
            self._drain()

    def tick(self, elapsed_ms: int) -> None:
        """Let time pass; a station that is silent for long is not waited for."""
        if self.parser.tick(elapsed_ms):
            self._drain()
        self._idle_ms = min(self._idle_ms + max(elapsed_ms, 0), IDLE_MS)
        if self._idle_ms >= IDLE_MS and self.programs.slots.due() != NONE:
            self.is_over = True

    def to_send(self) -> bytes:
        """One frame for the station, or nothing."""
        if not self._answers:
            return b""
        kind = self._answers.pop(0)
        self._sequence = (self._sequence + 1) & 0xFF
        if kind == f.STATE:
            return f.framed(f.STATE, self._state(), self._sequence)
        return self._identity()

    def _drain(self) -> None:
        while self.parser.next():
            parser = self.parser
            at = parser.offset
            self._hear(parser.kind, bytes(parser.buffer[at : at + parser.length]))

    def _hear(self, kind: int, payload: bytes) -> None:
        """One message: HELLO and ASK from anybody, all else only within this session."""
        if kind == HELLO and len(payload) >= 6:
            self._nonce = int.from_bytes(payload[2:6], "little") & f.COUNTER_MAX or 1
            self._answer(IDENTITY)
            return
        if kind == f.ASK and not payload:
            self._answer(f.STATE)
            return
        session = f.unpack(f.SESSION_FORM, payload[: f.SESSION_BYTES])
        if kind not in ORDERS or not session or session[0] != self._session:
            self.ignored_count = min(self.ignored_count + 1, f.COUNTER_MAX)
            return
        try:
            self._obey(kind, payload[f.SESSION_BYTES :])
        except OSError:  # a full or broken disk
            self._refuse(f.DISK)
            self._forget()
        self._answer(f.STATE)

    def _answer(self, kind: int) -> None:
        self._idle_ms = 0
        if kind not in self._answers:
            self._answers.append(kind)

    def _obey(self, kind: int, told: bytes) -> None:
        if kind != f.CHUNK:
            self._facts = ()
        if kind == f.PAIR:
            self._pair(told)
        elif kind == f.OFFER:
            self._consider(told)
        elif kind == f.CHUNK:
            self._take(told)
        elif kind == f.FLOOR:
            self._floor(told)
        elif kind == f.REVERT:
            self.programs.slots.rejected()
        elif kind == f.RUN:
            self.is_over = self.programs.slots.due() != NONE

    def _pair(self, key: bytes) -> None:
        """Take the key of the pair, once."""
        known = self.programs.key()
        if known and not f.is_same(known, key):
            self._refuse(f.PAIRED)
        elif not f.is_key(key):
            self._refuse(f.UNPAIRED)
        elif not known:
            self.programs.keep_key(key)

    def _consider(self, told: bytes) -> None:
        """Judge an offer before anything changes; go on with one that was begun."""
        head = f.unpack(f.OFFER_FORM, told)
        if head is None:
            self.ignored_count = min(self.ignored_count + 1, f.COUNTER_MAX)
            return
        why = self._why_not(head)
        if why != f.NOTHING:
            self._refuse(why)
            return
        self._refusal = f.NOTHING
        if told == self._offer:
            return
        self.programs.heal_key()
        self.programs.slots.rejected()  # what is on trial makes way; the good one stays
        self._clear()
        self.programs.store.write(PART, told)
        self._offer = told

    def _why_not(self, head: "tuple[Any, ...]") -> int:
        size, counter = head[0], head[1]
        if not self.programs.key():
            return f.UNPAIRED
        if not self.programs.is_genuine(head):
            return f.FORGED
        if not 0 < size <= f.IMAGE_BYTES_MAX:
            return f.TOO_LONG
        self.programs.recover()
        return f.OLDER if counter < self.programs.slots.counter_min else f.NOTHING

    def _take(self, told: bytes) -> None:
        """Take the bytes that follow; others say in the answer where to go on."""
        if len(told) <= 4 or not self._offer:
            return
        data = told[4:]
        at = self._received + len(self._block)
        size = self._size()
        is_next = int.from_bytes(told[:4], "little") == at
        is_in_block = len(self._block) + len(data) <= f.BLOCK_BYTES
        if not is_next or not is_in_block or at + len(data) > size:
            return
        self._block.extend(data)
        is_last = at + len(data) == size
        if len(self._block) == f.BLOCK_BYTES or is_last:
            self.programs.store.append(self._folder() + IMAGE, bytes(self._block))
            self._received += len(self._block)
            self._block = bytearray()
        if is_last:
            self._finish()

    def _finish(self) -> None:
        """All has come: it is on trial if it is what was offered."""
        programs, folder = self.programs, self._folder()
        self._facts = ()
        head = f.unpack(f.OFFER_FORM, self._offer)
        assert head is not None
        if programs.store.digest(folder + IMAGE) != head[3]:
            self._refuse(f.DAMAGED)
            self._forget()
            return
        programs.store.write(folder + HEAD, self._offer)
        programs.slots.installed(head[1], f.image_id_of(head[3]))
        self._drop_part()

    def _floor(self, told: bytes) -> None:
        """The pair says that an image works, and which counter is the least that may run.

        Nothing else confirms. Never above what would have to start next: a program that an
        older image brought too keeps the counter with which it came.
        """
        programs, slots = self.programs, self.programs.slots
        found = f.unpack(f.FLOOR_FORM, told)
        if found is None:
            self.ignored_count = min(self.ignored_count + 1, f.COUNTER_MAX)
            return
        image_id, counter, mac = found
        key = programs.key()
        wanted = f.floor_mac_of(key, programs.board, self._session, image_id, counter)
        self._refusal = f.NOTHING
        place = slots.due()
        head = programs.head(place)
        if not key:
            self._refuse(f.UNPAIRED)
        elif not f.is_same(mac, wanted):
            self._refuse(f.FORGED)
        elif image_id == programs.image_id(place):
            counter = min(counter, max(slots.counter_min, head[1] if head else 0))
            if slots.state == TRYING:
                slots.confirmed(counter)
            else:
                slots.floored(counter)

    def _take_up(self) -> None:
        """Go on with what was taken before the power went, if it can be."""
        told = self.programs.store.read(PART, f.OFFER_BYTES + 1) or b""
        head = f.unpack(f.OFFER_FORM, told)
        slots = self.programs.slots
        if head is None or slots.state == TRYING or self._why_not(head) != f.NOTHING:
            return
        if self.programs.head(slots.free()):
            return  # of another image; it goes with the next offer
        self._offer = told
        size = max(self.programs.store.size(self._folder() + IMAGE), 0)
        if size % f.BLOCK_BYTES or size >= head[0]:  # a torn end
            self._forget()
            return
        self._received = size

    def _forget(self) -> None:
        """Nothing is being taken any more."""
        try:
            self._clear()
        except OSError:
            self._drop()

    def _clear(self) -> None:
        """Empty the slot that is free: its head first, since from then on it holds no image."""
        store, folder = self.programs.store, self._folder()
        self.programs.slots.secure()
        self._drop()
        store.remove(folder + HEAD)
        store.remove(PART)
        store.remove(folder + IMAGE)

    def _drop_part(self) -> None:
        self._drop()
        self.programs.store.remove(PART)

    def _drop(self) -> None:
        self._offer = b""
        self._received = 0
        self._block = bytearray()

    def _refuse(self, why: int) -> None:
        self._refusal = why

    def _folder(self) -> str:
        return FOLDERS[self.programs.slots.free()]

    def _size(self) -> int:
        head = f.unpack(f.OFFER_FORM, self._offer)
        return int(head[0]) if head else 0

    def _state(self) -> bytes:
        programs, slots = self.programs, self.programs.slots
        head = f.unpack(f.OFFER_FORM, self._offer)
        if not self._facts:
            due_id, good_id = programs.image_id(slots.due()), programs.image_id(slots.good)
            self._facts = (int(programs.is_paired()), due_id, good_id)
        is_paired, due_id, good_id = self._facts
        return f.pack(
            f.STATE_FORM,
            self._session,
            is_paired,
            self._refusal,
            slots.state,
            slots.good,
            slots.new,
            slots.starts_left,
            slots.why,
            slots.counter_min,
            due_id,
            good_id,
            f.image_id_of(head[3]) if head else 0,
            self._received + len(self._block),
            slots.failed_id(),
        )

    def _identity(self) -> bytes:
        """The answer to HELLO: not ring 1."""
        message = Message(IDENTITY)
        slots = self.programs.slots
        message.values["protocol"] = f.FLASHING
        message.values["nonce"] = self._nonce
        message.values["boot_reason"] = BOOT_UNKNOWN
        message.values["image"] = self.programs.told(slots.due())
        message.texts["board"] = self.programs.board
        message.texts["firmware_version"] = self.programs.version(slots.due())
        frame = bytearray(HEADER_BYTES + message.length + CRC_BYTES)
        message.pack_into(frame, HEADER_BYTES)
        seal(frame, message.length, self._sequence, IDENTITY)
        return bytes(frame)


ORDERS = (f.PAIR, f.OFFER, f.CHUNK, f.REVERT, f.RUN, f.FLOOR)
