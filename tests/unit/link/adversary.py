"""The adversary: one direction of a line that drops, delays, repeats, mangles and invents.

It may know the protocol: what it forges then has the right CRC, epoch, counter and time, and
hostile values. Drawn from one generator, so a seed repeats it.
"""

import random
from collections import Counter, deque
from collections.abc import Callable, Iterable

from ampkeeper.hal.link.frame import FRAME_BYTES_MAX, HEADER_BYTES, PAYLOAD_BYTES_MAX, seal
from ampkeeper.hal.link.messages import (
    BITS_30,
    COMMAND,
    HELLO,
    MEASURED,
    PERMIT,
    PROFILE,
    PROTOCOL,
    SETTINGS,
)
from ampkeeper.hal.link.reference import Field
from tests.unit.link.line_ear import SIZE, SPEC

DELAY_MS = 60  # the longest that the truth is held back before its first delivery
RECORD_FRAMES = 100
ARCHIVE_FRAMES = 3_000  # whole sessions of the past
RUN_FRAMES = 40  # of a session that is played again in a row
USABLE_MA = (6_000, 10_000, 16_000, 32_000, 52_500, 80_000)
ANY_MA = (0, 5_999, 6_000, 16_000, 80_000)
TEXT_BYTES = 8  # longer fields are no numbers


def sealed(kind: int, payload: bytes, sequence: int = 0) -> bytes:
    """Return a sound frame round any payload."""
    buffer = bytearray(FRAME_BYTES_MAX)
    buffer[HEADER_BYTES : HEADER_BYTES + len(payload)] = payload
    return bytes(buffer[: seal(buffer, len(payload), sequence, kind)])


def packed(kind: int, values: dict[str, int]) -> bytes:
    """Return the payload of a message with any values, also such as do not fit."""
    payload = b""
    for field in SPEC[kind]:
        value = values.get(field.name, 0) & ((1 << 8 * field.size) - 1)
        payload += value.to_bytes(field.size, "little")
    return payload


def split(data: bytes) -> Iterable[bytes]:
    """Yield the frames of a clean stream."""
    while data:
        end = HEADER_BYTES + data[2] + 2
        yield data[:end]
        data = data[end:]


class Adversary:
    """One direction. It never delays the truth by more than six ticks."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.replays_hello = True
        self.forge: Callable[[], bytes] | None = None
        self.done: Counter[str] = Counter()  # frames or fragments delivered, by kind
        self._record: deque[bytes] = deque(maxlen=RECORD_FRAMES)
        self._archive: deque[bytes] = deque(maxlen=ARCHIVE_FRAMES)
        self._held: deque[tuple[int, bytes]] = deque()
        self._playing: list[bytes] = []
        self._lies: list[tuple[str, Callable[[], bytes]]] = [
            ("replayed", self._replayed), ("flipped", self._flipped), ("cut", self._cut),
            ("rubbish", self._rubbish), ("invented", self._invented), ("doubled", self._doubled),
            ("session", self._session), ("nested", self._nested),
        ]  # fmt: skip

    def take(self, data: bytes, now_ms: int, lies: int) -> list[bytes]:
        """Return what is delivered now: some of the truth, and lies."""
        out = []
        for frame in split(data):
            self._record.append(frame)
            self._archive.append(frame)
            fate = self.chance.random()
            if fate < 0.6:
                out.append(frame)
            elif fate < 0.8:
                due_ms = now_ms + self.chance.randrange(0, DELAY_MS + 1, 10)
                self._held.append((due_ms, frame))
        while self._held and self._held[0][0] <= now_ms:
            out.append(self._held.popleft()[1])
        self.done["true"] += len(out)
        for _ in range(lies):
            out.append(self._lie())
        return out

    def _lie(self) -> bytes:
        fate = self.chance.random()
        if self.forge is not None and fate < 0.5:
            self.done["forged"] += 1
            return self.forge()
        if self.forge is not None and fate < 0.6:
            self.done["edited"] += 1
            return self._edited()
        name, lie = self.chance.choice(self._lies)
        self.done[name] += 1
        return lie()

    def _replayed(self) -> bytes:
        """Often the newest; an old HELLO, which voids all other replays, only where allowed."""
        pool = [data for data in self._record if self._may_replay(data)]
        if not pool:
            return b""
        return pool[-1] if self.chance.random() < 0.3 else self.chance.choice(pool)

    def _session(self) -> bytes:
        """The next frame of a stretch of a session of the past, in its order."""
        if not self._playing and self._archive:
            first = self.chance.randrange(len(self._archive))
            self._playing = list(self._archive)[first : first + RUN_FRAMES]
        data = self._playing.pop(0) if self._playing else b""
        return data if self._may_replay(data) else b""

    def _may_replay(self, data: bytes) -> bool:
        return not data or self.replays_hello or data[4] != HELLO

    def _doubled(self) -> bytes:
        return 2 * self._replayed()

    def _flipped(self) -> bytes:
        """Up to three bits: the CRC must find them all."""
        data = bytearray(self._replayed())
        for bit in self.chance.sample(range(8 * len(data)), k=min(len(data), 3)):
            data[bit // 8] ^= 1 << bit % 8
        return bytes(data)

    def _edited(self) -> bytes:
        """A recorded frame with one byte changed, one more or one less, and the CRC put right."""
        data = self._replayed()
        if not data:
            return b""
        payload = bytearray(data[HEADER_BYTES:-2])
        fate = self.chance.randrange(3)
        if fate == 0 and payload:
            payload[self.chance.randrange(len(payload))] = self.chance.randrange(256)
        elif fate == 1:
            payload = payload[:-1]
        elif len(payload) < PAYLOAD_BYTES_MAX:
            payload.append(0)
        return sealed(data[4], bytes(payload), data[3])

    def _cut(self) -> bytes:
        data = self._replayed()
        return data[: self.chance.randrange(len(data) + 1)]

    def _nested(self) -> bytes:
        """A header that promises more than comes, round a frame of the record."""
        length = self.chance.choice((0, 1, 17, 18, PAYLOAD_BYTES_MAX, PAYLOAD_BYTES_MAX + 1, 255))
        kind = self.chance.randrange(12)
        return bytes((0xA5, 0x5A, length, 0, kind)) + self._replayed()

    def _rubbish(self) -> bytes:
        head = self.chance.choice((b"", b"\xa5", b"\xa5\xa5\x5a", b"\xa5\x5a\xff"))
        return head + self.chance.randbytes(self.chance.randrange(40))

    def _invented(self) -> bytes:
        """A sound frame of any type with any contents, often of the right length."""
        kind = self.chance.choice((*range(12), 255))
        length = self.chance.randrange(PAYLOAD_BYTES_MAX + 1)
        if kind in SIZE and self.chance.random() < 0.7:
            length = SIZE[kind]
        return sealed(kind, self.chance.randbytes(length), self.chance.randrange(256))


class Forger:
    """Writes messages of ``kinds`` with hostile values; ``known`` makes some of them right."""

    def __init__(self, chance: random.Random, known: Callable[[], dict[str, int]]) -> None:
        self.chance = chance
        self.known = known
        self.kinds: tuple[int, ...] = (PERMIT,)
        self.is_generous = False  # every permit allows something, so that contactors close
        self.done: Counter[int] = Counter()

    def __call__(self) -> bytes:
        kind = self.chance.choice(self.kinds)
        self.done[kind] += 1
        known = self.known()
        is_fair = self.is_generous or self.chance.random() < 0.6
        values = {f.name: self._value(f, is_fair) for f in SPEC[kind] if f.size <= TEXT_BYTES}
        for name in values:
            if name in known and self.chance.random() < 0.95:
                values[name] = known[name]
        payload = packed(kind, values)
        if self.chance.random() < 0.03:
            payload = payload[: self.chance.randrange(len(payload) + 1)]
        return sealed(kind, payload, self.chance.randrange(256))

    def _value(self, field: Field, is_fair: bool) -> int:
        name, low, high = field.name, field.low, field.high
        if name == "protocol":
            return PROTOCOL if self.chance.random() < 0.9 else self.chance.randrange(65_536)
        if name == "code":
            return self.chance.randrange(12)
        if name == "flags" and is_fair:
            return self.chance.choice((2, 3))
        if name == "current_ma" and is_fair:
            return self.chance.choice(USABLE_MA if self.is_generous else ANY_MA)
        if name == "phases" and self.is_generous:
            return 3
        fate = self.chance.randrange(10)
        if fate == 0 and not is_fair:
            return self.chance.choice((low - 1, high + 1, -1, 1 << 31, BITS_30 + 1))
        if fate < 3:
            return low
        return high if fate < 6 else self.chance.randint(low, high)


TO_BOARD = (
    (PERMIT,),
    (PERMIT, MEASURED),
    (PERMIT, PROFILE, HELLO),
    (PERMIT, COMMAND),
    (SETTINGS, PERMIT),
    (HELLO, SETTINGS, PERMIT, COMMAND, MEASURED, PROFILE),
)
