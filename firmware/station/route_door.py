"""Central systems at the station itself: which there are, and a change for who stands before it."""

import json
from typing import Any

from ampkeeper.firmware.faces.local import LocalRefusedError
from ampkeeper.firmware.ocpp.system import TRIAL, System, SystemRefused, Wish
from ampkeeper.firmware.station.csms import CsmsDesk
from ampkeeper.firmware.station.homes import Bonds
from ampkeeper.firmware.station.systems import Systems
from ampkeeper.firmware.station.task import StationTask

PERSON = "by a person at the station"
BUSY = "the station cannot keep up; try again"
TEXTS = ("url", "id", "password", "books")


class RouteDoor:
    """Answers "csms" of the local door."""

    def __init__(self, systems: Systems, bonds: Bonds, csms: CsmsDesk, task: StationTask) -> None:
        self._systems = systems
        self._bonds = bonds
        self._csms = csms
        self._task = task

    async def answer(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Answer one request; LocalRefusedError names what is wrong and what is allowed."""
        if self._csms.ocpp is None:
            raise LocalRefusedError("ocpp.url: no central system is configured")
        try:
            match arguments.get("action"):
                case "show":
                    return self._show()
                case "set":
                    return await self._set(arguments)
                case "undo":
                    return await self._undo()
        except SystemRefused as error:
            raise LocalRefusedError(str(error)) from error
        raise LocalRefusedError("csms: allowed actions are show, set, undo")

    def _show(self) -> dict[str, Any]:
        systems = self._systems
        slots = [*systems.slots] if systems.trial is None else [TRIAL, *systems.slots]
        return {
            "systems": [self._shape(slot, systems.system(slot)) for slot in slots],
            "order": list(systems.order),
            "last": json.loads(systems.last) if systems.last else None,
        }

    def _shape(self, slot: int, system: System) -> dict[str, Any]:
        is_active = slot == self._systems.active
        is_up = self._csms.view()["link"] == "up"
        return {
            "slot": slot,
            "url": system.url,
            "id": system.id,
            "versions": list(system.versions),
            "security_profile": system.security_profile,
            "books": system.books or None,
            "is_from_file": self._systems.is_from_file(slot),
            "is_connected": is_active and is_up,
            "owed": self._bonds.owed_to(system.books_name),
        }

    async def _set(self, arguments: dict[str, Any]) -> dict[str, Any]:
        wish, is_urgent = _wish(arguments), arguments.get("now", False) is True
        if not self._systems.propose(wish, is_urgent, PERSON):
            raise LocalRefusedError(BUSY)
        await self._task.settled()
        when = "now" if is_urgent else "once the one of now has heard of all that is its own"
        return {"result": f"the central system is tried {when}; `ampkeeper csms show` tells"}

    async def _undo(self) -> dict[str, Any]:
        result = self._systems.undo(PERSON)
        if not result:
            raise LocalRefusedError(BUSY)
        await self._task.settled()
        return {"result": result}


def _wish(arguments: dict[str, Any]) -> Wish:
    texts = {name: arguments.get(name) for name in TEXTS}
    for name, value in texts.items():
        if value is not None and not isinstance(value, str):
            raise LocalRefusedError(f"{name}: a text is allowed")
    versions, profile = arguments.get("versions"), arguments.get("profile")
    is_list = isinstance(versions, list) and all(isinstance(each, str) for each in versions)
    if versions is not None and not is_list:
        raise LocalRefusedError("versions: a list of texts is allowed")
    if profile is not None and type(profile) is not int:
        raise LocalRefusedError("profile: a whole number is allowed")
    if all(each is None for each in (*texts.values(), versions, profile)):
        raise LocalRefusedError("set: one of url, id, versions, profile, password, books is needed")
    return Wish(
        url=texts["url"],
        id=texts["id"],
        versions=None if versions is None else tuple(versions),
        security_profile=profile,
        password=texts["password"] or "",
        books=texts["books"],
    )
