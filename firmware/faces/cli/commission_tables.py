"""Commissioning, as people read it."""

from typing import Any

from rich.console import Group, RenderableType

from ampkeeper.firmware.faces.cli.cells import NONE, plain_table, plain_text, when

HOW = "none is begun: `ampkeeper commission begin NAME`"
READY = "all is proven: `ampkeeper commission finish` signs the report"
OPEN = "not everything is proven yet"

Answer = dict[str, Any]


def commissioning(answer: Answer, width: int) -> RenderableType:
    """Draw who proves it, each check, and the newest report."""
    lines: list[RenderableType] = []
    if "result" in answer:
        lines.append(plain_text(answer["result"]))
    if answer["begun"] is None:
        lines.append(plain_text(HOW))
    else:
        who = [answer[name] for name in ("installer", "company", "place") if answer[name]]
        lines.append(plain_text(f"{', '.join(who)}, since {when(answer['begun'])}"))
        lines += [_checks(one) for one in answer["evses"]]
        lines.append(plain_text(READY if answer["is_ready"] else OPEN))
    if (kept := answer["report"]) is not None:
        said = f"report {kept['number']}: {when(kept['finished'])}, {kept['installer']}"
        lines.append(plain_text(said))
    return Group(*lines)


def _checks(evse: Answer) -> RenderableType:
    drawn = plain_table()
    for name in (f"EVSE {evse['id']}", "is", "value", "to do"):
        drawn.add_column(name, overflow="fold")
    for one in evse["checks"]:
        cells = (one["name"], one["state"], one["shown"] or NONE, one["todo"] or NONE)
        drawn.add_row(*map(plain_text, cells))
    return drawn
