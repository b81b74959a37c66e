"""Curve: power and currents of the last hour, for the chart of the page. Pure, in memory."""

from collections import deque
from typing import Any

from ampkeeper.firmware.faces.api import Evse

POINTS_MAX = 360  # one hour
EVERY_S = 10.0


class Curve:
    """The points of one EVSE; the oldest goes."""

    def __init__(self) -> None:
        self._points: deque[tuple[str, float | None, list[float | None]]] = deque(maxlen=POINTS_MAX)

    def add(self, time: str, evse: Evse) -> None:
        """Keep what it shows now."""
        self._points.append((time, evse.power_w, [phase.current_a for phase in evse.phases]))

    def shape(self) -> dict[str, Any]:
        """Oldest first; ``every_s`` lies between two points."""
        points = [
            {"time": time, "power_w": power_w, "current_a": current_a}
            for time, power_w, current_a in self._points
        ]
        return {"every_s": EVERY_S, "points": points}
