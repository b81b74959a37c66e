"""[[fallback]] in the file: what is taken, and what is refused with its key."""

from pathlib import Path

import pytest

from ampkeeper.firmware.config import ConfigError
from ampkeeper.firmware.config.load import parse

HEAD = """
[station]
vendor = "Ampkeeper"
model = "Emulated"
serial = "AK-0001"
[board]
name = "emulated"
[[evse]]
id = 1
max_a = 32
phases = 3
socket = true
[ocpp]
id = "AK0001"
"""
MAIN = HEAD + 'url = "ws://a.example/ocpp"\n'


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        parse(text)
    return [f"{each.key}: {each.allowed}" for each in refused.value.problems]


def test_without_fallbacks_there_is_one_central_system() -> None:
    assert parse(MAIN).fallback == ()


def test_fallbacks_are_read_in_order_and_may_leave_out_what_ocpp_says() -> None:
    text = MAIN + '[[fallback]]\nurl = "ws://b.example/ocpp"\n[[fallback]]\n'
    text += 'url = "ws://c.example/"\nid = "AK2"\nversions = ["1.6"]\nbooks = "operator"\n'
    second, third = parse(text).fallback
    assert (second.url, second.id, second.versions) == ("ws://b.example/ocpp", "", ())
    assert (second.security_profile, second.password_file, second.books) == (None, "", "")
    assert (third.id, third.versions, third.books) == ("AK2", ("1.6",), "operator")


# fmt: off
BAD = (
    # a table                                                     the key that is named
    ("[[fallback]]\n",                                            "fallback[1].url: missing"),
    ('[[fallback]]\nurl = "http://b/"\n',                         "fallback[1].url: must start"),
    ('[[fallback]]\nurl = "ws://b:0/"\n',                         "fallback[1].url: must name a"),
    ('[[fallback]]\nurl = "ws://u:p@b/"\n',                       "fallback[1].url: must not hold"),
    ('[[fallback]]\nurl = "ws://a.example/ocpp"\n',               "fallback[1].url: used twice"),
    ('[[fallback]]\nurl = "WS://A.Example:80/ocpp/"\n',           "fallback[1].url: used twice"),
    ('[[fallback]]\nurl = "ws://b/"\n[[fallback]]\nurl = "ws://b/"\n', "fallback[2].url: used tw"),
    ('[[fallback]]\nurl = "ws://b/"\nsecurity_profile = 2\n',     "fallback[1].url: security_pro"),
    ('[[fallback]]\nurl = "ws://b/"\nsecurity_profile = 1\n',     "fallback[1].password_file: mi"),
    ('[[fallback]]\nurl = "wss://b/"\nsecurity_profile = 3\n',    "ocpp.certificate_file: missin"),
    ('[[fallback]]\nurl = "ws://b/"\nid = "A:B"\n',               "fallback[1].id: must be 1 to"),
    ('[[fallback]]\nurl = "ws://b/"\nversions = []\n',            "fallback[1].versions: must be"),
    ('[[fallback]]\nurl = "ws://b/"\nuser = "x"\n',               "fallback[1].user: unknown key"),
    ('[[fallback]]\nurl = "ws://b/"\n' * 4,                       "fallback: 4 of them: must be"),
)
# fmt: on


@pytest.mark.parametrize(("table", "named"), BAD)
def test_what_is_wrong_is_named_by_its_key(table: str, named: str) -> None:
    found = problems(MAIN + table)
    assert any(each.startswith(named) for each in found), found


def test_a_fallback_needs_somebody_to_fall_back_from() -> None:
    free = HEAD + '[authorise]\nmode = "free"\n[[fallback]]\nurl = "ws://b/"\n'
    assert problems(free) == ["fallback[1].url: is one to fall back to: ocpp.url must be set"]


def test_an_order_names_systems_that_are_there() -> None:
    order = '[ocpp.variables]\n"OCPPCommCtrlr.NetworkConfigurationPriority" = "2,{}"\n'
    fallback = '[[fallback]]\nurl = "ws://b/"\n'
    assert len(parse(MAIN + order.format(1) + fallback).fallback) == 1
    (problem,) = problems(MAIN + order.format(3) + fallback)
    assert problem.endswith("is not there: must be 1 to 2")
    assert "NetworkConfigurationPriority" in problem


def test_the_same_address_under_another_id_is_another_system() -> None:
    text = MAIN + '[[fallback]]\nurl = "ws://a.example/ocpp"\nid = "AK0002"\n'
    assert parse(text).fallback[0].id == "AK0002"


def test_a_password_of_ocpp_serves_all(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("0123456789abcdef")
    text = MAIN + f'password_file = "{key}"\nsecurity_profile = 1\n'
    assert len(parse(text + '[[fallback]]\nurl = "ws://b/"\n').fallback) == 1
