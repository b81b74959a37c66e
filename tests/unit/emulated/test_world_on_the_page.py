"""The emulated car on the charger's own page: plug, card and faults, for who may."""

from typing import Any

import pytest

from ampkeeper.board.emulated.page import WorldPage
from ampkeeper.board.emulated.world import EvseSpec, World
from ampkeeper.firmware.access.roles import Role
from tests.unit.web.web_rig import WebRig

CAR = "/api/v1/world/evses/1"


def rig_of(role: Role) -> tuple[WebRig, World]:
    world = World([EvseSpec(1)])
    return WebRig(extras=WorldPage(world).extras()).enter(role), world


async def test_a_guest_plugs_in_and_holds_a_card() -> None:
    rig, world = rig_of(Role.GUEST)
    answer = await rig.ask("PUT", f"{CAR}/car", {"plugged": True})
    assert (answer.json()["plugged"], answer.json()["ready"]) == (True, True)
    assert world.evses[1].car.settings()["plugged"]
    assert (await rig.ask("PUT", f"{CAR}/car", {"ready": False})).json()["ready"] is False
    assert (await rig.ask("POST", "/api/v1/world/card", {"uid": "04A224B1"})).status_code == 200
    assert rig.asked == [], "the station sees it as it sees a car"


async def test_a_fault_is_raised_and_mended_by_who_does_service() -> None:
    rig, world = rig_of(Role.OWNER)
    told = {"name": "PeLost", "is_there": True}
    assert (await rig.ask("PUT", f"{CAR}/fault", told)).status_code == 200
    assert world.evses[1].causes.pe_open
    told["is_there"] = False
    assert (await rig.ask("PUT", f"{CAR}/fault", told)).status_code == 200
    assert not world.evses[1].causes.pe_open
    rig.enter(Role.GUEST)
    assert (await rig.ask("PUT", f"{CAR}/fault", told)).status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", f"{CAR}/car", {"plugged": 1}),
        ("PUT", f"{CAR}/car", {"max_a": 16}),
        ("PUT", f"{CAR}/fault", {"name": "Nothing", "is_there": True}),
        ("PUT", f"{CAR}/fault", {"name": "PeLost"}),
        ("POST", "/api/v1/world/card", {"uid": "04A224B"}),
        ("POST", "/api/v1/world/card", {"uid": "xyxyxyxy"}),
        ("PUT", "/api/v1/world/evses/2/car", {"plugged": True}),
    ],
)
async def test_what_cannot_be_changes_nothing(method: str, path: str, body: Any) -> None:
    rig, world = rig_of(Role.OWNER)
    before = world.save()
    answer = await rig.ask(method, path, body)
    assert 400 <= answer.status_code < 500
    assert answer.json()["error"]
    assert world.save() == before


async def test_without_a_world_there_is_no_such_route() -> None:
    assert (await WebRig().enter(Role.OWNER).ask("GET", CAR)).status_code == 404
