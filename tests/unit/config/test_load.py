"""Loading a configuration: what is taken, and how what is not is explained."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ampkeeper.firmware.config import Checkers, ConfigError, Problem, load, parse
from ampkeeper.firmware.config.load import FILE_BYTES_MAX
from ampkeeper.firmware.config.model import Evse
from ampkeeper.firmware.config.problems import PROBLEMS_MAX
from tests.unit.config.files import SMALLEST, changed, line_of


def problems(text: str, **named: Any) -> tuple[Problem, ...]:
    with pytest.raises(ConfigError) as caught:
        parse(text, name="charger.toml", **named)
    return caught.value.problems


def only(text: str, **named: object) -> str:
    (problem,) = problems(text, **named)
    return str(problem)


def test_the_smallest_useful_file_loads_exactly(tmp_path: Path) -> None:
    file = tmp_path / "charger.toml"
    file.write_text(SMALLEST)
    config = load(file)
    assert (config.station.vendor, config.station.serial) == ("Ampkeeper", "AK-0001")
    assert config.evse == (Evse(id=1, max_a=32.0, phases=3, socket=True),)
    assert config.ocpp.versions == ("2.0.1", "1.6")
    assert config.ocpp.keys == {"MeterValueSampleInterval": 10}
    assert config.ocpp.variables == {"SampledDataCtrlr.TxUpdatedInterval": 10}
    assert (config.session.on_power_return, config.authorise.mode) == ("resume", "ocpp")
    assert (config.limits.max_a, config.limits.stale_meter_a) == (None, 6.0)
    assert (config.update.enabled, config.update.factory_file) == (True, "")
    assert config.update.allow_unsigned_orders is False
    assert (config.web.listen, config.web.tls) == ("", "own")
    assert (config.mqtt.url, config.site.name, config.circuit, config.member) == ("", "", (), ())


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("max_a = 32", "max_a = 5.9", "evse[1].max_a = 5.9: must be 6 to 80 A"),
        ("max_a = 32", "max_a = 81", "evse[1].max_a = 81: must be 6 to 80 A"),
        ("max_a = 32", "max_a = nan", "evse[1].max_a = nan: must be 6 to 80 A"),
        ("max_a = 32", 'max_a = "32 A"', 'evse[1].max_a = "32 A": must be 6 to 80 A'),
        ("max_a = 32", "max_a = true", "evse[1].max_a = true: must be 6 to 80 A"),
        ("phases = 3", "phases = 2", "evse[1].phases = 2: must be 1 or 3"),
        ("phases = 3", "phases = 3.0", "evse[1].phases = 3.0: must be 1 or 3"),
        ("socket = true ", "socket = 1 ", "evse[1].socket = 1: must be true or false"),
        ("id = 1\n", "id = 1.5\n", "evse[1].id = 1.5: must be a whole number, 1 to 8"),
        (
            "max_a = 32",
            "max_ma = 32000",
            "evse[1].max_ma = 32000: unknown key; "
            "wrong unit, the key is max_a (6 to 80 A): write max_a = 32",
        ),
        (
            "socket = true ",
            "sockt = true ",
            "evse[1].sockt = true: unknown key; did you mean socket (true or false)?",
        ),
        ("[station]", "[statoin]", "statoin = a table: unknown section; did you mean station?"),
        ('serial = "AK-0001"', 'serial = ""', 'station.serial = "": must be text of 1 to 25'),
        ('"AK-0001"', '"a\\nb"', 'station.serial = "a\\nb": must be text of 1 to 25 characters'),
        ('"Ampkeeper"', '"' + 21 * "x" + '"', "must be text of 1 to 20 characters"),
        ('"AK0001"', '"AK:0001"', 'ocpp.id = "AK:0001": must be 1 to 48 of A-Z a-z 0-9'),
        ('"AK0001"', '""', "ocpp.id: missing: must be set when ocpp.url is"),
        ('["2.0.1", "1.6"]', '["2.0"]', 'ocpp.versions = ["2.0"]: must be a list of "2.1" or'),
        ('["2.0.1", "1.6"]', "[]", "ocpp.versions = []: must be a list of"),
        ('["2.0.1", "1.6"]', '["1.6", "1.6"]', "each at most once"),
        ("security_profile = 0", "security_profile = 4", "must be a whole number, 0 to 3"),
        ('"ws://127.0.0.1:9000/ocpp"', '"http://a"', "must start with ws:// or wss://"),
        ('"ws://127.0.0.1:9000/ocpp"', '"ws://"', "must name a host"),
        ('"ws://127.0.0.1:9000/ocpp"', '"ws://a:99999"', "not an address: Port out of range"),
        ('"ws://127.0.0.1:9000/ocpp"', '"ws://a/#b"', "must not have a fragment"),
        ("Interval = 10\n\n", "Interval = [1]\n\n", "must be a text of at most 2500 characters"),
        ("[[evse]]", "[evse]", "must be an array of tables: write [[evse]]"),
        ("[station]", "[[station]]", "must be a table: write [station]"),
        ("[ocpp.keys]  ", "[update]\nconfirm_within_s = 5\n[ocpp.keys]", "30 to 3600 s"),
        ("[ocpp.keys]  ", "[limits]\nstale_meter_a=3\n[ocpp.keys]", "must be 0 or 6 to 80 A"),
        ('"SampledDataCtrlr.Tx', "SampledDataCtrlr.Tx", "quote a name that has dots"),
    ],
)
def test_a_wrong_key_or_value_is_named_with_what_is_allowed(
    old: str, new: str, expected: str
) -> None:
    text = changed(old, new.rstrip('"') if "quote a" in expected else new)
    if "quote a" in expected:
        text = text.replace('TxUpdatedInterval" =', "TxUpdatedInterval =")
    found = [str(problem) for problem in problems(text)]
    assert any(expected in problem for problem in found), found


def test_a_problem_stands_with_file_and_line() -> None:
    text = changed("max_a = 32", "max_a = 120")
    assert only(text) == f"charger.toml:{line_of(text, 'max_a')}: evse[1].max_a = 120: " + (
        "must be 6 to 80 A"
    )


def test_all_problems_are_told_at_once_in_order_of_line() -> None:
    text = changed("max_a = 32", "max_a = 120").replace("phases = 3", "phases = 2")
    text = text.replace('serial = "AK-0001"', "").replace("ws://127", "http://127")
    found = problems(text, sets=[("limits.max_a", "5")])
    assert [problem.key for problem in found] == [
        "limits.max_a",
        "station.serial",
        "evse[1].max_a",
        "evse[1].phases",
        "ocpp.url",
    ]
    assert [problem.place for problem in found][:2] == ["--set", "charger.toml:1"]


def test_a_missing_section_is_named() -> None:
    found = [str(problem) for problem in problems("[update]\nenabled = false\n")]
    assert "charger.toml:1: station: missing: a file needs [station]" in found
    assert "charger.toml:1: evse: missing: a file needs [[evse]]" in found


def test_endless_problems_are_cut() -> None:
    text = SMALLEST + "".join(f"[x{number}]\n" for number in range(300))
    assert len(problems(text)) == PROBLEMS_MAX


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        ((1, 1), "evse[2].id = 1: used twice"),
        ((1, 3), "evse[2].id = 3: ids leave a gap: must be 1 to 2"),
        ((2, 3), "evse[2].id = 3: ids leave a gap: must be 1 to 2"),
    ],
)
def test_evse_ids_count_from_one_without_gap_or_repeat(ids: tuple[int, int], expected: str) -> None:
    start, end = SMALLEST.index("[[evse]]"), SMALLEST.index("[ocpp]")
    table = SMALLEST[start:end]
    tables = "".join(table.replace("id = 1", f"id = {number}") for number in ids)
    assert expected in only(SMALLEST[:start] + tables + SMALLEST[end:])


def test_evses_come_in_order_of_their_ids() -> None:
    table = "[[evse]]\nid = {}\nmax_a = {}\nphases = 1\nsocket = false\n"
    start, end = SMALLEST.index("[[evse]]"), SMALLEST.index("[ocpp]")
    text = SMALLEST[:start] + table.format(2, 16) + table.format(1, 32) + SMALLEST[end:]
    assert [(evse.id, evse.max_a) for evse in parse(text).evse] == [(1, 32.0), (2, 16.0)]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"[station\n", "charger.toml:1: not TOML: Expected ']'"),
        (b"a = 1\na = 2\n", "charger.toml:2: not TOML: Cannot overwrite a value"),
        (b"[station]\nvendor = ", "charger.toml:2: not TOML: Invalid value"),
        (b"a = 1\nb = '\xff'\n", "charger.toml:2: not UTF-8"),
        (b"a = " + b"[" * 100_000, "charger.toml:1: not usable: nested too deeply"),
        (b"#" * (FILE_BYTES_MAX + 1), "larger than 262144 bytes"),
        (b"", "station: missing"),
    ],
    ids=["bracket", "twice", "end", "bytes", "nested", "large", "empty"],
)
def test_a_file_that_is_no_toml_is_refused_with_its_line(
    tmp_path: Path, content: bytes, expected: str
) -> None:
    file = tmp_path / "charger.toml"
    file.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load(file)
    assert expected in str(caught.value)


def test_a_file_that_is_not_there_is_refused_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml: cannot be read: No such file"):
        load(tmp_path / "nowhere.toml")
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load(tmp_path)


def test_a_secret_is_refused_and_not_shown() -> None:
    text = changed("MeterValueSampleInterval = 10", 'AuthorizationKey = "hunter2"')
    text = text.replace('id = "AK0001"', 'id = "AK0001"\npassword = "hunter2"')
    text = text.replace("ws://127", "ws://AK0001:hunter2@127")
    found = [str(problem) for problem in problems(text)]
    assert len(found) == 3
    assert "hunter2" not in "".join(found)
    assert "did you mean password_file" in found[1]
    assert "write its file in ocpp.password_file" in found[2]


def test_security_profiles_want_their_scheme_and_their_files(tmp_path: Path) -> None:
    found = [str(p) for p in problems(changed("profile = 0", "profile = 3"))]
    assert len(found) == 3
    assert "ocpp.certificate_file: missing: security_profile 3" in found[0]
    assert "ocpp.key_file: missing: security_profile 3" in found[1]
    assert "security_profile 3 is with TLS: must be wss://" in found[2]
    password = tmp_path / "password"
    password.write_text("hunter2")
    text = changed("profile = 0", f'profile = 1\npassword_file = "{password}"')
    assert parse(text).ocpp.password_file == str(password)
    assert "must be ws://" in only(text.replace("ws://127", "wss://127"))


def test_a_file_named_in_the_configuration_is_looked_for_beside_it(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("hunter2")
    file = tmp_path / "charger.toml"
    file.write_text(changed("profile = 0", 'profile = 1\npassword_file = "password"'))
    assert load(file).ocpp.password_file == str(tmp_path / "password")
    (tmp_path / "password").unlink()
    with pytest.raises(ConfigError, match="must be the path of a file that can be read"):
        load(file)


def test_a_station_that_nobody_could_use_is_refused() -> None:
    alone = SMALLEST[: SMALLEST.index("[ocpp]")]
    assert 'authorise.mode = "ocpp": nobody could ever charge' in only(alone)
    assert parse(alone + '[authorise]\nmode = "free"\n').ocpp.url == ""
    assert parse(alone + '[authorise]\ntags = ["04A224B1"]\n').authorise.tags == ("04A224B1",)


def test_free_names_are_checked_by_those_who_know_them() -> None:
    checkers = Checkers(
        ocpp_key=lambda name, value: f"{name} must be less than {value}",
        ocpp_variable=lambda name, value: None,
    )
    found = only(SMALLEST, checkers=checkers)
    assert "ocpp.keys.MeterValueSampleInterval = 10: MeterValueSampleInterval must be less" in found


def test_a_board_is_known_and_knows_its_own_keys() -> None:
    def check(name: str, value: object) -> str | None:
        return None if name == "meter.device" else "unknown key; did you mean meter.device?"

    checkers = Checkers(
        board=lambda board: check if board == "emulated" else None, boards=("emulated", "pi_rp2040")
    )
    text = SMALLEST + '[board.meter]\ndevice = "/dev/ttyUSB0"\n'
    assert parse(text, checkers=checkers).board.tables == {"meter": {"device": "/dev/ttyUSB0"}}
    wrong = only(text.replace("device", "devise"), checkers=checkers)
    assert "board.meter.devise = " in wrong
    assert "did you mean meter.device?" in wrong
    assert "this board takes no keys" in only(text)
    other = only(changed('"emulated"', '"emulatd"'), checkers=checkers)
    assert 'board.name = "emulatd": no such board; did you mean emulated?' in other


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
@settings(max_examples=60, deadline=None)
def test_no_bytes_raise_anything_but_a_config_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    file = tmp_path_factory.getbasetemp() / "any.toml"
    file.write_bytes(content)
    with pytest.raises(ConfigError):
        load(file)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ('["eth0"]', 'ocpp.interfaces = "eth0": must be Wired0 to Wired3'),
        ('["Wired4=eth0"]', 'ocpp.interfaces = "Wired4=eth0": must be'),
        ('["Wired0="]', 'ocpp.interfaces = "Wired0=": must be'),
        ('["Wired0=a-name-too-long0"]', "must be Wired0 to Wired3"),
        ('["Wired0=eth0", "Wired0=eth1"]', "named twice"),
    ],
)
def test_interfaces_are_named_by_the_words_of_ocpp(told: str, expected: str) -> None:
    text = SMALLEST.replace("[ocpp]", f"[ocpp]\ninterfaces = {told}")
    assert expected in str(problems(text)[0])


def test_interfaces_are_taken_as_named() -> None:
    text = SMALLEST.replace("[ocpp]", '[ocpp]\ninterfaces = ["Wired0=eth0", "Wireless0=wlan0.1"]')
    assert parse(text).ocpp.interfaces == ("Wired0=eth0", "Wireless0=wlan0.1")
