"""The circuit board as data, and the configuration that it can carry."""

from pathlib import Path

import pytest

from ampkeeper.board.pi_peak.config_keys import KEYS, check, read_keys
from ampkeeper.board.pi_peak.facts import FILE, load_facts, parse_facts
from ampkeeper.board.pi_peak.main import (
    check_fits,
    hardware,
    pilot_settings,
    ring_command,
    socket_path,
)
from ampkeeper.firmware.config import ConfigError, load
from ampkeeper.firmware.config.model import Config, Protection
from ampkeeper.firmware.faces.cli.start import Start, boards, checkers
from ampkeeper.hal.linux.clock import SystemClock
from ampkeeper.hal.pilots.linked import LinkedPilot
from ampkeeper.hal.readers.pn532 import Pn532Reader
from ampkeeper.hal.readers.text import TextReader

TEXT = FILE.read_text()
CONFIG = """
[station]
vendor = "Ampkeeper"
model = "Peak"
serial = "AK-0001"
[board]
name = "pi_peak"
{tables}
[authorise]
mode = "free"
{evses}
"""
EVSE = "[[evse]]\nid = {id}\nmax_a = {max_a}\nphases = 3\nsocket = true\n"


def config(folder: Path, tables: str = "", evses: str = EVSE.format(id=1, max_a=16)) -> Config:
    file = folder / "charger.toml"
    file.write_text(CONFIG.format(tables=tables, evses=evses))
    return load(file, [], checkers())


def without(text: str, *names: str) -> str:
    """The file with the parts and outputs of these names taken out."""
    return "".join(line for line in text.splitlines(True) if line.split(" = ")[0] not in names)


@pytest.mark.parametrize(
    ("written", "instead", "complaint"),
    [
        ("max_ma = 32000", "max_ma = 5999", "max_ma is 5999, allowed is an integer from 6000"),
        ("coil = 17", "", "coil is missing"),
        (
            "coil = 17",
            "coil = 27",
            "GPIO 27 is used twice, by outputs.coil and by outputs.heartbeat",
        ),
        ("coil = 17", "coil = 10", "outputs.coil is GPIO 10, of the converter's SPI line"),
        ("coil = 17", "coil = 17\nsiren = 3", "unknown key siren"),
        ("[inputs.mirror]", "[inputs.miror]", "no input is called miror"),
        ("[channels.cp_low]", "[channels.cp_lo]", "no channel is called cp_lo"),
        ("channel = 5", "channel = 1", "channel 1 is used twice, by cp_low and by rail_high"),
        ('active = "low"', 'active = "off"', "active is 'off', allowed are low, high"),
        ('chip = "mcp3208"', 'chip = "ads1115"', "chip is 'ads1115'"),
        ("phases = 3", "phases = 2", "phases is 2, allowed are 1, 3"),
        ("points = [2074, 0, 3628, 12000]", "points = [2074, 0]", "points are 2 numbers"),
        ("points = [2074, 0, 3628, 12000]", "points = [9, 0, 9, 1]", "9 counts is not above 9"),
    ],
)
def test_what_is_wrong_with_the_board_is_said(written: str, instead: str, complaint: str) -> None:
    assert written in TEXT
    with pytest.raises(ValueError, match=complaint):
        parse_facts(TEXT.replace(written, instead, 1), "board.toml")


def test_no_output_is_on_a_pin_that_pulls_up_at_boot() -> None:
    assert min(load_facts().lines.outputs.values()) > 8


def test_what_is_not_fitted_is_not_there() -> None:
    start = TEXT.index("[channels.plug_temperature]")
    facts = parse_facts(without(TEXT[:start], "phase_relay"), "board.toml")
    assert "plug_temperature" not in facts.channels
    assert "phase_relay" not in facts.lines.outputs


def test_the_board_is_found_by_its_name() -> None:
    assert "pi_peak" in boards()


@pytest.mark.parametrize(
    ("tables", "complaint"),
    [
        ('[board.meter]\nprot = "x"', "no such key"),
        ("[board.meter]\nunit = 0", "must be 1 to 247"),
        ("[board.meter]\nbaud = 12345", "must be one of"),
        ('[board.reader]\nkind = "nfc"', "must be one of none, pn532"),
        ("[board.ring]\nstarts = 1", "must be true or false"),
        ("[board.ring]\nsocket = 1", "must be a text"),
    ],
)
def test_wrong_keys_are_named(tmp_path: Path, tables: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        config(tmp_path, tables)


def test_every_default_is_valid() -> None:
    assert [name for name, key in KEYS.items() if check(name, key.default)] == []


def test_keys_that_are_not_given_have_their_defaults(tmp_path: Path) -> None:
    keys = read_keys(config(tmp_path, "[board.meter]\nunit = 7").board.tables)
    assert (keys.meter.unit, keys.meter.baud, keys.ring_starts) == (7, 9_600, True)


@pytest.mark.parametrize(
    ("tables", "evses", "complaint"),
    [
        ("", EVSE.format(id=1, max_a=40), "at most 32 A"),
        ("", EVSE.format(id=1, max_a=16) + EVSE.format(id=2, max_a=16), "one EVSE"),
        ('[board.meter]\nmap = "none"', EVSE.format(id=1, max_a=16), "map is 'none'"),
    ],
)
def test_a_configuration_that_the_board_cannot_carry_is_refused(
    tmp_path: Path, tables: str, evses: str, complaint: str
) -> None:
    made = config(tmp_path, tables, evses)
    with pytest.raises(ConfigError, match=complaint):
        check_fits(made, load_facts(), read_keys(made.board.tables))


def test_a_board_without_a_lock_has_no_socket(tmp_path: Path) -> None:
    facts = parse_facts(without(TEXT, "lock_in", "lock_out", "lock"), "board.toml")
    made = config(tmp_path)
    with pytest.raises(ConfigError, match="no lock"):
        check_fits(made, facts, read_keys(made.board.tables))


def test_ring_1_is_told_what_the_board_has(tmp_path: Path) -> None:
    evse = config(tmp_path).evse[0]
    settings = pilot_settings(evse, load_facts(), Protection())
    assert (settings.max_ma, settings.phases, settings.is_socket) == (16_000, 3, 1)
    assert (settings.has_phase_relay, settings.has_rcd_test) == (1, 1)
    bare = without(TEXT, "phase_relay", "rcd_test")
    settings = pilot_settings(evse, parse_facts(bare, "board.toml"), Protection())
    assert (settings.has_phase_relay, settings.has_rcd_test) == (0, 0)


@pytest.mark.parametrize(
    ("kind", "made"), [("none", None), ("pn532", Pn532Reader), ("text", TextReader)]
)
def test_the_reader_that_was_connected_is_made(
    tmp_path: Path, kind: str, made: type | None
) -> None:
    start = Start(config(tmp_path, f'[board.reader]\nkind = "{kind}"'), tmp_path)
    keys = read_keys(start.config.board.tables)
    parts = hardware(start, load_facts(), keys, SystemClock())
    assert list(map(type, parts.readers.values())) == ([made] if made else [])
    assert set(parts.pilots) == set(parts.meters) == {1}


def test_ring_1_is_started_where_the_station_looks_for_it(tmp_path: Path) -> None:
    keys = read_keys({})
    assert str(socket_path(tmp_path, keys)) in ring_command(tmp_path, keys)
    keys = read_keys({"ring": {"socket": "/run/x", "watchdog": "/dev/watchdog"}})
    assert ring_command(tmp_path, keys)[-4:] == [
        "--socket",
        "/run/x",
        "--watchdog",
        "/dev/watchdog",
    ]


@pytest.mark.parametrize(
    ("inputs", "sees"),
    [
        ((), True),
        (("emergency_stop",), True),
        (("supply_ok",), True),
        (("emergency_stop", "supply_ok"), False),
    ],
)
def test_a_board_without_stop_and_supply_monitor_has_no_stop(
    tmp_path: Path, inputs: tuple[str, ...], sees: bool
) -> None:
    heads = tuple(f"[inputs.{name}]" for name in inputs)
    sections = [each for each in TEXT.split("\n\n") if not heads or not each.startswith(heads)]
    text = without("\n\n".join(sections), "emergency_stop", "supply_monitor")
    start = Start(config(tmp_path), tmp_path)
    parts = hardware(start, parse_facts(text, FILE.name), read_keys({}), SystemClock())
    pilot = parts.pilots[1]
    assert isinstance(pilot, LinkedPilot)
    assert pilot.has_stop == sees
