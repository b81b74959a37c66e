"""The owner's mode as people read it: one sentence for the mode, the mains, and each EVSE."""

from datetime import tzinfo
from typing import Any

from rich.console import Group, RenderableType

from ampkeeper.firmware.faces.cli.cells import plain_text
from ampkeeper.firmware.faces.cli.limit_tables import clock, sentence

Answer = dict[str, Any]


def mode(answer: Answer, width: int, zone: tzinfo | None = None) -> RenderableType:
    """Mode, mains, price, and what binds at each EVSE."""
    lines = [plain_text(f"Mode: {answer['mode']}", style="bold")]
    if answer["mains"] is not None:
        lines.append(plain_text(_mains(answer["mains"])))
    if answer["price"] is not None:
        told = answer["price"]
        until = clock(told["until"], zone)
        lines.append(plain_text(f"Price: {told['price']:g} {told['currency']}/kWh until {until}"))
    for evse in answer["evses"]:
        lines.append(plain_text(sentence(evse, zone)))
        if evse["departure"] is not None:
            lines.append(plain_text(_departure(evse["departure"], zone)))
    return Group(*lines)


def price(answer: Answer, width: int, zone: tzinfo | None = None) -> RenderableType:
    """The same, and whether a price is known at all."""
    told = mode(answer, width, zone)
    if answer["price"] is not None:
        return told
    return Group(plain_text("Price: none is known for now"), told)


def _mains(mains: Answer) -> str:
    if mains["quality"] != "good":
        return f"Mains: {mains['text']}"
    power_w = mains["power_w"]
    words = "" if power_w is None else f"{'import' if power_w >= 0 else 'export'} of "
    words += "" if power_w is None else f"{abs(power_w) / 1_000:.1f} kW"
    currents = [current_a for current_a in mains["current_a"] if current_a is not None]
    if currents:
        words += f" ({', '.join(f'{current_a:.1f}' for current_a in currents)} A)"
    left_w = mains["surplus_w"]
    left = "" if left_w is None else f", {max(0.0, left_w) / 1_000:.1f} kW of sun for charging"
    return f"Mains: {words}{left}"


def _departure(departure: Answer, zone: tzinfo | None) -> str:
    charged, wanted = departure["charged_wh"] / 1_000, departure["energy_wh"] / 1_000
    by, start = clock(departure["by"], zone), clock(departure["latest_start"], zone)
    return f"  {charged:.1f} of {wanted:.1f} kWh by {by}, at full current from {start}"
