"""Users, as people read them."""

import json
from datetime import time, timedelta
from typing import Any

from rich.console import Group, RenderableType

from ampkeeper.firmware.faces.cli.cells import NONE, plain_table, plain_text, time_of, when

WH_OF_KWH = 1_000
MIDNIGHT = time()

Answer = dict[str, Any]


def users(answer: Answer, width: int) -> RenderableType:
    """Draw everybody, by name."""
    if not answer["users"]:
        return plain_text("there are no users: `ampkeeper user add NAME --card UID`")
    drawn = plain_table()
    for name in ("#", "name", "cards", "from", "until"):
        drawn.add_column(name, overflow="fold")
    drawn.add_column("kWh this month", justify="right")
    drawn.add_column("may charge", overflow="fold")
    for one in answer["users"]:
        used = f"{one['used_wh'] / WH_OF_KWH:.1f}"
        if one["budget_wh"] is not None:
            used += f" of {one['budget_wh'] / WH_OF_KWH:g}"
        days = [_day(one["from"]), _day(one["until"], is_end=True)]
        says = one["why_not"] or "yes"
        cells = (one["number"], one["name"], " ".join(one["cards"]), *days, used, says)
        drawn.add_row(*map(plain_text, cells))
    return drawn


def _day(text: str | None, is_end: bool = False) -> str:
    """A bound as it is typed: whole days in UTC by their names, the last one included."""
    at = time_of(text)
    if at is None or at.time() != MIDNIGHT:
        return when(text) if text else NONE
    return f"{at - timedelta(days=1) if is_end else at:%Y-%m-%d}"


def person(answer: Answer, width: int) -> RenderableType:
    """Draw the document."""
    return plain_lines(json.dumps(answer, indent=2, ensure_ascii=False).splitlines())


def forgotten(answer: Answer, width: int) -> RenderableType:
    """Draw what became of it, and what stays."""
    return plain_text(f"{answer['result']}; what stays: {answer['stays']}")


def plain_lines(lines: list[str]) -> RenderableType:
    """Lines without markup and control characters."""
    return Group(*map(plain_text, lines))
