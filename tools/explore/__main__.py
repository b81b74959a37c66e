"""``python -m tools.explore [part of a plan's name ...]``: explore ring 1 and print the coverage.

``EXPLORE_STATES=1000000`` is how many states each plan may find; without it, as many as there
are. A plan that the number ends says so: then what was covered is all that is near the start.
``--write`` puts each plan that closed into docs/exploration.md.
"""

from __future__ import annotations

import os
import sys
import time

from ampkeeper.firmware.safety import sequence
from tools.explore.plans import PLANS
from tools.explore.ring import ring_of
from tools.explore.scale import short_times
from tools.explore.search import Counterexample, Result, Search
from tools.explore.told import put
from tools.explore.world import Plan

HEAD = f"{'plan':18} {'letters':>7} {'states':>9} {'transitions':>12} {'depth':>5} {'home':>5}"
WRITE = "--write"


def explore(plan: Plan, most_states: int, is_from_charge: bool = False) -> Result:
    """Explore one plan; raise Counterexample if an invariant does not hold."""
    with short_times():
        return Search(ring_of(plan), plan).run(most_states, is_from_charge)


def words_of(plan: Plan, result: Result, seconds: float) -> str:
    """Say what was covered, in one line."""
    end = "closed" if result.is_closed else "ended by the budget"
    home = str(result.home_ticks) if result.is_closed else "-"
    numbers = f"{result.states:9,} {result.transitions:12,} {result.depth:5} {home:>5}"
    return f"{plan.name:18} {len(plan.letters()):7} {numbers}  {end}, {seconds:.0f} s"


def is_whole(plan: Plan, most_states: int, is_written: bool) -> bool:
    """Explore one plan, and print what was covered."""
    start_s = time.perf_counter()
    try:
        result = explore(plan, most_states)
    except Counterexample as found:
        print(f"{plan.name}: {found}", flush=True)
        return False
    seconds = time.perf_counter() - start_s
    print(words_of(plan, result, seconds), flush=True)
    if not result.is_closed:
        print("  widest: " + ", ".join(result.widest))
        return not is_written
    if sequence.CHARGING not in result.sequences:
        print("  never charges: what was explored is not ring 1")
        return False
    if is_written:
        put(plan, result, seconds)
    return True


def main(arguments: list[str]) -> int:
    """Explore the plans that are named, or all."""
    parts = [argument for argument in arguments if argument != WRITE]
    is_written = parts != arguments
    most_states = int(os.environ.get("EXPLORE_STATES", str(10**9)))
    plans = [plan for plan in PLANS if not parts or any(part in plan.name for part in parts)]
    if not plans:
        names = ", ".join(plan.name for plan in PLANS)
        print(f"no plan has {' or '.join(parts)} in its name; there are {names}")
        return 2
    print(HEAD, flush=True)
    broken = sum(not is_whole(plan, most_states, is_written) for plan in plans)
    print(f"{len(plans)} plans, {broken} broken")
    return int(broken > 0)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
