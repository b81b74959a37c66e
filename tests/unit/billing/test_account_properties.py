"""However a session is counted, it costs the same: split, saved and restored anywhere.

Against a model that knows no intervals: it asks for the price of every second and every Wh.
"""

import json
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal as D
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from ampkeeper.firmware.billing.account import account_of
from ampkeeper.firmware.billing.conditions import Moment, first
from ampkeeper.firmware.statement import LEAST, MOST
from ampkeeper.firmware.tariff import (
    ALWAYS,
    CHARGING,
    ENERGY,
    FIXED,
    IDLE,
    Amount,
    Conditions,
    Element,
    Price,
    Span,
    Tariff,
    Tax,
)
from tests.unit.billing.accounts import NOON, Session

MINUTE = 60


@dataclass(frozen=True)
class Step:
    """So many seconds of charging or not, at the end of which the meter tells the energy."""

    is_charging: bool
    seconds: int
    energy_wh: int
    power_w: float | None


def spans(most: int) -> st.SearchStrategy[Span]:
    ends = st.none() | st.integers(0, most).map(D)
    return st.just(ALWAYS) | st.builds(Span, ends, ends)


CONDITIONS = st.builds(
    Conditions,
    from_minute=st.none() | st.integers(12 * MINUTE - 5, 12 * MINUTE + 30),
    to_minute=st.none() | st.integers(12 * MINUTE - 5, 12 * MINUTE + 30),
    days=st.frozensets(st.integers(0, 6), max_size=2),
    energy_wh=spans(300),
    power_w=spans(20_000),
    lasting_s=spans(1_500),
    charging_s=spans(1_000),
    idle_s=spans(600),
)
AMOUNTS = st.decimals(0, 20, places=4)
TAXES = st.builds(Tax, st.just("x"), st.decimals(0, 30, places=2), st.integers(0, 2))
PRICES = st.builds(
    Price,
    st.lists(st.builds(Element, AMOUNTS, st.none() | CONDITIONS), min_size=1, max_size=3).map(
        tuple
    ),
    st.lists(TAXES, max_size=2).map(tuple),
)
BOUNDS = st.builds(Amount, st.none() | AMOUNTS, st.none() | AMOUNTS)
TARIFFS = st.builds(
    Tariff,
    st.just("T1"),
    st.just("EUR"),
    st.dictionaries(st.sampled_from((FIXED, ENERGY, CHARGING, IDLE)), PRICES),
)
STEPS = st.lists(
    st.builds(
        Step,
        st.booleans(),
        st.integers(1, 400),
        st.integers(0, 200),
        st.none() | st.sampled_from((0.0, 5_000.0, 11_000.0)),
    ),
    max_size=6,
)


def play(session: Session, steps: list[Step], cuts: list[int]) -> Session:
    """Play all steps; at every second of ``cuts`` the station looks, and restarts."""
    passed_s = 0
    for step in steps:
        session.account.flow(step.is_charging)
        ends_s = passed_s + step.seconds
        for stop_s in [cut for cut in sorted(cuts) if passed_s < cut < ends_s] + [ends_s]:
            session.wait(stop_s - passed_s)
            session.account = account_of(json.loads(json.dumps(session.account.to_json())))
            passed_s = stop_s
        session.read(step.energy_wh, step.power_w)
    return session


def model(tariff: Tariff, steps: list[Step]) -> dict[str, Fraction]:
    """The cost of each part without tax, from every single second and Wh."""
    sums = {part: Fraction(0) for part in tariff.prices}
    used = {"energy_wh": 0, "lasting_ms": 0, "charging_ms": 0, "idle_ms": 0}
    power_w: float | None = None

    def pay(part: str, passed_s: int, share: Fraction) -> None:
        price = tariff.prices.get(part)
        local = NOON + timedelta(seconds=passed_s)
        number = None if price is None else first(price, Moment(local, power_w=power_w, **used))
        if price is not None and number is not None:
            sums[part] += Fraction(price.elements[number].amount) * share

    pay(FIXED, 0, Fraction(1))
    passed_s = 0
    for step in steps:
        for _ in range(step.seconds):
            if step.is_charging:
                used["idle_ms"] = 0
            pay(CHARGING if step.is_charging else IDLE, passed_s, Fraction(1, 60))
            used["lasting_ms"] += 1_000
            used["charging_ms" if step.is_charging else "idle_ms"] += 1_000
            passed_s += 1
        for _ in range(step.energy_wh):
            pay(ENERGY, passed_s, Fraction(1, 1_000))
            used["energy_wh"] += 1
        power_w = step.power_w
    return sums


@settings(deadline=None, max_examples=60)
@given(TARIFFS, STEPS)
def test_every_second_and_every_wh_is_paid_by_the_price_that_holds(
    tariff: Tariff, steps: list[Step]
) -> None:
    statement = play(Session(tariff), steps, []).account.statement(is_final=True)
    expected = {
        part: D(round(exact * 10**6)).scaleb(-6) for part, exact in model(tariff, steps).items()
    }
    assert {part: one.without_tax for part, one in statement.parts.items()} == expected


LADDERS = st.lists(st.integers(1, 300), min_size=1, max_size=3, unique=True).map(sorted)


@settings(deadline=None, max_examples=20)
@given(LADDERS, st.lists(st.integers(0, 200), min_size=1, max_size=4))
def test_energy_is_split_to_the_wh_where_its_price_changes(
    ends_wh: list[int], taken_wh: list[int]
) -> None:
    """However much the meter tells at once."""
    bounds = zip([0, *ends_wh], [*ends_wh, None], strict=True)
    elements = tuple(
        Element(
            D(number + 1), Conditions(energy_wh=Span(D(low), None if high is None else D(high)))
        )
        for number, (low, high) in enumerate(bounds)
    )
    tariff = Tariff("T1", "EUR", {ENERGY: Price(elements)})
    steps = [Step(True, 1, energy_wh, None) for energy_wh in taken_wh]
    found = play(Session(tariff), steps, []).account.statement(is_final=True).parts[ENERGY]
    exact = model(tariff, steps)[ENERGY]
    assert found.without_tax == D(round(exact * 10**6)).scaleb(-6)


@settings(deadline=None, max_examples=60)
@given(TARIFFS, BOUNDS, BOUNDS, STEPS, st.lists(st.integers(1, 2_400), max_size=8))
def test_a_session_split_anywhere_costs_the_same(
    tariff: Tariff, least: Amount, most: Amount, steps: list[Step], cuts: list[int]
) -> None:
    bounded = Tariff(tariff.id, tariff.currency, tariff.prices, least, most)
    whole = play(Session(bounded), steps, []).account.statement(is_final=True)
    split = play(Session(bounded), steps, cuts).account.statement(is_final=True)
    assert split == whole


@settings(deadline=None, max_examples=60)
@given(TARIFFS, BOUNDS, BOUNDS, STEPS)
def test_the_parts_sum_to_the_total_and_the_periods_to_what_was_used(
    tariff: Tariff, least: Amount, most: Amount, steps: list[Step]
) -> None:
    """I12.FR.17, FR.38 to FR.40."""
    bounded = Tariff(tariff.id, tariff.currency, tariff.prices, least, most)
    account = play(Session(bounded), steps, []).account
    statement = account.statement(is_final=True)
    usage, periods = statement.usage, statement.periods
    assert sum(one.energy_wh for one in periods) == usage.energy_wh
    assert sum(one.charging_ms for one in periods) == usage.charging_s * 1_000
    assert sum(one.idle_ms for one in periods) == usage.idle_s * 1_000
    begins = [one.begins_ms for one in periods]
    assert begins == sorted(set(begins))
    if statement.kind == LEAST:
        assert statement.parts == {FIXED: least}
        return
    for name in ("without_tax", "with_tax"):
        parts = [getattr(one, name) for one in statement.parts.values()]
        whole, limit = getattr(statement.total, name), getattr(most, name)
        assert sum(parts, D(0)) == whole
        assert limit is None or whole <= limit
        assert all(part >= 0 for part in parts)
    reached = [
        (statement.total.without_tax, most.without_tax),
        (statement.total.with_tax, most.with_tax),
    ]
    assert statement.kind != MOST or any(one == limit for one, limit in reached)
