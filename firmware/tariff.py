"""Tariff: the prices of a session, and under which conditions each holds (OCPP 2.1 block I).

Values, and how the books keep them. What a session comes to by them is ``billing/``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from typing import Any

FIXED, ENERGY, CHARGING, IDLE = "fixed", "energy", "chargingTime", "idleTime"
RESERVED, RESERVED_FIXED = "reservationTime", "reservationFixed"
PARTS = (FIXED, ENERGY, CHARGING, IDLE, RESERVED, RESERVED_FIXED)  # as TotalCostType has them


@dataclass(frozen=True, slots=True)
class Tax:
    """A tax of so many percent; those of a higher ``stack`` are on top of the lower ones."""

    kind: str
    percent: Decimal
    stack: int = 0


@dataclass(frozen=True, slots=True)
class Span:
    """From ``least``, inclusive, to below ``most``; None: without that bound."""

    least: Decimal | None = None
    most: Decimal | None = None

    def holds(self, value: Decimal | float | None) -> bool:
        """True for a value inside; what is not known is inside of no bounds."""
        if value is None:
            return self.least is None and self.most is None
        is_high = self.least is None or value >= self.least
        return is_high and (self.most is None or value < self.most)


ALWAYS = Span()


@dataclass(frozen=True, slots=True)
class Conditions:
    """When a price holds: all that is said must be so (2.1, 2.96 and 2.97).

    Minutes of the day and dates are local; ``to_date`` is exclusive, and days are 0 for Monday.
    Current is the sum of all phases, times are seconds: of the transaction, of charging in it, and
    of the present pause.
    """

    from_minute: int | None = None
    to_minute: int | None = None
    days: frozenset[int] = frozenset()
    from_date: date | None = None
    to_date: date | None = None
    evse_kind: str | None = None
    brand: str | None = None
    recognition: str | None = None
    energy_wh: Span = ALWAYS
    current_a: Span = ALWAYS
    power_w: Span = ALWAYS
    lasting_s: Span = ALWAYS
    charging_s: Span = ALWAYS
    idle_s: Span = ALWAYS


@dataclass(frozen=True, slots=True)
class Element:
    """One price of a part: per kWh, per minute, or once; without conditions it always holds."""

    amount: Decimal
    conditions: Conditions | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """The prices of one part, of which the first that holds counts, and their taxes."""

    elements: tuple[Element, ...]
    taxes: tuple[Tax, ...] = ()


@dataclass(frozen=True, slots=True)
class Amount:
    """Money without and with its taxes; None: not said."""

    without_tax: Decimal | None = None
    with_tax: Decimal | None = None

    @property
    def shown(self) -> Decimal:
        """What people pay."""
        found = self.with_tax if self.with_tax is not None else self.without_tax
        return found if found is not None else Decimal(0)


@dataclass(frozen=True, slots=True)
class Tariff:
    """What a session costs; a part without a price is free. ``text`` says it to people.

    ``is_own``: of the configuration; no central system knows of it, whatever its id.
    """

    id: str
    currency: str
    prices: Mapping[str, Price]
    least: Amount = Amount()
    most: Amount = Amount()
    valid_from_s: int | None = None  # Unix time
    text: str = ""
    is_own: bool = False

    def to_json(self) -> dict[str, Any]:
        """As the books keep it."""
        return {
            "id": self.id,
            "currency": self.currency,
            "prices": {part: _price_json(price) for part, price in self.prices.items()},
            "least": amount_json(self.least),
            "most": amount_json(self.most),
            "valid_from_s": self.valid_from_s,
            "text": self.text,
            "is_own": self.is_own,
        }

    def for_driver(self) -> "Tariff":
        """The same for one person: it has no beginning (I08.FR.10)."""
        return replace(self, valid_from_s=None)


def tariff_of(told: Mapping[str, Any]) -> Tariff:
    """What ``to_json`` wrote; ValueError for anything else."""
    try:
        return Tariff(
            str(told["id"]),
            str(told["currency"]),
            {part: _price_of(price) for part, price in told["prices"].items()},
            amount_of(told["least"]),
            amount_of(told["most"]),
            told["valid_from_s"],
            str(told["text"]),
            told.get("is_own", False) is True,
        )
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"not a tariff: {str(told)[:80]}") from error


def amount_json(amount: Amount) -> list[str | None]:
    """As the books keep an amount."""
    return [None if one is None else str(one) for one in (amount.without_tax, amount.with_tax)]


def amount_of(told: Sequence[str | None]) -> Amount:
    """What ``amount_json`` wrote; raises what a damaged row raises."""
    without, taxed = (None if one is None else Decimal(one) for one in told)
    return Amount(without, taxed)


def taxes_json(taxes: Sequence[Tax]) -> list[list[Any]]:
    """As the books keep taxes."""
    return [[tax.kind, str(tax.percent), tax.stack] for tax in taxes]


def taxes_of(told: Sequence[Sequence[Any]]) -> tuple[Tax, ...]:
    """What ``taxes_json`` wrote; raises what a damaged row raises."""
    return tuple(Tax(kind, Decimal(percent), int(stack)) for kind, percent, stack in told)


def _price_json(price: Price) -> list[Any]:
    rows = [[str(one.amount), _conditions_json(one.conditions)] for one in price.elements]
    return [rows, taxes_json(price.taxes)]


def _price_of(told: Sequence[Any]) -> Price:
    rows, taxes = told
    elements = tuple(Element(Decimal(amount), _conditions_of(said)) for amount, said in rows)
    return Price(elements, taxes_of(taxes))


def _conditions_json(conditions: Conditions | None) -> dict[str, Any] | None:
    """Only what is said."""
    if conditions is None:
        return None
    said: dict[str, Any] = {}
    for one in fields(conditions):
        value = getattr(conditions, one.name)
        if value == one.default:
            continue
        if isinstance(value, Span):
            value = [None if end is None else str(end) for end in (value.least, value.most)]
        elif isinstance(value, frozenset):
            value = sorted(value)
        elif isinstance(value, date):
            value = value.isoformat()
        said[one.name] = value
    return said


def _conditions_of(told: Mapping[str, Any] | None) -> Conditions | None:
    if told is None:
        return None
    said = dict(told)
    for name, value in told.items():
        if name == "days":
            said[name] = frozenset(map(int, value))
        elif name.endswith("_date"):
            said[name] = date.fromisoformat(value)
        elif isinstance(value, list):
            said[name] = Span(*(None if end is None else Decimal(end) for end in value))
    return Conditions(**said)
