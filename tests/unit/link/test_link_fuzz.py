"""Both halves against a line that lies: nothing raises, and no contactor follows a lie.

A true station and a true board talk through an adversary who drops, doubles, delays, replays,
cuts, flips and invents frames. From time to time the station dies and only the adversary goes
on. AMPKEEPER_FUZZ_FRAMES is the number of frames per direction and test.
"""

import os
import random
from collections import deque
from collections.abc import Callable

import pytest

from ampkeeper.hal.link.frame import FRAME_BYTES_MAX, PAYLOAD_BYTES_MAX, seal
from ampkeeper.hal.link.host import UP, HostLink
from ampkeeper.hal.link.messages import HELLO, Message
from tests.unit.link.link_bench import IN_SERVICE, LEVEL_A, LEVEL_C, TICK_MS, Bench, captive

FRAMES = int(os.environ.get("AMPKEEPER_FUZZ_FRAMES", "200000"))
PERMIT_MS, STOP_MS = 2_000, 6_000
DELAY_MS = 60  # the longest that the adversary holds back a frame before its first delivery
LIES_IN_LIFE, LIES_IN_DEATH = 2, 14  # per tick
RECORD_FRAMES = 100
LIFE_MS, DEATH_MS = 12_000, 10_000


class Adversary:
    """One direction of the line. It never delays a frame by more than six ticks."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.replays_hello = True
        self.record: deque[bytes] = deque(maxlen=RECORD_FRAMES)
        self.held: deque[tuple[int, bytes]] = deque()
        self.lies: list[Callable[[], bytes]] = [
            self._replay, self._flipped, self._cut, self._rubbish, self._invented, self._twice,
        ]  # fmt: skip

    def take(self, data: bytes, now_ms: int, lies: int) -> list[bytes]:
        """Return what is delivered now: some of the truth, and lies."""
        out = []
        if data:
            self.record.append(data)
            fate = self.chance.random()
            if fate < 0.6:
                out.append(data)
            elif fate < 0.8:
                self.held.append((now_ms + self.chance.randrange(0, DELAY_MS + 1, 10), data))
        while self.held and self.held[0][0] <= now_ms:
            out.append(self.held.popleft()[1])
        for _ in range(lies):
            out.append(self.chance.choice(self.lies)())
        return out

    def _replay(self) -> bytes:
        """Often the newest; an old HELLO, which voids all other replays, only where allowed."""
        pool = [data for data in self.record if self.replays_hello or data[4] != HELLO]
        if not pool:
            return b""
        return pool[-1] if self.chance.random() < 0.3 else self.chance.choice(pool)

    def _twice(self) -> bytes:
        return 2 * self._replay()

    def _flipped(self) -> bytes:
        """Up to three bits: the CRC must find them all."""
        data = bytearray(self._replay())
        for bit in self.chance.sample(range(8 * len(data)), k=min(len(data), 3)):
            data[bit // 8] ^= 1 << bit % 8
        return bytes(data)

    def _cut(self) -> bytes:
        data = self._replay()
        return data[: self.chance.randrange(len(data) + 1)]

    def _rubbish(self) -> bytes:
        return self.chance.randbytes(self.chance.randrange(40))

    def _invented(self) -> bytes:
        """A sound frame of any type with any contents, often of the right length."""
        kind = self.chance.choice((0, 1, 2, 3, 4, 5, 6, 7, 255))
        length = self.chance.randrange(PAYLOAD_BYTES_MAX + 1)
        if 1 <= kind <= 6 and self.chance.random() < 0.7:
            length = Message(kind).length
        buffer = bytearray(self.chance.randbytes(FRAME_BYTES_MAX))
        return bytes(buffer[: seal(buffer, length, self.chance.randrange(256), kind)])


class Line:
    """Station, adversary and board, ten milliseconds at a time."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.bench = Bench(epoch=self.chance.randrange(1, 1 << 30))
        self.bench.obeys = False
        self.link = HostLink(captive())
        self.to_board = Adversary(self.chance)
        self.to_host = Adversary(self.chance)
        self.is_alive = True
        self.permit_sent_ms = -100_000
        self.frames = 0
        self.up_ms = 0
        self.closings = 0
        self.link.start(0)

    def step(self) -> None:
        bench = self.bench
        now_ms = bench.now_ms
        phase_ms = now_ms % (LIFE_MS + DEATH_MS)
        self.is_alive = phase_ms < LIFE_MS
        bench.level_mv = LEVEL_A if phase_ms > LIFE_MS + DEATH_MS - 500 else LEVEL_C
        if self.is_alive and phase_ms % 300 == 0 and self.link.permit(16_000, 3, IN_SERVICE):
            self.permit_sent_ms = now_ms
        self.to_board.replays_hello = now_ms // (LIFE_MS + DEATH_MS) % 2 == 1
        lies = LIES_IN_LIFE if self.is_alive else LIES_IN_DEATH
        sent = self.link.to_send() if self.is_alive else b""
        for data in self.to_board.take(sent, now_ms, lies):
            self.frames += 1
            bench.board.feed(data)
        before = bench.out.coil
        reply = bench.tick()
        self.closings += bench.out.coil > before
        for data in self.to_host.take(reply, now_ms, LIES_IN_LIFE):
            if self.is_alive:
                self.link.feed(data, now_ms)
        if self.is_alive:
            self.link.tick(now_ms)
        self.up_ms += TICK_MS * (self.link.state == UP)


@pytest.mark.timeout(600)
def test_no_lie_closes_the_contactor_or_keeps_it_closed(seed: int) -> None:
    line = Line(seed)
    while line.frames < FRAMES:
        was_closed = line.bench.out.coil
        line.step()
        age_ms = line.bench.now_ms - line.permit_sent_ms
        if line.bench.out.coil and not was_closed:
            assert age_ms <= PERMIT_MS + DELAY_MS + 2 * TICK_MS, line.bench.now_ms
        if line.bench.out.coil:
            assert age_ms <= PERMIT_MS + STOP_MS + DELAY_MS + 3 * TICK_MS, line.bench.now_ms
        if 0 < line.bench.out.duty_ticks < 62_500:
            assert age_ms <= PERMIT_MS + DELAY_MS + 3 * TICK_MS, line.bench.now_ms
    assert line.closings >= max(1, line.bench.now_ms // (LIFE_MS + DEATH_MS) // 2), "no charge"
    assert line.up_ms > line.bench.now_ms // 4, "the truth never came through"
    assert line.bench.board.link.refused_count > FRAMES // 100


@pytest.mark.timeout(600)
def test_no_lie_is_reported_to_the_station(seed: int) -> None:
    chance = random.Random(seed)
    bench = Bench()
    link = HostLink(captive())
    link.start(0)
    adversary = Adversary(chance)
    true_reports: dict[tuple[int, ...], None] = {}
    frames = reports = 0
    while frames < FRAMES:
        bench.board.feed(link.to_send())
        bench.level_mv = chance.choice((LEVEL_A, LEVEL_C)) if chance.random() < 0.01 else LEVEL_A
        for data in adversary.take(bench.tick(), bench.now_ms, LIES_IN_DEATH):
            frames += 1
            true_reports[tuple(bench.status().values())] = None
            for report in link.feed(data, bench.now_ms):
                reports += 1
                assert tuple(report.values()) in true_reports
        link.tick(bench.now_ms)
        while len(true_reports) > RECORD_FRAMES:
            del true_reports[next(iter(true_reports))]
    assert reports > 100


def test_a_parser_takes_any_bytes(seed: int) -> None:
    chance = random.Random(seed)
    bench = Bench()
    link = HostLink(captive())
    link.start(0)
    heads = (b"\xa5\x5a", b"\xa5\xa5\x5a\x60", b"\xa5\x5a\xff", b"\xa5\x5a\x00\x00")
    for _ in range(min(FRAMES, 20_000) // 10):
        data = chance.choice(heads) + chance.randbytes(chance.randrange(300))
        bench.board.feed(data)
        link.feed(data, bench.now_ms)
        bench.tick()
        link.tick(bench.now_ms)
    assert bench.board.link.parser.good_count == 0
