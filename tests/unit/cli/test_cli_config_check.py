"""``ampkeeper config check`` refuses what the start on the board would, in the same words."""

import json
from pathlib import Path

import pytest

from ampkeeper.firmware.faces.cli import main

Captured = pytest.CaptureFixture[str]
RATED_A = {"evse_din": 32, "openevse": 32, "heidelberg": 16, "pi_peak": 32, "pi_rp2040": 32}
CONFIG = """
[station]
vendor = "Ampkeeper"
model = "Checked"
serial = "AK-0001"
[board]
name = "{board}"
{more}
[authorise]
mode = "free"
[[evse]]
id = 1
max_a = {max_a}
phases = 1
socket = {socket}
"""


def checked(folder: Path, board: str, max_a: int, more: str = "", socket: str = "false") -> int:
    file = folder / "charger.toml"
    file.write_text(CONFIG.format(board=board, max_a=max_a, more=more, socket=socket))
    return main(["config", "check", str(file)])


@pytest.mark.parametrize("board", RATED_A)
def test_what_the_board_carries_passes(tmp_path: Path, capsys: Captured, board: str) -> None:
    assert checked(tmp_path, board, RATED_A[board]) == 0, capsys.readouterr().err


@pytest.mark.parametrize("board", RATED_A)
def test_more_current_than_the_board_is_rated_for_is_refused(
    tmp_path: Path, capsys: Captured, board: str
) -> None:
    assert checked(tmp_path, board, RATED_A[board] + 1) != 0
    said = capsys.readouterr().err
    allowed = f"must be at most {RATED_A[board]} A, what this board is rated for"
    assert f"board {board}: evse[1].max_a = {RATED_A[board] + 1}: {allowed}" in said


@pytest.mark.parametrize(
    ("board", "more", "socket", "complaint"),
    [
        ("heidelberg", "", "true", "evse[1].socket = true: must be false: it holds no plug"),
        (
            "evse_din",
            '[board.pilot]\nport = "tcp://host:502"',
            "false",
            "board.pilot.port = 'tcp://host:502': must be a serial port of this computer",
        ),
        (
            "evse_din",
            '[board.pilot]\nport = "/dev/ttyUSB0"\n[board.meter]\nport = "/dev/ttyUSB0"',
            "false",
            "board.pilot.unit = 1: must be another than the meter's on the same line",
        ),
        (
            "pi_rp2040",
            '[board.pilot]\nport = "tcp://host:502"',
            "true",
            "board.pilot.port = 'tcp://host:502': must be a serial port of this computer",
        ),
        (
            "pi_rp2040",
            '[board.pilot]\nport = "/dev/ttyUSB0"\n[board.meter]\nport = "/dev/ttyUSB0"',
            "true",
            "board.meter.port = /dev/ttyUSB0: is the pilot board's line",
        ),
        (
            "pi_rp2040",
            '[board.reader]\nkind = "pn532"\nport = "/dev/serial0"',
            "true",
            "board.reader.port = /dev/serial0: is the pilot board's line",
        ),
        (
            "openevse",
            '[board.meter]\nmap = "none_such"',
            "false",
            "board.meter.map = none_such: ",
        ),
    ],
)
def test_what_does_not_go_together_on_the_board_is_named(
    tmp_path: Path, capsys: Captured, board: str, more: str, socket: str, complaint: str
) -> None:
    assert checked(tmp_path, board, 16, more, socket) != 0
    assert complaint in capsys.readouterr().err


def test_a_program_is_told_too(tmp_path: Path, capsys: Captured) -> None:
    file = tmp_path / "charger.toml"
    file.write_text(CONFIG.format(board="heidelberg", max_a=32, more="", socket="false"))
    assert main(["config", "check", str(file), "--json"]) != 0
    (problem,) = json.loads(capsys.readouterr().out)["problems"]
    assert (problem["key"], problem["value"]) == ("evse[1].max_a", "32")
    assert problem["allowed"].startswith("must be at most 16 A")
