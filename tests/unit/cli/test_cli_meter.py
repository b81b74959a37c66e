"""The meter command: detect, read and watch over a real line, and what is said when it fails."""

import json
import termios
from collections.abc import Iterator
from dataclasses import replace

import pytest

from ampkeeper.board.emulated.meter_models import MODELS
from ampkeeper.firmware.faces.cli import codes, main
from ampkeeper.firmware.faces.cli.meter_text import found_text
from ampkeeper.hal.ports import MeterReading
from tests.unit.cli.far_meter import FarMeter

READING = MeterReading(
    0.0, 12_300, 5_510.0, (7.0, 8.0, 9.0), (229.0, 230.0, 231.0), (1_603.0, -1_840.0, 2_079.0),
    49.9, 0.95, 700,
)  # fmt: skip


@pytest.fixture
def port() -> Iterator[str]:
    with FarMeter(lambda: READING, 1, MODELS["sdm630"]) as path:
        yield path


def test_a_meter_is_read_as_a_table(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["meter", "read", "--port", port]) == codes.OK
    text = capsys.readouterr().out
    assert "Eastron SDM630, serial number 21000001" in text
    assert "229.0      230.0      231.0 V" in text
    assert "12.300 kWh" in text
    assert "wiring: L2 counts backwards: its current runs the wrong way" in text


def test_a_meter_is_read_as_json(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["meter", "read", "--port", port, "--json"]) == codes.OK
    answer = json.loads(capsys.readouterr().out)
    assert answer["meter"]["serial"] == "21000001"
    assert answer["reading"]["energy_wh"] == 12_300
    assert answer["reading"]["voltage_v"] == [229.0, 230.0, 231.0]


@pytest.mark.parametrize("name", ["sdm630", "wm3m4c"])
def test_a_public_key_is_shown_in_hexadecimal_digits_by_a_meter_that_signs(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with FarMeter(lambda: READING, 1, MODELS[name]) as far:
        assert main(["meter", "read", "--port", far, "--map", name, "--json"]) == codes.OK
    meter = json.loads(capsys.readouterr().out)["meter"]
    assert len(bytes.fromhex(meter["public_key"])) == (91 if name == "wm3m4c" else 0)


def test_another_meter_than_the_one_asked_for_is_refused_and_a_way_on_is_named(
    port: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["meter", "read", "--port", port, "--map", "em340"]) == codes.NO
    text = capsys.readouterr().err
    assert "Carlo Gavazzi EM340/ET340: unit 1 does not answer as one" in text
    assert "it is Eastron SDM630 by its code 0x0070" in text
    assert f"`ampkeeper meter detect --port {port}` says which meter is there" in text


def test_a_reading_as_json_has_the_digits_of_the_register(
    capsys: pytest.CaptureFixture[str],
) -> None:
    shown = replace(READING, voltage_v=(230.1, 229.3, 231.7), power_w=5_510.3)
    for name in ("sdm630", "em340", "abb_b23", "iem3155", "wm3m4"):
        with FarMeter(lambda: shown, 1, MODELS[name]) as far:
            assert main(["meter", "read", "--port", far, "--map", name, "--json"]) == codes.OK
        reading = json.loads(capsys.readouterr().out)["reading"]
        assert (reading["voltage_v"], reading["power_w"]) == ([230.1, 229.3, 231.7], 5_510.3), name


def test_a_line_has_the_stop_bits_that_were_asked_for(port: str) -> None:
    for stop_bits, flag in (("2", termios.CSTOPB), ("1", 0)):
        assert main(["meter", "read", "--port", port, "--stop-bits", stop_bits]) == codes.OK
        with open(port, "rb", buffering=0) as line:
            assert termios.tcgetattr(line)[2] & termios.CSTOPB == flag


def test_a_watch_is_one_line_for_each_reading(
    port: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["meter", "watch", "--port", port, "--every", "0.1", "--count", "3"]
    assert main(arguments) == codes.OK
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert all("12.300 kWh" in line for line in lines)
    assert main([*arguments, "--json"]) == codes.OK
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [answer["reading"]["power_w"] for answer in answers] == [5_510.0] * 3


def test_a_detection_says_what_to_write_into_the_configuration(
    port: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["meter", "detect", "--port", port, "--baud", "115200", "--units", "1"]
    assert main(arguments) == codes.OK
    text = capsys.readouterr().out
    assert "unit 1 at 115200 8N1: Eastron SDM630 (its own code says so; serial number" in text
    assert f'[board.meter]\nmap = "sdm630"\nport = "{port}"\nunit = 1\nbaud = 115200' in text
    assert main([*arguments, "--json"]) == codes.OK
    found = json.loads(capsys.readouterr().out)["found"]
    assert [(one["unit"], one["maps"]) for one in found] == [(1, ["sdm630"])]


def test_a_meter_behind_a_host_has_no_line_settings_to_write_down() -> None:
    far = {"unit": 1, "baud": 9_600, "parity": "N", "maps": ["em340"], "evidence": ["it answers"]}
    far |= {"meter": {"vendor": "CG", "model": "EM340"}, "wiring": [], "wiring_checked": True}
    text = found_text("tcp://10.0.0.3:502", [far], ["9600 8N1"], [1])
    assert text.startswith("unit 1: CG EM340 (it answers)")
    assert text.endswith('[board.meter]\nmap = "em340"\nport = "tcp://10.0.0.3:502"\nunit = 1')
    text = found_text("tcp://10.0.0.3:502", [], ["9600 8N1"], [1, 2])
    assert text == (
        "tcp://10.0.0.3:502: no meter answers at units 1, 2.\n"
        "Check the meter's supply and unit, and that this is its port."
    )


def test_where_nothing_answers_the_answer_is_no(
    port: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["meter", "detect", "--port", port, "--baud", "115200", "--units", "2-3"]
    assert main(arguments) == codes.NO
    assert "no meter answers at units 2, 3 with 115200 8N1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "text", "code"),
    [
        (["read", "--port", "/dev/none"], "/dev/none: cannot be opened: No such file", codes.NO),
        (["read", "--port", "/dev/null", "--map", "sdm1"], "map is 'sdm1': must be", codes.NO),
        (["read", "--port", "/dev/null", "--map", "a/b.toml"], "No such file", codes.NO),
        (["read", "--port", "ftp://x"], "must be tcp://host:port", codes.NO),
        (["read", "--port", "x", "--unit", "248"], "1 to 247", codes.BAD_USAGE),
        (["read", "--port", "x", "--baud", "9601"], "must be 1200, 2400", codes.BAD_USAGE),
        (["read", "--port", "."], ".: cannot be opened: it is no device", codes.NO),
        (["read", "--port", "x", "--baud", "300"], "must be 1200, 2400", codes.BAD_USAGE),
        (["detect", "--port", "x", "--units", "5-1"], "'5-1': must be a range", codes.BAD_USAGE),
        (["detect", "--port", "x", "--units", "5-"], "'': must be a whole", codes.BAD_USAGE),
        (["detect", "--port", "x", "--units", "1-x"], "whole number, 1 to 247", codes.BAD_USAGE),
        (
            ["watch", "--port", "x", "--every", "0"],
            "must be a number, 0.1 to 3600",
            codes.BAD_USAGE,
        ),
        (["read"], "--port", codes.BAD_USAGE),
    ],
)
def test_what_cannot_be_is_said_in_one_line(
    arguments: list[str], text: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["meter", *arguments]) == code
    assert text in capsys.readouterr().err


def test_another_part_than_the_one_asked_for_is_named(
    port: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["meter", "read", "--port", port, "--map", "sdm72v2"]) == codes.NO
    text = capsys.readouterr().err
    assert "SDM72D-M V2" in text
    assert "SDM630" in text
