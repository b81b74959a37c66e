"""What people see of a whole charger, start and stop there, and who is written down for it."""

import json
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.board.emulated.virtual_charger import VirtualCharger
from ampkeeper.board.emulated.virtual_time import run_virtual
from ampkeeper.firmware.access.book import Book, User
from ampkeeper.firmware.access.roles import Role
from ampkeeper.firmware.faces import api
from ampkeeper.firmware.faces.local import LocalRefusedError
from ampkeeper.firmware.ocpp.schemas import build_with_fast
from ampkeeper.firmware.station.audit import By

CAR = {"max_a": 16.0, "phases": 3, "cable_a": 20}
FREE = [("authorise.mode", "free")]
ANNA = By("anna", "owner", "page")
TIME_OUT = "TxCtrlr.EVConnectionTimeOut"
KEPT = "scrypt$16384$8$5$" + "11" * 16 + "$" + "22" * 32


def ask(made: VirtualCharger, verb: str, **arguments: Any) -> Any:
    return made.app.people.audit.ask(made.app.api.answer, ANNA, verb, arguments)


async def audit_of(made: VirtualCharger) -> list[tuple[str, str, str]]:
    entries = (await made.app.people.access.audit(50))["entries"]
    return [(one["who"], f"{one['action']} {one['detail']}", one["result"]) for one in entries]


def schema() -> dict[str, Any]:
    whole = api.schema_of(api.State)
    parts = {name: api.schema_of(part) for name, part in api.parts_of(api.State).items()}
    return whole | {"components": {"schemas": parts}}


def test_the_read_model_shows_power_limit_session_and_fits_its_own_schema(tmp_path: Path) -> None:
    made = VirtualCharger(tmp_path)

    async def run() -> tuple[api.State, api.State]:
        async with made.running():
            await made.until(lambda: made.csms.links != {} and made.status() == "Available")
            before = made.app.people.overview.read()
            made.plug(**CAR)
            made.swipe()
            await made.until(lambda: made.car.register.energy_wh > 30)
            return before, made.app.people.overview.read()

    before, state = run_virtual(run())
    assert made.app.people.price_push is None, "nothing listens unless it is configured"
    (free,), (evse,) = before.evses, state.evses
    assert (free.status, free.session, free.can_stop) == ("Available", None, False)
    assert (free.power_w, free.is_plugged) == (0.0, False)
    assert (evse.status, evse.limited_by, evse.can_start) == ("Charging", "cable", False)
    assert evse.power_w == pytest.approx(11_040, rel=0.02)
    assert [phase.current_a for phase in evse.phases] == pytest.approx([16.0] * 3, rel=0.02)
    assert evse.limits[0].binds
    assert evse.session is not None
    assert (evse.session.token, evse.session.state) == ("04A224B1", "charging")
    assert evse.session.energy_wh > 20
    assert (state.link.state, state.link.registration) == ("connected", "accepted")
    assert build_with_fast(schema())(json.loads(json.dumps(api.shape(state)))) is None


def test_a_guest_sees_the_power_but_not_whose_charge_it_is(tmp_path: Path) -> None:
    made = VirtualCharger(tmp_path)

    async def run() -> api.State:
        async with made.running():
            await made.until(lambda: made.csms.links != {} and made.status() == "Available")
            made.plug(**CAR)
            made.swipe()
            await made.until(lambda: made.status() == "Charging")
            return api.for_guest(made.app.people.overview.read())

    state = run_virtual(run())
    assert state.evses[0].session is not None
    assert state.evses[0].session.token is None
    assert "04A224B1" not in str(api.shape(state))
    assert (state.link.state, state.link.url) == ("connected", None)


def test_a_charge_that_was_stopped_here_is_started_here_again(tmp_path: Path) -> None:
    made = VirtualCharger(tmp_path, sets=FREE)

    async def run() -> list[str]:
        async with made.running():
            await made.until(lambda: made.status() == "Available")
            made.plug(**CAR)
            await made.until(lambda: made.status() == "Charging")
            told = [(await ask(made, "stop", evse=1))["result"]]
            await made.until(lambda: made.app.people.overview.read().evses[0].can_start)
            told.append((await ask(made, "start", evse=1))["result"])
            await made.until(lambda: made.status() == "Charging")
            rows = (await ask(made, "sessions"))["sessions"]
            told.append(rows[1]["reason"])
            assert await audit_of(made) == [
                ("anna", "start evse=1", "ordered"),
                ("anna", "stop evse=1", "ordered"),
            ]
            return told

    assert run_virtual(run()) == ["stops", "accepted", "Local"]


def test_whose_charge_it_is_has_to_be_said_where_cards_decide(tmp_path: Path) -> None:
    made = VirtualCharger(tmp_path)

    async def run() -> list[Any]:
        async with made.running():
            await made.until(lambda: made.csms.links != {} and made.status() == "Available")
            made.csms.tokens["0BADBAD0"] = "Blocked"
            with pytest.raises(LocalRefusedError, match="whose charge is it"):
                await ask(made, "start", evse=1)
            made.plug(**CAR)
            await made.until(lambda: made.status() == "Preparing")
            told = [(await ask(made, "start", evse=1, uid="0BADBAD0"))["result"]]
            told.append((await ask(made, "start", evse=1, uid="04A224B1"))["result"])
            await made.until(lambda: made.status() == "Charging")
            return [*told, *(await audit_of(made))]

    told = run_virtual(run())
    assert told[:2] == ["rejected", "accepted"]
    assert [one[2][:19] for one in told[2:]] == [
        "ordered",
        "refused: uid: whose",
        "ordered",
    ], "a refusal has a line of its own, and what is asked again is counted on its line"
    assert "0BADBAD0" not in str(told), "no card is written down"


def test_a_setting_is_held_to_its_bounds_and_outlives_a_power_cut(tmp_path: Path) -> None:
    made, name = VirtualCharger(tmp_path), TIME_OUT

    async def shown() -> dict[str, Any]:
        found = (await ask(made, "setting"))["settings"]
        (one,) = [each for each in found if each["name"] == name]
        assert not any("Password" in each["name"] for each in found)
        return dict(one)

    async def run() -> None:
        async with made.running():
            await made.until(lambda: made.status() == "Available")
            assert not (await shown())["is_changed"]
            told = await ask(made, "setting", action="set", name=name, value="77")
            assert (told["result"], told["value"]) == (f"{name} is in force", "77")
            line = ("anna", f"setting action=set name={name}", "ordered")
            assert (await audit_of(made))[0] == line
        async with made.running():
            await made.until(lambda: made.status() == "Available")
            kept = await shown()
            assert (kept["value"], kept["is_changed"]) == ("77", True)

    run_virtual(run())


@pytest.mark.parametrize(
    ("verb", "arguments", "words"),
    [
        ("setting", {"action": "set", "name": "Nothing", "value": "1"}, "no such setting"),
        ("setting", {"action": "set", "name": TIME_OUT, "value": "x"}, "; allowed: "),
        (
            "setting",
            {"action": "set", "name": "SecurityCtrlr.BasicAuthPassword", "value": "x" * 16},
            "no such setting to be set here",
        ),
        ("setting", {"action": "drop"}, "allowed actions are show, set"),
        ("start", {"evse": 2}, "allowed are [1]"),
        ("start", {"evse": True}, "allowed are [1]"),
        ("stop", {"evse": 1}, "there is no charge to stop"),
        ("restart", {"when": "now"}, "allowed are soft, on_idle"),
        ("start", {"evse": 1, "uid": "x" * 37}, "1 to 36 characters"),
        ("access", {"action": "open"}, "allowed actions are show, audit, reset"),
        ("access", {"action": "audit", "limit": 0}, "1 to 1000 is allowed"),
    ],
)
def test_what_cannot_be_is_refused(
    tmp_path: Path, verb: str, arguments: dict[str, Any], words: str
) -> None:
    made = VirtualCharger(tmp_path)

    async def run() -> None:
        async with made.running():
            await made.until(lambda: made.status() == "Available")
            with pytest.raises(LocalRefusedError) as refused:
                await ask(made, verb, **arguments)
            assert words in str(refused.value)

    run_virtual(run())


def test_who_may_come_in_outlives_a_power_cut_and_a_reset_forgets_him(tmp_path: Path) -> None:
    made = VirtualCharger(tmp_path)

    async def run() -> None:
        async with made.running():
            await made.until(lambda: made.status() == "Available")
            access = made.app.people.access
            await made.app.task.put(access.on_start)
            await made.app.task.settled()
            code = access.code
            assert len(code.replace("-", "")) == 16
            assert access.is_code(code.lower().replace("-", " "))
            assert not access.is_code("")
            owner = User("anna", Role.OWNER, KEPT)
            await access.change(lambda book: book.with_first_owner(owner), ANNA, "set-up", "")
            assert (access.book.is_set_up, access.code) == (True, "")
            assert not access.is_code(code), "it is good for once"
        async with made.running():
            await made.until(lambda: made.status() == "Available")
            access = made.app.people.access
            assert access.book == Book((owner,))
            await made.app.people.at_the_station("access", {"action": "reset"})
            assert not access.book.is_set_up
            assert access.code not in ("", code)
            assert [one[0] for one in await audit_of(made)][-1] == "anna"

    run_virtual(run())


def test_a_book_that_cannot_be_read_lets_nobody_in(tmp_path: Path) -> None:
    made = VirtualCharger(tmp_path)

    async def run() -> None:
        async with made.running():
            await made.until(lambda: made.status() == "Available")
            access = made.app.people.access
            assert access.recall(lambda key: '{"users": 1}') != []
            assert (access.can_set_up, access.code, access.is_code("")) == (False, "", False)

    run_virtual(run())
