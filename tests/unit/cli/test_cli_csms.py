"""``ampkeeper csms``: what is asked of the station, and how its answer is shown."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.firmware.faces.cli import main
from ampkeeper.firmware.faces.local import LocalRefusedError
from tests.unit.cli.answers_of_a_station import door

MAIN = {
    "slot": 1, "url": "wss://csms.example/[bold]ocpp", "id": "AK0001", "versions": ["2.0.1", "1.6"],
    "security_profile": 2, "books": None, "is_from_file": True, "is_connected": True,
    "owed": 3,
}  # fmt: skip
TRIAL = MAIN | {"slot": 0, "url": "wss://new.example/", "is_from_file": False,
                "is_connected": False, "books": "operator"}  # fmt: skip
LAST = {"at": "2026-11-22T12:00:00+00:00", "text": "central system x: no answer; back to y"}


class Station:
    """Answers, and keeps what it was asked."""

    def __init__(self, shown: dict[str, Any] | None = None, refusal: str = "") -> None:
        self.asked: list[dict[str, Any]] = []
        self._shown = shown
        self._refusal = refusal

    async def __call__(self, verb: str, arguments: dict[str, Any]) -> dict[str, Any]:
        assert verb == "csms"
        self.asked.append(arguments)
        if self._refusal:
            raise LocalRefusedError(self._refusal)
        return self._shown or {"result": "the central system is tried now"}


async def run(state: Path, station: Station, *words: str) -> int:
    async with door(state, station):
        command = ["csms", words[0], "--state", str(state), *words[1:]]
        return await asyncio.to_thread(main, command)


async def test_all_systems_are_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = {"systems": [TRIAL, MAIN], "order": [1], "last": LAST}
    assert await run(tmp_path, Station(shown), "show") == 0
    text = "".join(capsys.readouterr().out.split())  # cells are folded
    for part in (
        "trial", "setatruntime", "fromthefile", "connected", "operator", "[bold]ocpp",
        "3messageswait", "noanswer;backtoy",
    ):  # fmt: skip
        assert part in text
    assert await run(tmp_path, Station(shown), "show", "--json") == 0
    assert json.loads(capsys.readouterr().out) == shown


async def test_what_is_left_out_is_not_asked_for(tmp_path: Path) -> None:
    station = Station()
    assert await run(tmp_path, station, "set", "--url", "ws://b/") == 0
    file = tmp_path / "key"
    file.write_text("0123456789abcdef\n")
    words = ("--id", "X", "--versions", "1.6,2.0.1", "--profile", "1", "--books", "b", "--now")
    assert await run(tmp_path, station, "set", *words, "--password-file", str(file)) == 0
    assert station.asked == [
        {"action": "set", "now": False, "url": "ws://b/"},
        {
            "action": "set", "now": True, "id": "X", "versions": ["1.6", "2.0.1"], "profile": 1,
            "password": "0123456789abcdef", "books": "b",
        },
    ]  # fmt: skip


async def test_a_change_can_be_undone(tmp_path: Path) -> None:
    station = Station()
    assert await run(tmp_path, station, "undo") == 0
    assert station.asked == [{"action": "undo"}]


async def test_a_refusal_is_told_with_its_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await run(tmp_path, Station(refusal="url 'x': no"), "set", "--url", "x") == 1
    assert "url 'x': no" in capsys.readouterr().err


def test_without_a_station_nothing_is_changed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["csms", "set", "--state", str(tmp_path), "--url", "ws://b/"]) == 3
    assert main(["csms", "set", "--state", str(tmp_path), "--profile", "4"]) == 2
    assert "0 to 3" in capsys.readouterr().err


def test_a_password_file_that_is_not_there_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = str(tmp_path / "none")
    assert main(["csms", "set", "--state", str(tmp_path), "--password-file", missing]) == 1
    assert missing in capsys.readouterr().err
