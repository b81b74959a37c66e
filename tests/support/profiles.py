"""Profiles: a charging profile that binds EVSE 1 to some amperes; a test changes the rest."""

from typing import Any

from ampkeeper.firmware.charging_profile import Kind, Period, Profile, Purpose, Unit


def profile_at(from_s: int, number: int, limit_a: float = 16.0, **fields: Any) -> Profile:
    """A default profile of transactions, from ``from_s`` on."""
    told: dict[str, Any] = {
        "evse_id": 0 if fields.get("purpose") is Purpose.STATION_MAX else 1,
        "purpose": Purpose.TX_DEFAULT,
        "stack_level": 0,
        "kind": Kind.ABSOLUTE,
        "unit": Unit.AMPERE,
        "periods": (Period(0, limit_a),),
        "start_s": from_s,
    }
    return Profile(number, **(told | fields))
