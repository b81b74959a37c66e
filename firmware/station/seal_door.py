"""Seal door: answers "seal" for who stands before the station with the installer's key."""

from functools import partial
from typing import Any

from ampkeeper.firmware.faces.local import LocalRefusedError
from ampkeeper.firmware.limits.seal import SealRefused, seal_of
from ampkeeper.firmware.station.sealing import Sealing
from ampkeeper.firmware.station.security_log import SecurityLog
from ampkeeper.firmware.station.task import StationTask


class SealDoor:
    """Shows the seals and takes new ones; the key itself never comes here."""

    def __init__(self, sealing: Sealing, log: SecurityLog, task: StationTask) -> None:
        self._sealing = sealing
        self._log = log
        self._task = task

    async def answer(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Answer one request; LocalRefusedError says why a seal is none."""
        match arguments.get("action"):
            case "show":
                return self._sealing.view()
            case "set":
                return await self._set(arguments.get("seal"))
        raise LocalRefusedError("seal: allowed actions are show, set")

    async def _set(self, text: object) -> dict[str, Any]:
        try:
            seal = seal_of(str(text))
        except SealRefused as error:
            raise LocalRefusedError(str(error)) from error
        said: list[str] = []
        await self._task.put(partial(self._sealing.on_seal, seal, self._log, said))
        await self._task.settled()
        if said[0]:
            raise LocalRefusedError(said[0])
        where = f"EVSE {seal.evse_id}" if seal.evse_id else "each EVSE"
        return {"result": f"{where} is sealed at {seal.max_a:g} A per phase"}
