"""Own prices: the tariff that stands in the configuration, in the words of any other. Pure.

Where prices are told with their tax, the net ones are kept to so many digits that the gross ones
come back exactly at the six decimals that money is counted to.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ampkeeper.firmware.tariff import (
    CHARGING,
    ENERGY,
    FIXED,
    IDLE,
    Conditions,
    Element,
    Price,
    Span,
    Tariff,
    Tax,
)

OWN_ID = "own"
TAX = "VAT"
NET_DIGITS = Decimal("1e-18")
PERCENT = Decimal(100)
MINUTE_S = 60
DAY_MIN = 24 * 60


@dataclass(frozen=True, slots=True)
class Hours:
    """Prices that hold in hours of the week, local time; None: the usual one holds."""

    days: tuple[int, ...]  # 0 is Monday
    begin_min: int
    end_min: int
    per_kwh: Decimal | None = None
    per_minute: Decimal | None = None


@dataclass(frozen=True, slots=True)
class OwnPrices:
    """What a session costs; zero: free. ``is_gross``: prices are told with their tax."""

    currency: str
    per_kwh: Decimal = Decimal(0)
    per_minute: Decimal = Decimal(0)
    per_session: Decimal = Decimal(0)
    idle_per_minute: Decimal = Decimal(0)
    idle_after_min: int = 0
    tax_percent: Decimal = Decimal(0)
    is_gross: bool = True
    hours: Sequence[Hours] = ()


def exact(told: float) -> Decimal:
    """A number of the file as it was written there."""
    return Decimal(repr(told)).normalize()


def own_tariff(prices: OwnPrices) -> Tariff | None:
    """The tariff; None: nothing costs anything."""
    made: dict[str, list[Element]] = {FIXED: [], ENERGY: [], CHARGING: [], IDLE: []}
    for hours in prices.hours:
        told = {ENERGY: hours.per_kwh, CHARGING: hours.per_minute}
        for part, amount in told.items():
            if amount is not None:
                net = _net(amount, prices)
                made[part] += [Element(net, asked) for asked in _conditions(hours)]
    usual = {FIXED: prices.per_session, ENERGY: prices.per_kwh, CHARGING: prices.per_minute}
    for part, amount in usual.items():
        if amount or made[part]:
            made[part].append(Element(_net(amount, prices)))
    if prices.idle_per_minute:
        grace = Span(Decimal(prices.idle_after_min * MINUTE_S)) if prices.idle_after_min else None
        asked = None if grace is None else Conditions(idle_s=grace)
        made[IDLE].append(Element(_net(prices.idle_per_minute, prices), asked))
    taxes = (Tax(TAX, prices.tax_percent),) if prices.tax_percent else ()
    found = {part: Price(tuple(rows), taxes) for part, rows in made.items() if rows}
    if not found:
        return None
    return Tariff(OWN_ID, prices.currency, found, text=words(prices), is_own=True)


def words(prices: OwnPrices) -> str:
    """The prices for people, with tax, per kWh first (AFIR, article 5)."""
    parts = []
    if prices.per_kwh:
        parts.append(f"{_shown(prices.per_kwh, prices)}/kWh")
    for hours in prices.hours:
        told = ((hours.per_kwh, "kWh"), (hours.per_minute, "min"))
        for amount, unit in told:
            if amount is not None:
                parts.append(f"{_shown(amount, prices)}/{unit} {_hours(hours)}")
    if prices.per_minute:
        parts.append(f"{_shown(prices.per_minute, prices)}/min")
    if prices.per_session:
        parts.append(f"{_shown(prices.per_session, prices)} per session")
    if prices.idle_per_minute:
        after = f" after {prices.idle_after_min} min" if prices.idle_after_min else ""
        parts.append(f"{_shown(prices.idle_per_minute, prices)}/min not charging{after}")
    if prices.tax_percent:
        parts.append(f"incl. {prices.tax_percent:f} % {TAX}")
    return ", ".join(parts)


def minutes_of(clock: str) -> int:
    """Of the day, for a time such as 22:00."""
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def _net(amount: Decimal, prices: OwnPrices) -> Decimal:
    if not prices.is_gross or not prices.tax_percent:
        return amount
    return (amount * PERCENT / (PERCENT + prices.tax_percent)).quantize(NET_DIGITS)


def _shown(amount: Decimal, prices: OwnPrices) -> str:
    if not prices.is_gross:
        amount = amount * (PERCENT + prices.tax_percent) / PERCENT
    amount = amount.normalize()
    if -amount.as_tuple().exponent < 2:  # type: ignore[operator]
        amount = amount.quantize(Decimal("0.01"))
    return f"{amount:f} {prices.currency}"


def _conditions(hours: Hours) -> list[Conditions]:
    """On some days over midnight they are two: what is after it belongs to the next days."""
    begin, end, days = hours.begin_min, hours.end_min % DAY_MIN, frozenset(hours.days)
    if begin == end == 0:
        begin_or_none: int | None = None
        end_or_none: int | None = None
    else:
        begin_or_none, end_or_none = begin, end
    if len(days) == len(DAYS):
        return [Conditions(begin_or_none, end_or_none)]
    if 0 < end <= begin:
        after = frozenset((day + 1) % len(DAYS) for day in days)
        return [Conditions(begin, None, days), Conditions(None, end, after)]
    return [Conditions(begin_or_none, end_or_none, days)]


DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def _hours(hours: Hours) -> str:
    clock = "-".join(
        f"{minute // MINUTE_S:02d}:{minute % MINUTE_S:02d}"
        for minute in (hours.begin_min, hours.end_min)
    )
    if len(hours.days) == len(DAYS):
        return clock
    return f"{' '.join(DAYS[day] for day in sorted(hours.days))} {clock}"


def prices_of(told: Any, rows: Sequence[Any]) -> OwnPrices:
    """The prices that sections [tariff] and [[tariff_hours]] say."""
    return OwnPrices(
        currency=told.currency,
        per_kwh=exact(told.per_kwh),
        per_minute=exact(told.per_minute),
        per_session=exact(told.per_session),
        idle_per_minute=exact(told.idle_per_minute),
        idle_after_min=told.idle_after_min,
        tax_percent=exact(told.tax_percent),
        is_gross=told.with_tax,
        hours=tuple(
            Hours(
                tuple(DAYS.index(day.capitalize()) for day in row.days),
                minutes_of(row.begin),
                minutes_of(row.end),
                None if row.per_kwh is None else exact(row.per_kwh),
                None if row.per_minute is None else exact(row.per_minute),
            )
            for row in rows
        ),
    )
