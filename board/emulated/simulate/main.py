"""Main of ``ampkeeper simulate``: live, report, and of a failure the least that fails."""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ampkeeper.board.emulated.simulate import report
from ampkeeper.board.emulated.simulate.judge import Breach
from ampkeeper.board.emulated.simulate.life import DAY_S, Outcome, live
from ampkeeper.board.emulated.simulate.visits import (
    SETTLE_S,
    Visit,
    moved_up,
    visits,
)

MEMORY = Path("/dev/shm")  # noqa: S108 - the books of a simulation need to outlive nothing
TRIES_MAX = 40

Try = Callable[[list[Visit]], str]  # why it fails; empty: it does not


def main(days: float, seed: int, as_json: bool, html: Path | None) -> int:
    """Simulate; the return value is the exit code."""
    seconds = days * DAY_S
    all_visits = visits(seed, seconds)
    began_s = time.process_time()
    try:
        outcome = lived(all_visits, seconds, seed)
    except Breach as breach:
        _tell_failure(str(breach), all_visits, seed, days, as_json)
        return 1
    told = report.document(outcome, seed, time.process_time() - began_s)
    if html is not None:
        html.write_text(report.page(told), encoding="utf-8")
    print(json.dumps(told) if as_json else report.text(told))
    return 0


def lived(some: list[Visit], seconds: float, seed: int) -> Outcome:
    """One life in a folder of its own; raises Breach."""
    folder = MEMORY if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="ampkeeper-", dir=folder) as state:
        return live(some, seconds, seed, Path(state))


def _tell_failure(why: str, some: list[Visit], seed: int, days: float, as_json: bool) -> None:
    def fails(tried: list[Visit]) -> str:
        last = tried[-1]
        end_s = last.come_s + last.stay_s + last.lasts_s + SETTLE_S
        try:
            lived(tried, end_s, seed)
        except Breach as breach:
            return str(breach)
        return ""

    least = smallest(some, fails)
    scenario = [visit.told() for visit in least]
    if as_json:
        told = {"seed": seed, "days": days, "breaches": 1, "error": why, "scenario": scenario}
        print(json.dumps(told))
        return
    print(f"seed {seed}, {days:g} days: {why}", file=sys.stderr)
    print(f"the least that fails, {len(least)} of {len(some)} visits:", file=sys.stderr)
    for visit in scenario:
        print(f"  {json.dumps(visit)}", file=sys.stderr)


def smallest(some: list[Visit], fails: Try) -> list[Visit]:
    """Fewer visits, without mishaps where they do not matter, that still fail; else all."""
    tries = 0

    def still_fails(tried: list[Visit]) -> bool:
        nonlocal tries
        tries += 1
        return tries <= TRIES_MAX and bool(tried) and bool(fails(tried))

    found = some
    size = 1
    while size < len(some) and tries < TRIES_MAX:
        parts = (some[at : at + size] for at in range(len(some) - size, -1, -size))
        smaller = next((part for part in map(moved_up, parts) if still_fails(part)), None)
        if smaller is not None:
            found = smaller
            break
        size *= 4
    for index, visit in enumerate(found):
        without = [*found]
        without[index] = replace(visit, mishap="", mishap_s=0.0, lasts_s=0.0)
        if visit.mishap and still_fails(without):
            found = without
    return found
