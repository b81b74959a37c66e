"""Payments: the table is whole, money that is held always has a way out, and claims are exact."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ampkeeper.firmware.billing import payments
from ampkeeper.firmware.billing.charge_log import Charge, money
from ampkeeper.firmware.billing.payments import EVENTS, IGNORED, OPEN, STATES, TABLE, Claim
from ampkeeper.firmware.tariff import Amount

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
PAIRS = [(state, event) for state, event, _, _ in TABLE]


def charge(total: Decimal | None, currency: str = "EUR") -> Charge:
    amount = None if total is None else Amount(None, total)
    end = AT + timedelta(hours=1)
    return Charge("tx", 1, "card", AT, end, 0, 10_000, "Local", currency, amount)


def test_every_pair_is_a_row_or_ignored_and_none_is_twice() -> None:
    ignored = [(state, event) for state, events in IGNORED.items() for event in events]
    assert sorted(PAIRS + ignored) == list(product(range(len(STATES)), range(len(EVENTS))))


def test_whatever_is_open_can_end_and_what_ended_stays() -> None:
    ends = {state for state in range(len(STATES)) if state not in OPEN}
    reached = set(ends)
    for _ in STATES:
        reached |= {state for state, _, then, _ in TABLE if then in reached}
    assert reached == set(range(len(STATES)))
    assert not ends & {state for state, _ in PAIRS}


def test_a_state_is_reached_with_one_request_only() -> None:
    asked = {(then, request) for _, _, then, request in TABLE}
    assert len(asked) == len({then for then, _ in asked})


def test_money_that_may_be_held_is_never_over_without_the_terminal_s_word() -> None:
    words = (payments.NO, payments.DONE, payments.NEVER)
    over = [event for _, event, then, _ in TABLE if then not in OPEN]
    assert set(over) <= set(words)


@given(st.decimals(0, 1_000, places=6), st.integers(1, 100_000))
def test_a_claim_is_the_total_of_the_receipt_and_never_more_than_is_held(
    total: Decimal, held: int
) -> None:
    session = charge(total)
    known = money(session)
    assert known is not None
    claim = payments.claim(session, held, "EUR")
    if known.total == 0:
        assert claim == Claim(payments.FREE)
    else:
        assert claim.event == payments.COSTS
        assert claim.amount == min(held, int(known.total * 100))


@pytest.mark.parametrize(
    ("session", "why"),
    [
        (charge(None), "no price is known"),
        (charge(Decimal(5), "GBP"), "it costs GBP, and EUR is held"),
        (charge(Decimal("-1")), ""),
    ],
)
def test_without_a_price_in_its_currency_all_goes_back(session: Charge, why: str) -> None:
    assert payments.claim(session, 5_000, "EUR") == Claim(payments.FREE, why=why)


def test_coins_are_those_of_the_currency() -> None:
    assert payments.coins(Decimal("50.00"), "EUR") == 5_000
    assert payments.coins(Decimal("5000"), "JPY") == 5_000
    assert payments.coins(Decimal("1.2349"), "KWD") == 1_234
