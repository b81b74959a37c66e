"""Site tables: who belongs to a site, who leads it and since when, and what flows where."""

from collections.abc import Iterable
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from ampkeeper.firmware.faces.cli.cells import NONE, plain_table, plain_text, spaced
from ampkeeper.firmware.faces.cli.limit_tables import clock

Answer = dict[str, Any]


def site(answer: Answer, width: int) -> RenderableType:
    """The site of this charger, or that there is none."""
    found = answer["site"]
    if found is None:
        return Text("This charger shares no fuse with others: site.name is not set.")
    parts: list[RenderableType] = [plain_text(_head(found), style="bold")]
    parts += [plain_text(line) for line in _troubles(found)]
    parts += [spaced(_members(found["members"])), spaced(_circuits(found["circuits"]))]
    if found["state"] == "following":
        hint = f"What others take is as {found['leader']}, who leads, told it last."
        parts.append(plain_text(hint, style="dim"))
    parts.append(Text("Times are local.", style="dim"))
    return Group(*parts)


def _head(found: Answer) -> str:
    led = f", led by {found['leader']}" if found["state"] == "following" else ""
    since = clock(found["since"])
    return f"Site {found['name']}: {found['own']} is {found['state']}{led}, since {since}"


def _troubles(found: Answer) -> Iterable[str]:
    if found["problem"]:
        yield f"Not in touch with the others: {found['problem']}"
    if found["refused"]:
        words = ", ".join(f"{count} {why}" for why, count in found["refused"].items())
        yield f"Messages refused: {words}; the last: {found['refused_last']}"


def _members(members: list[Answer]) -> RenderableType:
    table = plain_table()
    for name in ("member", "circuit", "phases", "safe", "may take", "takes"):
        table.add_column(name, overflow="fold")
    for member in members:
        cells = (
            member["name"] + (" (away)" if member["follows"] is False else ""),
            member["circuit"],
            member["phases"],
            _amps(member["safe_a"]),
            _amps(member["granted_a"]),
            _each(member["measured_a"]),
        )
        table.add_row(*(plain_text(cell) for cell in cells))
    return table


def _circuits(circuits: list[Answer]) -> RenderableType:
    table = plain_table()
    for name in ("circuit", "fed by", "fuse", "chargers", "besides"):
        table.add_column(name, overflow="fold")
    for circuit in circuits:
        besides = _each(circuit["others_a"])
        if circuit["doubt"]:
            besides += f", not believed: {circuit['doubt']}"
        cells = (
            circuit["name"],
            circuit["parent"] or NONE,
            _each(circuit["max_a"]),
            _each(circuit["chargers_a"]),
            besides,
        )
        table.add_row(*(plain_text(cell) for cell in cells))
    return table


def _amps(current_a: float | None) -> str:
    return NONE if current_a is None else f"{current_a:.1f} A"


def _each(current_a: list[float] | None) -> str:
    """One number where the phases are alike."""
    if current_a is None:
        return NONE
    shown = [f"{amps:.1f}" for amps in current_a]
    return f"{shown[0] if len(set(shown)) == 1 else ' '.join(shown)} A"
