"""Central systems, as people read them."""

from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from ampkeeper.firmware.faces.cli.cells import plain_table, plain_text, when

NOT_YET = 0  # the slot of a system on trial

Answer = dict[str, Any]


def systems(answer: Answer, width: int) -> RenderableType:
    """Draw the systems, each with its address and what it is in lines below."""
    drawn = plain_table()
    for name in ("", "central system", "state"):
        drawn.add_column(name, overflow="fold")
    for system in answer["systems"]:
        is_trial = system["slot"] == NOT_YET
        what = [f"id {system['id']}", f"OCPP {', '.join(system['versions'])}"]
        what.append(f"security profile {system['security_profile']}")
        what += [f"books {system['books']}"] if system["books"] else []
        state = ["connected"] if system["is_connected"] else []
        state += [f"{system['owed']} messages wait"] if system["owed"] else []
        state.append("from the file" if system["is_from_file"] else "set at run time")
        drawn.add_row(
            plain_text("trial" if is_trial else str(system["slot"])),
            _lines([system["url"], ", ".join(what)]),
            _lines(state, "green" if system["is_connected"] else ""),
        )
    order = ", ".join(str(slot) for slot in answer["order"])
    parts: list[RenderableType] = [drawn, plain_text(f"In order of preference: {order}")]
    if answer["last"] is not None:
        last = answer["last"]
        parts.append(plain_text(f"{when(last['at'], 'seconds')} UTC: {last['text']}"))
    return Group(*parts)


def _lines(lines: list[str], style: str = "") -> Text:
    return Text("\n").join(plain_text(line, style) for line in lines)
