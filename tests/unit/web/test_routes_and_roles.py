"""Every route with every role: who is let in, and that nobody else changes anything."""

import re
from typing import Any

import pytest

from ampkeeper.firmware.access.roles import Right, Role, may
from ampkeeper.firmware.access.sessions import csrf_of
from ampkeeper.firmware.faces.web.entry import CSRF
from ampkeeper.firmware.faces.web.routes import ROWS, Row, check_rows
from tests.unit.web.web_rig import PASSWORD, WebRig

FITTING: dict[str, Any] = {  # a body that is taken, by row
    "post_evses_evse_start": {"uid": "04A224B1"},
    "put_evses_evse_limit": {"current_a": 10, "for_s": 60},
    "put_mode": {"mode": "off"},
    "put_evses_evse_charge_now": {"now": True},
    "put_evses_evse_departure": {"by": "07:30", "energy_wh": 9_000},
    "put_hours": {"hours": [{"name": "night", "begin": "22:00", "end": "06:00"}]},
    "put_prices": {"prices": []},
    "post_evses_evse_selftests": {"run": 0},
    "post_restart": {"when": "soft"},
    "put_settings": {"name": "TxCtrlr.EVConnectionTimeOut", "value": "60"},
    "post_setup": {"code": "x", "name": "anna", "password": PASSWORD},
    "post_login": {"name": "anna", "password": PASSWORD},
    "post_password": {"old": PASSWORD, "new": "Gelbe Ampel 8"},
    "post_drivers": {"user": "Anna", "add_cards": ["04A1"], "budget_kwh": "50"},
    "put_drivers_user": {"until": "off"},
    "post_drivers_user_learn": {},
    "post_commissioning": {"installer": "Ida"},
    "put_evses_evse_commissioning": {"fuse_a": 32, "rcd": "type A"},
    "post_drivers_table": {"table": "name\nAnna\n"},
    "post_payments_payment_claim": {"amount": "4.20"},
    "post_users": {"name": "new", "role": "guest", "password": "Rote Ampel 99"},
    "put_users_name_password": {"password": "Rote Ampel 99"},
    "post_tokens": {"name": "new", "role": "guest"},
}
LIVE = "get_events"  # goes on for ever: its own tests
FILE = "put_update_image"  # is no JSON: its own tests
BY_NAME = {row.name: row for row in ROWS if row.name not in (LIVE, FILE)}
OPEN = {
    "get",
    "get_kiosk",
    "get_display",
    "get_page_file",
    "get_welcome",
    "post_setup",
    "post_login",
}
IDS = sorted(BY_NAME)


def body_for(row: Row, role: Role) -> Any:
    told = FITTING.get(row.name)
    barred = {name for name, right in row.guarded.items() if not may(role, right)}
    return {k: v for k, v in told.items() if k not in barred} if barred else told


def path_of(row: Row) -> str:
    places = {
        "evse": "1",
        "fault": "RcdAc",
        "name": "rita",
        "user": "3",
        "file": "index.html",
        "payment": "0b8f7a52-6f0e-4a86-9a10-6a2f2d4a3c11",
        "session": "0b8f7a52-6f0e-4a86-9a10-6a2f2d4a3c11",
    }
    if row.name == "delete_tokens_name":
        places["name"] = "program-guest"
    return re.sub(r"{([a-z]+)}", lambda found: places[found[1]], row.path)


def test_the_table_is_whole() -> None:
    check_rows(ROWS)
    assert {row.name for row in ROWS if row.right is None} == OPEN
    assert {row.name for row in ROWS if row.body and row.body.get("required")} <= set(FITTING)
    assert {row.right for row in ROWS} == {*Right, None}


@pytest.mark.parametrize("name", IDS)
async def test_nobody_is_told_or_changes_anything(name: str) -> None:
    rig, row = WebRig(), BY_NAME[name]
    answer = await rig.ask(row.method, path_of(row), FITTING.get(name))
    if name in OPEN:
        assert answer.status_code in (200, 409)
        return
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "error" in answer.json()
    assert (rig.asked, rig.books.audit) == ([], [])


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PRICES])
@pytest.mark.parametrize("name", sorted(BY_NAME.keys() - OPEN))
async def test_a_person_gets_what_his_role_may_and_no_more(name: str, role: Role) -> None:
    rig, row = WebRig().enter(role), BY_NAME[name]
    answer = await rig.ask(row.method, path_of(row), body_for(row, role))
    assert row.right is not None
    if may(role, row.right):
        assert answer.status_code == 200, answer.text
        return
    assert answer.status_code == 403
    assert "may not do this" in answer.json()["error"]
    assert (rig.asked, rig.books.audit) == ([], [])


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("name", sorted(BY_NAME.keys() - OPEN))
async def test_a_program_gets_what_its_token_may_and_no_more(name: str, role: Role) -> None:
    rig, row = WebRig(), BY_NAME[name]
    shown = {"authorization": f"Bearer token of {role}"}
    answer = await rig.ask(row.method, path_of(row), body_for(row, role), headers=shown)
    assert row.right is not None
    if not may(role, row.right):
        assert answer.status_code == 403
        assert (rig.asked, rig.books.audit) == ([], [])
    elif name == "post_password":
        assert answer.status_code == 403, "it has none"
    else:
        assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("role", [Role.OWNER, Role.INSTALLER, Role.GUEST])
async def test_a_guest_charges_on_nobodys_card(role: Role) -> None:
    rig, path = WebRig().enter(role), "/api/v1/evses/1/start"
    answer = await rig.ask("POST", path, {"uid": "04A224B1"})
    if role is not Role.GUEST:
        assert (answer.status_code, rig.asked) == (200, [("start", {"evse": 1, "uid": "04A224B1"})])
        return
    assert (answer.status_code, rig.asked, rig.books.audit) == (403, [], [])
    assert answer.json()["error"].startswith("uid: role guest: may not do this; allowed are owner")
    assert (await rig.ask("POST", path, {})).status_code == 200
    assert rig.asked == [("start", {"evse": 1})]


@pytest.mark.parametrize("name", [name for name in IDS if BY_NAME[name].is_change])
async def test_no_change_without_what_only_the_page_knows(name: str) -> None:
    row = BY_NAME[name]
    if name in OPEN:
        return
    for wrong in ("", csrf_of("secret of guest"), csrf_of("secret of ownex")):
        rig = WebRig().enter(Role.OWNER)
        told = {CSRF: wrong}
        answer = await rig.ask(row.method, path_of(row), FITTING.get(name), headers=told)
        assert answer.status_code == 403
        assert (rig.asked, rig.books.audit) == ([], [])


@pytest.mark.parametrize("name", [name for name in IDS if BY_NAME[name].is_change])
@pytest.mark.parametrize(
    "told",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://charger.local"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
async def test_no_change_from_another_page(name: str, told: dict[str, str]) -> None:
    rig, row = WebRig().enter(Role.OWNER), BY_NAME[name]
    answer = await rig.ask(row.method, path_of(row), FITTING.get(name), headers=told)
    assert answer.status_code == 403
    assert (rig.asked, rig.books.audit) == ([], [])


@pytest.mark.parametrize("name", IDS)
async def test_by_another_method_nothing_is_done(name: str) -> None:
    rig, row = WebRig().enter(Role.OWNER), BY_NAME[name]
    others = {"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE"}
    for method in others - {one.method for one in ROWS if one.path == row.path}:
        answer = await rig.ask(method, path_of(row))
        assert answer.status_code == 405
        assert row.method in answer.headers["allow"]
    assert rig.asked == []
