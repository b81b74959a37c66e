"""The lines of a board: what its file says, and everything that is refused at the start."""

import tomllib
from pathlib import Path

import pytest

from ampkeeper.hal.linux import board_keys as keys
from ampkeeper.hal.linux.lines import (
    Lamp,
    Lines,
    check_lines,
    load_lines,
    pins_of_ports,
    read_lines,
)
from ampkeeper.hal.meters.checked import MapError, Table

RATINGS = "[ratings]\nmax_ma = 32000\nphases = 3\n"
STOP = '[inputs.emergency_stop]\ngpio = 21\nactive = "high"\npull = "up"\n'
LEDS = "[leds]\nred = 5\ngreen = 6\nblue = 13\n"
BUTTON = '[button]\ngpio = 20\nactive = "low"\npull = "up"\n'
DRIVEN = (
    RATINGS
    + "[outputs]\ncoil = 17\nheartbeat = 27\npeak_reset = 22\n"
    + '[inputs.mirror]\ngpio = 4\nactive = "low"\npull = "up"\n'
)


def host(tmp_path: Path, text: str) -> Lines:
    """The lines of a board whose pilot is elsewhere."""
    file = tmp_path / "board.toml"
    file.write_text(text)
    return load_lines(file)


def driven(text: str) -> Lines:
    """The lines of a board that drives a contactor."""
    lines = read_lines(Table("board.toml", "", tomllib.loads(text)), "board.toml", has_outputs=True)
    check_lines(lines)
    return lines


def test_a_board_in_front_of_a_bought_pilot_needs_ratings_alone(tmp_path: Path) -> None:
    lines = host(tmp_path, RATINGS)
    assert (lines.max_ma, lines.phases, lines.inputs, lines.outputs) == (32_000, 3, {}, {})
    assert not lines.panel.is_fitted


def test_what_is_fitted_is_read(tmp_path: Path) -> None:
    text = RATINGS + '[parts]\nemergency_stop = "mushroom"\n' + STOP + LEDS + BUTTON
    lines = host(tmp_path, text + '[buzzer]\ngpio = 26\non = "low"\n')
    assert lines.parts == {"emergency_stop": "mushroom"}
    assert lines.inputs["emergency_stop"] == (21, True, "up")
    lamp = Lamp({"red": 5, "green": 6, "blue": 13}, is_dimmed=True, is_active_high=True)
    assert lines.panel == (lamp, (26, False), (20, False, "up"))
    assert lines.panel.is_fitted


def test_a_lamp_of_one_color_is_enough(tmp_path: Path) -> None:
    lines = host(tmp_path, RATINGS + '[leds]\nblue = 3\ndrive = "on_off"\non = "low"\n')
    assert lines.panel.lamp == Lamp({"blue": 3}, is_dimmed=False, is_active_high=False)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "ratings is missing"),
        (RATINGS + "[sirens]\na = 1\n", "unknown key sirens"),
        (RATINGS.replace("3\n", "2\n"), "phases is 2, allowed are 1, 3"),
        (RATINGS + "max_a = 32\n", "unknown key max_a; did you mean max_ma"),
        (RATINGS + '[parts]\nrdc = "x"\n', "unknown key rdc; did you mean rcd"),
        (RATINGS + STOP.replace("stop", "shop"), "no input is called emergency_shop; there are"),
        (RATINGS + STOP.replace("21", "28"), "gpio is 28, allowed is an integer from 0 to 27"),
        (
            RATINGS + STOP.replace('"up"', '"strong"'),
            "pull is 'strong', allowed are up, down, none",
        ),
        (RATINGS + LEDS + 'drive = "dim"\n', "drive is 'dim', allowed are pwm, on_off"),
        (RATINGS + LEDS + "white = 7\n", "unknown key white"),
        (RATINGS + '[leds]\ndrive = "pwm"\n', "no lamp is there, allowed is any of red, green"),
        (RATINGS + "[buzzer]\n", "buzzer: gpio is missing"),
        (RATINGS + BUTTON.replace("20", "true"), "gpio is True, allowed is an integer"),
        (RATINGS + "[outputs]\ncoil = 17\n", "unknown key outputs"),
    ],
)
def test_what_is_wrong_is_named_with_what_is_allowed(
    tmp_path: Path, text: str, complaint: str
) -> None:
    with pytest.raises(MapError, match=complaint) as raised:
        host(tmp_path, text)
    assert str(raised.value).startswith("board.toml: ")


@pytest.mark.parametrize(
    ("text", "users"),
    [
        (LEDS.replace("6", "5"), "leds.red and by leds.green"),
        (LEDS + "[buzzer]\ngpio = 13\n", "leds.blue and by buzzer.gpio"),
        (LEDS + BUTTON.replace("20", "6"), "leds.green and by button.gpio"),
        (STOP + BUTTON.replace("20", "21"), "inputs.emergency_stop and by button.gpio"),
    ],
)
def test_two_users_of_a_pin_are_refused_by_name(tmp_path: Path, text: str, users: str) -> None:
    with pytest.raises(MapError, match=f"is used twice, by {users}; allowed is one user"):
        host(tmp_path, RATINGS + text)


@pytest.mark.parametrize(
    ("port", "gpio"),
    [("/dev/serial0", 15), ("/dev/i2c-1", 2), ("/dev/spidev0.0", 7), ("/dev/spidev1.1", 20)],
)
def test_a_pin_of_a_port_in_use_is_refused(tmp_path: Path, port: str, gpio: int) -> None:
    lines = host(tmp_path, RATINGS + f"[buzzer]\ngpio = {gpio}\n")
    check_lines(lines, pins_of_ports(["/dev/ttyUSB0"]))
    with pytest.raises(MapError, match=f"buzzer.gpio is GPIO {gpio}, of {port}; allowed is any"):
        check_lines(lines, pins_of_ports([port]))


def test_the_pins_of_the_memory_of_a_header_board_are_never_free(tmp_path: Path) -> None:
    with pytest.raises(MapError, match=r"leds\.red is GPIO 1, of the memory of a board"):
        host(tmp_path, RATINGS + "[leds]\nred = 1\n")


def test_further_users_count_too(tmp_path: Path) -> None:
    with pytest.raises(MapError, match=r"GPIO 5 is used twice, by leds\.red and by pilot\.reset"):
        check_lines(host(tmp_path, RATINGS + LEDS), also={"pilot.reset": 5})


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        ("[parts]\nrcd = 'x'\n", r"parts.rcd needs \[inputs.rcd_ac\] or \[inputs.rcd_dc\]"),
        ("[parts]\nlock = 'x'\n", "parts.lock needs outputs.lock_in, which is missing"),
        ("[parts]\nphase_relay = 'x'\n", "parts.phase_relay needs outputs.phase_relay"),
        ("[parts]\ncp_relay = 'x'\n", "parts.cp_relay needs outputs.cp_disconnect"),
        ("[parts]\nemergency_stop = 'x'\n", r"parts.emergency_stop needs \[inputs.emergency_stop"),
        ("[parts]\nearth_monitor = 'x'\n", r"parts.earth_monitor needs \[inputs.pe_ok\]"),
        ("[parts]\nsupply_monitor = 'x'\n", r"parts.supply_monitor needs \[inputs.supply_ok\]"),
        ("[parts]\noutlet_monitor = 'x'\n", r"parts.outlet_monitor needs \[inputs.outlet_live\]"),
    ],
)
def test_a_part_without_its_lines_is_refused(more: str, complaint: str) -> None:
    driven(DRIVEN)
    with pytest.raises(MapError, match=complaint):
        driven(DRIVEN + more)


@pytest.mark.parametrize(
    ("outputs", "complaint"),
    [
        ("lock_in = 16\n", "lock_in needs outputs.lock_out, which is missing"),
        ("lock_in = 16\nlock_out = 26\n", r"lock_in needs \[inputs.lock_closed\]"),
        ("rcd_test = 25\n", r"rcd_test needs \[inputs.rcd_ac\] or \[inputs.rcd_dc\]"),
    ],
)
def test_an_output_without_its_feedback_is_refused(outputs: str, complaint: str) -> None:
    with pytest.raises(MapError, match=complaint):
        driven(DRIVEN.replace("coil = 17\n", "coil = 17\n" + outputs))


def test_a_coil_without_its_mirror_is_refused() -> None:
    with pytest.raises(MapError, match="inputs: mirror is missing"):
        driven(DRIVEN.replace("inputs.mirror", "inputs.wet"))


def test_every_feature_is_made_of_declared_names() -> None:
    known = {name.name for name in (*keys.OUTPUTS.names, *keys.INPUTS.names)}
    parts = [name.name for name in keys.PARTS.names]
    assert [feature.part for feature in keys.FEATURES] == parts
    for feature in keys.FEATURES:
        assert known.issuperset((*feature.signs, *feature.outputs, *feature.feedback))
        assert bool(feature.why) == bool(feature.feedback)
