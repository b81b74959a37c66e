"""Page: the emulated car on the charger's own page: plug, swipe, faults.

Routes that the emulated board brings to ``firmware/faces/web``; there on no other board. Who may
charge at the page may plug in and hold a card; who may do service may raise a fault.
"""

from collections.abc import Mapping
from typing import Any

from ampkeeper.board.emulated import faults
from ampkeeper.board.emulated.world import EvseWorld, World
from ampkeeper.firmware.access.roles import Right
from ampkeeper.firmware.faces.web.app import Extra
from ampkeeper.firmware.faces.web.entry import Refusal
from ampkeeper.firmware.faces.web.handlers import Visit
from ampkeeper.firmware.faces.web.routes import API, Row, an_object, choice, text

WORLD = f"{API}/world"
EVSE = f"{WORLD}/evses/{{evse}}"
BOOLEAN = {"type": "boolean"}
READER = 1
UID = text(8, 20, pattern="^([0-9A-Fa-f]{8}|[0-9A-Fa-f]{14}|[0-9A-Fa-f]{20})$")
CARD = an_object({"uid": UID})


class WorldPage:
    """The routes over one world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def extras(self) -> tuple[Extra, ...]:
        """All of them, with who answers."""
        car = an_object({}, {"plugged": BOOLEAN, "ready": BOOLEAN})
        fault = an_object({"name": choice(*faults.NAMES), "is_there": BOOLEAN})
        rows = (
            (_row("GET", EVSE, Right.SEE, "The emulated car."), self._show),
            (_row("PUT", f"{EVSE}/car", Right.CHARGE, "Plug it in, let it ask.", car), self._car),
            (_row("PUT", f"{EVSE}/fault", Right.SERVICE, "Raise a fault.", fault), self._fault),
            (_row("POST", f"{WORLD}/card", Right.CHARGE, "Hold a card.", CARD), self._card),
        )
        return tuple(Extra(row, answer) for row, answer in rows)

    def _show(self, visit: Visit) -> Mapping[str, Any]:
        settings = self._evse(visit).car.settings()
        shown = {name: settings[name] for name in ("plugged", "ready")}
        return shown | {"faults": list(faults.NAMES)}

    def _car(self, visit: Visit) -> Mapping[str, Any]:
        evse, wishes = self._evse(visit), dict(visit.body)
        if wishes.get("plugged"):
            wishes.setdefault("ready", True)
        if wishes:
            evse.change_car(wishes)
        return self._show(visit)

    def _fault(self, visit: Visit) -> Mapping[str, Any]:
        told = {visit.body["name"]: visit.body["is_there"]}
        faults.apply(self._world, self._evse(visit), faults.causes_of(told))
        return self._show(visit)

    def _card(self, visit: Visit) -> Mapping[str, Any]:
        slot = self._world.cards.get(READER)
        if slot is None or not slot.present(bytes.fromhex(visit.body["uid"])):
            raise Refusal(409, f"reader {READER}: takes no card now")
        return {"result": "held"}

    def _evse(self, visit: Visit) -> EvseWorld:
        evse = self._world.evses.get(visit.places["evse"])
        if evse is None:
            raise Refusal(404, f"evse {visit.places['evse']}: there is no such thing")
        return evse


def _row(
    method: str, path: str, right: Right, summary: str, body: Mapping[str, Any] | None = None
) -> Row:
    handler = f"world {method} {path.removeprefix(WORLD)}"
    return Row(method=method, path=path, right=right, summary=summary, handler=handler, body=body)
