"""[mqtt], [site], [[circuit]] and [[member]] in the file: what is taken, and what is refused."""

from pathlib import Path

import pytest

from ampkeeper.firmware.config import Checkers, Config, ConfigError, parse
from ampkeeper.firmware.config.show import as_toml
from ampkeeper.firmware.station.site_plan import check_site, plan_of
from tests.support.configs import FREE

SITE = """
[mqtt]
url = "mqtts://broker.example"
[site]
name = "yard"
key_file = "site.key"
[[circuit]]
name = "feeder"
max_a = 63
max_l2_a = 50
[[circuit]]
name = "row"
parent = "feeder"
max_a = 32
imbalance_a = 20
others_a = 4
meter = "AK-0001"
[[member]]
name = "left"
station = "AK-0001"
circuit = "row"
safe_a = 6
[[member]]
name = "AK-0002"
circuit = "row"
rotation = "L2L3L1"
priority = 3
"""
METER = """
[mains]
source = "meter"
fuse_a = 35
"""


@pytest.fixture(autouse=True)
def key_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "site.key").write_text("00" * 32)
    monkeypatch.chdir(tmp_path)


def loaded(text: str) -> Config:
    return parse(FREE + text, checkers=Checkers(site=check_site))


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        loaded(text)
    return [f"{each.key}: {each.allowed}" for each in refused.value.problems]


@pytest.mark.parametrize("serial", ["AK+1", "AK#", "AK/1", "AK 1"])
def test_a_serial_that_is_no_level_of_a_topic_needs_an_id(serial: str) -> None:
    station = FREE.replace("AK-0001", serial)
    offering = station + '[mqtt]\nurl = "mqtts://broker.example"\noffers = "state"\n'
    with pytest.raises(ConfigError, match=r"mqtt\.id.*missing: station\.serial"):
        parse(offering)
    assert parse(offering + 'id = "AK-1"\n').mqtt.id == "AK-1"
    assert parse(offering.replace("state", "nothing")).station.serial == serial
    assert parse(station).station.serial == serial


def test_a_site_is_read_whole() -> None:
    config = loaded(SITE)
    plan = plan_of(config.circuit, config.member)
    assert plan.stations == {"AK-0001": ((1, "left"),), "AK-0002": ((1, "AK-0002"),)}
    assert plan.meters == {"row": "AK-0001"}
    assert plan.roster.limits_a({})["feeder", 1] == 50.0
    assert plan.roster.limits_a()["row", 0] == 28.0
    assert plan.roster.seats["AK-0002"].phases == (1, 2, 0)
    assert parse(as_toml(config), checkers=Checkers(site=check_site)) == config


def test_descriptions_are_alike_whatever_the_order_and_differ_by_a_single_fuse() -> None:
    config = loaded(SITE)
    print_of = plan_of(config.circuit, config.member).fingerprint
    turned = plan_of(config.circuit[::-1], config.member[::-1]).fingerprint
    other = loaded(SITE.replace("max_a = 32", "max_a = 33"))
    assert turned == print_of
    assert plan_of(other.circuit, other.member).fingerprint != print_of


def test_a_fuse_that_others_load_too_lets_no_lower_current_wait() -> None:
    assert loaded("").protection.step_down_at_once is False
    assert loaded(SITE).protection.step_down_at_once is True
    assert loaded(METER).protection.step_down_at_once is True


@pytest.mark.parametrize(("text", "key"), [(SITE, "site.name"), (METER, "mains.fuse_a")])
def test_to_let_it_wait_is_refused_with_the_key_that_forbids_it(text: str, key: str) -> None:
    waits = "[protection]\nstep_down_at_once = "
    assert loaded(text + waits + "true\n").protection.step_down_at_once is True
    (problem,) = problems(text + waits + "false\n")
    assert problem.startswith(f"protection.step_down_at_once: a fuse cannot wait ({key} is set)")
    assert loaded(waits + "false\n").protection.step_down_at_once is False


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('"feeder"\nmax_a = 32', '"cellar"\nmax_a = 32', "its parent 'cellar' is no circuit"),
        ("max_a = 63", 'max_a = 63\nparent = "row"', "a loop, 'feeder' in 'row' in 'feeder'"),
        ('parent = "feeder"\n', "", "only one may have no parent"),
        ('name = "row"', 'name = "feeder"', "circuit[2]: circuit 'feeder': is there twice"),
        ('circuit = "row"\nsafe', 'circuit = "rom"\nsafe', "member[1]: member 'left': 'rom' is no"),
        ("safe_a = 6", "safe_a = 32", "circuit[2]: circuit 'row': the safe shares and the load"),
        ("imbalance_a = 20", "imbalance_a = 5", "circuit[2]: circuit 'row': its phases may"),
        ('meter = "AK-0001"', 'meter = "AK-0009"', "circuit[2]: circuit 'row': meter 'AK-0009'"),
        ('name = "AK-0002"', 'name = "left"', "member 'left': is there twice"),
        (
            'name = "AK-0002"',
            'name = "right"\nstation = "AK-0001"',
            "member[2]: member 'right': EVSE 1 of 'AK-0001' is there twice",
        ),
        ('station = "AK-0001"', 'station = "AK-0003"', "mqtt.id: is no station of any [[member]]"),
        ("safe_a = 6", "safe_a = 6\nevse = 2", "member[1].evse: this charger has no such [[evse]]"),
        ('key_file = "site.key"', "", "site.key_file: missing: messages of a site are signed"),
        ('url = "mqtts://broker.example"', "", "mqtt.url: missing: a site cannot do without"),
        ('name = "yard"\n', "", "there is no site: site.name must be set"),
    ],
)  # fmt: skip
def test_what_is_no_site_is_refused_with_its_table(old: str, new: str, expected: str) -> None:
    assert old in SITE
    assert any(expected in each for each in problems(SITE.replace(old, new, 1)))


def test_a_charger_of_one_phase_sits_on_one() -> None:
    one = FREE.replace("phases = 3", "phases = 1")
    with pytest.raises(ConfigError, match="has one phase: must be one of L1"):
        parse(one + SITE)
    text = SITE.replace("safe_a = 6", 'safe_a = 6\nrotation = "L3"')
    plan = plan_of((found := parse(one + text)).circuit, found.member)
    assert plan.roster.seats["left"].phases == (2,)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("mqtt://broker.example", "without TLS to another machine"),
        ("mqtt://10.0.0.7:1883", "without TLS to another machine"),
        ("http://broker.example", "must start with mqtt:// or mqtts://"),
        ("mqtts://me:word@broker.example", "must not hold a user or password"),
        ("mqtts://", "must name a host"),
        ("mqtts://broker.example:0", "must name a host"),
        ("mqtts://broker.example/topic", "must end with the port"),
        ("mqtts://broker.example:99999", "not an address"),
    ],
)
def test_a_broker_that_cannot_be_is_refused(url: str, expected: str) -> None:
    (problem,) = problems(f'[mqtt]\nurl = "{url}"\n')
    assert problem.startswith("mqtt.url: ")
    assert expected in problem


@pytest.mark.parametrize(
    "text",
    [
        'url = "mqtt://127.0.0.1:1883"',
        'url = "mqtt://[::1]"',
        'url = "mqtt://localhost"',
        'url = "mqtt://broker.example"\ntls = "none"',
        'url = "mqtts://broker.example"',
    ],
)
def test_without_tls_is_for_this_machine_or_written_out(text: str) -> None:
    assert loaded(f"[mqtt]\n{text}\n").mqtt.url


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('tls = "none"', "mqtt.url: with TLS, but mqtt.tls"),
        ('password_file = "site.key"', "mqtt.user: missing"),
        ('certificate_file = "site.key"', "mqtt.key_file: missing"),
        ('key_file = "site.key"', "mqtt.certificate_file: missing"),
        ("keepalive_s = 4", "mqtt.keepalive_s: must be"),
    ],
)
def test_what_does_not_go_together_is_refused(text: str, expected: str) -> None:
    (problem,) = problems(f'[mqtt]\nurl = "mqtts://broker.example"\n{text}\n')
    assert problem.startswith(expected)
