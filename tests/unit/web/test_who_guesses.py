"""Who guesses: what clears his wait, who else waits, and what the audit says of it."""

from ampkeeper.firmware.access.guesses import FREE_OF_ACCOUNT
from ampkeeper.firmware.access.roles import Role
from tests.unit.web.web_rig import ANNA, PASSWORD, WebRig

LOGIN = {"name": ANNA, "password": PASSWORD}
WRONG = LOGIN | {"password": "Rote Ampel 99"}
TELLER = {"authorization": "Bearer token of guest"}


async def test_what_a_guest_may_show_does_not_clear_his_guesses_at_the_owner() -> None:
    rig = WebRig()
    waits = []
    for number in range(4):
        answer = await rig.ask("POST", "/api/v1/login", WRONG)
        assert answer.status_code == 401
        waits.append(answer.json()["error"].rpartition("in ")[2])
        rig.clock.pass_s(60.0)
        shown = {"name": "gustav", "password": PASSWORD}
        if number % 2:
            assert (await rig.ask("POST", "/api/v1/login", shown)).status_code == 200
        else:
            assert (await rig.ask("GET", "/api/v1/state", headers=TELLER)).status_code == 200
    assert waits == ["1 s", "2 s", "4 s", "8 s"]


async def test_many_addresses_that_guess_at_one_account_wait_together() -> None:
    rig = WebRig()
    home = "192.0.2.99"
    assert (await rig.ask("POST", "/api/v1/login", LOGIN, address=home)).status_code == 200
    codes = []
    for number in range(FREE_OF_ACCOUNT + 1):
        answer = await rig.ask("POST", "/api/v1/login", WRONG, address=f"10.0.0.{number}")
        codes.append(answer.status_code)
    assert codes == [401] * (FREE_OF_ACCOUNT + 1)
    held = await rig.ask("POST", "/api/v1/login", LOGIN, address="10.0.1.1")
    assert (held.status_code, held.headers["retry-after"]) == (429, "1")
    other = LOGIN | {"name": "ida"}
    assert (await rig.ask("POST", "/api/v1/login", other, address="10.0.1.2")).status_code == 200
    known = await rig.ask("POST", "/api/v1/login", LOGIN, address=home)
    assert known.status_code == 200, "where he came in before, nobody locks him out"


async def test_a_name_that_nobody_has_is_held_as_one_that_somebody_has() -> None:
    told = []
    for name in (ANNA, "zoe"):
        rig = WebRig()
        for number in range(FREE_OF_ACCOUNT + 2):
            body = WRONG | {"name": name.upper() if number % 2 else name}
            answer = await rig.ask("POST", "/api/v1/login", body, address=f"10.0.0.{number}")
        told.append((answer.status_code, answer.text))
    assert told[0] == told[1]
    assert told[0][0] == 429


async def test_a_program_with_an_old_token_shuts_out_nobody_at_its_address() -> None:
    rig = WebRig()
    codes = []
    for number in range(20):
        old = {"authorization": f"Bearer old {number % 2}"}
        assert (await rig.ask("GET", "/api/v1/state", headers=old)).status_code == 401
        rig.clock.pass_s(5.0)
        codes.append((await rig.ask("GET", "/api/v1/state", headers=TELLER)).status_code)
        rig.clock.pass_s(5.0)
    assert codes == [200] * 20


async def test_wrong_tokens_have_a_line_in_the_audit() -> None:
    rig = WebRig()
    for number in range(30):
        told = {"authorization": f"Bearer {number:064x}"}
        answer = await rig.ask("GET", "/api/v1/state", headers=told, address=f"10.0.0.{number}")
        assert answer.status_code == 401
        rig.clock.pass_s(1.0)
    lines = [one for one in rig.books.audit if one.action == "token"]
    assert [(one.who, one.way, one.result) for one in lines] == [
        ("nobody", f"token from 10.0.0.{number}", f"refused, {count} times since the last line")
        for number, count in ((0, 1), (10, 10), (20, 10))
    ]
    assert "0" * 60 not in str(rig.books.audit)


async def test_a_wrong_old_password_has_a_line_in_the_audit() -> None:
    rig = WebRig().enter(Role.GUEST)
    told = {"old": "wrong", "new": "Gelbe Ampel 8"}
    assert (await rig.ask("POST", "/api/v1/password", told)).status_code == 403
    assert [(one.who, one.role, one.action, one.result) for one in rig.books.audit] == [
        ("gustav", "guest", "password", "refused, 1 times since the last line")
    ]


async def test_each_kind_of_refusal_is_counted_by_itself() -> None:
    rig = WebRig()
    told = {"authorization": "Bearer wrong"}
    await rig.ask("GET", "/api/v1/state", headers=told, address="10.0.0.1")
    await rig.ask("POST", "/api/v1/login", WRONG, address="10.0.0.2")
    assert [one.action for one in rig.books.audit] == ["token", "log-in"]
