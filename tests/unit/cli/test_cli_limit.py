"""``ampkeeper limit``: what is asked of the station."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.firmware.faces.cli import main
from tests.unit.cli.answers_of_a_station import door


async def asked(state: Path, *words: str) -> tuple[int, list[dict[str, Any]]]:
    heard: list[dict[str, Any]] = []

    async def station(verb: str, arguments: dict[str, Any]) -> dict[str, Any]:
        assert verb == "limit"
        heard.append(arguments)
        return {"result": "done"}

    async with door(state, station):
        code = await asyncio.to_thread(main, ["limit", "--state", str(state), *words])
    return code, heard


@pytest.mark.parametrize(
    ("words", "arguments"),
    [
        (("10",), {"current_a": 10.0}),
        (("0", "--evse", "2"), {"current_a": 0.0, "evse": 2}),
        (("7.5", "--for", "2h"), {"current_a": 7.5, "for_s": 7200.0}),
        (("10", "--for", "1.5d"), {"current_a": 10.0, "for_s": 129_600.0}),
        (("--clear",), {}),
        (("off",), {}),
        (("--clear", "--evse", "1"), {"evse": 1}),
        (("16", "--source", "SO"), {"current_a": 16.0, "source": "SO"}),
        (("off", "--source", "EMS"), {"source": "EMS"}),
    ],
)
async def test_only_what_is_said_is_asked_for(
    tmp_path: Path, words: tuple[str, ...], arguments: dict[str, Any]
) -> None:
    assert await asked(tmp_path, *words) == (0, [arguments])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "one of the arguments"),
        (("ten",), "'ten': must be 0 (pause), 6 to 80 A per phase, or off"),
        (("-1",), ""),
        (("10", "--clear"), "not allowed with"),
        (("10", "--for", "2"), "such as 90s, 30m, 2h or 1d"),
        (("10", "--for", "0s"), "'0s': must be a time such as 90s, 30m, 2h or 1d, 1s to 30d"),
        (("10", "--for", "31d"), "1s to 30d"),
        (("10", "--for", "nans"), "1s to 30d"),
        (("10", "--evse", "9"), "1 to 8"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anybody_is_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    assert main(["limit", "--state", str(tmp_path), *words]) == 2
    assert said in capsys.readouterr().err
