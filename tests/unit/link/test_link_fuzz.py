"""Both halves against a line that lies: nothing raises, and no contactor follows a lie.

A true station and a true board talk through an adversary (``adversary``) who drops, doubles,
delays, replays, cuts, flips, invents and, in some rounds, forges with full knowledge. From time
to time the station dies and only the adversary goes on; the car moves as it likes; the board
restarts. In every tick a judge of its own (``line_judge``) looks at coil, duty and phases, and
compares each counter with what it should be.

AMPKEEPER_FUZZ_FRAMES is the number of frames per test.
"""

import os
import random
from collections import Counter
from collections.abc import Callable

import pytest

from ampkeeper.hal.link import messages as m
from ampkeeper.hal.link.host import UP, HostLink
from ampkeeper.hal.pilots.convert import to_self_test, to_status
from ampkeeper.hal.pilots.tracing import NOTHING, TraceFetcher
from tests.unit.link.adversary import DELAY_MS, RECORD_FRAMES, TO_BOARD, Adversary, Forger
from tests.unit.link.line_ear import Frames
from tests.unit.link.line_judge import Judge
from tests.unit.link.link_bench import IN_SERVICE, LEVEL_A, LEVEL_B, LEVEL_C, Bench, captive

FRAMES = int(os.environ.get("AMPKEEPER_FUZZ_FRAMES", "60000"))
LIES_IN_LIFE, LIES_IN_DEATH = 2, 14  # per tick
LIFE_MS, DEATH_MS = 12_000, 10_000
ROUND_MS = LIFE_MS + DEATH_MS
QUIET, REPLAY, FORGE = range(3)  # what the adversary may do in a round, in turn
OTHER_LEVELS = (LEVEL_A, LEVEL_A, *[LEVEL_B] * 8, 3_000, 0, 13_500, -12_000)
OLD_MS = 100_000
MEMORIES = (0, 0, 1 << 2, 1 << 1 | 1 << 13)  # faults that the station has to put back, as bits
TO_HOST = (m.IDENTITY, m.STATUS, m.STATUS, m.RESULT, m.TRACE)

Record = Callable[[str, object], None]


class Line:
    """Station, adversary, board and car, ten milliseconds at a time."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.link = HostLink(captive())
        self.fetcher = TraceFetcher()
        self.to_board, self.to_host = Adversary(self.chance), Adversary(self.chance)
        self.orders = Forger(self.chance, self._of_board)
        self.reports = Forger(self.chance, self._of_host)
        self.reports.kinds = TO_HOST
        self.now_ms = 0
        self.frames = self.heard = self.up_ms = 0
        self.totals: Counter[str] = Counter()
        self.permit_sent_ms = -OLD_MS
        self._level_until_ms = 0
        self._power_on()
        self.link.start(0)

    def round(self) -> int:
        return (QUIET, REPLAY, FORGE)[self.now_ms // ROUND_MS % 3]

    def step(self) -> None:
        phase_ms = self.now_ms % ROUND_MS
        if phase_ms == 0:
            self._begin_round()
        is_alive = phase_ms < LIFE_MS
        self._move_car(phase_ms)
        if is_alive:
            self._say()
        sent = self.link.to_send() if is_alive else b""
        for data in self.to_board.take(
            sent, self.now_ms, LIES_IN_LIFE if is_alive else LIES_IN_DEATH
        ):
            self.frames += 1
            self.judge.deliver(data)
        reply = self.bench.tick()
        self.now_ms += 10
        self.judge.watch()
        if self.round() != FORGE:
            self._none_but_the_station()
        for data in self.to_host.take(reply, self.now_ms, LIES_IN_LIFE):
            self.frames += is_alive
            if is_alive:
                self._take(self.link.feed(data, self.now_ms))
        if is_alive:
            self._take(self.link.tick(self.now_ms))
        self.up_ms += 10 * (self.link.state == UP)

    def close_books(self) -> None:
        """Add what this boot of the board counted to the totals."""
        link = self.bench.board.link
        self.totals["closings"] += self.judge.closings
        self.totals["duty changes"] += self.judge.duty_changes
        self.totals["accepted"] += self.judge.ear.accepted
        self.totals["refused"] += link.refused_count
        self.totals["invalid"] += link.invalid_count
        self.totals["unknown"] += link.unknown_count
        self.totals["garbled"] += link.garbled_count()

    def _power_on(self) -> None:
        self.bench = Bench(epoch=self.chance.randrange(1, 1 << 30))
        self.bench.now_ms = self.now_ms
        self.judge = Judge(self.bench)
        self.was_forged = False  # since this boot
        self.memory = self.chance.choice(MEMORIES) if self.now_ms else 0
        self.totals["boots with a fault to put back"] += self.memory > 0
        self.totals["boots with none"] += self.memory == 0
        self.bench.level_mv = LEVEL_A  # a car that is there at once may have been charged before
        self._level_until_ms = self.now_ms + 100

    def _begin_round(self) -> None:
        if self.now_ms and self.round() == QUIET:
            self.close_books()
            self._power_on()  # what was forged is gone
        forges = self.round() == FORGE
        self.was_forged = self.was_forged or forges
        self.to_board.replays_hello = self.round() != QUIET
        self.to_board.forge = self.orders if forges else None
        self.to_host.forge = self.reports if forges else None
        self.orders.kinds = self.chance.choice(TO_BOARD)
        self.orders.is_generous = self.chance.random() < 0.5
        self.bench.obeys = self.chance.random() < 0.3

    def _move_car(self, phase_ms: int) -> None:
        if phase_ms > ROUND_MS - 500:
            self.bench.level_mv = LEVEL_A
        elif self.now_ms >= self._level_until_ms:
            is_still = self.chance.random() < 0.8
            self.bench.level_mv = LEVEL_C if is_still else self.chance.choice(OTHER_LEVELS)
            wait_ms = self.chance.randrange(500, 6_000) if is_still else self.chance.randrange(700)
            self._level_until_ms = self.now_ms + wait_ms

    def _say(self) -> None:
        link, phase_ms = self.link, self.now_ms % ROUND_MS
        if phase_ms % 300 == 0 and link.permit(16_000, 3, IN_SERVICE):
            self.permit_sent_ms = self.now_ms
        if link.is_forgetful() and phase_ms % 100 == 0:
            link.command(m.RESTORE_RCD_RETRIES, 2)
            link.command(m.RESTORE_FAULTS, self.memory)
        if phase_ms % 1_000 == 500:
            link.measured((15_000, -1, 0), (230_000, 231_000, -1))
        if phase_ms % 3_000 == 700:
            link.command(self.chance.choice((m.REPORT_TESTS, m.FREEZE_TRACE, m.REARM_TRACE)), 0)

    def _none_but_the_station(self) -> None:
        """Where nobody can forge, only what the station itself sent of late counts."""
        out = self.bench.out
        if self.memory and not self.was_forged:
            assert not out.coil, self.now_ms
        age_ms = self.now_ms - self.permit_sent_ms
        if 0 < out.duty_ticks < 62_500:
            assert age_ms <= 2_000 + DELAY_MS + 30, self.now_ms
        if out.coil:
            assert age_ms <= 2_000 + 6_000 + DELAY_MS + 30, self.now_ms

    def _take(self, reports: list[dict[str, int]]) -> None:
        """What the driver does with it: nothing in a sound frame may raise there."""
        self.heard += len(reports)
        now_s = self.now_ms / 1_000
        told = self.link.told
        for values in told.results:
            to_self_test(values, now_s)
        told.results.clear()
        pieces, told.pieces = told.pieces, []
        for values in reports:
            to_status(values, now_s, self.link.counters())
            offset = self.fetcher.follow(values["trace_id"], pieces, now_s)
            if offset != NOTHING:
                self.link.command(m.READ_TRACE, offset)

    def _of_board(self) -> dict[str, int]:
        status = self.bench.status()
        return {
            "epoch": status["epoch"],
            "counter": status["counter"] + self.chance.choice((1, 1, 1, 1, 2, 40, 0)),
            "seen_ms": max(0, status["uptime_ms"] - self.chance.choice((0, 0, 100, 1_500, 1_501))),
        }

    def _of_host(self) -> dict[str, int]:
        status = self.bench.status()
        return {
            "epoch": status["epoch"],
            "counter": status["counter"],
            "uptime_ms": (status["uptime_ms"] + self.chance.choice((0, 10, -10))) & m.BITS_30,
            "nonce": self.link.identity.values["nonce"],
            "settings_id": status["settings_id"],
        }


def shown(line: Line) -> str:
    parts = [f"{line.frames} frames in {line.now_ms // 1_000} s of the world"]
    for name, counts in (
        ("to the board", line.to_board.done), ("to the station", line.to_host.done),
        ("forged orders by type", line.orders.done), ("forged reports by type", line.reports.done),
        ("the board", line.totals), ("the station", line.link.counters()),
    ):  # fmt: skip
        parts.append(f"{name}: " + ", ".join(f"{key} {counts[key]}" for key in counts))
    return "; ".join(parts)


@pytest.mark.timeout(3_600)
def test_no_lie_closes_the_contactor_or_keeps_it_closed(seed: int, record_property: Record) -> None:
    line = Line(seed)
    while line.frames < FRAMES:
        line.step()
    line.close_books()
    record_property("covered", shown(line))
    assert line.totals["closings"] >= max(1, line.totals["boots with none"] - 1), "no charge"
    assert line.up_ms > line.now_ms // 4, "the truth never came through"
    assert line.totals["refused"] > FRAMES // 100
    for name, count in line.to_board.done.items():
        assert count, name


@pytest.mark.timeout(3_600)
def test_no_lie_is_reported_to_the_station(seed: int) -> None:
    chance = random.Random(seed)
    bench = Bench()
    link = HostLink(captive())
    link.start(0)
    adversary = Adversary(chance)
    ear = Frames()
    true_reports: dict[tuple[int, ...], None] = {}
    frames = reports = 0
    while frames < FRAMES:
        bench.board.feed(link.to_send())
        bench.level_mv = chance.choice((LEVEL_A, LEVEL_C)) if chance.random() < 0.01 else LEVEL_A
        for data in adversary.take(bench.tick(), bench.now_ms, LIES_IN_DEATH):
            frames += 1
            true_reports[tuple(bench.status().values())] = None
            ear.take(data)
            for report in link.feed(data, bench.now_ms):
                reports += 1
                assert tuple(report[name] for name in bench.status()) in true_reports
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
