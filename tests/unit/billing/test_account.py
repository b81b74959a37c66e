"""What a session comes to by its tariff: OCPP 2.1 I12."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest

from ampkeeper.firmware.billing.account import PERIODS_MAX, Account, account_of
from ampkeeper.firmware.billing.conditions import Payment
from ampkeeper.firmware.statement import LEAST, MOST, NORMAL, Statement, Usage, statement_of
from ampkeeper.firmware.tariff import (
    CHARGING,
    ENERGY,
    FIXED,
    IDLE,
    RESERVED,
    RESERVED_FIXED,
    Amount,
    tariff_of,
)
from tests.unit.billing.accounts import CITY, VAT, Session, price, span, tariff, when

FULL = tariff(
    {
        FIXED: price("0.50"),
        ENERGY: price("0.30", taxes=(VAT,)),
        CHARGING: price("0.02"),
        IDLE: price("0.10", taxes=(VAT, CITY)),
    }
)
OFFICE = when(from_minute=8 * 60, to_minute=18 * 60)


def final(session: Session) -> Statement:
    return session.account.statement(is_final=True)


def volumes(session: Session) -> list[tuple[int, int, int]]:
    return [(one.energy_wh, one.charging_ms, one.idle_ms) for one in final(session).periods]


def test_every_part_is_counted_and_taxed_by_itself() -> None:
    """I12.FR.05, FR.09 to FR.13, FR.16, FR.17."""
    made = final(Session(FULL).charge(3_600, 12_345).pause(90))
    assert made.parts[FIXED] == Amount(D("0.5"), D("0.5"))
    assert made.parts[ENERGY] == Amount(D("3.7035"), D("4.4442"))
    assert made.parts[CHARGING] == Amount(D("1.2"), D("1.2"))
    assert made.parts[IDLE] == Amount(D("0.15"), D("0.198")), "10 % on what 20 % made of it"
    assert made.total == Amount(D("5.5535"), D("6.3422"))
    assert (made.kind, made.currency) == (NORMAL, "EUR")
    assert made.usage == Usage(12_345, 3_600, 90)
    assert made.taxes[IDLE] == (VAT, CITY)


def test_a_price_without_conditions_makes_one_period() -> None:
    """I12.FR.04, FR.36; block I, 1.3."""
    session = Session(FULL).charge(3_600, 10_000).pause(60)
    (period,) = final(session).periods
    assert (period.tariff_id, period.energy_wh) == ("T1", 10_000)
    assert session.account.statement(is_final=False).periods == ()


def test_the_price_changes_with_the_hour_and_a_period_ends() -> None:
    """I12.FR.33 to FR.36: 6 kWh before 18:00 and 4 kWh after it."""
    began = datetime(2026, 11, 23, 17, 30, tzinfo=UTC)
    made = tariff({ENERGY: price(("0.40", OFFICE), "0.25"), CHARGING: price("0.01")})
    session = Session(made, began).charge(1_790, 6_000).wait(30).read(4_000)
    assert session.part(ENERGY) == D("0.40") * 6 + D("0.25") * 4
    first, second = final(session).periods
    assert second.begins_ms - first.begins_ms == 30 * 60 * 1_000
    assert volumes(session) == [(6_000, 1_800_000, 0), (4_000, 0 + 20_000, 0)]


def test_times_of_day_are_local_and_follow_the_clock_that_shifts() -> None:
    """I07.FR.17, I12.FR.37: what ended at 2:30 holds again when the clock goes back."""
    began = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)
    made = tariff({CHARGING: price(("1", when(to_minute=150)), "2")})
    session = Session(made, began)
    session.offset = timedelta(hours=2)
    session.charge(3_600)  # 2:00 to 3:00
    session.offset = timedelta(hours=1)
    session.wait(3_600)  # 2:00 to 3:00 again
    assert session.part(CHARGING) == 2 * (30 * 1 + 30 * 2)
    assert [one[1] // 60_000 for one in volumes(session)] == [30, 30, 30, 30]


@pytest.mark.parametrize(
    ("conditions", "hour", "is_met"),
    [
        ({"from_minute": 1_320, "to_minute": 360}, 23, True),
        ({"from_minute": 1_320, "to_minute": 360}, 5, True),
        ({"from_minute": 1_320, "to_minute": 360}, 6, False),
        ({"from_minute": 1_320, "to_minute": 0}, 23, True),
        ({"from_minute": 1_320, "to_minute": 0}, 0, False),
        ({"days": frozenset({0})}, 12, True),
        ({"days": frozenset({1, 6})}, 12, False),
        ({"from_date": datetime(2026, 11, 23, tzinfo=UTC).date()}, 0, True),
        ({"to_date": datetime(2026, 11, 23, tzinfo=UTC).date()}, 0, False),
        ({"from_date": datetime(2026, 11, 24, tzinfo=UTC).date()}, 23, False),
        ({"to_date": datetime(2026, 11, 24, tzinfo=UTC).date()}, 23, True),
        ({"evse_kind": "AC"}, 12, True),
        ({"evse_kind": "DC"}, 12, False),
        ({"brand": "VISA", "evse_kind": "AC"}, 12, True),
        ({"brand": "VISA", "recognition": "Debit"}, 12, False),
        ({"recognition": "CC"}, 12, True),
    ],
)
def test_a_fee_is_due_if_all_its_conditions_are_met_at_the_beginning(
    conditions: dict[str, Any], hour: int, is_met: bool
) -> None:
    """I12.FR.30; 2.96."""
    began = datetime(2026, 11, 23, hour, 0, tzinfo=UTC)
    made = tariff({FIXED: price(("3", when(**conditions)), "1")})
    session = Session(made, began, payment=Payment("VISA", "CC"))
    assert session.part(FIXED) == (3 if is_met else 1)


def test_energy_is_split_where_its_price_changes() -> None:
    made = tariff({ENERGY: price(("0.1", when(energy_wh=span(None, 5_000))), "1")})
    session = Session(made).charge(3_600, 8_000)
    assert session.part(ENERGY) == D("0.5") + 3
    assert [one[0] for one in volumes(session)] == [5_000, 3_000]


def test_the_energy_of_the_transaction_counts_not_that_of_the_account() -> None:
    made = tariff({ENERGY: price(("0.1", when(energy_wh=span(None, 5_000))), "1")})
    assert Session(made, began_wh=4_000).charge(60, 2_000).part(ENERGY) == D("0.1") + 1


def test_power_and_current_decide_and_what_is_not_known_decides_nothing() -> None:
    slow, fast = when(power_w=span(None, 11_000)), when(power_w=span(11_000))
    made = tariff({CHARGING: price(("1", slow), ("2", fast), "5")})
    session = Session(made).charge(60, 0, 7_000.0).charge(60, 0, 11_000.0).charge(60, 0, None)
    assert session.part(CHARGING) == 1 + 2 + 5
    assert [one.power_w for one in final(session).periods][:2] == [(7e3, 7e3), (11e3, 11e3)]
    by_current = tariff({CHARGING: price(("1", when(current_a=span(6, 20))))})
    session = Session(by_current)
    session.account.flow(is_charging=True)
    for current_a in (5.9, 6.0, 19.9, 20.0):
        session.read(0, None, current_a).wait(60)
    assert session.part(CHARGING) == 2


def test_power_counts_as_often_as_it_is_looked_at() -> None:
    """I12.FR.31."""
    made = tariff({CHARGING: price(("1", when(power_w=span(10_000))))})
    session = Session(made)
    session.interval_s = 60
    session.charge(30, 0, 11_000.0).charge(30, 0, 1_000.0)
    session.wait(60).read(0, 1_000.0).wait(600)
    assert session.part(CHARGING) == 1, "after a minute it is seen to be less"


@pytest.mark.parametrize(
    ("conditions", "paid_s"),
    [
        ({"lasting_s": span(300)}, 600),
        ({"lasting_s": span(900)}, 300),
        ({"lasting_s": span(None, 600)}, 0),
        ({"charging_s": span(600)}, 600),
        ({"charging_s": span(None, 600)}, 0),
        ({"idle_s": span(120)}, 480),
        ({"idle_s": span(120, 300)}, 180),
    ],
)
def test_how_long_it_lasts_decides_to_the_second(conditions: dict[str, Any], paid_s: int) -> None:
    """Ten minutes of charging, then ten of a pause, of which the idle price counts."""
    made = tariff({IDLE: price(("60", when(**conditions)))})
    assert Session(made).charge(600).pause(600).part(IDLE) == paid_s


def test_a_pause_counts_from_its_own_beginning() -> None:
    """2.97, minIdleTime: grace in each pause."""
    made = tariff({IDLE: price(("1", when(idle_s=span(300))))})
    session = Session(made).pause(240).charge(60).pause(240).charge(60).pause(360)
    assert session.part(IDLE) == 1
    assert final(session).usage.idle_s == 840


def test_a_reservation_is_paid_once_and_only_if_there_was_one() -> None:
    """I12.FR.06 to FR.08."""
    made = tariff({RESERVED: price("0.10"), RESERVED_FIXED: price("2")})
    paid = final(Session(made, reserved_ms=600_000).charge(60))
    assert paid.parts[RESERVED].without_tax == 1
    assert paid.parts[RESERVED_FIXED].without_tax == 2
    assert paid.usage.reserved_s == 600
    free = final(Session(made).charge(60))
    assert free.parts == {}
    assert free.usage.reserved_s is None


def test_a_session_costs_at_least_the_least_in_the_end() -> None:
    """I12.FR.38: the costs give way, what was used does not."""
    made = tariff({ENERGY: price("1", taxes=(VAT,))}, least=Amount(D(5)))
    session = Session(made).charge(60, 1_000)
    statement = final(session)
    assert (statement.kind, statement.total) == (LEAST, Amount(D(5)))
    assert statement.parts == {FIXED: Amount(D(5))}
    assert statement.usage.energy_wh == 1_000
    assert len(statement.periods) == 1
    assert session.account.statement(is_final=False).kind == NORMAL
    assert final(session.charge(60, 9_000)).kind == NORMAL


@pytest.mark.parametrize("most", [Amount(D(3)), Amount(None, D("3.6")), Amount(D(3), D(99))])
def test_a_session_costs_no_more_than_the_most(most: Amount) -> None:
    """I12.FR.39, FR.40: to the last digit, and what is used is counted on."""
    made = tariff({FIXED: price("1", taxes=(VAT,)), ENERGY: price("1", taxes=(VAT,))}, most=most)
    session = Session(made).charge(60, 1_500)
    assert final(session).kind == NORMAL
    statement = final(session.charge(60, 1_000).charge(60, 7_000))
    assert (statement.kind, statement.total) == (MOST, Amount(D(3), D("3.6")))
    assert statement.parts[ENERGY] == Amount(D(2), D("2.4"))
    assert statement.usage.energy_wh == 9_500


def test_another_tariff_counts_from_then_on_and_the_beginning_is_paid_once() -> None:
    """I11.FR.08, I12.FR.30."""
    dear = tariff({FIXED: price("9"), ENERGY: price("1")}, id="T2")
    session = Session(FULL).charge(60, 1_000)
    session.account.change(dear, session.now, session.local)
    session.charge(60, 2_000)
    statement = final(session)
    assert statement.parts[FIXED] == Amount(D("0.5"), D("0.5"))
    assert statement.parts[ENERGY] == Amount(D("2.3"), D("2.36"))
    assert [one.tariff_id for one in statement.periods] == ["T1", "T2"]


def test_of_too_many_periods_the_last_takes_the_rest() -> None:
    slow, fast = when(power_w=span(None, 9)), when(power_w=span(9))
    made = tariff({ENERGY: price(("1", slow), ("2", fast))})
    session = Session(made)
    for _ in range(PERIODS_MAX):
        session.charge(1, 1, 5.0).charge(1, 1, 10.0)
    statement = final(session)
    assert len(statement.periods) == PERIODS_MAX
    assert sum(one.energy_wh for one in statement.periods) == statement.usage.energy_wh


def test_a_meter_that_goes_back_costs_nothing() -> None:
    session = Session(FULL).charge(60, 1_000).read(-500).read(0)
    assert final(session).usage.energy_wh == 1_000


def test_books_keep_tariff_account_and_statement() -> None:
    asked = when(
        from_minute=60, days=frozenset({1, 0}), from_date=datetime(2026, 1, 1, tzinfo=UTC).date(),
        brand="VISA", energy_wh=span(1, 2), idle_s=span(5),
    )  # fmt: skip
    made = tariff({ENERGY: price(("0.1", asked), "1", taxes=(VAT,))}, most=Amount(D("0.05")))
    assert tariff_of(json.loads(json.dumps(made.to_json()))) == made
    session = Session(made).charge(60, 1_000, 5.0).pause(30)
    told = json.loads(json.dumps(session.account.to_json()))
    assert account_of(told).to_json() == session.account.to_json()
    statement = final(session)
    assert statement_of(json.loads(json.dumps(statement.to_json()))) == statement


@pytest.mark.parametrize("told", [{}, {"tariff": 7}, {"periods": [1]}])
def test_what_cannot_be_read_is_named(told: dict[str, Any]) -> None:
    whole = Session(FULL).account.to_json()
    for read in (account_of, tariff_of, statement_of):
        with pytest.raises(ValueError, match="not a"):
            read(told)
    with pytest.raises(ValueError, match="not a"):
        account_of(whole | {"periods": [[1]]})
    assert isinstance(account_of(whole), Account)
