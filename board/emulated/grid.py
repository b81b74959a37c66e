"""Grid: the supply in front of the charger, and what the house draws beside it.

An outage takes the voltage off the contactor; the controller itself keeps its auxiliary supply
(cutting that is ``POST /v1/power``). The house's current is what a site meter would show.
"""

from typing import Any

LIVE_MV = 50_000  # below this nothing works from a phase


class Grid:
    """Three phases. ``voltage_v`` and ``house_a`` are L1, L2, L3."""

    def __init__(self) -> None:
        self.voltage_v = [230.0, 230.0, 230.0]
        self.frequency_hz = 50.0
        self.house_a = [0.0, 0.0, 0.0]
        self.outage = False

    def voltages_mv(self) -> tuple[int, int, int]:
        """What is really there: 0 during an outage."""
        if self.outage:
            return (0, 0, 0)
        first_v, second_v, third_v = self.voltage_v
        return round(first_v * 1_000), round(second_v * 1_000), round(third_v * 1_000)

    def change(self, values: dict[str, Any]) -> None:
        """Apply checked settings."""
        for name, value in values.items():
            setattr(self, name, list(value) if isinstance(value, list) else value)

    def settings(self) -> dict[str, Any]:
        """The settings as the control API names them."""
        return {
            "voltage_v": list(self.voltage_v),
            "frequency_hz": self.frequency_hz,
            "house_a": list(self.house_a),
            "outage": self.outage,
        }
