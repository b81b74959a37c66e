"""The start of a Pi's board by its file: what is wrong there is told as a configuration's is."""

from dataclasses import replace
from pathlib import Path

import pytest

from ampkeeper.board.evse_din.board import BOARD
from ampkeeper.board.host.fronted import run
from ampkeeper.board.host.parts import guarded
from ampkeeper.board.host.pins import pin_problems
from ampkeeper.firmware.config import ConfigError, load
from ampkeeper.firmware.faces.cli.start import Start, checkers
from ampkeeper.hal.fake import FakeClock
from ampkeeper.hal.linux.lines import load_lines
from ampkeeper.hal.pilots.guarded import GuardedPilot

CONFIG = """
[station]
vendor = "Ampkeeper"
model = "Din"
serial = "AK-0001"
[board]
name = "evse_din"
[board.reader]
kind = "pn532"
[authorise]
mode = "free"
[[evse]]
id = 1
max_a = 16
phases = 3
socket = false
"""
RATINGS = "[ratings]\nmax_ma = 32000\nphases = 3\n"


def started(folder: Path, board: str) -> None:
    """Start the board with this file; nothing of it may be touched."""
    (folder / "board.toml").write_text(board)
    (folder / "charger.toml").write_text(CONFIG)
    start = Start(load(folder / "charger.toml", [], checkers()), folder / "state")
    run(replace(BOARD, file=folder / "board.toml"), start)


@pytest.mark.parametrize(
    ("board", "complaint"),
    [
        ("ratings = [", "board.toml: .*"),
        (RATINGS + "[leds]\nred = 5\nblue = 5\n", r"board.toml: GPIO 5 is used twice, by leds.red"),
        (RATINGS + "[buzzer]\ngpio = 14\n", "buzzer.gpio is GPIO 14, of /dev/serial0"),
        (
            RATINGS + '[inputs.mirror]\ngpio = 4\nactive = "low"\npull = "up"\n',
            r"board.toml: \[inputs.mirror\] is for a board that drives its own contactor",
        ),
    ],
)
def test_a_wrong_file_is_refused_before_anything_is_touched(
    tmp_path: Path, board: str, complaint: str
) -> None:
    with pytest.raises(ConfigError, match=complaint):
        started(tmp_path, board)
    assert not (tmp_path / "state").exists()


def test_a_pin_of_the_board_itself_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "board.toml"
    file.write_text(RATINGS + "[leds]\nred = 18\n")
    lines = load_lines(file)
    assert list(pin_problems(lines, [])) == []
    (problem,) = pin_problems(lines, [], {18: "the pilot's PWM"})
    assert "leds.red is GPIO 18, of the pilot's PWM" in str(problem)


def test_only_a_board_with_such_lines_is_guarded(tmp_path: Path) -> None:
    file = tmp_path / "board.toml"
    file.write_text(RATINGS)
    pilot = object()
    assert guarded(pilot, load_lines(file), FakeClock()) is pilot
    file.write_text(RATINGS + '[inputs.wet]\ngpio = 4\nactive = "high"\npull = "up"\n')
    made = guarded(pilot, load_lines(file), FakeClock())
    assert isinstance(made, GuardedPilot)
    assert made.inner is pilot


@pytest.mark.parametrize(
    ("tables", "complaint"),
    [
        ({"pilot": {"port": "tcp://10.0.0.1:502"}}, "pilot.port = .* must be a serial port"),
        ({"pilot": {"port": ""}}, "pilot.port = .* must be a serial port"),
        (
            {"meter": {"port": "LINK", "unit": 2, "baud": 19_200}},
            "pilot.baud, parity = .* must be as the meter's on the same line",
        ),
        ({"meter": {"port": "LINK"}}, "pilot.unit = 1: must be another than the meter's"),
        (
            {"reader": {"kind": "twn4", "port": "LINK"}},
            "reader.port = .* is the pilot board's line",
        ),
    ],
)
def test_what_cannot_share_the_pilots_line_is_refused_by_whatever_path(
    tmp_path: Path, tables: dict[str, dict[str, str | int]], complaint: str
) -> None:
    (tmp_path / "port").touch()
    (tmp_path / "link").symlink_to("port")
    paths = {"LINK": str(tmp_path / "link")}
    text = CONFIG.replace('[board.reader]\nkind = "pn532"\n', "")
    for name, table in ({"pilot": {"port": str(tmp_path / "port")}} | tables).items():
        rows = (f"{key} = {paths.get(str(value), value)!r}\n" for key, value in table.items())
        text += f"[board.{name}]\n" + "".join(rows)
    (tmp_path / "charger.toml").write_text(text)
    start = Start(load(tmp_path / "charger.toml", [], checkers()), tmp_path / "state")
    with pytest.raises(ConfigError, match=complaint):
        run(BOARD, start)
