"""What a central system says of a dynamic profile: ChargingScheduleUpdateType of OCPP 2.1."""

from typing import Any

IGNORED = frozenset(("limit", "customData"))


def limit_of(update: dict[str, Any]) -> float | None:
    """The one limit for all phases; None: it says nothing, or more than a limit."""
    if "limit" not in update or set(update) - IGNORED:
        return None
    return float(update["limit"])
