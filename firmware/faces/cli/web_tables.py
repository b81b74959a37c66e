"""Who may come in at the page, and who asked for what, as people read it."""

from typing import Any

from rich.console import RenderableType
from rich.table import Table

from ampkeeper.firmware.faces.cli.cells import NONE, plain_table, plain_text, when

LABEL_WIDTH = 13

Answer = dict[str, Any]


def access(answer: Answer, width: int) -> RenderableType:
    """Draw where the page is, its code, and everybody."""
    drawn = Table.grid()
    drawn.add_column(width=LABEL_WIDTH, style="dim")
    drawn.add_column(overflow="fold")
    page = answer["address"] or "nothing listens: set web.listen"
    rows = [("page", page), ("certificate", answer["fingerprint"] or NONE)]
    if answer["is_damaged"]:
        rows.append(("book", "is damaged: nobody gets in; `ampkeeper web reset` opens the set-up"))
    if answer["code"]:
        rows.append(("set-up code", answer["code"]))
    rows += [("user", f"{one['name']} ({one['role']})") for one in answer["users"]]
    rows += [("token", f"{one['name']} ({one['role']})") for one in answer["tokens"]]
    for label, text in rows:
        drawn.add_row(label, plain_text(text))
    return drawn


def audit(answer: Answer, width: int) -> RenderableType:
    """Draw the lines, newest first."""
    if not answer["entries"]:
        return plain_text("nobody has asked for a change yet")
    drawn = plain_table()
    for name in ("UTC", "who", "what", "result"):
        drawn.add_column(name, overflow="fold")
    for entry in answer["entries"]:
        who = f"{entry['who']}, {entry['way']}" if entry["way"] else entry["who"]
        what = f"{entry['action']} {entry['detail']}".strip()
        time = when(entry["time"], "seconds")
        result = entry["result"]
        if entry["times"] > 1:
            result += f", {entry['times']} times until {when(entry['last'], 'seconds')}"
        drawn.add_row(*map(plain_text, (time, who, what, result)))
    return drawn
