"""``ampkeeper grid``: without a verb it shows, and it tells how long a release still takes."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.firmware.faces.cli import main
from tests.unit.cli.answers_of_a_station import door

CAPPED = {
    "state": "capped", "cap_w": 4_200.0, "release_in_s": None, "by": "MQTT", "line": None,
    "measured_w": 3_990.0, "head": "0" * 64,
}  # fmt: skip


async def asked(state: Path, answer: dict[str, Any], *words: str) -> dict[str, Any]:
    heard: list[dict[str, Any]] = []

    async def station(verb: str, arguments: dict[str, Any]) -> dict[str, Any]:
        assert verb == "grid"
        heard.append(arguments)
        return answer

    async with door(state, station):
        assert await asyncio.to_thread(main, ["grid", *words, "--state", str(state)]) == 0
    (one,) = heard
    return one


@pytest.mark.parametrize("words", [(), ("show",)])
async def test_without_a_verb_it_shows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    assert await asked(tmp_path, CAPPED, *words) == {"action": "show"}
    shown = " ".join(capsys.readouterr().out.split())
    assert shown == "capped: at most 4200 W together, it draws 3990 W, by MQTT"


async def test_a_release_says_how_long_it_still_takes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    released = CAPPED | {"state": "releasing", "release_in_s": 432}
    assert await asked(tmp_path, released, "release") == {"action": "release"}
    assert "by MQTT; free in 432 s" in " ".join(capsys.readouterr().out.split())


def test_help_is_help_and_an_unknown_verb_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["grid", "--help"]) == 0
    assert "VERB" in capsys.readouterr().out
    assert main(["grid", "cut", "--state", str(tmp_path)]) == 2
    assert main(["--version"]) == 0
    assert main([]) == 2
