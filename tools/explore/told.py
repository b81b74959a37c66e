"""Told: what was explored, as a page of the documentation."""

from __future__ import annotations

import hashlib
import platform
from pathlib import Path

from tools.explore.plans import PLANS
from tools.explore.search import Result
from tools.explore.world import Plan

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "exploration.md"
RING = ROOT / "firmware" / "safety"

TEXT = """# What was explored of ring 1

Made by `python -m tools.explore --write`, which puts a plan here once it closed: no input leads
out of the states that were found, and in each of them I1 to I4, I6 and I7 of the list in section
8.2 of the requirements hold. When ring 1 changes, the rows of the ring before are dropped.
What the plans turn, and what is abstracted, is in [`tools/explore/`](../tools/explore/README.md).

| plan | letters | states | transitions | depth | way home | s |
|---|--:|--:|--:|--:|--:|--:|
{rows}
| **{plans} plans** | | **{states:,}** | **{transitions:,}** | | | **{seconds:,}** |

- Letters: the inputs of one tick that the plan tells apart, each tried in every state.
- Depth: letters from boot to the state that is farthest from it.
- Way home: letters until the charger is ready, or has a fault that a person may clear, from the
  state in which that takes longest; times are short, see there.
- s: on a busy machine, with {interpreter}.

Sources of ring 1: `{ring}`, as `sha256sum firmware/safety/*.py | sha256sum` begins.
"""


STATES, TRANSITIONS, SECONDS = 2, 3, 6  # columns

Rows = dict[str, list[str]]  # by plan


def put(plan: Plan, result: Result, seconds: float) -> None:
    """Put a plan that closed into the page."""
    rows = rows_of(PAGE.read_text(encoding="utf-8")) if PAGE.exists() else {}
    rows[plan.name] = cells_of(plan, result, seconds)
    PAGE.write_text(page_of(rows), encoding="utf-8")


def cells_of(plan: Plan, result: Result, seconds: float) -> list[str]:
    """Return the row of a plan."""
    numbers = (result.states, result.transitions, result.depth, result.home_ticks, round(seconds))
    return [plan.name, str(len(plan.letters())), *(f"{number:,}" for number in numbers)]


def rows_of(page: str) -> Rows:
    """Return the rows of a page; none, if it tells of another ring."""
    if ring_digest() not in page:
        return {}
    names = {plan.name for plan in PLANS}
    rows = [line.strip("| ").split(" | ") for line in page.splitlines()]
    return {row[0]: row for row in rows if row[0] in names}


def page_of(rows: Rows) -> str:
    """Return the page, its rows in the order of the plans."""
    ordered = [rows[plan.name] for plan in PLANS if plan.name in rows]
    return TEXT.format(
        rows="\n".join(f"| {' | '.join(row)} |" for row in ordered),
        plans=len(ordered),
        states=_sum(ordered, STATES),
        transitions=_sum(ordered, TRANSITIONS),
        seconds=_sum(ordered, SECONDS),
        interpreter=f"{platform.python_implementation()} on Python {platform.python_version()}",
        ring=ring_digest(),
    )


def ring_digest() -> str:
    """Return the beginning of a digest of ring 1's sources."""
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  firmware/safety/{path.name}\n"
        for path in sorted(RING.glob("*.py"))
    ]
    return hashlib.sha256("".join(lines).encode()).hexdigest()[:16]


def _sum(rows: list[list[str]], column: int) -> int:
    return sum(int(row[column].replace(",", "")) for row in rows)
