"""Users of a whole charger: asked for at the door, in the books, and named with their sessions."""

from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.board.emulated.virtual_charger import VirtualCharger
from ampkeeper.board.emulated.virtual_time import run_virtual
from ampkeeper.firmware.faces.local import LocalRefusedError
from ampkeeper.firmware.facts import IdToken
from ampkeeper.firmware.reservation import Reservation
from ampkeeper.firmware.station.audit import By
from ampkeeper.firmware.store.store import STORE_FILE, open_read_only

CAR = {"max_a": 16.0, "phases": 3, "cable_a": 20}
OWNER = By("olga", "owner", "page")


async def ask(made: VirtualCharger, verb: str, **arguments: Any) -> Any:
    return await made.app.people.audit.ask(made.app.api.answer, OWNER, verb, arguments)


def test_users_cards_and_energy_outlive_a_power_cut_and_name_the_sessions(tmp_path: Path) -> None:
    made = VirtualCharger(tmp_path)

    async def charge() -> None:
        async with made.running():
            await made.until(lambda: made.csms.links != {} and made.status() == "Available")
            await ask(made, "user", action="add", user="Anna", add_cards=["04A224B1"], budget_kwh=1)
            made.plug(**CAR)
            made.swipe()
            await made.until(lambda: made.car.register.energy_wh > 100)
            (evse,) = made.app.people.overview.read().evses
            assert evse.session is not None
            assert evse.session.user == "Anna"
            made.swipe()
            await made.until(lambda: made.status() == "Finishing")

    async def after() -> tuple[Any, Any, Any]:
        async with made.running():
            await made.until(lambda: made.csms.links != {})
            users = await ask(made, "user", action="list")
            sessions = await ask(made, "sessions")
            with pytest.raises(LocalRefusedError, match="nobody here is called so"):
                await ask(made, "user", action="remove", user="Eve")
            await ask(made, "user", action="remove", user="anna")
            left = await ask(made, "user", action="list")
            assert left["users"] == []
            again = await ask(made, "sessions")
            audit = (await made.app.people.access.audit(5))["entries"]
            return users, (sessions, again), audit

    run_virtual(charge())
    users, pages, audit = run_virtual(after())
    (anna,) = users["users"]
    assert (anna["name"], anna["cards"], anna["may_charge"]) == ("Anna", ["04A224B1"], True)
    for page in pages:
        assert [one["user"] for one in page["sessions"]] == ["Anna"]
    assert anna["used_wh"] == pages[0]["sessions"][0]["energy_wh"] > 0
    assert [(one["who"], one["detail"], one["result"]) for one in audit] == [
        ("olga", "action=remove user=#1", "ordered"),
        ("olga", "action=remove user=?", "refused"),
        ("olga", "action=remove user=?", "ordered"),
        ("olga", "action=add user=#1 budget_kwh=1 cards+1", "ordered"),
    ]


def test_a_bad_table_changes_nothing_and_a_good_one_all(tmp_path: Path) -> None:
    made = VirtualCharger(tmp_path)

    async def run() -> Any:
        async with made.running():
            with pytest.raises(LocalRefusedError, match="line 3, column 2"):
                await ask(made, "user", action="import", table="name,cards\nAnna,A1\nBob,A1\n")
            assert (await ask(made, "user"))["users"] == []
            table = "name,cards\nAnna,A1\nBob,B1\n"
            tried = await ask(made, "user", action="import", table=table, dry_run=True)
            assert len(tried["users"]) == 2
            assert (await ask(made, "user"))["users"] == []
            return await ask(made, "user", action="import", table=table)

    assert [one["name"] for one in run_virtual(run())["users"]] == ["Anna", "Bob"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"action": "dance"}, "allowed actions are"),
        ({"action": "add"}, "name None"),
        ({"action": "add", "user": "A", "add_cards": "A1"}, "a list of cards"),
        ({"action": "add", "user": "A", "add_cards": [1]}, "card 1"),
        ({"action": "change", "user": "B"}, "nobody here"),
        ({"action": "add", "user": "A", "from": 3}, "from 3"),
        ({"action": "import", "table": 3}, "at most"),
        ({"action": "learn", "user": "A"}, "nobody here"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, arguments: dict[str, Any], said: str) -> None:
    made = VirtualCharger(tmp_path)

    async def run() -> None:
        async with made.running():
            with pytest.raises(LocalRefusedError, match=said):
                await ask(made, "user", **arguments)

    run_virtual(run())


def test_one_person_is_told_all_and_then_forgotten(tmp_path: Path) -> None:
    made = VirtualCharger(tmp_path)

    async def run() -> tuple[Any, Any, Any]:
        async with made.running():
            await made.until(lambda: made.csms.links != {} and made.status() == "Available")
            await ask(made, "user", action="add", user="Anna Weber", add_cards=["04A224B1", "B7"])
            made.plug(**CAR)
            made.swipe()
            await made.until(lambda: made.car.register.energy_wh > 100)
            with pytest.raises(LocalRefusedError, match="the person charges there"):
                await ask(made, "privacy", action="delete", user="Anna Weber")
            made.swipe()
            await made.until(lambda: made.status() == "Finishing")
            await made.until(lambda: not made.app.station.is_busy)
            told = await ask(made, "privacy", action="export", card="b7")
            await ask(made, "privacy", action="delete", user="anna weber")
            sessions = await ask(made, "sessions")
            with pytest.raises(LocalRefusedError, match="nobody here"):
                await ask(made, "privacy", action="export", user="Anna Weber")
            audit = (await made.app.people.access.audit(50))["entries"]
            return told, sessions["sessions"], audit

    told, (session,), audit = run_virtual(run())
    assert told["user"]["name"] == "Anna Weber"
    assert told["cards"] == ["04A224B1", "B7"]
    assert [one["id_tag"] for one in told["sessions"]] == ["04A224B1"]
    assert (session["user"], session["id_tag"]) == (None, None)
    assert session["energy_wh"] == told["sessions"][0]["energy_wh"] > 0
    deletions = [one for one in audit if one["action"] == "privacy"]
    assert ("olga", "action=delete user=#1", "ordered") in [
        (one["who"], one["detail"], one["result"]) for one in deletions
    ]
    assert "Weber" not in str(audit)
    assert "04A224B1" not in str(audit)


def test_who_was_removed_is_forgotten_with_all_that_his_card_left(tmp_path: Path) -> None:
    made = VirtualCharger(tmp_path)

    async def run() -> tuple[Any, Any]:
        async with made.running():
            await made.until(lambda: made.csms.links != {} and made.status() == "Available")
            made.plug(**CAR)
            made.swipe()
            await made.until(lambda: made.car.register.energy_wh > 100)
            made.swipe()
            await made.until(lambda: made.status() == "Finishing")
            await made.until(lambda: not made.app.station.is_busy)
            made.unplug()
            await made.until(lambda: made.status() == "Available")
            await ask(made, "user", action="add", user="Anna", add_cards=["04A224B1"])
            made.plug(**CAR)
            made.swipe()
            await made.until(lambda: made.status() == "Charging")
            made.swipe()
            await made.until(lambda: made.status() == "Finishing")
            await made.until(lambda: not made.app.station.is_busy)
            await ask(made, "user", action="remove", user="Anna")
            assert "04A224B1" in str(made.app.station.entrance.known), "asked before she was Anna"
            await ask(made, "privacy", action="delete", user="Anna")
            return (await ask(made, "sessions"))["sessions"], dict(made.app.station.entrance.known)

    (hers, before), known = run_virtual(run())
    assert (hers["user"], hers["id_tag"]) == (None, None)
    assert before["id_tag"] == "04A224B1", "it was of nobody when she had the card"
    assert "04A224B1" not in str(known)


def test_nothing_is_kept_free_for_who_is_forgotten(tmp_path: Path) -> None:
    made = VirtualCharger(tmp_path)

    async def run() -> tuple[Any, Any]:
        async with made.running():
            await made.until(lambda: made.csms.links != {} and made.status() == "Available")
            await ask(made, "user", action="add", user="Anna", add_cards=["04A224B1"])
            until = made.app.clock.now() + timedelta(hours=1)
            kept = Reservation(7, 1, IdToken("04A224B1"), until)
            await made.app.task.put(partial(made.app.station.reservations.on_reserve, kept))
            await made.until(lambda: made.status() == "Reserved")
            await ask(made, "privacy", action="delete", user="Anna")
            await made.until(lambda: made.status() == "Available")
            return made.app.station.reservations.book, made.trace.of("reservation_ended")

    book, ended = run_virtual(run())
    assert (book, [one["why"] for one in ended]) == ({}, ["removed"])
    with closing(open_read_only(made.state_dir / STORE_FILE)) as books:
        assert list(books.reservations()) == []
