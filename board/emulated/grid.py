"""Grid: the supply in front of the charger, and what the house draws beside it.

An outage takes the voltage off the contactor; the controller itself keeps its auxiliary supply
(cutting that is ``POST /v1/power``). The house's current is what a site meter would show.
"""

from typing import Any

from ampkeeper.hal.errors import AbsentError

LIVE_MV = 50_000  # below this nothing works from a phase
RELAY = ("operator_order", "operator_line")


class Relay:
    """The contact of the grid operator's control box, opened by an order; the station looks on.

    It is wired so that a torn wire reads as an order.
    """

    def __init__(self) -> None:
        self.operator_order = False
        self.operator_line = "ok"

    def open(self) -> None:
        """Claim it; raise AbsentError if it cannot be had."""
        self.is_made()

    def is_made(self) -> bool:
        """True: an order; raise AbsentError if it is unknown."""
        if self.operator_line == "dead":
            raise AbsentError("the pin cannot be read")
        return self.operator_order or self.operator_line == "torn"

    def close(self) -> None:
        """Nothing to release."""


class Grid:
    """Three phases. ``voltage_v`` and ``house_a`` are L1, L2, L3."""

    def __init__(self) -> None:
        self.voltage_v = [230.0, 230.0, 230.0]
        self.frequency_hz = 50.0
        self.house_a = [0.0, 0.0, 0.0]
        self.outage = False
        self.relay = Relay()

    def voltages_mv(self) -> tuple[int, int, int]:
        """What is really there: 0 during an outage."""
        if self.outage:
            return (0, 0, 0)
        first_v, second_v, third_v = self.voltage_v
        return round(first_v * 1_000), round(second_v * 1_000), round(third_v * 1_000)

    def change(self, values: dict[str, Any]) -> None:
        """Apply checked settings."""
        for name, value in values.items():
            part = self.relay if name in RELAY else self
            setattr(part, name, list(value) if isinstance(value, list) else value)

    def kept(self) -> dict[str, Any]:
        """All that ``change`` takes."""
        return self.settings() | {name: getattr(self.relay, name) for name in RELAY}

    def settings(self) -> dict[str, Any]:
        """The supply's settings as the control API names them."""
        return {
            "voltage_v": list(self.voltage_v),
            "frequency_hz": self.frequency_hz,
            "house_a": list(self.house_a),
            "outage": self.outage,
        }
