"""Cells: what all tables are made of: plain text, times, and the look of a table."""

from datetime import UTC, datetime

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

NONE = "-"
TIME_FORMATS = {
    "seconds": "%Y-%m-%d %H:%M:%S",
    "minutes": "%Y-%m-%d %H:%M",
    "short": "%m-%d %H:%M",
}


def plain_table(title: str | None = None) -> Table:
    """An empty table."""
    return Table(
        title=title,
        title_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        show_edge=False,
    )


def spaced(part: RenderableType) -> RenderableType:
    """``part`` below an empty line."""
    return Group(Text(""), part)


def plain_text(value: object, style: str = "", missing: str = NONE) -> Text:
    """A value without markup and control characters; ``missing`` where there is none."""
    shown = missing if value is None or value == "" else str(value)
    return Text("".join(c if c.isprintable() else "?" for c in shown), style=style)


def time_of(text: str | None) -> datetime | None:
    """The time in a text, UTC; None if it is none."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC) if text else None
    except (ValueError, OverflowError):
        return None


def when(text: str | None, precision: str = "minutes") -> str:
    """A time as people read it; what is none is shown as it came."""
    at = time_of(text)
    if at is None:
        return text or NONE
    return at.strftime(TIME_FORMATS[precision])


def kwh(energy_wh: int | None) -> str:
    """Energy in Wh, as people read it."""
    return NONE if energy_wh is None else f"{energy_wh / 1000:.3f} kWh"
