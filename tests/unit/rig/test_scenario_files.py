"""A scenario is taken whole, or refused with file, line and what is allowed."""

import argparse
from pathlib import Path
from random import Random

import pytest

from ampkeeper.board.emulated.rig.command import EXAMPLES, REFUSED, run
from ampkeeper.board.emulated.rig.errors import ChargerError
from ampkeeper.board.emulated.rig.line import Line, LineSettings
from ampkeeper.board.emulated.rig.scenario import load, parse_scenario
from ampkeeper.board.emulated.rig.stage_process import check_central
from ampkeeper.board.emulated.rig.traffic import CENTRAL, STATION, Frame, Traffic
from ampkeeper.firmware.config.problems import ConfigError

GOOD = """\
[[step]]
do = { plug = { max_a = 16 } }
expect = { status = "Charging", power_w = "> 0" }
within = "30 s"
"""
REFUSALS = {  # what is wrong, and what the refusal says
    "[[step]]\ndo = { plugg = {} }\n": r'file:2: "plugg" is not a verb: did you mean plug\?',
    GOOD.replace("16", "99"): r"file:2: max_a = 99: must be .*0 to 80 A",
    GOOD.replace("30 s", "-1 s"): r'file:4: within = "-1 s": must be a time',
    GOOD.replace("30 s", "8000 h"): r'file:4: within = "8000 h": .*at most 168 h',
    GOOD.replace('"30 s"', "30"): r"file:4: within = 30: must be a time",
    GOOD + 'station = "AK0009"\n': r'file:5: station = "AK0009": must be one of .*AK0001',
    GOOD + "evse = 2\n": r"file:5: evse = 2: must be one of 1",
    GOOD + "wihtin = 2\n": r'file:5: "wihtin" is not a key: did you mean within\?',
    GOOD.replace("status", "statsu"): r'file:3: "statsu" cannot be expected: did you mean status',
    GOOD.replace('"> 0"', '"lots"'): r'file:3: power_w = "lots": must be a number',
    "[given]\nstations = []\n" + GOOD: r"file:2: stations = .*: must be a list of 1 to 20",
    "[given.set]\n'evse.1.max_a' = 999\n" + GOOD: r"file:2: set: evse\[1\].max_a = 999: .*80",
    "[given.line]\ndrop = 2\n" + GOOD: r"file:1: drop = 2: must be a number, 0 to 1",
    "[given]\nversions = ['1.5']\n" + GOOD: r"file:2: versions = .*: must be a list of 1.6",
    "name = 'empty'\n": r"file:1: step: must be \[\[step\]\], 1 to 1000 times",
    "[[step]\n": r"file:1: not TOML",
    "[[step]]\n": r"file:1: step: must have do, expect, or both",
    "[[step]]\ndo = { network = 'sideways' }\n": r'file:2: network = "sideways": must be "up" or',
}


@pytest.mark.parametrize("text", REFUSALS, ids=range(len(REFUSALS)))
def test_what_is_wrong_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(ConfigError, match=REFUSALS[text]):
        parse_scenario(text, "file")


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(ConfigError) as told:
        parse_scenario(GOOD.replace("16", "99").replace("30 s", "soon"), "file")
    assert [problem.line for problem in told.value.problems] == [2, 4]


def test_the_examples_can_be_loaded() -> None:
    assert len([load(file) for file in EXAMPLES.glob("*.toml")]) == 7


def test_one_bad_file_keeps_the_good_ones_from_being_played(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text(GOOD)
    bad.write_text(GOOD.replace("plug", "plugg"))
    wanted = argparse.Namespace(
        files=[good, bad, tmp_path / "none.toml"],
        examples=False,
        csms=None,
        json=False,
        replay=None,
    )
    assert run(wanted) == REFUSED
    said = capsys.readouterr().err
    for part in (f"{bad}:2:", "none.toml: cannot be read", "nothing was started"):
        assert part in said


async def test_an_address_that_is_no_central_system_is_refused(unused_tcp_port: int) -> None:
    for url, why in (
        ("http://127.0.0.1/ocpp", "must begin with ws:// or wss://"),
        (f"ws://127.0.0.1:{unused_tcp_port}/ocpp", "must be a WebSocket that speaks ocpp1.6"),
    ):
        with pytest.raises(ChargerError, match=why):
            await check_central(url, "AK0001", ["1.6"])


def test_one_seed_draws_one_story_and_another_seed_another() -> None:
    settings = LineSettings().changed({"drop": 0.3, "duplicate": 0.3, "latency": ["0 s", "1 s"]})
    frames = [frame(f'[2,"{number}","Heartbeat",{{}}]') for number in range(50)]

    def story(seed: int) -> list[object]:
        line = Line(settings, seed)
        return [line.fate(each) for each in frames]

    seed = Random(1).randrange(1000)
    assert story(seed) == story(seed)
    assert story(seed) != story(seed + 1)


def test_what_the_line_may_not_touch_passes_as_it_is() -> None:
    settings = LineSettings().changed({"drop": 1, "actions": ["Authorize"], "sides": ["central"]})
    line = Line(settings, 1)
    call = frame('[2,"1","Authorize",{}]')
    assert line.fate(call).texts == (call.text,)
    assert line.fate(frame('[3,"1",{}]', CENTRAL)).texts == ()
    other = frame('[3,"2",{}]', CENTRAL)
    assert line.fate(other).texts == (other.text,)


def test_the_judge_finds_what_breaks_the_rules() -> None:
    traffic = Traffic()
    for side, text in (
        (STATION, '[2,"1","Heartbeat",{}]'),
        (STATION, '[2,"2","Heartbeat",{}]'),
        (CENTRAL, '[3,"2",{}]'),
        (CENTRAL, "hello"),
    ):
        traffic.note(0.0, side, "ocpp1.6", text)
    found = "\n".join(traffic.breaches())
    for part in (
        "the station sent Heartbeat before it was accepted",
        "the station sent Heartbeat while Heartbeat was open",
        "the central sent an invalid frame",
        "the central sent what is no OCPP message: 'hello'",
    ):
        assert part in found


def frame(text: str, side: str = STATION) -> Frame:
    return Traffic().note(0.0, side, "ocpp1.6", text)
