"""Tables: answers as people read them, 80 columns wide or more.

Everything that comes from outside is shown as plain text: no markup, no control characters.
"""

from collections.abc import Callable, Sequence
from typing import Any, TextIO

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from ampkeeper.firmware.config.fields import toml_text
from ampkeeper.firmware.config.read import key_name
from ampkeeper.firmware.config.show import tables
from ampkeeper.firmware.faces.cli import (
    billing_tables,
    commission_tables,
    csms_tables,
    energy_tables,
    evidence_tables,
    limit_tables,
    security_tables,
    site_tables,
    users_tables,
    web_tables,
)
from ampkeeper.firmware.faces.cli.cells import (
    NONE,
    kwh,
    plain_table,
    plain_text,
    spaced,
    time_of,
    when,
)
from ampkeeper.firmware.faces.cli.cost_words import cost_sum
from ampkeeper.firmware.faces.cli.evidence import trace_lines
from ampkeeper.firmware.faces.cli.evse_table import COLORS, EVSE_WIDTH, LABEL_WIDTH, evses_table
from ampkeeper.firmware.faces.cli.link_words import link_words

Answer = dict[str, Any]

WIDE = 110
ID_SHOWN = 8  # of a UUID; the whole one is in the JSON


def show(verb: str, answer: Answer, file: TextIO, width: int | None = None) -> None:
    """Print an answer; without a width, that of the terminal."""
    console = Console(file=file, width=width, highlight=False)
    is_table = not verb.startswith(
        ("config", "grid export", "ocmf", "charges", "receipt")
    )  # their lines stay whole
    console.print(SHOWN[verb](answer, console.width), soft_wrap=not is_table)


def _status(answer: Answer, width: int) -> RenderableType:
    csms = answer["csms"]
    words = [csms["link"], csms["registration"], f"OCPP {csms.get('ocpp') or NONE}"]
    words.append(f"{csms['queued']} messages waiting")
    head = Table.grid()
    head.add_column(width=LABEL_WIDTH, style="dim")
    head.add_column()
    head.add_row("station", f"{when(answer['time'], 'seconds')} UTC")
    color = COLORS.get(csms["link"], "")
    head.add_row("CSMS", plain_text(", ".join(str(word) for word in words), color))
    if link_words(csms):
        head.add_row("", plain_text(link_words(csms)))
    card = answer.get("refused_card")
    if card is not None:
        told = f"{card['token']} was refused at {when(card['at'], 'seconds')}: {card['why']}"
        head.add_row("card", plain_text(told, "yellow"))
    at_once = max(1, (width - LABEL_WIDTH) // EVSE_WIDTH)
    evses = answer["evses"]
    parts = [evses[first : first + at_once] for first in range(0, len(evses), at_once)]
    return Group(head, *(spaced(evses_table(part)) for part in parts))


def _written(answer: Answer, width: int) -> RenderableType:
    """A file as it is, or where it went."""
    return Text(str(answer.get("text", answer.get("result"))).rstrip("\n"))


def _sessions(answer: Answer, width: int) -> RenderableType:
    if not answer["sessions"]:
        return Text("No sessions yet.")
    is_wide = width >= WIDE
    has_costs = any(session.get("cost") for session in answer["sessions"])
    table = plain_table()
    for name in ("started (UTC)", "lasted", "EVSE", "who", "energy", "ended by"):
        justify: Any = "right" if name in ("lasted", "energy", "EVSE") else "left"
        table.add_column(name, justify=justify, no_wrap=name != "who", overflow="fold")
    if has_costs:
        table.add_column("cost", justify="right")
    if is_wide:
        table.add_column("CSMS id", justify="right")
        table.add_column("id", no_wrap=True)
    for session in answer["sessions"]:
        cells = [
            when(session["started"]),
            _lasted(session["started"], session["ended"]),
            session["evse_id"],
            session.get("user") or session["id_tag"],
            kwh(session["energy_wh"]),
            _ended_by(session),
        ]
        if has_costs:
            cells.append(cost_sum(session.get("cost")))
        cells += [session["csms_id"], str(session["id"])[:ID_SHOWN]] if is_wide else []
        table.add_row(*(plain_text(cell) for cell in cells))
    return table


def _ended_by(session: Answer) -> str | None:
    if session["ended"]:
        reason: str | None = session["reason"]
        return reason
    return "running" if session["energy_wh"] is not None else "not ended"  # nothing runs


def _faults(answer: Answer, width: int) -> RenderableType:
    parts: list[RenderableType] = [Text("No active faults.", style="green")]
    if answer["active"]:
        parts = [_fault_table(answer["active"], "active", ("severity", "code"))]
    if answer["history"]:
        parts.append(spaced(_fault_table(answer["history"], "history", ("until",))))
    return Group(*parts)


def _fault_table(faults: Sequence[Answer], title: str, extra: Sequence[str]) -> Table:
    table = plain_table(title)
    for name in ("since (UTC)", *extra, "EVSE"):
        table.add_column(name, no_wrap=True)
    table.add_column("fault", overflow="fold")
    for fault in faults:
        cells = [plain_text(when(fault["since"]))]
        for name in extra:
            value = fault.get(name)
            shown = when(value) if name == "until" else value
            cells.append(plain_text(shown, COLORS.get(str(value).upper(), "")))
        what = (plain_text(fault["fault"], "bold"), plain_text(fault.get("text"), missing=""))
        table.add_row(*cells, plain_text(fault["evse_id"]), Text("\n").join(what))
    return table


def _tags(answer: Answer, width: int) -> RenderableType:
    if not answer["tags"]:
        return Text("No card is remembered.")
    table = plain_table()
    for name in ("card", "answer", "until (UTC)", "from"):
        table.add_column(name, overflow="fold")
    for tag in answer["tags"]:
        status = str(tag["status"])
        expires = plain_text(when(tag["expires"]))
        told = plain_text(status, COLORS.get(status, ""))
        table.add_row(plain_text(tag["token"]), told, expires, plain_text(tag["from"]))
    hidden = answer["count"] - len(answer["tags"])
    return Group(table, Text(f"and {hidden} more")) if hidden else table


def _result(answer: Answer, width: int) -> RenderableType:
    return plain_text(answer.get("result", "done"))


def _check(answer: Answer, width: int) -> RenderableType:
    return plain_text(f"{answer['file']}: no problems, {answer['evses']} EVSE")


def _differences(answer: Answer, width: int) -> RenderableType:
    if not answer["changes"]:
        return plain_text("no differences")
    lines = [
        f"{one['key']}: {_value(one['old'])} -> {_value(one['new'])}" for one in answer["changes"]
    ]
    return Text("\n").join(map(plain_text, lines))


def _value(value: Any) -> str:
    return "not there" if value is None else toml_text(value)


def _config(answer: Answer, width: int) -> RenderableType:
    parts = list(tables(answer["config"]))
    if answer["stored"]:
        parts.append(("# changed at run time; these win over the file", answer["stored"]))
    return Text("\n\n").join(_section(head, values) for head, values in parts)


def _section(head: str, values: Answer) -> Text:
    lines = [Text(head, style="bold")]
    lines += [
        plain_text(f"{key_name((key,))} = {toml_text(value)}") for key, value in values.items()
    ]
    return Text("\n").join(lines)


def _trace(answer: Answer, is_text: bool, width: int) -> RenderableType:
    if "traces" in answer:
        return evidence_tables.traces(answer, width)
    if "trace" not in answer:
        return _result(answer, width)
    lines = trace_lines(answer, is_text, width)
    return Text("\n").join(plain_text(line, missing="") for line in lines)


SHOWN: dict[str, Callable[[Answer, int], RenderableType]] = {
    "status": _status,
    "why": limit_tables.why,
    "why history": limit_tables.history,
    "site": site_tables.site,
    "sessions": _sessions,
    "faults": _faults,
    "tag present": _result,
    "start": _result,
    "stop": _result,
    "privacy export": users_tables.person,
    "privacy delete": users_tables.forgotten,
    "commission show": commission_tables.commissioning,
    "commission begin": commission_tables.commissioning,
    "commission enter": commission_tables.commissioning,
    "commission finish": commission_tables.commissioning,
    "commission report": _result,
    "user list": users_tables.users,
    "user add": users_tables.users,
    "user change": users_tables.users,
    "user remove": _result,
    "user import": users_tables.users,
    "user learn": _result,
    "web show": web_tables.access,
    "web reset": web_tables.access,
    "web audit": web_tables.audit,
    "tag list": _tags,
    "tag clear": _result,
    "faults clear": _result,
    "config diff": _differences,
    "config backup": _result,
    "config restore": _result,
    "config check": _check,
    "config show": _config,
    "selftest": evidence_tables.selftests,
    "trace": lambda answer, width: _trace(answer, False, width),
    "trace text": lambda answer, width: _trace(answer, True, width),
    "mode": energy_tables.mode,
    "charge": energy_tables.mode,
    "depart": energy_tables.mode,
    "price push": energy_tables.price,
    "price show": energy_tables.price,
    "csms show": csms_tables.systems,
    "csms set": _result,
    "limit": _result,
    "csms undo": _result,
    "grid cap": limit_tables.grid,
    "grid release": limit_tables.grid,
    "grid show": limit_tables.grid,
    "grid export": lambda answer, width: Group(
        *(plain_text(line) for line in answer["text"].splitlines())
    ),
    "grid key": lambda answer, width: plain_text(answer["public_key"]),
    "grid verify": _result,
    "charges": _written,
    "receipt": _written,
    "payments list": billing_tables.payments,
    "payments release": _result,
    "payments claim": _result,
    "ocmf export": _written,
    "ocmf key": lambda answer, width: plain_text(answer["public_key"]),
    "ocmf verify": _result,
    "seal show": limit_tables.seals,
    "seal set": _result,
    "security log": security_tables.events,
    "security wipe": _result,
    "security certificates": security_tables.certificates,
    "security add": _result,
    "security profile": _result,
}


def _amps(current_a: float | None, phases: int | None = None) -> str:
    if current_a is None:
        return NONE
    return f"{current_a:.1f} A" if phases is None else f"{current_a:.1f} A x {phases}"


def _lasted(started: str | None, ended: str | None) -> str:
    begin, end = time_of(started), time_of(ended)
    if begin is None or end is None:
        return NONE
    minutes = round((end - begin).total_seconds() / 60)
    return f"{minutes // 60}:{minutes % 60:02d} h"
