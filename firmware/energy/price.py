"""Prices: what a kWh costs when, and when to charge for it: below a limit, or when cheapest. Pure.

Prices come as JSON: ``{"currency": "EUR", "prices": [{"start": "2026-11-23T18:00:00Z", "end":
"2026-11-23T19:00:00Z", "price": 0.31}, ...]}``, per kWh, in order. What is not known is not cheap.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

SLOTS_MAX = 500  # ten days of half-hours
BYTES_MAX = 65_536
SLOT_MAX = timedelta(days=31)
PRICE_MOST = 1_000.0
CURRENCY_CHARS = 3


class PricesRefused(ValueError):
    """These prices cannot be used; the message says what and where."""


@dataclass(frozen=True, slots=True)
class Slot:
    """From ``start`` to ``end`` a kWh costs ``price``."""

    start: datetime
    end: datetime
    price: float


@dataclass(frozen=True, slots=True)
class Prices:
    """Slots in order; there may be gaps between them, in which nothing is known."""

    currency: str
    slots: tuple[Slot, ...]

    def at(self, now: datetime) -> Slot | None:
        """What holds now; None: not known."""
        return next((slot for slot in self.slots if slot.start <= now < slot.end), None)

    def words(self, price: float) -> str:
        """A price for people."""
        return f"{price:g} {self.currency}/kWh"


NO_PRICES = Prices("", ())


def parse(text: str | bytes) -> Prices:
    """Read prices; raise PricesRefused with what is wrong, and in which slot."""
    if len(text) > BYTES_MAX:
        raise PricesRefused(f"{len(text)} bytes: must be at most {BYTES_MAX}")
    try:
        told = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PricesRefused("not JSON") from error
    if not isinstance(told, dict) or not isinstance(told.get("prices"), list):
        raise PricesRefused('must be an object with "currency" and a list of "prices"')
    currency = told.get("currency")
    if not isinstance(currency, str) or not (
        len(currency) == CURRENCY_CHARS and currency.isascii() and currency.isalpha()
    ):
        raise PricesRefused(f"currency {currency!r:.20}: must be three letters, such as EUR")
    rows = told["prices"]
    if not 1 <= len(rows) <= SLOTS_MAX:
        raise PricesRefused(f"{len(rows)} prices: must be 1 to {SLOTS_MAX}")
    slots = [_slot(number, row) for number, row in enumerate(rows, 1)]
    for number, (before, after) in enumerate(pairwise(slots), 2):
        if after.start < before.end:
            raise PricesRefused(f"price {number}: begins before price {number - 1} ends")
    return Prices(currency.upper(), tuple(slots))


def text_of(prices: Prices) -> str:
    """The same as ``parse`` takes it, for the books."""
    rows = [
        {"start": slot.start.isoformat(), "end": slot.end.isoformat(), "price": slot.price}
        for slot in prices.slots
    ]
    return json.dumps({"currency": prices.currency, "prices": rows})


def cheapest(
    prices: Prices, now: datetime, by: datetime, need: timedelta
) -> tuple[tuple[datetime, datetime], ...]:
    """When to charge for ``need`` before ``by``: the cheapest time, of equals the earliest.

    What is not known is not taken; where less is known than needed, all that is.
    """
    known = [
        Slot(max(slot.start, now), min(slot.end, by), slot.price)
        for slot in prices.slots
        if slot.end > now and slot.start < by
    ]
    taken: list[tuple[datetime, datetime]] = []
    left = need
    for slot in sorted(known, key=lambda one: (one.price, one.start)):
        if left <= timedelta(0):
            break
        length = min(left, slot.end - slot.start)
        taken.append((slot.start, slot.start + length))
        left -= length
    return tuple(sorted(taken))


def is_in(times: Sequence[tuple[datetime, datetime]], now: datetime) -> bool:
    """True if ``now`` is in one of them."""
    return any(start <= now < end for start, end in times)


def _slot(number: int, row: object) -> Slot:
    if not isinstance(row, dict):
        raise PricesRefused(f"price {number}: must be an object with start, end and price")
    start, end = _time(number, "start", row.get("start")), _time(number, "end", row.get("end"))
    if not start < end <= start + SLOT_MAX:
        raise PricesRefused(
            f"price {number}: must end after it starts, within {SLOT_MAX.days} days"
        )
    price: Any = row.get("price")
    if not _is_price(price):
        allowed = f"a number from -{PRICE_MOST:g} to {PRICE_MOST:g} per kWh"
        raise PricesRefused(f"price {number}: price {price!r:.20}: must be {allowed}")
    return Slot(start, end, float(price))


def _is_price(price: Any) -> bool:
    is_number = isinstance(price, int | float) and not isinstance(price, bool)
    return is_number and abs(price) <= PRICE_MOST  # neither NaN nor infinity is


def _time(number: int, name: str, value: object) -> datetime:
    wrong = f"price {number}: {name} {value!r:.40}: must be a time with its offset from UTC"
    if not isinstance(value, str):
        raise PricesRefused(wrong)
    try:
        found = datetime.fromisoformat(value)
        if found.tzinfo is None:
            raise PricesRefused(wrong)
        return found.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise PricesRefused(wrong) from error
