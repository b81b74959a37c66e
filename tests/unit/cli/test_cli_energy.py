"""``ampkeeper mode``, ``charge``, ``depart`` and ``price``: what is asked, and what is shown."""

import asyncio
import io
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.firmware.faces.cli import main
from ampkeeper.firmware.faces.cli.tables import show
from tests.unit.cli.answers_of_a_station import door

ANSWER = {
    "mode": "surplus",
    "mains": {
        "quality": "good",
        "text": "",
        "current_a": [-4.0, -5.0, -6.0],
        "power_w": -3_450.0,
        "age_s": 0.4,
        "surplus_w": 3_450.0,
    },
    "price": {"price": 0.31, "currency": "EUR", "until": "2026-11-22T13:00:00.000Z"},
    "evses": [
        {
            "id": 1,
            "limit_a": 0.0,
            "limited_by": "surplus",
            "reason": "waits for sun: 3.5 kW of 4.3 kW for 3 min",
            "since": "2026-11-22T11:58:00.000Z",
            "charge_now": False,
            "departure": {
                "by": "2026-11-23T06:30:00.000Z",
                "energy_wh": 20_000,
                "charged_wh": 1_500,
                "latest_start": "2026-11-23T03:30:00.000Z",
            },
        }
    ],
}


async def asked(state: Path, *words: str) -> tuple[int, list[tuple[str, dict[str, Any]]]]:
    heard: list[tuple[str, dict[str, Any]]] = []

    async def station(verb: str, arguments: dict[str, Any]) -> dict[str, Any]:
        heard.append((verb, arguments))
        return ANSWER

    async with door(state, station):
        code = await asyncio.to_thread(main, [*words, "--state", str(state)])
    return code, heard


@pytest.mark.parametrize(
    ("words", "verb", "arguments"),
    [
        (("mode",), "mode", {}),
        (("mode", "min+surplus"), "mode", {"mode": "min+surplus"}),
        (("charge", "now"), "charge", {"now": True, "evse": 1}),
        (("charge", "auto", "--evse", "2"), "charge", {"now": False, "evse": 2}),
        (
            ("depart", "07:30", "--energy", "20kWh"),
            "depart",
            {"by": "07:30", "energy_wh": 20_000, "evse": 1},
        ),
        (("depart", "off"), "depart", {"evse": 1}),
        (("price", "show"), "price", {}),
        (("price",), "price", {}),
    ],
)
async def test_what_is_meant_is_asked_for(
    tmp_path: Path, words: tuple[str, ...], verb: str, arguments: dict[str, Any]
) -> None:
    assert await asked(tmp_path, *words) == (0, [(verb, arguments)])


async def test_prices_are_pushed_as_they_stand_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "prices.json"
    file.write_text('{"currency": "EUR"}')
    code, heard = await asked(tmp_path, "price", "push", str(file))
    assert (code, heard) == (0, [("price", {"prices": '{"currency": "EUR"}'})])


async def test_a_file_that_is_too_long_is_not_sent(tmp_path: Path) -> None:
    file = tmp_path / "prices.json"
    file.write_text(" " * 60_001)
    assert await asked(tmp_path, "price", "push", str(file)) == (1, [])


async def test_one_page_tells_who_is_in_charge(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await asked(tmp_path, "mode")
    shown = capsys.readouterr().out
    assert "Mode: surplus" in shown
    assert "Mains: export of 3.5 kW (-4.0, -5.0, -6.0 A), 3.5 kW of sun for charging" in shown
    assert "EVSE 1: 0 A because waits for sun: 3.5 kW of 4.3 kW for 3 min, since" in shown
    assert "1.5 of 20.0 kWh by" in shown


def test_that_no_price_is_known_is_said_to_who_asks_for_it() -> None:
    told = {"mode": "now", "mains": None, "price": None, "evses": []}
    for command, is_said in (("price show", True), ("price push", True), ("mode", False)):
        file = io.StringIO()
        show(command, told, file, 80)
        assert ("Price: none is known for now" in file.getvalue()) is is_said


@pytest.mark.parametrize(
    "words",
    [("mode", "sometimes"), ("charge",), ("depart", "07:30", "--energy", "20"), ("depart",)],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert main([*words, "--state", str(tmp_path)]) == 2


def test_a_departure_needs_an_amount(tmp_path: Path) -> None:
    assert main(["depart", "07:30", "--state", str(tmp_path)]) == 1
