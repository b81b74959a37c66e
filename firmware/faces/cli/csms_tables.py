"""Central systems, as people read them."""

from typing import Any

from rich.console import Group, RenderableType

from ampkeeper.firmware.faces.cli.cells import NONE, plain_table, plain_text, when

NOT_YET = 0  # the slot of a system on trial

Answer = dict[str, Any]


def systems(answer: Answer, width: int) -> RenderableType:
    """Draw the systems."""
    drawn = plain_table()
    for name in ("", "address", "id", "OCPP", "profile", "books", "from", ""):
        drawn.add_column(name, overflow="fold")
    for system in answer["systems"]:
        is_trial = system["slot"] == NOT_YET
        state = "connected" if system["is_connected"] else ""
        drawn.add_row(
            plain_text("trial" if is_trial else str(system["slot"])),
            plain_text(system["url"]),
            plain_text(system["id"]),
            plain_text(", ".join(system["versions"])),
            plain_text(str(system["security_profile"])),
            plain_text(system["books"] or NONE),
            plain_text("file" if system["is_from_file"] else "run time"),
            plain_text(state, "green"),
        )
    order = ", ".join(str(slot) for slot in answer["order"])
    parts: list[RenderableType] = [drawn, plain_text(f"In order of preference: {order}")]
    if answer["last"] is not None:
        last = answer["last"]
        parts.append(plain_text(f"{when(last['at'], 'seconds')} UTC: {last['text']}"))
    return Group(*parts)
