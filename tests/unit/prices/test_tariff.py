"""What a session costs by a tariff: OCPP 2.1 I12."""

import json
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ampkeeper.firmware.tariff import (
    CHARGING,
    ENERGY,
    FIXED,
    IDLE,
    LEAST,
    MOST,
    NORMAL,
    Bound,
    Cost,
    Price,
    Tariff,
    Tax,
    Usage,
    bill,
    tariff_of,
)

VAT = Tax("VAT", D(20))
CITY = Tax("City", D(10), stack=1)
FULL = Tariff(
    "T1",
    "EUR",
    {
        FIXED: Price(D("0.50")),
        ENERGY: Price(D("0.30"), (VAT,)),
        CHARGING: Price(D("0.02")),
        IDLE: Price(D("0.10"), (VAT, CITY)),
    },
)
USED = Usage(energy_wh=12_345, charging_s=3_600.0, idle_s=90.0)


def test_every_part_is_counted_and_taxed_by_itself() -> None:
    """I12.FR.09 to FR.13, FR.17."""
    made = bill([(FULL, USED)])
    assert made.parts[FIXED] == Cost(D("0.5"), D("0.5"))
    assert made.parts[ENERGY] == Cost(D("3.7035"), D("4.4442"))
    assert made.parts[CHARGING] == Cost(D("1.2"), D("1.2"))
    assert made.parts[IDLE] == Cost(D("0.15"), D("0.198")), "10 % on what 20 % made of it"
    assert made.total == Cost(D("5.5535"), D("6.3422"))
    assert (made.kind, made.currency, made.usage) == (NORMAL, "EUR", USED)


def test_a_tariff_that_changes_counts_from_then_on_and_its_beginning_is_paid_once() -> None:
    """I11.FR.08, I12.FR.30."""
    dear = Tariff("T2", "EUR", {FIXED: Price(D(9)), ENERGY: Price(D(1))})
    made = bill([(FULL, Usage(1_000)), (dear, Usage(2_000, 60.0, 60.0))])
    assert made.parts[FIXED] == Cost(D("0.5"), D("0.5"))
    assert made.parts[ENERGY] == Cost(D("2.3"), D("2.36"))
    assert made.parts[IDLE] == Cost(D(0), D(0))
    assert made.usage == Usage(3_000, 60.0, 60.0)


@pytest.mark.parametrize(
    ("least", "most", "kind", "total"),
    [
        (Bound(), Bound(), NORMAL, Cost(D(3), D(3))),
        (Bound(D(5)), Bound(), LEAST, Cost(D(5), D(5))),
        (Bound(None, D(5)), Bound(), LEAST, Cost(D(5), D(5))),
        (Bound(D(4), D(5)), Bound(), LEAST, Cost(D(4), D(5))),
        (Bound(D(2)), Bound(), NORMAL, Cost(D(3), D(3))),
        (Bound(), Bound(D(2)), MOST, Cost(D(2), D(2))),
        (Bound(), Bound(None, D("2.5")), MOST, Cost(D("2.5"), D("2.5"))),
        (Bound(), Bound(D(3), D(3)), NORMAL, Cost(D(3), D(3))),
        (Bound(D(9)), Bound(D(2)), MOST, Cost(D(2), D(2))),
    ],
)
def test_a_bill_stays_within_its_bounds(least: Bound, most: Bound, kind: str, total: Cost) -> None:
    """I12.FR.38 to FR.41."""
    made = bill([(Tariff("T", "EUR", {ENERGY: Price(D(1))}, least, most), Usage(3_000))])
    assert (made.kind, made.total) == (kind, total)


def test_what_has_no_price_is_free_and_told_as_used() -> None:
    made = bill([(Tariff("T", "EUR", {}), USED)])
    assert (made.parts, made.total, made.usage) == ({}, Cost(), USED)


amounts = st.decimals("0", "99", places=4)
taxes = st.lists(st.builds(Tax, st.text(max_size=5), amounts, st.integers(0, 3)), max_size=3)
tariffs = st.builds(
    Tariff,
    st.text(max_size=60),
    st.just("EUR"),
    st.dictionaries(
        st.sampled_from([FIXED, ENERGY, CHARGING, IDLE]),
        st.builds(Price, amounts, taxes.map(tuple)),
    ),
    st.builds(Bound, st.none() | amounts, st.none() | amounts),
    st.builds(Bound, st.none() | amounts, st.none() | amounts),
    st.none() | st.integers(0, 2**31),
)


@given(tariffs)
def test_a_tariff_comes_back_from_the_books_as_it_was(tariff: Tariff) -> None:
    assert tariff_of(json.loads(json.dumps(tariff.to_json()))) == tariff


@given(tariffs, st.integers(0, 10**6), st.integers(0, 10**5))
def test_a_bill_is_never_below_0_and_taxes_only_add(tariff: Tariff, wh: int, idle_s: int) -> None:
    made = bill([(tariff, Usage(wh, 60.0, float(idle_s)))])
    for cost in made.parts.values():
        assert 0 <= cost.without_tax <= cost.with_tax


@pytest.mark.parametrize(
    "told", [{}, {"id": 1}, FULL.to_json() | {"prices": {"energy": ["x", []]}}]
)
def test_what_is_no_tariff_is_said_to_be_none(told: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="not a tariff"):
        tariff_of(told)
