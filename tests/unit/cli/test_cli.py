"""The command line: answers, JSON, exit codes."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.firmware.faces.cli import main
from ampkeeper.firmware.faces.cli import run as runner
from ampkeeper.firmware.faces.cli.start import Start, boards
from ampkeeper.firmware.store.changes import SaveSession, SaveSetting
from ampkeeper.firmware.store.store import STORE_FILE, Store
from tests.unit.cli.answers_of_a_station import ANSWERS, SESSIONS, answer, door
from tests.unit.config.files import SMALLEST, changed

Captured = pytest.CaptureFixture[str]


async def ran(state: Path, *argv: str) -> int:
    """The command line in a thread, beside a station in this loop."""
    async with door(state, answer):
        return await asyncio.to_thread(main, [*argv, "--state", str(state)])


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "charger.toml"
    file.write_text(SMALLEST)
    return file


@pytest.mark.parametrize("verb", ["status", "why", "sessions", "faults", "tag list", "tag clear"])
async def test_json_is_one_document_with_the_stations_answer(
    tmp_path: Path, capsys: Captured, verb: str
) -> None:
    assert await ran(tmp_path, *verb.split(), "--json") == 0
    assert json.loads(capsys.readouterr().out) == ANSWERS[verb]


@pytest.mark.parametrize(
    ("verb", "shown"),
    [
        ("status", "11.04 kW"),
        ("why", "resistor of the plug"),
        ("sessions", "41.234 kWh"),
        ("faults", "PeLost"),
        ("tag list", "04A224B1"),
        ("tag clear", "cleared"),
    ],
)
async def test_without_json_a_table_is_shown(
    tmp_path: Path, capsys: Captured, verb: str, shown: str
) -> None:
    assert await ran(tmp_path, *verb.split()) == 0
    assert shown in capsys.readouterr().out


@pytest.mark.parametrize("verb", ["status", "why", "faults", "tag list", "tag present 04A224B1"])
def test_where_no_station_answers_the_code_is_3(
    tmp_path: Path, capsys: Captured, verb: str
) -> None:
    assert main([*verb.split(), "--state", str(tmp_path)]) == 3
    captured = capsys.readouterr()
    assert captured.out == ""
    assert f"no station answers at {tmp_path}" in captured.err


def test_an_error_in_json_is_one_document_too(tmp_path: Path, capsys: Captured) -> None:
    assert main(["status", "--json", "--state", str(tmp_path)]) == 3
    assert "no station answers" in json.loads(capsys.readouterr().out)["error"]


@pytest.mark.parametrize(("uid", "code"), [("04A224B1", 0), ("0000", 1), ("FFFF", 1)])
async def test_a_card_that_is_turned_away_has_code_1(
    tmp_path: Path, capsys: Captured, uid: str, code: int
) -> None:
    assert await ran(tmp_path, "tag", "present", uid, "--evse", "1") == code
    captured = capsys.readouterr()
    if uid == "FFFF":
        assert captured.err == "ampkeeper: no EVSE is free\n"


@pytest.mark.parametrize(
    ("looks", "code", "said"),
    [
        (0, 4, "PeLost is not there"),
        (1, 0, "ring 1 has cleared PeLost"),
        (3, 0, "ring 1 has cleared PeLost"),
        (99, 1, "ring 1 did not clear PeLost"),
    ],
)
async def test_what_became_of_a_fault_that_is_to_be_cleared_is_said(
    tmp_path: Path,
    capsys: Captured,
    monkeypatch: pytest.MonkeyPatch,
    looks: int,
    code: int,
    said: str,
) -> None:
    monkeypatch.setattr("ampkeeper.firmware.faces.cli.answers.LOOK_S", 0.001)
    left = looks

    async def station(verb: str, arguments: dict[str, Any]) -> dict[str, Any]:
        nonlocal left
        if verb == "clear_fault":
            assert arguments == {"fault": "PeLost", "evse": 2}
            return {"result": "PeLost is not there", "is_there": looks > 0}
        left -= 1
        elsewhere = {"evse_id": 1, "fault": "PeLost"}
        return {"active": [elsewhere] + [{"evse_id": 2, "fault": "PeLost"}] * (left > 0)}

    async with door(tmp_path, station):
        words = ["faults", "--clear", "PeLost", "--evse", "2", "--state", str(tmp_path)]
        assert await asyncio.to_thread(main, words) == code
    assert said in capsys.readouterr().out


async def test_an_answer_of_another_shape_is_said_to_be_so(
    tmp_path: Path, capsys: Captured
) -> None:
    async def other(verb: str, arguments: dict[str, Any]) -> dict[str, Any]:
        return {"evses": 5}

    async with door(tmp_path, other):
        assert await asyncio.to_thread(main, ["status", "--state", str(tmp_path)]) == 1
    assert "cannot be shown" in capsys.readouterr().err


async def test_sessions_are_asked_for_in_pages(tmp_path: Path, capsys: Captured) -> None:
    asked: dict[str, Any] = {}

    async def note(verb: str, arguments: dict[str, Any]) -> dict[str, Any]:
        asked.update(arguments)
        return SESSIONS

    async with door(tmp_path, note):
        words = ["sessions", "--limit", "5", "--offset", "10", "--state", str(tmp_path)]
        assert await asyncio.to_thread(main, words) == 0
    assert asked == {"limit": 5, "offset": 10}


def test_sessions_of_a_station_that_does_not_run_come_from_its_store(
    tmp_path: Path, capsys: Captured
) -> None:
    begin, end = datetime(2026, 11, 22, 12, tzinfo=UTC), datetime(2026, 11, 22, 13, tzinfo=UTC)
    store = Store(tmp_path / STORE_FILE)
    store.commit(
        [
            SaveSession("tx-1", 1, "", begin, "04A224B1", 1000, False, end, 1500, "Local"),
            SaveSession("tx-2", 1, "{}", end, None, 1500),
        ]
    )
    store.close()
    assert main(["sessions", "--json", "--state", str(tmp_path)]) == 0
    running, ended = json.loads(capsys.readouterr().out)["sessions"]
    assert ended == {
        "id": "tx-1",
        "evse_id": 1,
        "id_tag": "04A224B1",
        "user": None,
        "started": "2026-11-22T12:00:00.000Z",
        "ended": "2026-11-22T13:00:00.000Z",
        "energy_wh": 500,
        "reason": "Local",
        "csms_id": None,
    }
    assert (running["ended"], running["energy_wh"]) == (None, None)
    assert main(["sessions", "--state", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "0.500 kWh" in shown
    assert "not ended" in shown
    assert "running" not in shown


def test_sessions_without_station_and_store_have_code_3(tmp_path: Path, capsys: Captured) -> None:
    assert main(["sessions", "--state", str(tmp_path)]) == 3
    assert "is not there" in capsys.readouterr().err


def test_a_store_that_cannot_be_read_has_code_1(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / STORE_FILE).write_bytes(b"not a database at all, " * 100)
    assert main(["sessions", "--state", str(tmp_path)]) == 1
    assert "damaged" in capsys.readouterr().err


def test_a_good_configuration_is_said_to_be_good(config: Path, capsys: Captured) -> None:
    assert main(["config", "check", str(config)]) == 0
    assert "no problems, 1 EVSE" in capsys.readouterr().out


def test_a_bad_configuration_has_code_2_and_all_its_problems(
    config: Path, capsys: Captured
) -> None:
    config.write_text(changed("max_a = 32", "max_ma = 32000").replace("phases = 3", "phases = 2"))
    assert main(["config", "check", str(config)]) == 2
    errors = capsys.readouterr().err
    assert f"{config}:9: evse[1].max_a: missing: must be 6 to 80 A" in errors
    assert "write max_a = 32" in errors
    assert "3 problems in the configuration" in errors
    assert main(["config", "check", str(config), "--json"]) == 2
    answer = json.loads(capsys.readouterr().out)
    assert [problem["line"] for problem in answer["problems"]] == [9, 11, 12]


def test_free_names_are_checked_by_the_real_tables(config: Path, capsys: Captured) -> None:
    config.write_text(
        SMALLEST.replace("MeterValueSampleInterval = 10", "MeterValueSampleIntervl = 10")
    )
    assert main(["config", "check", str(config)]) == 2
    assert "MeterValueSampleInterval" in capsys.readouterr().err
    config.write_text(changed('name = "emulated"', 'name = "emulatid"'))
    assert main(["config", "check", str(config)]) == 2
    assert "did you mean emulated?" in capsys.readouterr().err


def test_the_configuration_in_force_is_shown_with_what_was_changed_at_run_time(
    config: Path, tmp_path: Path, capsys: Captured
) -> None:
    store = Store(tmp_path / STORE_FILE)
    store.commit([SaveSetting("HeartbeatInterval", "60"), SaveSetting("BasicAuthPassword", "x1")])
    store.close()
    words = ["config", "show", str(config), "--state", str(tmp_path)]
    assert main(words) == 0
    shown = capsys.readouterr().out
    assert 'on_power_return = "resume"' in shown
    assert 'HeartbeatInterval = "60"' in shown
    assert "x1" not in shown
    assert main([*words, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["stored"] == {"BasicAuthPassword": "***", "HeartbeatInterval": "60"}
    assert answer["config"]["evse"][0]["max_a"] == 32.0


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Start]]:
    """What would have been started; boards themselves are tested elsewhere."""
    found: list[tuple[str, Start]] = []

    def start(board: str, what: Start) -> int:
        found.append((board, what))
        return 0

    monkeypatch.setattr(runner, "start", start)
    return found


@pytest.mark.parametrize("command", ["run", "emulate"])
def test_with_a_bad_configuration_nothing_is_started(
    config: Path, capsys: Captured, started: list[tuple[str, Start]], command: str
) -> None:
    config.write_text(changed("max_a = 32", "max_a = 120"))
    assert main([command, "--config", str(config)]) == 2
    assert "must be 6 to 80 A" in capsys.readouterr().err
    assert main([command, "--config", str(config), "--set", "evse.1.max_a=32"]) == 0
    assert main([command, "--config", str(config.with_name("none.toml"))]) == 2
    assert "cannot be read" in capsys.readouterr().err
    assert len(started) == 1


def test_emulate_hands_its_options_to_the_emulated_board(
    config: Path, tmp_path: Path, started: list[tuple[str, Start]]
) -> None:
    words = "--control 127.0.0.1:5000 --speed 10 --seed 7 --set ocpp.id=AK7 --set evse.1.max_a=10"
    state = str(tmp_path / "state")
    assert main(["emulate", "--config", str(config), "--state", state, *words.split()]) == 0
    ((board, what),) = started
    assert board == "emulated"
    assert (what.config.ocpp.id, what.config.evse[0].max_a) == ("AK7", 10.0)
    assert (what.state, what.control) == (tmp_path / "state", "127.0.0.1:5000")
    assert (what.speed, what.seed) == (10.0, 7)


def test_run_starts_the_board_of_the_configuration(
    config: Path, started: list[tuple[str, Start]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AMPKEEPER_CONFIG", str(config))
    monkeypatch.setenv("AMPKEEPER_STATE", "/somewhere")
    assert main(["run"]) == 0
    assert [(board, str(what.state)) for board, what in started] == [("emulated", "/somewhere")]


def test_a_port_that_is_taken_has_code_1(
    config: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(board: str, what: Start) -> int:
        raise OSError(98, "Address already in use")

    monkeypatch.setattr(runner, "start", start)
    assert main(["emulate", "--config", str(config)]) == 1
    assert "Address already in use" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        "",
        "dance",
        "status --colour",
        "emulate --speed 0",
        "emulate --speed nan",
        "emulate --speed fast",
        "emulate --seed -1",
        "emulate --seed 4294967296",
        "emulate --control 5000",
        "emulate --control 127.0.0.1:70000",
        "emulate --set ocpp.id",
        "sessions --limit 0",
        "sessions --limit 99999999999999999999999999",
        "tag",
        "tag present",
        "tag present 04 --evse 9",
        "config check",
    ],
)
def test_wrong_usage_has_code_2(capsys: Captured, words: str) -> None:
    assert main(words.split()) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "usage: ampkeeper" in captured.err


@pytest.mark.parametrize("words", ["--help", "status --help", "emulate --help"])
def test_the_help_tells_the_exit_codes(capsys: Captured, words: str) -> None:
    assert main(words.split()) == 0
    assert "exit codes:\n  0  done" in capsys.readouterr().out


def test_the_emulated_board_can_be_started_and_pilot_boards_cannot() -> None:
    found = boards()
    assert "emulated" in found
    assert not any(name.startswith("pilot_") for name in found)
