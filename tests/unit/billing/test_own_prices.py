"""The configuration's own prices: what they say, and what sessions come to by them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ampkeeper.firmware.billing.account import account_of
from ampkeeper.firmware.billing.own import (
    Hours,
    OwnPrices,
    exact,
    minutes_of,
    own_tariff,
    prices_of,
)
from ampkeeper.firmware.config import parse
from ampkeeper.firmware.tariff import Tariff
from tests.unit.billing.accounts import Session
from tests.unit.config.files import SMALLEST

NIGHT = Hours((0, 1, 2, 3, 4), minutes_of("22:00"), minutes_of("06:00"), Decimal("0.20"))
PRICES = OwnPrices(
    "EUR",
    per_kwh=Decimal("0.45"),
    per_minute=Decimal("0.01"),
    per_session=Decimal("1.5"),
    idle_per_minute=Decimal("0.05"),
    idle_after_min=10,
    tax_percent=Decimal(19),
)


def tariff(prices: OwnPrices) -> Tariff:
    made = own_tariff(prices)
    assert made is not None
    return made


def total(session: Session) -> Decimal:
    return session.account.statement(is_final=True).total.shown


def test_without_a_price_there_is_no_tariff() -> None:
    assert own_tariff(OwnPrices("EUR")) is None
    assert own_tariff(OwnPrices("EUR", tax_percent=Decimal(19))) is None


def test_people_pay_what_was_told_to_the_last_digit_and_the_tax_is_in_it() -> None:
    session = Session(tariff(PRICES)).charge(3_600, 10_000)
    assert total(session) == Decimal("1.5") + Decimal("4.50") + Decimal("0.60")
    net = session.account.statement(is_final=True).total.without_tax
    assert net is not None
    assert abs(net * Decimal("1.19") - Decimal("6.60")) < Decimal("0.00001")
    net_prices = replace(PRICES, is_gross=False)
    assert total(Session(tariff(net_prices)).charge(3_600, 10_000)) == Decimal("7.854")


def test_a_pause_costs_after_its_grace_and_each_pause_has_its_own() -> None:
    session = Session(tariff(PRICES)).charge(60, 1_000)
    session.account.flow(is_charging=False)
    session.wait(15 * 60)
    assert total(session) == Decimal("1.5") + Decimal("0.45") + Decimal("0.01") + 5 * Decimal(
        "0.05"
    )
    session.charge(60)
    session.account.flow(is_charging=False)
    before = total(session)
    session.wait(10 * 60)
    assert total(session) == before


@pytest.mark.parametrize(
    ("at", "per_kwh"),
    [
        (datetime(2026, 11, 23, 21, 59, tzinfo=UTC), "0.45"),  # a Monday
        (datetime(2026, 11, 23, 22, 0, tzinfo=UTC), "0.20"),
        (datetime(2026, 11, 24, 5, 59, tzinfo=UTC), "0.20"),
        (datetime(2026, 11, 24, 6, 0, tzinfo=UTC), "0.45"),
        (datetime(2026, 11, 23, 3, 0, tzinfo=UTC), "0.45"),  # of Sunday's night
        (datetime(2026, 11, 28, 3, 0, tzinfo=UTC), "0.20"),  # of Friday's
        (datetime(2026, 11, 28, 23, 0, tzinfo=UTC), "0.45"),
    ],
)
def test_hours_of_some_days_hold_until_the_morning_after(at: datetime, per_kwh: str) -> None:
    made = tariff(OwnPrices("EUR", per_kwh=Decimal("0.45"), hours=(NIGHT,)))
    assert total(Session(made, at).charge(1, 1_000)) == Decimal(per_kwh)


def test_hours_of_every_day_and_of_whole_days_hold_too() -> None:
    daily = replace(NIGHT, days=tuple(range(7)))
    made = tariff(OwnPrices("EUR", per_kwh=Decimal(1), hours=(daily,)))
    sunday_night = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
    assert total(Session(made, sunday_night).charge(1, 1_000)) == Decimal("0.20")
    saturday = Hours((5,), 0, 24 * 60, Decimal(0))
    made = tariff(OwnPrices("EUR", per_kwh=Decimal(1), hours=(saturday,)))
    for hour in (0, 23):
        at = datetime(2026, 11, 28, hour, 30, tzinfo=UTC)
        assert total(Session(made, at).charge(1, 1_000)) == 0


def test_the_words_name_every_price_with_its_tax_and_energy_first() -> None:
    said = tariff(replace(PRICES, hours=(NIGHT,))).text
    assert said == (
        "0.45 EUR/kWh, 0.20 EUR/kWh Mon Tue Wed Thu Fri 22:00-06:00, 0.01 EUR/min, "
        "1.50 EUR per session, 0.05 EUR/min not charging after 10 min, incl. 19 % VAT"
    )
    net = OwnPrices("CHF", per_kwh=Decimal("0.333"), tax_percent=Decimal("8.1"), is_gross=False)
    assert tariff(net).text == "0.359973 CHF/kWh, incl. 8.1 % VAT"


TEXT = """
[tariff]
currency = "CHF"
per_kwh = 0.1
tax_percent = 8.1
[[tariff_hours]]
days = ["sat"]
begin = "00:00"
end = "24:00"
per_kwh = 0.29
"""


def test_the_file_is_read_as_it_is_written() -> None:
    config = parse(SMALLEST + TEXT)
    found = prices_of(config.tariff, config.tariff_hours)
    assert (found.currency, found.per_kwh, found.is_gross) == ("CHF", Decimal("0.1"), True)
    assert found.tax_percent == Decimal("8.1")
    assert found.hours == (Hours((5,), 0, 24 * 60, Decimal("0.29")),)
    assert own_tariff(prices_of(parse(SMALLEST).tariff, ())) is None


@given(st.decimals(0, 1_000, places=6))
def test_a_price_is_as_it_is_written_whatever_a_float_makes_of_it(written: Decimal) -> None:
    assert exact(float(str(written))) == written


amounts = st.integers(0, 2_000_000).map(lambda one: Decimal(one).scaleb(-6))
rules = st.builds(
    OwnPrices,
    currency=st.just("EUR"),
    per_kwh=amounts,
    per_minute=amounts,
    per_session=amounts,
    idle_per_minute=amounts,
    idle_after_min=st.integers(0, 30),
    tax_percent=st.integers(0, 3_000).map(lambda one: Decimal(one).scaleb(-2)),
    is_gross=st.booleans(),
    hours=st.lists(
        st.builds(
            Hours,
            st.sets(st.integers(0, 6), min_size=1).map(tuple),
            st.integers(0, 1439),
            st.integers(0, 1440),
            st.none() | amounts,
            st.none() | amounts,
        ),
        max_size=3,
    ),
)
steps = st.lists(st.tuples(st.booleans(), st.integers(1, 20_000)), min_size=1, max_size=6)


@settings(max_examples=60, deadline=None)
@given(rules, steps, st.integers(1, 10_000), st.integers(0, 10_000))
def test_a_session_that_is_split_anywhere_costs_the_same(
    prices: OwnPrices, told: list[tuple[bool, int]], every_s: int, begins_min: int
) -> None:
    made = own_tariff(prices)
    if made is None:
        return
    began = datetime(2026, 11, 23, tzinfo=UTC) + timedelta(minutes=begins_min)
    whole, split = Session(made, began), Session(made, began)
    for is_charging, seconds in told:
        whole.account.flow(is_charging)
        split.account.flow(is_charging)
        whole.wait(seconds)
        left = seconds
        while left > 0:
            split.wait(min(every_s, left))
            left -= every_s
            split.account = account_of(split.account.to_json())  # the power went
        for one in (whole, split):
            one.read(seconds if is_charging else 0, None)
    mine, other = (one.account.statement(is_final=True) for one in (whole, split))
    assert (mine.total, mine.parts) == (other.total, other.parts)
    assert sum(part.shown for part in mine.parts.values()) == mine.total.shown
