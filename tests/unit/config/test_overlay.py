"""What ``--set`` writes over the file."""

import pytest

from ampkeeper.firmware.config import Config, ConfigError, parse
from tests.unit.config.files import SMALLEST


def with_set(name: str, value: str) -> Config:
    return parse(SMALLEST, sets=[(name, value)])


def test_each_kind_of_value_is_read_as_its_key_wants_it() -> None:
    assert with_set("evse.1.max_a", "16").evse[0].max_a == 16.0
    assert with_set("evse.1.socket", "false").evse[0].socket is False
    assert with_set("station.serial", "0012").station.serial == "0012"
    assert with_set("station.serial", '"12"').station.serial == "12"
    assert with_set("ocpp.url", "ws://h:1/a=b").ocpp.url == "ws://h:1/a=b"
    assert with_set("ocpp.versions", "1.6").ocpp.versions == ("1.6",)
    assert with_set("ocpp.versions", '["1.6", "2.0.1"]').ocpp.versions == ("1.6", "2.0.1")
    assert with_set("authorise.tags", "04A224B1, 11223344").authorise.tags[1] == "11223344"
    assert with_set("limits.max_a", "20.5").limits.max_a == 20.5


def test_free_names_keep_their_dots() -> None:
    name = "SampledDataCtrlr.TxUpdatedInterval"
    assert with_set(f"ocpp.variables.{name}", "5").ocpp.variables == {name: 5}
    assert with_set(f'ocpp.variables."{name}"', "5").ocpp.variables == {name: 5}
    keys = with_set("ocpp.keys.MeterValuesSampledData", "Voltage,SoC").ocpp.keys
    assert keys["MeterValuesSampledData"] == "Voltage,SoC"


def test_the_last_of_two_wins() -> None:
    sets = [("evse.1.max_a", "10"), ("evse.1.max_a", "20")]
    assert parse(SMALLEST, sets=sets).evse[0].max_a == 20.0


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("evse.1.max_a", "120", "--set: evse[1].max_a = 120: must be 6 to 80 A"),
        ("evse.1.max_a", "many", '--set: evse[1].max_a = "many": must be 6 to 80 A'),
        ("evse.1.max_ma", "16000", "write max_a = 16"),
        ("evse.2.max_a", "16", "the file has no [[evse]] with id 2"),
        ("evse.max_a", "16", "write evse.ID.key=value"),
        ("ocpp.urls", "x", '--set: ocpp.urls = "x": unknown key; did you mean url'),
        ("url", "x", "no such place; write section.key=value"),
        ("", "x", "no such place"),
        ("ocpp.id.x", "1", "id is not a table"),
        ("a.b.c.d", "1", "no such place"),
        ("ocpp.keys", "1", "must be a table"),
        ("station.model", "a\nb = 1", "must be text of 1 to 20 characters"),
    ],
)
def test_what_cannot_be_set_is_explained(name: str, value: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        with_set(name, value)
    assert expected in str(caught.value)


def test_a_thousand_of_them_are_too_many() -> None:
    with pytest.raises(ConfigError, match="at most 200"):
        parse(SMALLEST, sets=[("ocpp.id", "a")] * 1000)
