"""``python -m tools.explore [part of a plan's name ...]``: explore ring 1 and print the coverage.

``EXPLORE_STATES=1000000`` is how many states each plan may find; without it, as many as there
are. A plan that the number ends says so: then what was covered is all that is near the start.
"""

import os
import sys
import time

from ampkeeper.firmware.safety import sequence
from tools.explore.plans import PLANS
from tools.explore.ring import ring_of
from tools.explore.scale import short_times
from tools.explore.search import Counterexample, Result, Search
from tools.explore.world import Plan

HEAD = f"{'plan':18} {'letters':>7} {'states':>9} {'transitions':>12} {'depth':>5} {'home':>5}"


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


def main(arguments: list[str]) -> int:
    """Explore the plans that are named, or all."""
    most_states = int(os.environ.get("EXPLORE_STATES", str(10**9)))
    plans = [plan for plan in PLANS if not arguments or any(a in plan.name for a in arguments)]
    if not plans:
        names = ", ".join(plan.name for plan in PLANS)
        print(f"no plan has {' or '.join(arguments)} in its name; there are {names}")
        return 2
    print(HEAD, flush=True)
    states = transitions = broken = 0
    for plan in plans:
        start_s = time.perf_counter()
        try:
            result = explore(plan, most_states)
        except Counterexample as found:
            print(f"{plan.name}: {found}", flush=True)
            broken += 1
            continue
        print(words_of(plan, result, time.perf_counter() - start_s), flush=True)
        if not result.is_closed:
            print("  widest: " + ", ".join(result.widest))
        if result.is_closed and sequence.CHARGING not in result.sequences:
            print("  never charges: what was explored is not ring 1")
            broken += 1
        states += result.states
        transitions += result.transitions
    print(f"{states:,} states and {transitions:,} transitions, {broken} invariants broken")
    return int(broken > 0)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
