"""Costs without a wire: whose price it is, how long it waits, what is written down of it."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.firmware.ocpp.price_reading import TEXT_CHARS_MAX, final_cost, read_object
from ampkeeper.firmware.prices import ChargingPrice, FinalCost, NextPeriod, RunningCost, UserPrice
from ampkeeper.firmware.station.bills import BILLS_MAX
from ampkeeper.firmware.station.costs import PRICES_MAX
from ampkeeper.firmware.store.changes import SaveCost
from ampkeeper.firmware.store.store import Store
from tests.unit.station.charger import Charger
from tests.unit.store.examples import open_session

CARD = "0BCAFE01"
SETTINGS: dict[str, Any] = {
    "OCPP16.CustomDisplayCostAndPrice": True,
    "ClockCtrlr.TimeOffset": "-05:00",
}


@pytest.fixture
def charger() -> Charger:
    made = Charger(version="1.6")
    made.variables |= SETTINGS
    return made


def tell_price(charger: Charger, token: str = CARD, text: str = "0.20") -> None:
    charger.do(charger.station.costs.on_price, UserPrice(token, text))


def running(charger: Charger, number: int = 7) -> str:
    """A transaction runs, and the central system calls it by a number."""
    charger.start(CARD)
    charger.evse.csms_tx_id = number
    charger.wait(1)
    assert charger.evse.transaction is not None
    return charger.evse.transaction.tx_id


def told(charger: Charger, **fields: Any) -> RunningCost:
    latest = charger.evse.register.latest()
    assert latest is not None
    values = {"at": charger.now, "meter_wh": latest.energy_wh, "cost": Decimal("1.345")}
    return RunningCost(7, **(values | {"is_idle": False} | fields))


def view(charger: Charger) -> dict[str, Any]:
    found = charger.station.costs.shown.view(charger.evse, charger.now)
    assert found is not None
    return found


def test_a_price_waits_for_its_person(charger: Charger) -> None:
    tell_price(charger, "0bcafe01")
    running(charger)
    assert view(charger)["text"] == "0.20"


def test_a_price_of_somebody_else_is_not_shown(charger: Charger) -> None:
    tell_price(charger, "04FFFFFF")
    running(charger)
    assert view(charger)["text"] == ""


def test_a_price_does_not_wait_for_ever(charger: Charger) -> None:
    tell_price(charger)
    charger.wait(3_601, step_s=10)
    running(charger)
    assert view(charger)["text"] == ""


def test_of_too_many_prices_the_oldest_goes(charger: Charger) -> None:
    tell_price(charger)
    for number in range(PRICES_MAX):
        tell_price(charger, f"{number:08X}")
    running(charger)
    assert view(charger)["text"] == ""


def test_costs_are_rounded_to_what_is_shown(charger: Charger) -> None:
    tx_id = running(charger)
    charger.do(charger.station.costs.on_running, tx_id, told(charger), "{}")
    assert view(charger)["total"] == 1.34  # half to even, as banks do
    notices = [
        fields
        for each in charger.effects
        for kind, fields in each.notices
        if kind == "running_cost"
    ]
    assert notices == [{"evse_id": 1, "tx_id": tx_id, "cost": 1.34, "state": "charging"}]


def test_the_hour_of_other_prices_is_local(charger: Charger) -> None:
    tx_id = running(charger)
    following = NextPeriod(charger.now.replace(hour=19, minute=0, second=0), ChargingPrice())
    cost = told(charger, following=following)
    charger.do(charger.station.costs.on_running, tx_id, cost, "{}")
    assert view(charger)["prices_change"][:16] == "2026-11-22T14:00"
    assert view(charger)["prices_change"].endswith("-05:00")


def test_the_last_transactions_are_known_by_their_numbers_and_older_ones_are_not(
    charger: Charger,
) -> None:
    costs = charger.station.costs
    rows = [(f"tx-{number}", 1, number, "{}") for number in range(BILLS_MAX)]
    assert costs.take_up(rows) == []
    assert costs.tx_of(0, is_running=False) == "tx-0"
    assert costs.tx_of(0, is_running=True) is None
    tx_id = running(charger, number=99)
    assert costs.tx_of(99, is_running=True) == tx_id
    assert costs.tx_of(0, is_running=False) is None


@pytest.mark.parametrize(
    "text", ["", "[]", "7", '{"running": "x"}', '{"final": 5}', '{"price": "{}"}']
)
def test_a_damaged_row_is_left_out_and_named(charger: Charger, text: str) -> None:
    (problem,) = charger.station.costs.take_up([("tx-1", 1, 7, text)])
    assert problem.startswith("tx-1: ")
    assert charger.station.costs.shown.shape(text) is None


def test_the_longest_texts_of_all_are_written_down_whole(charger: Charger, tmp_path: Path) -> None:
    long = json.dumps({"transactionId": 7, "cost": 1, "priceText": "x"}, indent=1)
    long += "\n" * (TEXT_CHARS_MAX - len(long))
    foreign = json.dumps(
        {"transactionId": 7, "cost": 1, "priceText": "\u20ac" * 2_000}, ensure_ascii=False
    )
    costs, tx_id = charger.station.costs, running(charger)
    charger.do(costs.on_price, UserPrice(CARD, "\u20ac" * 2_000))
    charger.do(costs.on_running, tx_id, told(charger), long)
    for text in (foreign, long):
        assert final_cost(read_object(text), "en").cost == 1
        charger.do(costs.on_final, tx_id, FinalCost(7, Decimal(1), ""), text)
    store = Store(tmp_path / "ampkeeper.db")
    store.commit([open_session(tx_id)])
    store.commit([change for change in charger.changes if isinstance(change, SaveCost)])
    assert tx_id in store.costs([tx_id])
    store.close()
