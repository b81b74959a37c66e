"""EVSE table: what `ampkeeper status` tells of each EVSE, one below the other."""

from collections.abc import Callable, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from ampkeeper.firmware.faces.cli.cells import NONE, kwh, plain_table, plain_text, when
from ampkeeper.firmware.faces.cli.cost_words import cost_now, cost_words

Answer = dict[str, Any]

LABEL_WIDTH = 11
EVSE_WIDTH = 32
EXPECTED = ("line good", "line greetings", "line told")  # counts of what is as it should be
WAITS = {
    "plug": "a car",
    "card": "a card, or a start",
    "answer": "the central system's answer",
    "checks": "its own checks",
    "limit": "current: see `ampkeeper why`",
    "car": "the car, which asks for none",
    "again": "a new start, or to be unplugged",
    "repair": "repair: see `ampkeeper faults`",
    "service": "being taken into service",
}
COLORS = {
    "Charging": "green",
    "Faulted": "bold red",
    "Unavailable": "yellow",
    "HIGH": "bold red",
    "MEDIUM": "yellow",
    "Accepted": "green",
    "up": "green",
    "down": "red",
}


def evses_table(evses: Sequence[Answer]) -> Table:
    """A column each."""
    table = plain_table()
    table.add_column("", style="dim", min_width=LABEL_WIDTH - 2, no_wrap=True)
    for evse in evses:
        table.add_column(
            f"EVSE {evse['id']}",
            max_width=EVSE_WIDTH,
            min_width=EVSE_WIDTH - 4,
            overflow="fold",
        )
    for label, cell in EVSE_ROWS:
        table.add_row(label, *(cell(evse) for evse in evses))
    return table


def _pilot(evse: Answer) -> Text:
    pilot = evse["pilot"]
    if pilot is None:
        return plain_text(evse.get("pilot_problem") or "not heard from", "red")
    parts = [str(pilot["state"]), f"{pilot['duty_permille'] / 10:.1f} %"]
    if None not in (pilot["high_mv"], pilot["low_mv"]):
        parts.insert(1, f"{pilot['high_mv'] / 1000:+.1f} / {pilot['low_mv'] / 1000:+.1f} V")
    return plain_text(", ".join(parts))


def _board(evse: Answer) -> Text:
    """Who ring 1 is; and, of a board that somebody else made, what it does not do."""
    board = evse.get("board")
    if board is None:
        return plain_text(NONE)
    text = plain_text(f"{board['name']} {board['firmware']}".strip())
    for sentence in board["cannot"]:
        text.append("\n")
        text.append_text(plain_text(sentence, "yellow"))
    return text


def _waits(evse: Answer) -> Text:
    wanted = evse.get("waits_for")
    return plain_text(WAITS.get(wanted, str(wanted)) if wanted is not None else NONE)


def _limit(evse: Answer) -> Text:
    return plain_text(f"{evse['limit_a']:.1f} A, by {evse['limited_by']}")


def _current(evse: Answer) -> Text:
    if evse["current_a"] is None:
        return plain_text(NONE)
    phases = [NONE if a is None else f"{a:.1f}" for a in evse["current_a"]]
    return plain_text("  ".join(phases) + " A")


def _session_cell(evse: Answer) -> Text:
    session = evse["session"]
    if session is None:
        return plain_text(NONE)
    lines = [str(session["state"]), f"{kwh(session['energy_wh'])} since"]
    lines[1] += f" {when(session['started'])}"
    if session["id_tag"]:
        lines.append(f"card {session['id_tag']}")
    if session.get("cost"):
        lines += cost_words(session["cost"])
    return Text("\n").join(plain_text(line) for line in lines)


def _fault_cell(evse: Answer) -> Text:
    faults = evse["faults"]
    return (
        plain_text(", ".join(str(f) for f in faults), "bold red") if faults else plain_text("none")
    )


def _refused(evse: Answer) -> Text:
    """Every count that is not 0: of ring 1, then of the line to it."""
    refused = evse.get("refused")
    if refused is None:
        return plain_text(NONE)
    counts = [(name, count) for name, count in refused.items() if name != "line"]
    counts += [(f"line {name}", refused["line"][name]) for name in refused["line"]]
    shown = [f"{count} {name}" for name, count in counts if count and name not in EXPECTED]
    return plain_text(", ".join(shown).replace("_", " ") or "none")


def _kw(evse: Answer) -> Text:
    power_w = evse["power_w"]
    return plain_text(NONE if power_w is None else f"{power_w / 1000:.2f} kW")


EVSE_ROWS: tuple[tuple[str, Callable[[Answer], Text]], ...] = (
    ("status", lambda evse: plain_text(evse["status"], COLORS.get(evse["status"], ""))),
    ("waits for", _waits),
    ("limit", _limit),
    ("current", _current),
    ("power", _kw),
    ("meter", lambda evse: plain_text(kwh(evse["energy_wh"]))),
    ("pilot", _pilot),
    ("board", _board),
    ("contactor", lambda evse: plain_text(evse["contactor"])),
    ("lock", lambda evse: plain_text(evse["lock"])),
    ("session", _session_cell),
    ("cost", lambda evse: plain_text(cost_now(evse))),
    ("message", lambda evse: plain_text(evse.get("message") or NONE)),
    ("faults", _fault_cell),
    ("not taken", _refused),
)
