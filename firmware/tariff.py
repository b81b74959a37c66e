"""Tariff: what a session costs by a tariff that the station was given (OCPP 2.1 I07 to I12).

One price for each of energy, charging time, idle time and the beginning; no conditions. A tariff
may change in a session: what was used before is paid by the old one. Money is decimal. Pure.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

FIXED, ENERGY, CHARGING, IDLE = "fixed", "energy", "chargingTime", "idleTime"
PARTS = (FIXED, ENERGY, CHARGING, IDLE)
NORMAL, LEAST, MOST = "NormalCost", "MinCost", "MaxCost"
WH, MINUTE_S = Decimal(1000), Decimal(60)
DIGITS = 6  # decimals of an amount: no currency has more


@dataclass(frozen=True, slots=True)
class Tax:
    """A tax of so many percent; those of a higher ``stack`` are on top of the lower ones."""

    kind: str
    percent: Decimal
    stack: int = 0


@dataclass(frozen=True, slots=True)
class Price:
    """Of one part: per kWh, per minute, or at the beginning."""

    amount: Decimal
    taxes: tuple[Tax, ...] = ()


@dataclass(frozen=True, slots=True)
class Bound:
    """The least or the most that a session costs; None: not said."""

    without_tax: Decimal | None = None
    with_tax: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Tariff:
    """What a session costs; a part without a price is free."""

    id: str
    currency: str
    prices: Mapping[str, Price]
    least: Bound = Bound()
    most: Bound = Bound()
    valid_from_s: int | None = None  # Unix time

    def to_json(self) -> dict[str, Any]:
        """As the books keep it."""
        return {
            "id": self.id,
            "currency": self.currency,
            "prices": {
                part: [str(price.amount), [[t.kind, str(t.percent), t.stack] for t in price.taxes]]
                for part, price in self.prices.items()
            },
            "least": _bound_json(self.least),
            "most": _bound_json(self.most),
            "valid_from_s": self.valid_from_s,
        }


@dataclass(frozen=True, slots=True)
class Usage:
    """What was used by one tariff."""

    energy_wh: int = 0
    charging_s: float = 0.0
    idle_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Cost:
    """An amount without and with its taxes."""

    without_tax: Decimal = Decimal(0)
    with_tax: Decimal = Decimal(0)

    def plus(self, other: "Cost") -> "Cost":
        """Both together."""
        return Cost(self.without_tax + other.without_tax, self.with_tax + other.with_tax)


@dataclass(frozen=True, slots=True)
class Bill:
    """What a session cost: by part where there is a price, and in all."""

    currency: str
    kind: str
    parts: Mapping[str, Cost]
    total: Cost
    usage: Usage


def bill(used: Sequence[tuple[Tariff, Usage]]) -> Bill:
    """What was used by one tariff after the other; the fixed fee is the first one's (I12.FR.30)."""
    parts: dict[str, Cost] = {}
    for number, (tariff, usage) in enumerate(used):
        amounts = {
            FIXED: Decimal(number == 0),
            ENERGY: usage.energy_wh / WH,
            CHARGING: Decimal(str(round(usage.charging_s, 3))) / MINUTE_S,
            IDLE: Decimal(str(round(usage.idle_s, 3))) / MINUTE_S,
        }
        for part in PARTS:
            price = tariff.prices.get(part)
            if price is not None:
                cost = _taxed(price.amount * amounts[part], price.taxes)
                parts[part] = parts.get(part, Cost()).plus(cost)
    total = Cost()
    for cost in parts.values():
        total = total.plus(cost)
    last = used[-1][0]
    usage = Usage(
        sum(each.energy_wh for _, each in used),
        sum(each.charging_s for _, each in used),
        sum(each.idle_s for _, each in used),
    )
    kind, total = _bounded(last, total)
    return Bill(last.currency, kind, parts, total, usage)


def tariff_of(told: Mapping[str, Any]) -> Tariff:
    """What ``to_json`` wrote; ValueError for anything else."""
    try:
        prices = {
            part: Price(Decimal(amount), tuple(Tax(k, Decimal(p), s) for k, p, s in taxes))
            for part, (amount, taxes) in told["prices"].items()
        }
        least, most = _bound_of(told["least"]), _bound_of(told["most"])
        valid_from_s = told["valid_from_s"]
        return Tariff(told["id"], told["currency"], prices, least, most, valid_from_s)
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"not a tariff: {json.dumps(told, default=str)[:80]}") from error


def _taxed(amount: Decimal, taxes: Sequence[Tax]) -> Cost:
    """Each stack is counted on the sum of those below it (I12.FR.13)."""
    total = amount
    for stack in sorted({tax.stack for tax in taxes}):
        percent = sum(tax.percent for tax in taxes if tax.stack == stack)
        total += total * percent / 100
    return Cost(round(amount, DIGITS), round(total, DIGITS))


def _bounded(tariff: Tariff, total: Cost) -> tuple[str, Cost]:
    """The total within its bounds (I12.FR.38, FR.39); either amount reaches a bound."""
    least, most = tariff.least, tariff.most
    if _is_beyond(total, most, is_least=False):
        return MOST, _set(total, most)
    if _is_beyond(total, least, is_least=True):
        return LEAST, _set(total, least)
    return NORMAL, total


def _is_beyond(total: Cost, bound: Bound, is_least: bool) -> bool:
    pairs = ((total.without_tax, bound.without_tax), (total.with_tax, bound.with_tax))
    return any(
        limit is not None and (amount < limit if is_least else amount > limit)
        for amount, limit in pairs
    )


def _set(total: Cost, bound: Bound) -> Cost:
    """Where only one of both is said, the other is it too."""
    without = bound.without_tax if bound.without_tax is not None else bound.with_tax
    taxed = bound.with_tax if bound.with_tax is not None else bound.without_tax
    assert without is not None
    assert taxed is not None
    return Cost(without, taxed)


def _bound_json(bound: Bound) -> list[str | None]:
    both = (bound.without_tax, bound.with_tax)
    return [None if amount is None else str(amount) for amount in both]


def _bound_of(told: Sequence[str | None]) -> Bound:
    try:
        without, taxed = (None if amount is None else Decimal(amount) for amount in told)
    except InvalidOperation as error:
        raise ValueError(f"not an amount in {told}") from error
    return Bound(without, taxed)
