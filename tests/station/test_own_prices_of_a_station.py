"""The station's own prices: shown before, counted while, and told after; with or without OCPP."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.board.emulated.virtual_charger import VirtualCharger
from ampkeeper.board.emulated.virtual_time import run_virtual
from ampkeeper.firmware.faces.api import Evse, Session
from tests.support.rig import CAR, CARD

PRICES = (
    ("tariff.per_kwh", "0.5"),
    ("tariff.per_session", "1.0"),
    ("tariff.idle_per_minute", "0.1"),
    ("tariff.tax_percent", "19"),
)
WORDS = "0.50 EUR/kWh, 1.00 EUR per session, 0.10 EUR/min not charging, incl. 19 % VAT"


def charger(folder: Path, version: str) -> VirtualCharger:
    folder.mkdir(exist_ok=True)
    told = (("authorise.tags", f'["{CARD}"]'), ("ocpp.versions", f'["{version}"]'))
    return VirtualCharger(folder, sets=(*told, *PRICES))


def seen(made: VirtualCharger) -> Evse:
    return made.app.people.overview.read().evses[0]


def running(made: VirtualCharger) -> Session:
    found = seen(made).session
    assert found is not None
    return found


@pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
def test_a_price_is_known_before_counted_while_and_told_after(tmp_path: Path, version: str) -> None:
    made = charger(tmp_path, version)

    async def play() -> dict[str, Any]:
        async with made.running():
            await made.until(lambda: made.status() == "Available")
            assert seen(made).tariff == WORDS
            assert seen(made).message == WORDS
            made.plug(**CAR)
            made.swipe(CARD)
            await made.until(lambda: made.status() == "Charging", 90)
            await asyncio.sleep(60)
            cost = running(made).cost
            assert cost is not None
            assert (cost.text, cost.currency, cost.is_final) == (WORDS, "EUR", False)
            assert cost.now is not None
            assert cost.now > 1.0
        async with made.running():  # the power was away
            await made.until(lambda: made.status() == "Charging", 90)
            await asyncio.sleep(600)
            made.swipe(CARD)
            await made.until(lambda: made.app.station.evses[1].transaction is None, 90)
            told = await made.app.api.answer("sessions", {})
            assert isinstance(told["sessions"][0], dict)
            return dict(told["sessions"][0])

    session = run_virtual(play())
    cost = session["cost"]
    assert (cost["is_final"], cost["tariff"]) == (True, "own")
    energy = 0.5 * session["energy_wh"] / 1_000
    assert 1.0 + energy <= cost["total"] <= 1.0 + energy + 0.2
