"""Cost words: what a session costs, for people; whose sum it is, is always said."""

from decimal import Decimal
from typing import Any

from ampkeeper.firmware.billing.charge_log import coin
from ampkeeper.firmware.faces.cli.cells import NONE, when

TEXT_SHOWN = 160  # of a text of the central system; the whole one is in the JSON

Cost = dict[str, Any]


def cost_words(cost: Cost) -> list[str]:
    """A line for each thing that is known."""
    lines = []
    if cost["is_final"]:
        lines.append(f"cost {amount(cost['total'], cost)}")
    elif cost["total"] is not None:
        lines.append(f"cost {amount(cost['total'], cost)} at {when(cost['as_of'], 'seconds')}")
    if cost.get("now") is not None and not cost["is_final"]:
        idle = ", idle" if cost.get("is_idle") else ""
        lines.append(f"about {amount(cost['now'], cost)} now{idle}")
    if cost.get("prices_change"):
        lines.append(f"other prices from {cost['prices_change']}")
    text = cost["text"]
    if len(text) > TEXT_SHOWN:
        text = text[:TEXT_SHOWN] + "..."
    return [*lines, text] if text else lines


def cost_sum(cost: Cost | None) -> str:
    """One sum: the last word of the central system, or its last but one, marked."""
    if cost is None or cost["total"] is None:
        return NONE
    known = amount(cost["total"], cost)
    return known if cost["is_final"] else f"{known} so far"


def cost_now(evse: Cost) -> str:
    """What runs at an EVSE costs, or what ran there last did."""
    if evse.get("cost") is None:
        return NONE
    return amount(evse["cost"], (evse["session"] or {}).get("cost") or {})


def amount(value: float, cost: Cost) -> str:
    """In whole coins, where the currency is known; else as it was told."""
    currency = cost.get("currency")
    if not currency:
        return str(value)
    return f"{Decimal(str(value)).quantize(coin(currency))} {currency}"
