"""Flash host: how the station brings a pilot board to the program that it wants. Station only.

Sans-IO: bytes and the time in, bytes out. What is sent follows from what the board says of
itself, each time anew, so that a cut of the line or of the power, on either side and at any
moment, only costs time. It greets; a ring 1 is asked to stop; then pair, offer, send, confirm or
take back, until the board has what is wanted; then it is told to run, and greeted again.
"""

from hashlib import sha256

from ampkeeper.hal.link import flash as f
from ampkeeper.hal.link.flash_slots import DEAD, GOOD, TRYING
from ampkeeper.hal.link.frame import CRC_BYTES, HEADER_BYTES, FrameParser
from ampkeeper.hal.link.messages import BITS_30, COMMAND, ENTER, HELLO, IDENTITY, PROTOCOL, Message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ampkeeper.hal.link.frame import Buffer

MEND, KEEP, TAKE_BACK, LEAVE = range(4)  # goals: run this image; confirm it; not it; just run
REPEAT_MS = 200  # what was not answered
BURST_MS = 1_000  # a block may be on the way, and be written, for so long
AWAY_MS = 1_000  # without an answer: it has started anew, as ring 1 perhaps
SILENT_MS = 20_000  # then it is given up; a board that tries three times in vain needs 10 s
TOTAL_MS = 180_000  # 256 KiB need 40 s at 115,200 baud
READY_MS = 10_000  # for ring 1 to stop; it does so at once or not at all
FAILURES_MAX = 3  # to write, or of the bytes that arrived
FLOORS_MAX = 50  # that change nothing

UNKNOWN, RING, FLASH = range(3)  # what answers


class Flashable:
    """An image as it is offered: ``version`` up to 16 characters, ``counter`` as in its manifest.

    ``key`` is that of the pair, 32 bytes.
    """

    def __init__(self, board: str, version: str, counter: int, program: bytes, key: bytes) -> None:
        assert len(key) == f.KEY_BYTES
        self.board = board
        self.program = program
        self.key = key
        digest = sha256(program).digest()
        self.counter = counter
        self.image_id = f.image_id_of(digest)
        raw, size = f.raw_of(version), len(program)
        mac = f.mac_of(key, board, size, counter, raw, digest)
        self.offer = f.pack(f.OFFER_FORM, size, counter, raw, digest, mac)


class FlashHost:
    """One task on one board: ``is_done``, or ``failure`` says why not.

    ``begins_anew``: a root let the security counters begin again with this image.
    """

    def __init__(
        self, goal: int, image: "Flashable | None" = None, begins_anew: bool = False
    ) -> None:
        assert image is not None or goal in (TAKE_BACK, LEAVE)
        self.is_done = False
        self.failure = ""
        self.parser = FrameParser()
        self.identity = Message(IDENTITY)  # the newest
        self.state: "dict[str, int]" = {}  # as the board said last
        self._goal = goal
        self._image = image
        self._begins_anew = begins_anew
        self._mode = UNKNOWN
        self._outbox = bytearray()
        self._sequence = 0
        self._nonce = 1
        self._counter = 0
        self._begun_ms = self._heard_ms = self._fed_ms = 0
        self._sent_ms = 0
        self._sent_kind = 0
        self._burst_end = 0
        self._offered_in = 0  # the session of the newest offer
        self._has_run = False
        self._failed_count = 0
        self._floor_count = 0

    @property
    def permille(self) -> int:
        """How much of the image the board has taken."""
        size = len(self._image.program) if self._image else 0
        return 1000 * self.state.get("received", 0) // size if size and self.state else 0

    def start(self, now_ms: int) -> None:
        """Begin; what the board said before counts no more."""
        self._begun_ms = self._heard_ms = self._fed_ms = now_ms
        self._nonce = now_ms % BITS_30 + 1
        self._greet(now_ms)

    def feed(self, data: "Buffer", now_ms: int) -> None:
        """Take bytes from the board."""
        taken = 0
        while taken < len(data):
            taken += self.parser.feed(data, taken)
            self._drain(now_ms)

    def tick(self, now_ms: int) -> None:
        """Let time pass; call it ten times a second."""
        if self.parser.tick(now_ms - self._fed_ms):
            self._drain(now_ms)
        self._fed_ms = now_ms
        if self.is_done or self.failure:
            return
        if now_ms - self._heard_ms >= SILENT_MS or now_ms - self._begun_ms >= TOTAL_MS:
            is_silent = now_ms - self._heard_ms >= SILENT_MS
            self.failure = "it does not answer" if is_silent else "it takes too long"
            return
        if self._mode == FLASH and now_ms - self._heard_ms >= AWAY_MS:
            self._mode = UNKNOWN
        if now_ms - self._sent_ms < (BURST_MS if self._sent_kind == f.CHUNK else REPEAT_MS):
            return
        if self._mode == FLASH:
            self._burst_end = 0
            self._send(f.ASK, b"", now_ms)
        else:
            self._greet(now_ms)

    def to_send(self) -> bytes:
        """All that waits to be sent."""
        data = bytes(self._outbox)
        self._outbox[:] = b""
        return data

    def _drain(self, now_ms: int) -> None:
        while self.parser.next():
            kind, at = self.parser.kind, self.parser.offset
            payload = bytes(self.parser.buffer[at : at + self.parser.length])
            if self.is_done or self.failure:
                continue
            if kind == IDENTITY:
                self._hear_identity(now_ms)
            elif kind == f.STATE:
                self._hear_state(payload, now_ms)

    def _hear_identity(self, now_ms: int) -> None:
        found = Message(IDENTITY)
        parser = self.parser
        if not found.unpack_from(parser.buffer, parser.offset, parser.length):
            return
        if found.values["nonce"] != self._nonce:
            return
        self.identity = found
        self._heard_ms = now_ms
        if found.values["protocol"] == f.FLASHING:
            self._mode = FLASH
            self._send(f.ASK, b"", now_ms)
            return
        self._mode = RING
        if self._has_run:
            self.is_done = True
        elif found.values["image"] & 3 == f.FIXED:
            self.failure = "it has no slots: flash it over USB"
        elif now_ms - self._begun_ms >= READY_MS and not self.state:
            self.failure = "it does not stop: something is permitted, or not open"
        else:
            self._counter = min(self._counter + 1, BITS_30)
            epoch, counter = found.values["epoch"], self._counter
            told = f.pack(f.ENTER_FORM, epoch, counter, counter, ENTER, 0)
            self._send(COMMAND, told, now_ms)

    def _hear_state(self, payload: bytes, now_ms: int) -> None:
        told = f.unpack(f.STATE_FORM, payload)
        if told is None:
            return
        self._mode = FLASH
        self._heard_ms = now_ms
        self.state = dict(zip(f.STATE_NAMES, told, strict=True))
        self._advance(now_ms)

    def _advance(self, now_ms: int) -> None:
        """Send what brings the board nearer to what is wanted."""
        state, image = self.state, self._image
        if self._is_reached():
            self._has_run = True
            self._order(f.RUN, b"", now_ms)
        elif self._goal in (TAKE_BACK, LEAVE):
            self._take_back(now_ms)
        elif image is None or self._goal == KEEP:
            self._keep(now_ms)
        elif not state["is_paired"]:
            self._order(f.PAIR, image.key, now_ms)
        elif state["slots"] == TRYING and state["good_id"] == image.image_id:
            self._order(f.REVERT, b"", now_ms)
        elif self._begins_anew and self._is_above(image):
            self._lower(image, now_ms)
        elif state["taking_id"] == image.image_id:
            self._send_block(image, now_ms)
        else:
            self._offer(image, now_ms)

    def _is_reached(self) -> bool:
        state, image = self.state, self._image
        if self._goal == MEND:
            return image is not None and state["due_id"] == image.image_id
        if self._goal == KEEP:
            is_it = image is not None and state["good_id"] == image.image_id
            return is_it and state["slots"] == GOOD
        if state["slots"] == DEAD:
            return False
        return self._goal == LEAVE or state["slots"] != TRYING

    def _take_back(self, now_ms: int) -> None:
        if self.state["slots"] == DEAD:
            self.failure = "nothing on it may start"
        else:
            self._order(f.REVERT, b"", now_ms)

    def _keep(self, now_ms: int) -> None:
        assert self._image is not None
        if self.state["due_id"] != self._image.image_id:
            self.failure = "it starts another image"
        else:
            self._floor(self._image, self._image.image_id, now_ms)

    def _is_above(self, image: Flashable) -> bool:
        return self.state["counter_min"] > image.counter

    def _lower(self, image: Flashable, now_ms: int) -> None:
        """Let the board take what the root let the station take.

        What is on trial makes way first: it must not count as confirmed by this.
        """
        if self.state["slots"] == TRYING:
            self._order(f.REVERT, b"", now_ms)
        else:
            self._floor(image, self.state["due_id"], now_ms)

    def _floor(self, image: Flashable, image_id: int, now_ms: int) -> None:
        """Say that an image works, and that nothing below the counter of ours shall ever run."""
        if self._sent_kind == f.FLOOR and now_ms - self._sent_ms < REPEAT_MS:
            return
        if self._floor_count and self.state["refusal"] in FINAL:
            self.failure = f.REFUSALS[self.state["refusal"]]
            return
        if self._floor_count >= FLOORS_MAX:
            self.failure = "it does not take the word of the pair"
            return
        session = self.state["session"]
        mac = f.floor_mac_of(image.key, image.board, session, image_id, image.counter)
        self._floor_count += 1
        self._order(f.FLOOR, f.pack(f.FLOOR_FORM, image_id, image.counter, mac), now_ms)

    def _offer(self, image: Flashable, now_ms: int) -> None:
        """Offer; in the session of an offer that was refused, it is not offered again."""
        state = self.state
        has_answered = self._offered_in == state["session"] and self._sent_kind != f.OFFER
        refusal = state["refusal"]
        if self._offered_in == state["session"] and refusal in FINAL:
            self.failure = f.REFUSALS[refusal]
            return
        if has_answered and refusal in (f.DAMAGED, f.DISK):
            self._failed_count += 1
            if self._failed_count >= FAILURES_MAX:
                self.failure = f.REFUSALS[refusal]
                return
        self._offered_in = state["session"]
        self._burst_end = 0
        self._order(f.OFFER, image.offer, now_ms)

    def _send_block(self, image: Flashable, now_ms: int) -> None:
        """Send to the end of a block; the next when that is written, the same again when late."""
        received = self.state["received"]
        if received < self._burst_end:
            return
        end = min((received // f.BLOCK_BYTES + 1) * f.BLOCK_BYTES, len(image.program))
        session = self.state["session"]
        for at in range(received, end, f.CHUNK_BYTES):
            data = image.program[at : min(at + f.CHUNK_BYTES, end)]
            self._send(f.CHUNK, f.pack(f.CHUNK_HEAD, session, at) + data, now_ms)
        self._burst_end = end

    def _order(self, kind: int, told: bytes, now_ms: int) -> None:
        """Send an order of this session; the same again only when it is late."""
        if kind == self._sent_kind and now_ms - self._sent_ms < REPEAT_MS:
            return
        session = f.pack(f.SESSION_FORM, self.state["session"])
        self._send(kind, session + told, now_ms)

    def _greet(self, now_ms: int) -> None:
        hello = Message(HELLO)
        hello.values["protocol"] = PROTOCOL
        hello.values["nonce"] = self._nonce
        frame = bytearray(HEADER_BYTES + hello.length + CRC_BYTES)
        hello.pack_into(frame, HEADER_BYTES)
        self._send(HELLO, bytes(frame[HEADER_BYTES:-CRC_BYTES]), now_ms)

    def _send(self, kind: int, payload: bytes, now_ms: int) -> None:
        self._sequence = (self._sequence + 1) & 0xFF
        self._outbox += f.framed(kind, payload, self._sequence)
        self._sent_ms, self._sent_kind = now_ms, kind


FINAL = (f.UNPAIRED, f.FORGED, f.OLDER, f.TOO_LONG, f.PAIRED)
