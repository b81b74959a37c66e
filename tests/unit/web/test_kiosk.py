"""The screen at the charger: only from there, only where it is wanted, and nothing of a person."""

import pytest

from ampkeeper.firmware.faces.web.headers import is_loopback
from tests.unit.web.web_rig import WebRig

PATH = "/api/v1/display"


async def test_who_stands_at_the_charger_sees_what_it_does_and_not_for_whom() -> None:
    rig = WebRig(has_kiosk=True)
    answer = await rig.ask("GET", PATH, address="127.0.0.1")
    assert answer.status_code == 200
    told = answer.json()
    assert told["evses"][0]["power_w"] == rig.power_w
    assert told["evses"][0]["session"]["token"] is None
    assert told["link"]["url"] is None
    assert rig.asked == []


@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1", "", "10.0.0.1"])
async def test_nobody_else_is_told(address: str) -> None:
    answer = await WebRig(has_kiosk=True).ask("GET", PATH, address=address)
    assert answer.status_code == 403


async def test_unless_it_is_wanted_nobody_is_told() -> None:
    assert (await WebRig().ask("GET", PATH, address="127.0.0.1")).status_code == 409


async def test_from_the_charger_itself_nothing_else_is_open() -> None:
    rig = WebRig(has_kiosk=True)
    for path in ("/api/v1/state", "/api/v1/sessions", "/api/v1/users"):
        assert (await rig.ask("GET", path, address="127.0.0.1")).status_code == 401


@pytest.mark.parametrize(
    ("address", "is_so"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("::ffff:10.0.0.1", False),
        ("128.0.0.1", False),
        ("localhost", False),
        ("", False),
    ],
)
def test_the_charger_itself_is_known_by_its_address(address: str, is_so: bool) -> None:
    assert is_loopback(address) is is_so
