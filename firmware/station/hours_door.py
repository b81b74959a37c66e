"""The owner's door to the hours of the week: those that were said last win over the file's."""

from functools import partial
from typing import Any

from ampkeeper.firmware.energy.hours import HoursRefused, rows_of, windows_of
from ampkeeper.firmware.energy.schedules import CHARGE
from ampkeeper.firmware.faces.local import LocalRefusedError
from ampkeeper.firmware.station.energy import Energy
from ampkeeper.firmware.station.task import StationTask


class HoursDoor:
    """Answers "hours"; LocalRefusedError says what is allowed."""

    def __init__(self, energy: Energy, task: StationTask) -> None:
        self._energy = energy
        self._task = task

    async def answer(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Show them, set all of them, or go back to those of the file."""
        match arguments.get("action", "show"):
            case "show":
                pass
            case "set":
                await self._set(arguments.get("hours"))
            case "reset":
                await self._put(None)
            case other:
                text = f"action {other!r:.40}: allowed are show, set, reset"
                raise LocalRefusedError(f"hours: {text}")
        energy = self._energy
        return {"hours": rows_of(energy.windows), "is_changed": energy.hours_told is not None}

    async def _set(self, rows: object) -> None:
        try:
            await self._put(windows_of(rows, len(self._energy.seats)))
        except HoursRefused as error:
            raise LocalRefusedError(str(error)) from error

    async def _put(self, windows: Any) -> None:
        found = self._energy.rules.windows if windows is None else windows
        if self._energy.mode == "schedule" and all(one.what != CHARGE for one in found):
            raise LocalRefusedError("hours: mode schedule would never charge: leave one to charge")
        await self._task.put(partial(self._energy.on_hours, windows))
        await self._task.settled()
