"""Tariffs and local cost in the words of OCPP 2.1: I07 and I09 to I12."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ampkeeper.firmware.facts import Trigger
from ampkeeper.firmware.ocpp.dialect import TxContext
from ampkeeper.firmware.ocpp.ports.tariffs import Assigned
from ampkeeper.firmware.ocpp.v21.dialect import Dialect21
from ampkeeper.firmware.statement import Statement
from ampkeeper.firmware.tariff import (
    CHARGING,
    ENERGY,
    FIXED,
    IDLE,
    RESERVED,
    RESERVED_FIXED,
    Amount,
    Span,
    Tariff,
)
from tests.unit.billing.accounts import VAT, Session, price, span, tariff, when
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
        ENERGY: price("0.3", taxes=(VAT,)),
        IDLE: price("0.1"),
    },
    least=Amount(Decimal("0.5")),
    valid_from_s=1_893_456_000,
    text="0.30 a kWh",
)
WHOLE = {
    "tariffId": "T2",
    "currency": "EUR",
    "fixedFee": {
        "prices": [
            {"priceFixed": 3, "conditions": {"paymentBrand": "VISA", "paymentRecognition": "CC"}},
            {"priceFixed": 2.5},
        ]
    },
    "energy": {
        "prices": [
            {
                "priceKwh": 0.4,
                "conditions": {
                    "startTimeOfDay": "08:00",
                    "endTimeOfDay": "18:30",
                    "dayOfWeek": ["Monday", "Sunday"],
                    "validFromDate": "2026-11-01",
                    "validToDate": "2027-02-28",
                    "evseKind": "AC",
                    "minEnergy": 1000,
                    "maxEnergy": 50000.5,
                    "minCurrent": 6,
                    "maxPower": 11000,
                    "minTime": 60,
                },
            }
        ]
    },
    "chargingTime": {"prices": [{"priceMinute": 0.02, "conditions": {"maxChargingTime": 7200}}]},
    "idleTime": {"prices": [{"priceMinute": 1, "conditions": {"minIdleTime": 300}}]},
    "reservationTime": {"prices": [{"priceMinute": 0.1}]},
    "reservationFixed": {"prices": [{"priceFixed": 1, "conditions": {}}]},
    "maxCost": {"inclTax": 30},
}
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


def test_all_that_the_standard_knows_of_a_tariff_is_read(station: Any, ask: Asked) -> None:
    """2.96 to 2.104."""
    asked = {"evseId": 1, "tariff": WHOLE}
    assert ask("SetDefaultTariff", asked).payload == {"status": "Accepted"}
    asked_for = when(
        from_minute=480,
        to_minute=1110,
        days=frozenset({0, 6}),
        from_date=date(2026, 11, 1),
        to_date=date(2027, 2, 28),
        evse_kind="AC",
        energy_wh=Span(Decimal(1000), Decimal("50000.5")),
        current_a=span(6),
        power_w=span(None, 11000),
        lasting_s=span(60),
    )
    assert station.asked == [
        (
            "tariff",
            1,
            Tariff(
                "T2",
                "EUR",
                {
                    FIXED: price(("3", when(brand="VISA", recognition="CC")), "2.5"),
                    ENERGY: price(("0.4", asked_for)),
                    CHARGING: price(("0.02", when(charging_s=span(None, 7200)))),
                    IDLE: price(("1", when(idle_s=span(300)))),
                    RESERVED: price("0.1"),
                    RESERVED_FIXED: price("1"),
                },
                most=Amount(None, Decimal(30)),
            ),
        )
    ]


def energy(**conditions: Any) -> dict[str, Any]:
    return {"energy": {"prices": [{"priceKwh": 0.2, "conditions": conditions}]}}


MANY = [{"priceKwh": 0.3}] * 11
TAXED = [{"priceKwh": 1}]


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"energy": {"prices": MANY}}, "TooManyElements"),
        ({"energy": {"prices": [{"priceKwh": 1e30}]}}, "Rejected"),
        ({"energy": {"prices": TAXED, "taxRates": [{"type": "x", "tax": -5}]}}, "Rejected"),
        ({"currency": "Eur"}, "Rejected"),
        (energy(startTimeOfDay="24:00"), "Rejected"),
        (energy(endTimeOfDay="8:00"), "Rejected"),
        (energy(validFromDate="2026-02-30"), "Rejected"),
        (energy(validToDate="20260201"), "Rejected"),
    ],
)
def test_a_tariff_that_cannot_be_worked_out_is_refused(
    station: Any, ask: Asked, changes: dict[str, Any], word: str
) -> None:
    """I07.FR.02, FR.05; I11.FR.02."""
    tariff = TARIFF | changes
    assert ask("SetDefaultTariff", {"evseId": 1, "tariff": tariff}).payload["status"] == word
    change = {"transactionId": "tx", "tariff": tariff}
    assert ask("ChangeTransactionTariff", change).payload["status"] == word
    assert station.asked == []


def test_where_tariffs_are_switched_off_they_are_not_supported(station: Any, ask: Asked) -> None:
    """I07.FR.01, I11.FR.01."""
    station.settings.learn("TariffCostCtrlr.Enabled[Tariff]", "false")
    asked = {"SetDefaultTariff": {"evseId": 1}, "ChangeTransactionTariff": {"transactionId": "tx"}}
    for action, fields in asked.items():
        assert ask(action, fields | {"tariff": TARIFF}).error == "NotSupported"
    assert ask("ClearTariffs", {}).error == ask("GetTariffs", {"evseId": 0}).error == "NotSupported"


def test_where_no_cost_is_worked_out_no_transaction_gets_another_tariff(
    station: Any, ask: Asked
) -> None:
    """I11.FR.01; what is shown to people may be set (I07.FR.01)."""
    station.settings.learn("TariffCostCtrlr.Enabled[Cost]", "false")
    change = {"transactionId": "tx", "tariff": TARIFF}
    assert ask("ChangeTransactionTariff", change).error == "NotSupported"
    assert station.asked == []
    asked = {"evseId": 1, "tariff": TARIFF}
    assert ask("SetDefaultTariff", asked).payload == {"status": "Accepted"}


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


def test_tariffs_of_drivers_are_told_with_their_tokens(station: Any, ask: Asked) -> None:
    """I09.FR.05, FR.06."""
    driver = Assigned(replace(READ, valid_from_s=None), (2,), ("ABCD1234",), is_driver=True)
    station.tariffs.there = (driver,)
    (row,) = ask("GetTariffs", {"evseId": 2}).payload["tariffAssignments"]
    kind = {"tariffId": "T1", "tariffKind": "DriverTariff"}
    assert row == kind | {"evseIds": [2], "idTokens": ["ABCD1234"]}


def test_a_tariff_comes_with_a_verdict(station: Any, newest: Dialect21) -> None:
    """I08.FR.04, FR.30."""
    info = {"idTokenInfo": {"status": "Accepted"}}
    assert newest.read_authorize(info).tariff is None
    assert newest.read_authorize(info | {"tariff": TARIFF}).tariff == READ
    bad = newest.read_authorize(info | {"tariff": TARIFF | {"currency": "?"}})
    assert (bad.tariff, bad.tariff_problem) == (None, "InvalidValue")
    many = newest.read_authorize(info | {"tariff": TARIFF | {"energy": {"prices": MANY}}})
    assert (many.tariff, many.tariff_problem) == (None, "TooManyElements")
    station.settings.learn("TariffCostCtrlr.Enabled[Tariff]", "false")
    assert newest.read_authorize(info | {"tariff": TARIFF}).tariff is None


def test_a_transaction_tells_its_tariff_and_in_the_end_its_cost(
    fake: Any, newest: Dialect21
) -> None:
    """I07.FR.32, I11.FR.07, I12.FR.01, FR.02."""
    session = Session(tariff({ENERGY: price("0.3", taxes=(VAT,)), IDLE: price("0.1")}))
    session.charge(60, 2_000, 11_000.0).pause(30)
    running, ended = (session.account.statement(is_final=end) for end in (False, True))
    facts = (
        replace(fake.started(), tariff_id="T1", cost=running),
        replace(fake.updated(trigger=Trigger.TARIFF_CHANGED), tariff_id="T2"),
        replace(fake.updated(trigger=Trigger.RUNNING_COST), cost=running),
        replace(fake.ended(), cost=ended),
    )
    told = []
    for fact in facts:
        call = newest.fact(fact, ONLINE)
        assert call is not None
        assert is_valid("ocpp2.1", call)
        told.append(call.payload)
    ids = [one["transactionInfo"].get("tariffId") for one in told]
    assert ids == ["T1", "T2", None, None]
    assert [one["triggerReason"] for one in told][1:3] == ["TariffChanged", "RunningCost"]
    assert "costDetails" not in told[1]
    details: dict[str, Any] = {
        "totalCost": {
            "currency": "EUR",
            "typeOfCost": "NormalCost",
            "total": {"exclTax": 0.65, "inclTax": 0.77},
            "energy": {
                "exclTax": 0.6,
                "inclTax": 0.72,
                "taxRates": [{"type": "VAT", "tax": 20.0, "stack": 0}],
            },
            "idleTime": {"exclTax": 0.05, "inclTax": 0.05},
        },
        "totalUsage": {"energy": 2000, "chargingTime": 60, "idleTime": 30},
    }
    assert told[0]["costDetails"] == told[2]["costDetails"] == details
    period = {
        "tariffId": "T1",
        "startPeriod": "2026-11-23T12:00:00.000Z",
        "dimensions": [
            {"type": "Energy", "volume": 2000},
            {"type": "ChargingTime", "volume": 60.0},
            {"type": "IdleTIme", "volume": 30.0},
        ],
    }
    assert told[3]["costDetails"] == details | {"chargingPeriods": [period]}


def test_the_least_and_the_most_are_told_as_what_they_are(fake: Any, newest: Dialect21) -> None:
    """I12.FR.38, FR.39; power is told where a price asks for it."""
    by_power = price(("1", when(power_w=span(1))))
    least = tariff({ENERGY: by_power}, least=Amount(Decimal(5)))
    most = tariff({ENERGY: by_power}, most=Amount(None, Decimal("0.5")))
    seen = []
    for made in (least, most):
        statement = Session(made).charge(60, 2_000, 11_000.0).account.statement(is_final=True)
        call = newest.fact(replace(fake.ended(), cost=statement), ONLINE)
        assert call is not None
        assert is_valid("ocpp2.1", call)
        seen.append(call.payload["costDetails"])
    costs = [one["totalCost"] for one in seen]
    assert [one["typeOfCost"] for one in costs] == ["MinCost", "MaxCost"]
    assert costs[0]["fixed"] == costs[0]["total"] == {"exclTax": 5.0}
    assert costs[1]["total"] == {"exclTax": 0.5, "inclTax": 0.5}
    dimensions = {one["type"]: one["volume"] for one in seen[1]["chargingPeriods"][0]["dimensions"]}
    assert (dimensions["MinPower"], dimensions["MaxPower"]) == (11_000.0, 11_000.0)


def test_what_could_not_be_worked_out_says_so(fake: Any, newest: Dialect21) -> None:
    """I12.FR.14."""
    call = newest.fact(replace(fake.ended(), cost=Statement("EUR", failure="lost")), ONLINE)
    assert call is not None
    assert is_valid("ocpp2.1", call)
    details = call.payload["costDetails"]
    assert (details["failureToCalculate"], details["failureReason"]) == (True, "lost")


def test_without_a_tariff_nothing_is_told_of_it(fake: Any, newest: Dialect21) -> None:
    for fact in (fake.started(), fake.ended()):
        call = newest.fact(fact, ONLINE)
        assert call is not None
        assert "tariffId" not in call.payload["transactionInfo"]
        assert "costDetails" not in call.payload
