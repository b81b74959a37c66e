"""Grid door: answers "grid" for who stands before the station."""

from collections.abc import Callable
from functools import partial
from typing import Any

from ampkeeper.firmware.faces.local import LocalRefusedError
from ampkeeper.firmware.station.grid import Grid
from ampkeeper.firmware.station.task import StationTask

POWER_W_MAX = 1_000_000
BY = "local command"


class GridDoor:
    """Orders, releases and shows; a refusal is a ``LocalRefusedError`` with a sentence."""

    def __init__(self, grid: Grid, task: StationTask, now_s: Callable[[], float]) -> None:
        self._grid = grid
        self._task = task
        self._now_s = now_s

    async def answer(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Do what is asked, then tell what is so."""
        action, power_w = arguments.get("action", "show"), arguments.get("power_w")
        is_number = isinstance(power_w, int | float) and not isinstance(power_w, bool)
        if power_w is not None and not (is_number and 0 < power_w <= POWER_W_MAX):
            raise LocalRefusedError(f"power {power_w!r}: above 0, at most {POWER_W_MAX} W")
        if action in ("cap", "release") and self._grid.is_held_by_line:
            raise LocalRefusedError("the grid operator's line holds the cap: only it changes that")
        match action:
            case "cap":
                await self._task.put(partial(self._grid.on_order, power_w, BY))
            case "release":
                await self._task.put(self._grid.on_release)
            case "show":
                return self._grid.view(self._now_s())
            case _:
                raise LocalRefusedError(f"action {action!r}: allowed are cap, release, show")
        await self._task.settled()
        return self._grid.view(self._now_s())
