"""Payments at a terminal, as people read them."""

from typing import Any

from rich.console import RenderableType

from ampkeeper.firmware.faces.cli.cells import NONE, plain_table, plain_text, when

ID_SHOWN = 8  # of a UUID; the whole one is in the JSON

Answer = dict[str, Any]


def payments(answer: Answer, width: int) -> RenderableType:
    """Draw what the terminal was asked for, the newest first."""
    if not answer["payments"]:
        return plain_text("nobody has paid at a terminal")
    drawn = plain_table()
    for name in ("payment", "asked", "EVSE", "state"):
        drawn.add_column(name)
    for name in ("held", "claimed"):
        drawn.add_column(name, justify="right")
    drawn.add_column("session")
    drawn.add_column("note", overflow="fold")
    for one in answer["payments"]:
        session = (one["session"] or NONE)[:ID_SHOWN]
        sums = (f"{one['held']} {one['currency']}", one["claimed"] or NONE)
        name = one["reference"][:ID_SHOWN]
        cells = (
            name,
            when(one["asked"]),
            one["evse_id"],
            one["state"],
            *sums,
            session,
            one["note"],
        )
        drawn.add_row(*map(plain_text, cells))
    return drawn
