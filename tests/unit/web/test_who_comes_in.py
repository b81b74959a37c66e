"""Set-up, log-in and what a session is worth: by whom, for how long, and from where."""

import asyncio
import re

import httpx
import pytest

from ampkeeper.firmware.access import passwords
from ampkeeper.firmware.access.roles import Role
from ampkeeper.firmware.faces.web import handlers
from ampkeeper.firmware.faces.web.entry import CSRF
from tests.unit.web.web_rig import ANNA, CODE, PASSWORD, PRICE_TOKEN, WebRig

FIRST = {"code": CODE, "name": ANNA, "password": PASSWORD}
LOGIN = {"name": ANNA, "password": PASSWORD}


def session_of(answer: httpx.Response) -> tuple[str, str]:
    """Name and value of the cookie that an answer sets."""
    found = re.match(r"([\w-]+)=([0-9a-f]*);", answer.headers["set-cookie"])
    assert found is not None
    return found[1], found[2]


async def test_who_has_the_code_becomes_the_owner_and_is_in() -> None:
    rig = WebRig(is_set_up=False)
    assert (await rig.ask("GET", "/api/v1/welcome")).json()["can_set_up"] is True
    answer = await rig.ask("POST", "/api/v1/setup", FIRST)
    assert answer.status_code == 200
    who = answer.json()["who"]
    assert (who["name"], who["role"]) == (ANNA, "owner")
    _, rig.secret = session_of(answer)
    rig.csrf = who["csrf"]
    assert (await rig.ask("PUT", "/api/v1/mode", {"mode": "off"})).status_code == 200
    assert rig.asked == [("mode", {"mode": "off"})]
    assert [(one.who, one.action) for one in rig.books.audit] == [
        (ANNA, "set-up"),
        (ANNA, "mode"),
    ]
    assert PASSWORD not in rig.books.meta["access"]


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"code": "7K2M-90QX-3DVB-ZT5B"}, 401, "code: wrong"),
        ({"code": ""}, 400, "body/code"),
        ({"password": "short"}, 400, "must have 10 to 128 characters"),
        ({"password": "anna1234567"}, 400, "must not hold the name"),
        ({"name": "an na"}, 409, "must be 1 to 32 letters"),
        ({"more": 1}, 400, "body"),
    ],
)
async def test_nobody_else_does(change: dict[str, object], status: int, words: str) -> None:
    rig = WebRig(is_set_up=False)
    answer = await rig.ask("POST", "/api/v1/setup", FIRST | change)
    assert (answer.status_code, words in answer.json()["error"]) == (status, True), answer.text
    assert not rig.desk.book.is_set_up


async def test_a_set_up_charger_has_no_set_up() -> None:
    rig = WebRig()
    answer = await rig.ask("POST", "/api/v1/setup", FIRST | {"name": "mallory"})
    assert answer.status_code == 409
    assert rig.desk.book.user("mallory") is None


async def test_two_who_have_the_code_at_once_do_not_both_become_the_owner() -> None:
    rig = WebRig(is_set_up=False)
    asked = [rig.ask("POST", "/api/v1/setup", FIRST | {"name": name}) for name in ("anna", "bert")]
    codes = sorted(answer.status_code for answer in await asyncio.gather(*asked))
    assert codes == [200, 409]
    assert len(rig.desk.book.users) == 1


async def test_the_cookie_is_seen_by_no_script_and_no_other_site() -> None:
    answer = await WebRig().ask("POST", "/api/v1/login", LOGIN)
    told = answer.headers["set-cookie"]
    assert told.startswith("__Host-ampkeeper=")
    assert told.endswith("; Path=/; HttpOnly; SameSite=Strict; Max-Age=43200; Secure")
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("change", [{"password": "wrong"}, {"name": "nobody"}, {"name": "ANN"}])
async def test_who_guesses_waits_and_is_not_told_what_was_wrong(change: dict[str, str]) -> None:
    rig = WebRig()
    answer = await rig.ask("POST", "/api/v1/login", LOGIN | change)
    assert answer.status_code == 401
    assert answer.json() == {"error": "name or password: wrong, the next is looked at in 1 s"}, (
        "the same for each"
    )
    held = await rig.ask("POST", "/api/v1/login", LOGIN)
    assert (held.status_code, held.headers["retry-after"]) == (429, "1")
    other = await rig.ask("POST", "/api/v1/login", LOGIN, address="192.0.2.2")
    assert other.status_code == 200, "nobody locks others out"
    rig.clock.pass_s(1.0)
    assert (await rig.ask("POST", "/api/v1/login", LOGIN)).status_code == 200


async def test_who_guesses_much_has_one_line_in_the_audit_for_many() -> None:
    rig = WebRig()
    for _ in range(20):
        rig.clock.pass_s(1.0)
        wrong = LOGIN | {"password": "wrong"}
        for number in range(5):
            await rig.ask("POST", "/api/v1/login", wrong, address=f"192.0.2.{number}")
    lines = [one for one in rig.books.audit if one.action == "log-in"]
    assert len(lines) <= 3
    assert "refused, " in lines[-1].result


async def test_few_passwords_wait_to_be_checked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rig, open_door = WebRig(), asyncio.Event()

    async def slowly(work: object, *args: object) -> bool:
        await open_door.wait()
        return True

    monkeypatch.setattr(handlers.asyncio, "to_thread", slowly)
    asked = [
        asyncio.ensure_future(rig.ask("POST", "/api/v1/login", LOGIN, address=f"10.0.0.{number}"))
        for number in range(handlers.CHECKS_MAX + 1)
    ]
    (first,), _ = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
    assert (first.result().status_code, first.result().headers["retry-after"]) == (429, "2")
    open_door.set()
    codes = sorted(one.status_code for one in await asyncio.gather(*asked))
    assert codes == [200] * handlers.CHECKS_MAX + [429]


async def test_no_constant_lets_anybody_in() -> None:
    rig = WebRig(is_set_up=False)
    for secret in ("", "0" * 64, "token", "admin", "ampkeeper", CODE, "None", "null"):
        told = {"authorization": f"Bearer {secret}"}
        answer = await rig.ask(
            "GET", "/api/v1/state", headers=told, address=f"10.0.0.{len(secret)}"
        )
        assert answer.status_code in (401, 429)
        cookie = {"cookie": f"__Host-ampkeeper={secret}"}
        assert (await rig.ask("GET", "/api/v1/state", headers=cookie)).status_code == 401


async def test_who_logs_out_is_out() -> None:
    rig = WebRig().enter(Role.OWNER)
    answer = await rig.ask("POST", "/api/v1/logout")
    assert session_of(answer) == ("__Host-ampkeeper", "")
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert (await rig.ask("GET", "/api/v1/state")).status_code == 401


async def test_who_does_nothing_for_half_an_hour_is_out() -> None:
    rig = WebRig().enter(Role.OWNER)
    rig.clock.pass_s(1_799.0)
    assert (await rig.ask("GET", "/api/v1/state")).status_code == 200
    rig.clock.pass_s(1_800.0)
    assert (await rig.ask("GET", "/api/v1/state")).status_code == 401


async def test_who_is_removed_is_out_at_once_and_so_is_his_token() -> None:
    rig = WebRig().enter(Role.READER)
    reader = rig.secret
    rig.enter(Role.OWNER)
    assert (await rig.ask("DELETE", "/api/v1/users/RITA")).status_code == 200
    assert (await rig.ask("DELETE", "/api/v1/tokens/program-guest")).status_code == 200
    rig.secret = reader
    assert (await rig.ask("GET", "/api/v1/state")).status_code == 401
    rig.secret = ""
    told = {"authorization": "Bearer token of guest"}
    assert (await rig.ask("GET", "/api/v1/state", headers=told)).status_code == 401


async def test_another_password_ends_the_other_sessions_and_the_old_one_is_wrong() -> None:
    rig = WebRig().enter(Role.GUEST)
    rig.entry.sessions.begin("gustav", "other", "csrf", rig.clock.now_s())
    new = "Gelbe Ampel 8"
    answer = await rig.ask("POST", "/api/v1/password", {"old": PASSWORD, "new": new})
    assert answer.status_code == 200
    assert (await rig.ask("GET", "/api/v1/state")).status_code == 200
    assert rig.entry.sessions.find("other", rig.clock.now_s()) is None
    rig.secret = ""
    old = {"name": "gustav", "password": PASSWORD}
    assert (await rig.ask("POST", "/api/v1/login", old)).status_code == 401
    rig.clock.pass_s(2.0)
    assert (await rig.ask("POST", "/api/v1/login", old | {"password": new})).status_code == 200


async def test_the_old_password_is_needed_for_a_new_one() -> None:
    rig = WebRig().enter(Role.GUEST)
    told = {"old": "wrong", "new": "Gelbe Ampel 8"}
    assert (await rig.ask("POST", "/api/v1/password", told)).status_code == 403
    assert passwords.is_right(PASSWORD, rig.desk.book.users[2].password)


async def test_a_token_is_told_once_and_works_until_it_is_dropped() -> None:
    rig = WebRig().enter(Role.OWNER)
    answer = await rig.ask("POST", "/api/v1/tokens", {"name": "evcc", "role": "guest"})
    token = answer.json()["token"]
    assert len(token) == 64
    assert token not in rig.books.meta["access"]
    assert token not in str(rig.books.audit)
    assert token not in (await rig.ask("GET", "/api/v1/users")).text
    rig.secret = ""
    told = {"authorization": f"bearer {token}"}
    assert (await rig.ask("GET", "/api/v1/state", headers=told)).status_code == 200
    assert (await rig.ask("POST", "/api/v1/evses/1/stop", headers=told)).status_code == 200
    assert rig.books.audit[-1].who == "evcc"


async def test_prices_are_pushed_with_the_token_of_the_configuration() -> None:
    rig = WebRig()
    told = {"authorization": f"Bearer {PRICE_TOKEN}"}
    answer = await rig.ask("PUT", "/prices", {"prices": []}, headers=told)
    assert answer.json() == {"price": None}
    assert rig.asked == [("prices", {"text": '{"prices":[]}'})]
    assert (await rig.ask("GET", "/api/v1/state", headers=told)).status_code == 403


async def test_no_prices_are_taken_before_somebody_owns_the_charger() -> None:
    rig = WebRig(is_set_up=False)
    told = {"authorization": f"Bearer {PRICE_TOKEN}"}
    answer = await rig.ask("PUT", "/prices", {"prices": []}, headers=told)
    assert (answer.status_code, "owns the charger" in answer.text) == (409, True)
    assert rig.asked == []


@pytest.mark.parametrize(
    "host",
    ["evil.example", "charger.local.evil.example", "", "charger.local@evil.example", "x" * 300,
     "[", "localhost.evil.example", "charger.local:x:y", "evil@charger.local"],
)  # fmt: skip
async def test_by_a_foreign_name_nothing_is_told(host: str) -> None:
    rig = WebRig().enter(Role.OWNER)
    answer = await rig.ask("GET", "/api/v1/state", headers={"host": host})
    assert answer.status_code == 421
    assert (await rig.ask("GET", "/", headers={"host": host})).status_code == 421


@pytest.mark.parametrize(
    "host",
    ["charger.local", "CHARGER.local:8443", "192.0.2.7:443", "[2001:db8::7]:443", "localhost"],
)
async def test_by_its_own_names_and_addresses_it_is_there(host: str) -> None:
    rig = WebRig().enter(Role.OWNER)
    answer = await rig.ask("GET", "/api/v1/state", headers={"host": host})
    assert answer.status_code == 200


async def test_the_page_may_change_something_with_its_own_origin() -> None:
    rig = WebRig().enter(Role.OWNER)
    told = {"origin": "https://charger.local", "sec-fetch-site": "same-origin"}
    answer = await rig.ask("PUT", "/api/v1/mode", {"mode": "off"}, headers=told)
    assert answer.status_code == 200


async def test_two_cookies_of_the_name_are_none() -> None:
    rig = WebRig().enter(Role.OWNER)
    told = {"cookie": f"__Host-ampkeeper=x; __Host-ampkeeper={rig.secret}", CSRF: rig.csrf}
    assert (await rig.ask("GET", "/api/v1/state", headers=told)).status_code == 401


async def test_a_guest_is_not_told_whose_charge_it_is() -> None:
    told = (await WebRig().enter(Role.GUEST).ask("GET", "/api/v1/state")).text
    assert "04A224B1" not in told
    assert "wss://csms" not in told
    assert "04A224B1" in (await WebRig().enter(Role.READER).ask("GET", "/api/v1/state")).text


async def test_what_the_station_refuses_is_told_and_written_down() -> None:
    rig = WebRig().enter(Role.OWNER)
    rig.refusal = "evse 1: there is no charge to stop"
    answer = await rig.ask("POST", "/api/v1/evses/1/stop")
    assert (answer.status_code, answer.json()) == (409, {"error": rig.refusal})
    assert [one.result for one in rig.books.audit] == ["ordered", f"refused: {rig.refusal}"]


async def test_while_the_books_cannot_be_written_nothing_is_asked_of_the_station() -> None:
    rig = WebRig().enter(Role.OWNER)
    rig.books.is_stuck = True
    answer = await rig.ask("POST", "/api/v1/evses/1/stop")
    assert answer.status_code == 503
    assert rig.asked == []


def restarted(rig: WebRig) -> WebRig:
    """The same charger a minute later, with what was kept."""
    rig.clock.pass_s(60.0)
    again = WebRig()
    again.clock.pass_s(60.0)
    again.desk.book, again.secret, again.csrf = rig.desk.book, rig.secret, rig.csrf
    clock = again.clock
    assert again.entry.take_up(rig.books.meta["log_ins"], clock.now(), clock.now_s()) == ""
    return again


async def logged_in() -> WebRig:
    rig = WebRig()
    answer = await rig.ask("POST", "/api/v1/login", LOGIN)
    _, rig.secret = session_of(answer)
    rig.csrf = answer.json()["who"]["csrf"]
    return rig


async def test_who_is_in_is_in_after_a_restart_and_who_left_is_not() -> None:
    rig = await logged_in()
    again = restarted(rig)
    assert (await again.ask("PUT", "/api/v1/mode", {"mode": "off"})).status_code == 200
    assert rig.secret not in rig.books.meta["log_ins"]
    assert (await rig.ask("POST", "/api/v1/logout")).status_code == 200
    assert (await restarted(rig).ask("GET", "/api/v1/state")).status_code == 401


async def test_a_password_that_changed_ends_what_was_kept_with_the_old_one() -> None:
    rig = await logged_in()
    was_kept = rig.books.meta["log_ins"]
    body = {"old": PASSWORD, "new": "Gelbe Ampel 8"}
    assert (await rig.ask("POST", "/api/v1/password", body)).status_code == 200
    assert (await rig.ask("GET", "/api/v1/state")).status_code == 200
    assert (await restarted(rig).ask("GET", "/api/v1/state")).status_code == 200
    rig.books.meta["log_ins"] = was_kept  # the power went before the sessions were written
    assert (await restarted(rig).ask("GET", "/api/v1/state")).status_code == 401


async def test_who_guessed_waits_after_a_restart_too() -> None:
    rig = WebRig()
    for _ in range(7):
        await rig.ask("POST", "/api/v1/login", LOGIN | {"password": "Rote Ampel 99"})
        rig.clock.pass_s(61.0)
    again = restarted(rig)
    again.entry.guesses.wrong("192.0.2.1", again.clock.now_s())
    assert again.entry.guesses.left_s("192.0.2.1", again.clock.now_s()) == 60.0
