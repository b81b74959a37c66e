"""Tariffs and local cost in the words of OCPP 2.1: I07 and I09 to I12."""

from decimal import Decimal
from typing import Any

import pytest

from ampkeeper.firmware.facts import Trigger
from ampkeeper.firmware.ocpp.dialect import TxContext
from ampkeeper.firmware.ocpp.ports.tariffs import Assigned
from ampkeeper.firmware.ocpp.v21 import Dialect21
from ampkeeper.firmware.tariff import ENERGY, IDLE, Bound, Price, Tariff, Tax, Usage
from tests.unit.ocpp_dialects.conftest import Asked, asker, is_valid

TARIFF = {
    "tariffId": "T1",
    "currency": "EUR",
    "energy": {"prices": [{"priceKwh": 0.3}], "taxRates": [{"type": "VAT", "tax": 20}]},
    "idleTime": {"prices": [{"priceMinute": 0.1}]},
    "minCost": {"exclTax": 0.5},
    "validFrom": "2030-01-01T00:00:00Z",
    "description": [{"format": "UTF8", "content": "0.30 a kWh"}],
}
READ = Tariff(
    "T1",
    "EUR",
    {
        ENERGY: Price(Decimal("0.3"), (Tax("VAT", Decimal(20)),)),
        IDLE: Price(Decimal("0.1")),
    },
    least=Bound(Decimal("0.5")),
    valid_from_s=1_893_456_000,
)
ONLINE = TxContext(None, is_offline=False)


@pytest.fixture
def newest(station: Any) -> Dialect21:
    return Dialect21(station)


@pytest.fixture
def ask(newest: Dialect21) -> Asked:
    return asker(newest)


def test_a_default_tariff_is_read_and_set(station: Any, ask: Asked) -> None:
    asked = {"evseId": 0, "tariff": TARIFF}
    assert ask("SetDefaultTariff", asked).payload == {"status": "Accepted"}
    assert station.asked == [("tariff", 0, READ)]


@pytest.mark.parametrize(
    ("word", "status"),
    [("duplicate", "DuplicateTariffId"), ("full", "Rejected"), ("rejected", "Rejected")],
)
def test_what_the_station_says_of_a_tariff_is_answered(
    station: Any, ask: Asked, word: str, status: str
) -> None:
    station.tariffs.word = word
    assert ask("SetDefaultTariff", {"evseId": 1, "tariff": TARIFF}).payload["status"] == status


TWO = [{"priceKwh": 0.3}, {"priceKwh": 0.2}]
NIGHT = [{"priceKwh": 0.2, "conditions": {"startTimeOfDay": "22:00"}}]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"energy": {"prices": NIGHT}}, "ConditionNotSupported"),
        ({"energy": {"prices": TWO}}, "TooManyElements"),
        ({"reservationTime": {"prices": [{"priceMinute": 0.1}]}}, "Rejected"),
        ({"reservationFixed": {"prices": [{"priceFixed": 0.1}]}}, "Rejected"),
    ],
)
def test_a_tariff_that_cannot_be_worked_out_is_refused(
    station: Any, ask: Asked, changes: dict[str, Any], status: str
) -> None:
    """I07.FR.02, FR.03; I11.FR.02, FR.03."""
    tariff = TARIFF | changes
    assert ask("SetDefaultTariff", {"evseId": 1, "tariff": tariff}).payload["status"] == status
    change = {"transactionId": "tx", "tariff": tariff}
    assert ask("ChangeTransactionTariff", change).payload["status"] == status
    assert station.asked == []


def test_an_evse_that_is_not_there_has_no_tariff(ask: Asked) -> None:
    """I07.FR.06."""
    asked = {"evseId": 9, "tariff": TARIFF}
    assert ask("SetDefaultTariff", asked).payload["status"] == "Rejected"
    assert ask("GetTariffs", {"evseId": 9}).payload["status"] == "Rejected"
    answer = ask("ClearTariffs", {"evseId": 9}).payload
    assert answer == {"clearTariffsResult": [{"status": "NoTariff"}]}


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("accepted", "Accepted"),
        ("no_transaction", "TxNotFound"),
        ("other_currency", "NoCurrencyChange"),
        ("rejected", "Rejected"),
    ],
)
def test_a_transactions_tariff_is_changed(station: Any, ask: Asked, word: str, status: str) -> None:
    """I11."""
    station.tariffs.word = word
    asked = {"transactionId": "tx", "tariff": TARIFF}
    assert ask("ChangeTransactionTariff", asked).payload["status"] == status
    assert station.asked == [("change", "tx", READ)]


def test_tariffs_are_told_where_they_hold(station: Any, ask: Asked) -> None:
    """I09."""
    assert ask("GetTariffs", {"evseId": 0}).payload == {"status": "NoTariff"}
    station.tariffs.there = (Assigned(READ, (1, 2)),)
    (row,) = ask("GetTariffs", {"evseId": 0}).payload["tariffAssignments"]
    assert row == {
        "tariffId": "T1",
        "tariffKind": "DefaultTariff",
        "evseIds": [1, 2],
        "validFrom": "2030-01-01T00:00:00.000Z",
    }


def test_tariffs_are_cleared_by_what_is_given(station: Any, ask: Asked) -> None:
    """I10."""
    answer = ask("ClearTariffs", {}).payload
    assert answer == {"clearTariffsResult": [{"status": "NoTariff"}]}
    station.tariffs.there = (Assigned(READ, (1,)),)
    answer = ask("ClearTariffs", {"tariffIds": ["T1", "T9"], "evseId": 1}).payload
    assert answer == {"clearTariffsResult": [{"tariffId": "T1", "status": "Accepted"}]}
    assert station.asked[-1] == ("clear", ("T1", "T9"), 1)
    station.tariffs.can_clear = False
    answer = ask("ClearTariffs", {}).payload
    assert answer == {"clearTariffsResult": [{"status": "Rejected"}]}


def test_a_transaction_tells_its_tariff_and_in_the_end_its_cost(
    fake: Any, station: Any, newest: Dialect21
) -> None:
    """I07.FR.32, I11.FR.07, I12.FR.01."""
    other = Tariff("T2", "EUR", {})
    station.tariffs.used = [(READ, Usage(2_000, 60.0, 30.0)), (other, Usage(500))]
    facts = (fake.started(), fake.updated(trigger=Trigger.TARIFF_CHANGED), fake.updated())
    ids = []
    for fact in facts:
        call = newest.fact(fact, ONLINE)
        assert call is not None
        assert is_valid("ocpp2.1", call)
        assert "costDetails" not in call.payload
        ids.append(call.payload["transactionInfo"].get("tariffId"))
    assert ids == ["T1", "T2", None]
    call = newest.fact(fake.ended(), ONLINE)
    assert call is not None
    assert is_valid("ocpp2.1", call)
    assert call.payload["costDetails"] == {
        "totalCost": {
            "currency": "EUR",
            "typeOfCost": "NormalCost",
            "total": {"exclTax": 0.65, "inclTax": 0.77},
            "energy": {"exclTax": 0.6, "inclTax": 0.72},
            "idleTime": {"exclTax": 0.05, "inclTax": 0.05},
        },
        "totalUsage": {"energy": 2.5, "chargingTime": 60, "idleTime": 30},
    }


def test_without_a_tariff_nothing_is_told_of_it(fake: Any, newest: Dialect21) -> None:
    for fact in (fake.started(), fake.ended()):
        call = newest.fact(fact, ONLINE)
        assert call is not None
        assert "tariffId" not in call.payload["transactionInfo"]
        assert "costDetails" not in call.payload
