"""The live view: what the charger does, what limits it, and every OCPP message, in a terminal."""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from ampkeeper.board.emulated.demo.ledger import Booked, energies

MESSAGES_SHOWN = 12
POWER_POINTS = 56
CALL, CALLERROR = 2, 4
SUMMARY_CHARS_MAX = 120
TELLING = (
    "eventType",
    "triggerReason",
    "seqNo",
    "connectorStatus",
    "status",
    "interval",
    "reason",
    "idTag",
    "transactionId",
    "meterStart",
    "meterStop",
)
BARS = " ▁▂▃▄▅▆▇█"
COLOURS = {
    "Available": "green",
    "Preparing": "yellow",
    "Charging": "bold cyan",
    "SuspendedEV": "yellow",
    "SuspendedEVSE": "yellow",
    "Finishing": "blue",
    "Faulted": "bold red",
    "Unavailable": "red",
}
CAPTION = {
    "Available": "free: plug in a car, or hold a card to the reader",
    "Preparing": "getting ready",
    "Charging": "the contactor is closed; the car draws",
    "SuspendedEV": "offered; the car does not draw",
    "SuspendedEVSE": "the charger waits",
    "Finishing": "done; the cable may be pulled",
}


@dataclass(slots=True)
class Seen:
    """What the view has seen so far."""

    messages: deque[Text] = field(default_factory=lambda: deque(maxlen=MESSAGES_SHOWN))
    message_count: int = 0
    powers_w: deque[float] = field(default_factory=lambda: deque(maxlen=POWER_POINTS))
    actions: dict[str, str] = field(default_factory=dict)  # message id -> action
    step: str = ""

    def note(self, direction: str, frame: list[Any]) -> None:
        """Remember a frame: "in" is from the charger."""
        self.message_count += 1
        kind, message_id = frame[0], str(frame[1])
        is_ours = direction == "in"
        way, colour = ("charger → csms", "green") if is_ours else ("csms → charger", "magenta")
        if kind == CALL:
            self.actions[message_id] = str(frame[2])
            what, detail, style = str(frame[2]), _summary(frame[3]), "bold"
        else:
            what = self.actions.pop(message_id, "?")
            detail, style = ("error " if kind == CALLERROR else "") + _summary(frame[2]), "dim"
        arrow = Text.assemble((way, colour), "  ", (f"{what:<20}", style), " ", (detail, "dim"))
        arrow.no_wrap = True
        arrow.overflow = "ellipsis"
        self.messages.append(arrow)


def render(state: dict[str, Any] | None, soc_percent: float | None, seen: Seen) -> RenderableType:
    """The whole screen."""
    if state is None:
        return Panel("starting the charger …", title="Ampkeeper")
    evse = state["evses"][0]
    seen.powers_w.append(evse["power_w"])
    return Group(
        Panel(_facts(state, evse, soc_percent, seen), title="Ampkeeper, emulated", padding=(0, 1)),
        Panel(
            Group(*seen.messages),
            title=f"OCPP {state['csms']['ocpp'] or ''}: {seen.message_count} messages",
            padding=(0, 1),
            height=MESSAGES_SHOWN + 2,
        ),
    )


def receipt(booked: Booked, started: str, ended: str) -> RenderableType:
    """What the central system's books say of the charge."""
    table = Table.grid(padding=(0, 2))
    start_wh, stop_wh = booked.start_wh or 0, booked.stop_wh or 0
    for name, value in (
        ("card", booked.id_token),
        ("transaction", booked.key),
        ("from", started),
        ("to", ended),
        ("meter", f"{start_wh / 1000:.3f} → {stop_wh / 1000:.3f} kWh"),
        ("ended", booked.reason or ""),
    ):
        table.add_row(Text(name, "dim"), value)
    table.add_row(Text("energy", "bold"), Text(f"{(stop_wh - start_wh) / 1000:.3f} kWh", "bold"))
    return Panel(table, title="Receipt, from the central system's books", expand=False)


def line(state: dict[str, Any], seen: Seen) -> str:
    """One line for a log, where there is no terminal."""
    evse = state["evses"][0]
    return (
        f"{evse['status']:<13} pilot {evse['pilot']['state']:<2} contactor {evse['contactor']:<6}"
        f" {max(evse['current_a']):5.1f} A of {evse['limit_a']:g} A ({evse['limited_by']})"
        f" {_energy_wh(evse) / 1000:.3f} kWh, {seen.message_count} messages"
    )


def _facts(
    state: dict[str, Any], evse: dict[str, Any], soc_percent: float | None, seen: Seen
) -> RenderableType:
    status = evse["status"]
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", min_width=9)
    table.add_column()
    table.add_row("now", Text(seen.step, "italic"))
    caption = CAPTION.get(status, ", ".join(evse["faults"]))
    headline = Text.assemble((status, COLOURS.get(status, "white")), "  ", (caption, "dim"))
    table.add_row("status", headline)
    pilot = evse["pilot"]
    table.add_row(
        "pilot",
        f"{pilot['state']}  {pilot['high_mv'] / 1000:+.1f} / {pilot['low_mv'] / 1000:+.1f} V,"
        f" {pilot['duty_permille'] / 10:.1f} %   contactor {evse['contactor']},"
        f" plug {evse['lock']}",
    )
    currents = "  ".join(f"{current_a:4.1f}" for current_a in evse["current_a"])
    table.add_row(
        "current", f"{currents} A   of {evse['limit_a']:g} A, because: {evse['limited_by']}"
    )
    table.add_row("power", Text(f"{evse['power_w'] / 1000:5.2f} kW  ").append(_spark(seen), "cyan"))
    table.add_row("energy", Text(f"{_energy_wh(evse) / 1000:.3f} kWh", "bold"))
    if soc_percent is not None:
        table.add_row(
            "battery", Group(ProgressBar(100, soc_percent, 40), Text(f"{soc_percent:.1f} %", "dim"))
        )
    link = state["csms"]
    table.add_row("csms", f"{link['link']}, {link['registration']}, {link['queued']} queued")
    return table


def _energy_wh(evse: dict[str, Any]) -> int:
    session = evse["session"]
    return int(session["energy_wh"]) if session is not None else 0


def _spark(seen: Seen) -> str:
    peak_w = max(max(seen.powers_w, default=0.0), 1.0)
    return "".join(BARS[round(power_w / peak_w * (len(BARS) - 1))] for power_w in seen.powers_w)


def _summary(payload: Any) -> str:
    """What is worth reading of a payload, in one line."""
    if not isinstance(payload, dict):
        return str(payload)[:SUMMARY_CHARS_MAX]
    told = [str(payload[name]) for name in TELLING if name in payload]
    told += [
        str(part)
        for name in ("idToken", "idTokenInfo", "idTagInfo")
        if name in payload
        for part in payload[name].values()
    ]
    told += [f"{energy_wh} Wh" for energy_wh in energies(payload.get("meterValue", []))]
    return "  ".join(told)[:SUMMARY_CHARS_MAX]
