"""The edge catcher's program, run cycle by cycle: every stamp within a count, for ever."""

import importlib
import sys
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from ampkeeper.board.ev_rp2040.stamps import COUNTS_PER_US, count_of, level_of
from tests.unit.ev_rp2040.pio_machine import Assembler, Machine

CYCLES_PER_COUNT = 3
LATE_COUNTS_MAX = 2  # the synchroniser, and the place in the loop
PROGRAM_HZ = 30_000_000


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.setitem(sys.modules, "rp2", Assembler())
    monkeypatch.delitem(sys.modules, "ampkeeper.board.ev_rp2040.edges", raising=False)
    module: Any = importlib.import_module("ampkeeper.board.ev_rp2040.edges")
    monkeypatch.delitem(sys.modules, "ampkeeper.board.ev_rp2040.edges")
    assert module.PROGRAM_HZ == PROGRAM_HZ
    assert module.PROGRAM_HZ // CYCLES_PER_COUNT == COUNTS_PER_US * 1_000_000
    assert module.BEFORE == ("mov(x, invert(null))", "set(y, 1)"), "as the machine here begins"
    return Machine(module.edges)


def run(machine: Machine, edges: list[int], end: int) -> list[tuple[int, int]]:
    """Edges at these cycles, from low; return (count, level) of every stamp."""
    level, turns = 0, set(edges)
    for cycle in range(end):
        level ^= cycle in turns
        machine.cycle(level)
    now = end // CYCLES_PER_COUNT
    return [(count_of(word, now), level_of(word)) for word in machine.words]


def test_each_edge_is_stamped_with_its_level_within_two_counts(machine: Machine) -> None:
    random = Random(1)
    edges, at = [], 0
    for _ in range(400):
        at += random.randint(30, 3_000)
        edges.append(at)
    seen = run(machine, edges, at + 30)
    assert [level for _, level in seen] == [1, 0] * 200
    for (count, _), cycle in zip(seen, edges, strict=True):
        assert 0 <= count - cycle // CYCLES_PER_COUNT <= LATE_COUNTS_MAX


def test_thousands_of_edges_do_not_move_the_clock(machine: Machine) -> None:
    """A period of 1 kHz is 30,000 cycles; here edges come thirty times as often."""
    edges = list(range(500, 600_000, 500))
    seen = run(machine, edges, 600_030)
    assert len(seen) == len(edges)
    assert abs(seen[-1][0] - edges[-1] // CYCLES_PER_COUNT) <= LATE_COUNTS_MAX


def test_a_duty_is_exact_to_a_tenth_of_a_microsecond(machine: Machine) -> None:
    """REQ-CP-06: 5 us are allowed."""
    period, high = 30_000, 8_000  # 26.67 %: 16 A
    edges = [at for start in range(100, 300_000, period) for at in (start, start + high)]
    seen = run(machine, edges, 330_000)
    highs = [fall[0] - rise[0] for rise, fall in zip(seen[::2], seen[1::2], strict=True)]
    assert all(abs(each - high / CYCLES_PER_COUNT) <= 1 for each in highs)


def test_the_counter_comes_round_in_the_middle_of_everything(machine: Machine) -> None:
    machine.x = 40
    edges = list(range(30, 900, 30))
    seen = run(machine, edges, 930)
    assert [level for _, level in seen] == [1, 0] * 14 + [1]
    gaps = [later[0] - first[0] for first, later in pairwise(seen)]
    assert all(8 <= gap % (1 << 31) <= 12 for gap in gaps)
