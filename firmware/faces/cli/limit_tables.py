"""Limit tables: which limit binds, in one sentence, and all that were considered below it.

Since when is local time, as people look at the clock on the wall.
"""

from datetime import datetime, timedelta, tzinfo
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from ampkeeper.firmware.faces.cli.cells import NONE, plain_table, plain_text, spaced, time_of

PHASES = "phases"  # the source that says on how many
CURRENT_A_MAX = 80.0  # IEC 61851-1 Table A.8: what no limit is above
SOON = timedelta(minutes=2)
COLUMNS = ("", "source", "limit", "since", "until", "then")

Answer = dict[str, Any]


def why(answer: Answer, width: int, zone: tzinfo | None = None) -> RenderableType:
    """The limits of each EVSE; ``zone`` None: where this machine is."""
    parts: list[RenderableType] = []
    for evse in answer["evses"]:
        head = plain_text(sentence(evse, zone), style="bold")
        parts += [spaced(head) if parts else head, _entries(evse["entries"], zone)]
    parts.append(Text("Marked ▶: the limit that binds. Times are local.", style="dim"))
    return Group(*parts)


def history(answer: Answer, width: int, zone: tzinfo | None = None) -> RenderableType:
    """Which limits bound, newest first."""
    if not answer["changes"]:
        return Text("No limit changed in this time.")
    table = plain_table()
    for name in ("since", "EVSE", "limit", "source", "changes"):
        table.add_column(name, no_wrap=True)
    table.add_column("reason", overflow="fold")
    for row in answer["changes"]:
        cells = (
            clock(row["since"], zone),
            row["evse_id"],
            f"{row['limit_a']:.1f} A",
            row["limited_by"],
            row["changes"] if row["changes"] > 1 else "",
            row["reason"],
        )
        table.add_row(*(plain_text(cell, missing="") for cell in cells))
    return Group(table, Text("Times are local.", style="dim"))


def seals(answer: Answer, width: int) -> RenderableType:
    """What the installer has sealed."""
    key = answer["key"] or "none; name it in [seal] key_file"
    lines = [f"station {answer['serial']}, installer's key {key}"]
    if answer["broken"]:
        lines.append(f"BROKEN, nothing charges: {answer['broken']}; seal anew")
    for seal in answer["seals"]:
        where = f"EVSE {seal['evse']}" if seal["evse"] else "each EVSE"
        lines.append(f"{where}: at most {seal['max_a']:g} A per phase (number {seal['counter']})")
    if not answer["seals"]:
        is_needed = answer["required"]
        lines.append("nothing is sealed" + (", so nothing charges" if is_needed else ""))
    return Text("\n").join(plain_text(line) for line in lines)


def sentence(evse: Answer, zone: tzinfo | None = None) -> str:
    """``EVSE 1: 6 A because ..., since 14:03``."""
    told = f"EVSE {evse['id']}: {round(evse['limit_a'], 1):g} A because {evse['reason']}"
    return f"{told}, since {clock(evse['since'], zone)}" if evse["since"] else told


def clock(text: str | None, zone: tzinfo | None = None) -> str:
    """A time on the wall's clock; with its day where it is not today's."""
    at = time_of(text)
    if at is None:
        return text or NONE
    local = at.astimezone(zone)
    is_today = local.date() == datetime.now(zone).date()
    return local.strftime("%H:%M" if is_today else "%m-%d %H:%M")


def _entries(entries: list[Answer], zone: tzinfo | None) -> RenderableType:
    table = plain_table()
    for name in COLUMNS:
        table.add_column(name, no_wrap=True)
    table.add_column("reason", overflow="fold")
    for entry in entries:
        cells = (
            "▶" if entry["binds"] else "",
            entry["source"],
            _limit(entry),
            clock(entry["since"], zone),
            _until(entry["expires"], zone),
            _then(entry),
            entry["reason"] + _each(entry["phase_a"]),
        )
        style = "bold" if entry["binds"] else ""
        table.add_row(*(plain_text(cell, missing="") for cell in cells), style=style)
    return table


def _limit(entry: Answer) -> str:
    """On how many phases at most how much; what is said of phases alone is no current."""
    is_any = entry["source"] == PHASES and entry["current_a"] >= CURRENT_A_MAX
    current = "any" if is_any else f"{entry['current_a']:.1f} A"
    return f"{current} x {entry['phases'] or NONE}"


def _until(text: str | None, zone: tzinfo | None) -> str:
    """With seconds where it is soon: most entries end when whoever set them is silent."""
    at = time_of(text)
    if at is None or abs(at - datetime.now(at.tzinfo)) > SOON:
        return clock(text, zone)
    return at.astimezone(zone).strftime("%H:%M:%S")


def _each(phase_a: list[float] | None) -> str:
    """What each phase is allowed, where that differs."""
    parts = (f"L{n} {amps:.1f} A" for n, amps in enumerate(phase_a or (), 1))
    return f" ({', '.join(parts)})" if phase_a else ""


def _then(entry: Answer) -> str:
    """What becomes of it; empty where it has no end."""
    if entry["expires"] is None:
        return ""
    falls_to_a = entry["falls_to_a"]
    if falls_to_a is None:
        return "gone"
    return f"{falls_to_a:g} A" if falls_to_a else "stop"


def grid(answer: Answer, width: int) -> RenderableType:
    """What the grid operator has ordered."""
    if answer["cap_w"] is None:
        return plain_text("the grid operator does not reduce the station")
    measured_w = answer["measured_w"]
    drawn = "not known what it draws" if measured_w is None else f"it draws {measured_w:.0f} W"
    words = f"{answer['state']}: at most {answer['cap_w']:.0f} W together, {drawn}"
    left_s = answer["release_in_s"]
    until = "" if left_s is None else f"; free in {left_s} s"
    return plain_text(f"{words}, by {answer['by'] or NONE}{until}")
