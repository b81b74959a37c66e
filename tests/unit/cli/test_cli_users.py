"""``ampkeeper user``: what is asked of the station, and how it is shown."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.firmware.faces.cli import main
from tests.unit.cli.answers_of_a_station import door

ANNA = {
    "number": 1,
    "name": "Anna",
    "cards": ["04A1", "04A2"],
    "from": "2026-12-01T00:00:00Z",
    "until": None,
    "budget_wh": 50_000,
    "used_wh": 12_345,
    "may_charge": False,
    "why_not": "the user may charge from 2026-12-01 on",
}


async def told(
    state: Path, *words: str, answers: list[dict[str, Any]]
) -> tuple[int, list[dict[str, Any]]]:
    heard: list[dict[str, Any]] = []

    async def station(verb: str, arguments: dict[str, Any]) -> dict[str, Any]:
        assert verb == "user"
        heard.append(arguments)
        return answers[min(len(heard), len(answers)) - 1]

    async with door(state, station):
        code = await asyncio.to_thread(main, ["user", words[0], "--state", str(state), *words[1:]])
    return code, heard


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        (("list",), {"action": "list"}),
        (("add", "Anna"), {"action": "add", "user": "Anna"}),
        (
            ("add", "Anna", "--card", "A1", "--card", "A2", "--budget-kwh", "50"),
            {"action": "add", "user": "Anna", "add_cards": ["A1", "A2"], "budget_kwh": "50"},
        ),
        (
            ("change", "#1", "--drop-card", "A1", "--from", "2026-12-01", "--until", "off"),
            {
                "action": "change",
                "user": "#1",
                "drop_cards": ["A1"],
                "from": "2026-12-01",
                "until": "off",
            },
        ),
        (
            ("change", "Al", "--name", "Ann"),
            {"action": "change", "user": "Al", "called": "Ann"},
        ),
    ],
)
async def test_only_what_is_said_is_asked_for(
    tmp_path: Path, words: tuple[str, ...], asked: dict[str, Any], capsys: Any
) -> None:
    assert await told(tmp_path, *words, answers=[{"users": [ANNA]}]) == (0, [asked])
    shown = capsys.readouterr().out
    assert "Anna" in shown
    assert "12.3 of 50" in shown


async def test_a_table_is_sent_whole(tmp_path: Path) -> None:
    table = tmp_path / "users.csv"
    table.write_bytes(b"\xef\xbb\xbfname\r\nAnna\r\n")
    code, heard = await told(tmp_path, "import", str(table), answers=[{"users": [ANNA]}])
    assert (code, heard) == (0, [{"action": "import", "table": "name\r\nAnna\r\n"}])


@pytest.mark.parametrize(("data", "said"), [(b"name\n\xff", "byte 6"), (b"x" * 60_001, "60000")])
async def test_a_file_that_is_no_table_is_not_sent(
    tmp_path: Path, data: bytes, said: str, capsys: Any
) -> None:
    table = tmp_path / "users.csv"
    table.write_bytes(data)
    assert await told(tmp_path, "import", str(table), answers=[{}]) == (1, [])
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("last", "code", "said"),
    [
        ({"lesson": "learnt", "says": "04A1"}, 0, "the card 04A1 is learnt"),
        ({"lesson": "lapsed", "says": None}, 1, "no card was held"),
        ({"lesson": "refused", "says": "card 04A1: ..."}, 1, "not taken: card 04A1"),
    ],
)
async def test_a_card_is_waited_for(
    tmp_path: Path, last: dict[str, Any], code: int, said: str, capsys: Any
) -> None:
    answers = [{"lesson": "waits", "says": None}, last]
    found, heard = await told(tmp_path, "learn", "Anna", "--for", "10s", answers=answers)
    assert found == code
    assert heard[0] == {"action": "learn", "user": "Anna", "for_s": 10}
    shown = capsys.readouterr()
    assert said in shown.out + shown.err


async def test_days_are_shown_as_they_are_typed(tmp_path: Path, capsys: Any) -> None:
    user = ANNA | {"until": "2027-01-01T00:00:00Z"}
    await told(tmp_path, "list", answers=[{"users": [user]}])
    shown = capsys.readouterr().out
    assert "2026-12-01" in shown
    assert "2026-12-31" in shown
    assert "00:00" not in shown
