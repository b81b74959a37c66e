"""Rig files that cannot be right are refused with file, line and what is allowed."""

from pathlib import Path

import pytest

from ampkeeper.firmware.config.problems import ConfigError
from tests.tidy.sources import ROOT
from tools.hil import __main__ as command
from tools.hil import rigfile

PI = (ROOT / "tools" / "hil" / "rigs" / "pi.toml").read_text()
SMALL = '[station]\nname = "a"\n'


def refusal(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        rigfile.parse(text, "rig.toml")
    return [str(problem) for problem in caught.value.problems]


def line_of(text: str, start: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), 1) if line.startswith(start))


def test_every_rig_file_here_is_accepted() -> None:
    files = sorted((ROOT / "tools" / "hil" / "rigs").glob("*.toml"))
    assert {rigfile.load(file).backend for file in files} == set(rigfile.BACKENDS)


def test_a_pin_used_twice_is_refused_at_the_second() -> None:
    text = PI.replace("s2 = 13 ", "s2 = 6 ")
    (problem,) = refusal(text)
    at = line_of(text, "s2 =")
    assert problem == (
        f"rig.toml:{at}: ev.outputs.s2 = 6: GPIO 6 is ev.outputs.plug already; allowed is one user"
    )


def test_the_e_stop_shares_its_pin_with_nobody() -> None:
    (problem,) = refusal(PI.replace("coil = 24", "coil = 21"))
    assert "GPIO 21 is estop.pin already" in problem


def test_without_an_e_stop_line_a_rig_is_refused() -> None:
    text = PI.replace("[estop]\npin = 21", "[estop]\n")
    assert any("energises nothing without an E-stop line" in each for each in refusal(text))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("plug = 6", "plugg = 6", "'plugg' is not a key: did you mean plug?"),
        ("plug = 6 ", "plug = 40 ", "plug = 40: must be a GPIO of the Pi's header, 2 to 27"),
        ("plug = 6 ", "plug = true ", "plug = True: must be a GPIO"),
        ("coil = 24", "# none", "ev.inputs.coil is missing: the opto-coupler"),
        ("pp_63 = 23", "# none", "ev.outputs has no pp_63: allowed are all coding resistors"),
        ("settle_ms = 6", "settle_ms = -1", "settle_ms = -1: must be a whole number, 0 to 50 ms"),
        ('backend = "gpio"', 'backend = "relay"', "backend = 'relay': must be one of emulated"),
        ("[station]", "[station]\nurl = 1", "'url' is not a key: allowed are name"),
        ("[station]", '[station]\nmodbus = "here"', "modbus = 'here': must be HOST:PORT"),
        ("[station]", '[station]\nmodbus = "a:99999"', "modbus = 'a:99999': must be HOST:PORT"),
        ("[station]", "[station]\nevse = 0", "evse = 0: must be a whole number, 1 to 99"),
        ("[station]", "[stations]", "'stations' is not a key: did you mean station?"),
    ],
)
def test_what_nobody_reads_or_cannot_be_is_refused(old: str, new: str, told: str) -> None:
    assert old in PI
    problems = refusal(PI.replace(old, new))
    assert any(told in problem for problem in problems), problems
    assert all(problem.startswith("rig.toml:") for problem in problems)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "rig.toml:1: station.name is missing"),
        ("station = 3", "must be a table, [station]"),
        (SMALL + "a = ", "rig.toml:3: not TOML"),
        (SMALL + '[run]\ncases = ["no-such"]\n', "must be a list of different ones of unplugged"),
        (SMALL + "[run]\ncases = []\n", "must be a list of different ones"),
        (SMALL + "[estop]\npin = 4\n", "'pin' is not a key: nothing is allowed here"),
    ],
)
def test_a_file_that_is_none_is_refused(text: str, told: str) -> None:
    assert any(told in problem for problem in refusal(text))


def test_an_ev_board_without_its_loop_or_port_is_refused() -> None:
    text = SMALL + '[ev]\nbackend = "ev_rp2040"\n[estop]\npin = 4\n'
    told = refusal(text)
    assert any("ev.port is missing" in each for each in told)
    assert any('estop.line is missing: must be "board"' in each for each in told)
    assert any("'pin' is not a key" in each for each in told)


def test_a_board_that_is_not_there_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "rig.toml"
    ev = '[ev]\nbackend = "ev_rp2040"\nport = "/dev/no-such-port"\n[estop]\nline = "board"\n'
    file.write_text(SMALL + ev)
    assert command.main([str(file)]) == 2
    assert "allowed is the EV board's serial port" in capsys.readouterr().err


def test_a_refused_file_opens_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "bench_of", lambda rig: pytest.fail("a bench was made"))
    file = tmp_path / "rig.toml"
    file.write_text(PI.replace("s2 = 13 ", "s2 = 6 "))
    assert command.main([str(file)]) == 2
    assert f"{file}:" in capsys.readouterr().err
    assert command.main([str(tmp_path / "none.toml")]) == 2
    assert "cannot be read: No such file" in capsys.readouterr().err


def test_a_rig_without_pins_here_says_so(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """This machine is no Pi: nothing is emulated in its stead."""
    file = tmp_path / "rig.toml"
    file.write_text(PI)
    assert command.main([str(file)]) == 2
    assert "no pins here" in capsys.readouterr().err
