"""What a kWh costs when: read or refused, and the cheapest time found."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ampkeeper.firmware.energy.price import (
    Prices,
    PricesRefused,
    Slot,
    cheapest,
    is_in,
    parse,
    text_of,
)

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
GOOD = '{"start": "2026-11-23T12:00:00Z", "end": "2026-11-23T13:00:00Z", "price": 0.3}'


def hourly(*amounts: float) -> Prices:
    slots = [Slot(NOON + n * HOUR, NOON + (n + 1) * HOUR, one) for n, one in enumerate(amounts)]
    return Prices("EUR", tuple(slots))


def document(*rows: str, currency: str = '"EUR"') -> str:
    return f'{{"currency": {currency}, "prices": [{", ".join(rows)}]}}'


def test_prices_are_read_and_written() -> None:
    prices = parse(document(GOOD))
    assert prices == hourly(0.3)
    assert parse(text_of(prices)) == prices
    assert prices.words(0.3) == "0.3 EUR/kWh"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not JSON"),
        ("[" * 60_000, "not JSON"),
        ("[]", "must be an object"),
        ('{"prices": 5}', "must be an object"),
        (document(GOOD, currency="5"), "currency 5: must be three letters"),
        (document(), "0 prices"),
        (document(GOOD, "7"), "price 2: must be an object"),
        (document(GOOD, GOOD), "price 2: begins before price 1 ends"),
        (document(GOOD.replace("12:00:00Z", "12:00:00")), "price 1: start"),
        (document(GOOD.replace("12:00:00Z", "14:00:00Z")), "price 1: must end after it starts"),
        (document(GOOD.replace("0.3", "1e400")), "price 1: price inf"),
        (document(GOOD.replace("0.3", "NaN")), "price 1: price nan"),
        (document(GOOD.replace("0.3", "9" * 400)), "price 1: price 9999"),
        (document(GOOD.replace("0.3", "true")), "price 1: price True"),
        (document(GOOD.replace("2026-11-23T12", "0001-01-01T00")), "price 1: "),
        (" " * 70_000, "70000 bytes"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(text: str, words: str) -> None:
    with pytest.raises(PricesRefused, match=words):
        parse(text)


@given(text=st.text(max_size=80))
def test_no_text_does_more_than_be_refused(text: str) -> None:
    with suppress(PricesRefused):
        assert parse(text).slots


def test_the_cheapest_hours_are_taken_of_equals_the_earliest() -> None:
    times = cheapest(hourly(3, 1, 2, 1, 5), NOON, NOON + 5 * HOUR, 2 * HOUR)
    assert times == ((NOON + HOUR, NOON + 2 * HOUR), (NOON + 3 * HOUR, NOON + 4 * HOUR))
    assert is_in(times, NOON + 1.5 * HOUR)
    assert not is_in(times, NOON + 2 * HOUR)


def test_only_time_between_now_and_then_counts() -> None:
    times = cheapest(hourly(1, 2, 3), NOON + 0.5 * HOUR, NOON + 2.5 * HOUR, 5 * HOUR)
    assert times[0][0] == NOON + 0.5 * HOUR
    assert times[-1][1] == NOON + 2.5 * HOUR


def test_what_is_not_known_is_not_taken() -> None:
    assert cheapest(Prices("EUR", ()), NOON, NOON + HOUR, HOUR) == ()
    assert hourly(1).at(NOON + HOUR) is None


@given(
    amounts=st.lists(st.integers(-5, 5), min_size=1, max_size=12),
    minutes=st.integers(0, 900),
    first=st.integers(0, 300),
)
def test_no_other_choice_is_cheaper(amounts: list[int], minutes: int, first: int) -> None:
    """Against the sum of the cheapest minutes, one by one."""
    now, by = NOON + timedelta(minutes=first), NOON + timedelta(hours=11)
    prices, need = hourly(*amounts), timedelta(minutes=minutes)
    times = cheapest(prices, now, by, need)
    open_minutes = [at for n in range(720) if now <= (at := NOON + timedelta(minutes=n)) < by]
    known = sorted(slot.price for at in open_minutes if (slot := prices.at(at)))
    cost = 0.0
    for start, end in times:
        slot = prices.at(start)
        assert slot is not None
        cost += slot.price * ((end - start) / timedelta(minutes=1))
    assert cost == pytest.approx(sum(known[:minutes]))
    assert sum((end - start for start, end in times), timedelta()) == min(
        need, timedelta(minutes=len(known))
    )
    assert all(first_one[1] <= second[0] for first_one, second in pairwise(times))
