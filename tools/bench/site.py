"""Row: who of a site's chargers gets how much, for 10 to 10,000 of them.

A feeder that has 4 A for each, rows of ten behind 63 A, cars on one and on three phases, some idle.
"""

import random
from collections.abc import Iterator
from functools import partial

from ampkeeper.firmware.site.allocator import Allocator, Claim
from ampkeeper.firmware.site.circuits import Circuit, Tree
from tools.bench.result import Result, from_samples, timed

SIZES = (10, 100, 1_000, 10_000)
ROUNDS = 5
LIMIT = "≤ 2"  # near linear: ten times as many chargers, at most twice the time for each
SEED = 1
ROW = "site: sharing among chargers"
PHASE_SETS = ((0, 1, 2), (0, 1, 2), (1, 2, 0), (0,), (1,), (2,))
WISHES_A = (0.0, 10.0, 16.0, 32.0)


def measure() -> Iterator[Result]:
    """Time of one sharing by size, and how it grows."""
    per_charger_us = []
    for size in SIZES:
        allocator, claims = site_of(size)
        share = partial(allocator.allocate, claims)
        samples_ms = [timed(share) * 1e3 for _ in range(ROUNDS)]
        yield from_samples(ROW, f"{size:,} chargers", samples_ms, "ms")
        per_charger_us.append(sorted(samples_ms)[ROUNDS // 2] / size * 1e3)
    growth = per_charger_us[-1] / per_charger_us[-2]
    what = "a charger among 10,000 against one among 1,000"
    yield Result(ROW, what, growth, "times", limit=LIMIT)


def site_of(size: int) -> tuple[Allocator, list[Claim]]:
    """So many chargers that ask, and who shares among them."""
    chance = random.Random(SEED)
    rows = max(1, size // 10)
    circuits = [Circuit("feeder", (size * 4.0,) * 3)]
    circuits += [Circuit(f"row{number}", (63.0,) * 3, "feeder") for number in range(rows)]
    claims = [
        Claim(
            f"m{number:05}",
            f"row{number % rows}",
            chance.choice(PHASE_SETS),
            chance.choice(WISHES_A),
            turn=chance.random(),
        )
        for number in range(size)
    ]
    return Allocator(Tree(circuits)), claims
