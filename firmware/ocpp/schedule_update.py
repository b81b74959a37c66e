"""What a central system says of a dynamic profile: ChargingScheduleUpdateType of OCPP 2.1."""

from typing import Any

from ampkeeper.firmware.charging_profile import limit_of as bounded

IGNORED = frozenset(("limit", "customData"))


def limit_of(update: dict[str, Any]) -> float | None:
    """The one limit for all phases; None: it says nothing, or more than a limit."""
    if "limit" not in update or set(update) - IGNORED:
        return None
    return bounded(update["limit"])
